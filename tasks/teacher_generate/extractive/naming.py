"""What attributes and things are called inside a question.

    "Top Speed"          ->  "top speed"                an attribute
    "Oil change", "A2"   ->  "the oil change", "the A2"  a row's thing
    404 under "Code"     ->  "code 404"

Not covered: grammatical gender, other languages.
"""

import re

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.lexicon import is_common_word, is_plural
from tasks.teacher_generate.extractive.passages import Unit
from tasks.teacher_generate.extractive.subjects import small_start, small_title
from tasks.teacher_generate.extractive.word_lists import PREPOSITIONS

_MASS_KINDS = {
    "activity", "course", "discipline", "dish", "drink", "food", "ingredient", "instrument", "language", "lesson", "material",
    "meal", "sport", "subject", "substance", "topic",
}  # fmt: skip
"""Kinds of things that have no article: "Who teaches art?", "How much does soup cost?"."""
_CLASSES = {
    "animal", "appliance", "article", "bird", "breed", "device", "fruit", "machine", "part", "plant", "product", "species",
    "tool", "tree", "vegetable", "vehicle", "waste",
}  # fmt: skip
"""Kinds that a thing's own name implies: nobody says "the puppy animal"."""
_SIZES = {
    "age", "area", "distance", "height", "length", "load", "power", "price", "size", "speed", "temperature", "volume", "weight",
    "width",
}  # fmt: skip
GENERAL_HEADS = {
    "property", "feature", "attribute", "specification", "spec", "parameter", "characteristic", "item", "detail", "field", "",
    "quantity", "category", "key", "criterion", "aspect", "description", "metric", "measure",
}  # fmt: skip


def name_noun(name: str) -> str:
    """An attribute's name inside a sentence, without article and brackets: names and capitals stay large."""
    name = re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", name).strip(" :*")
    if not name:
        return ""
    noun = re.sub(r"^(?:the|a|an)\s+", "", small_title(name), flags=re.IGNORECASE)
    first, _, rest = noun.partition(" ")
    small = first[1:] == first[1:].lower() and (is_common_word(first) or "-" in first)
    named = any(word[:1].isupper() and word[1:2].islower() for word in rest.split())
    return f"{first.lower()}{' ' if rest else ''}{rest}" if small and len(first) > 1 and not named else noun


def name_thing(row: str, head: str) -> str:
    """A row's thing as it stands in a question.

    Args:
        head: The header of its column, which may say of what kind it is.
    """
    words = row.split()
    kind = small_start(head) if head and not is_general(head) and len(head.split()) <= 2 and not is_plural(head_of(head)) else ""
    if row.startswith("-"):  # an option of a program
        return f"the {kind or 'option'} {row}"
    amount = parse_amount(row)
    if amount is not None and amount.kind in ("time", "money", "measure") and not amount.rest:
        if kind and kind.split()[-1] in _SIZES:
            return f"{kind} {row}"  # "flat size up to 50 m²"
        return row  # "5 years" under "Anniversary"
    if row[:1].isdigit() or len(row) == 1:
        return f"{kind} {row}" if kind else row
    small = [word.lower() if is_common_word(word) else word for word in words]
    if len(words) > 2 and words[0][:1].isupper() and words[-1][:1].isupper() and set(words[1:-1]) & {"of", "the", "de", "for"}:
        return row  # "Friends of the Dunes"
    if len(words) == 1 and is_common_word(row):
        if is_plural(row) or row.lower().endswith("ing"):
            return small[0]
        if kind in _MASS_KINDS:
            return small[0]
        return f"the {row} {kind}" if kind and not is_plural(kind) and kind not in _CLASSES else f"the {small[0]}"
    head_at = next((i for i, word in enumerate(words) if i and word.lower() in PREPOSITIONS | {"of"}), len(words))
    if words[head_at - 1][:1].islower() or head_at < len(words):  # "Oil change", "Children under 12", "F2 filter"
        titled = len(words) > 1 and words[1][:1].isupper()  # "Leaf Card history"
        start = (
            small[0]
            if not words[0][:1].isupper() or (not titled and (is_common_word(words[0]) or words[0].endswith("ing")))
            else words[0]
        )
        start = start.lower() if words[0].lower().endswith("ing") else start
        name = " ".join([start, *words[1:]])
        return name if is_plural(words[head_at - 1]) else f"the {name}"
    return row


def owner_in_list(unit: Unit) -> str:
    """The thing that a list item stands under, or ""."""
    things = [name for name in unit.parents if not name.endswith(":")]
    return name_thing(things[-1], "") if things else ""


def plain_head(text: str) -> str:
    """A header without its unit's brackets: "Weight (kg)" -> "Weight in kg"."""
    match = re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]+)[)\]]", text)
    if match and len(match.group(2).split()) <= 2:
        return f"{match.group(1)} in {match.group(2)}"
    return match.group(1) if match else text


def is_general(head: str) -> bool:
    """Whether a header only says that attributes stand below."""
    return head.lower().strip() in GENERAL_HEADS or head.lower().rstrip("s") in GENERAL_HEADS


def head_of(noun: str) -> str:
    """The noun before the first preposition: "fee per day" -> "fee"."""
    words = noun.split()
    for position, word in enumerate(words):
        if position and word.lower() in PREPOSITIONS | {"of", "per"}:
            return words[position - 1]
    return words[-1] if words else ""
