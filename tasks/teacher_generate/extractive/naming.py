"""What attributes and things are called inside a question.

    "Top Speed"          ->  "top speed"                an attribute
    "Snow leopard"       ->  "the snow leopard"         a thing that has attributes

Not covered: grammatical gender, other languages.
"""

import re

from tasks.teacher_generate.extractive.lexicon import is_common_word, is_plural
from tasks.teacher_generate.extractive.subjects import small_title
from tasks.teacher_generate.extractive.titles import names_nothing
from tasks.teacher_generate.extractive.word_lists import PREPOSITIONS

GENERAL_HEADS = {
    "property", "feature", "attribute", "specification", "spec", "parameter", "characteristic", "item", "detail", "field", "",
    "quantity", "category", "key", "criterion", "aspect", "description", "metric", "measure",
}  # fmt: skip
_OF_ALL = {
    "a", "and", "at", "basic", "characteristics", "data", "details", "dimensions", "facts", "features", "figures", "general",
    "glance", "information", "key", "measurements", "of", "overview", "profile", "properties", "quick", "specifications", "specs",
    "summary", "technical", "the",
}  # fmt: skip
"""Headings of nothing but these speak of what the document is about."""


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


def name_thing(name: str) -> str:
    """What a heading or a list item names, as it stands in a question: "Snow leopard" -> "the snow leopard"."""
    words = name.split()
    if name[:1].isdigit() or len(name) == 1:
        return name
    small = [word.lower() if is_common_word(word) else word for word in words]
    if len(words) > 2 and words[0][:1].isupper() and words[-1][:1].isupper() and set(words[1:-1]) & {"of", "the", "de", "for"}:
        return name  # "Friends of the Dunes"
    if len(words) == 1:
        plain = not is_common_word(name) or is_plural(name) or name.lower().endswith("ing")
        return small[0] if plain else f"the {small[0]}"
    head_at = next((i for i, word in enumerate(words) if i and word.lower() in PREPOSITIONS | {"of"}), len(words))
    if not words[head_at - 1][:1].islower() and head_at == len(words):
        return name
    titled = words[1][:1].isupper()  # "Leaf Card history"
    named = titled or not (is_common_word(words[0]) or words[0].endswith("ing"))
    start = words[0] if words[0][:1].isupper() and named and not words[0].lower().endswith("ing") else words[0].lower()
    said = " ".join([start, *words[1:]])  # "Oil change", "Children under 12", "F2 filter"
    return said if is_plural(words[head_at - 1]) else f"the {said}"


def is_general(head: str) -> bool:
    """Whether a header only says that attributes stand below."""
    return head.lower().strip() in GENERAL_HEADS or head.lower().rstrip("s") in GENERAL_HEADS


def is_about_all(headings: tuple[str, ...], owner: str) -> bool:
    """Whether what stands under these headings is about what the whole document is about, and not about a part of it."""
    if not headings or names_nothing(headings[0]):
        return False
    last, named = headings[-1].lower(), owner.removeprefix("the ").lower()
    return len(headings) == 1 or named in last or says_little(last)


def says_little(heading: str) -> bool:
    """Whether a heading could stand in any document: "Technical data", "At a glance"."""
    return set(re.findall(r"\w+", heading.lower())) <= _OF_ALL


def head_of(noun: str) -> str:
    """The noun before the first preposition: "fee per day" -> "fee"."""
    words = noun.split()
    for position, word in enumerate(words):
        if position and word.lower() in PREPOSITIONS | {"of", "per"}:
            return words[position - 1]
    return words[-1] if words else ""
