"""Lines that give a key its value -> facts.

    "- **Weight:** 9 kg"                ->  "What is the weight of the X?"                        -> "9 kg"
    "Designed by: Ada Berg"             ->  "Who designed the X?"                                 -> "Ada Berg"
    "- 300 g Munich malt"               ->  "How much Munich malt is used for the X?"             -> "300 g"
    "Deposit: 50 pounds, in cash"       ->  'Under "Booking", what is given for "Deposit"?'       -> "50 pounds, in cash"

A line is asked for as people do where its key is a known attribute and it is known whose; any other line by its place.

Not covered: lines with several keys.
"""

import re

from tasks.teacher_generate.extractive.amounts import Amount, is_moment, parse_amount
from tasks.teacher_generate.extractive.attributes import ask_at, ask_attribute, ask_made
from tasks.teacher_generate.extractive.clause_check import is_balanced
from tasks.teacher_generate.extractive.clauses import Refused, parse_sentence
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.lexicon import is_noun, is_plural, verb_base
from tasks.teacher_generate.extractive.naming import head_of, is_about_all
from tasks.teacher_generate.extractive.passages import Unit
from tasks.teacher_generate.extractive.quoted_entries import Places, ask_line, refuse_quote
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import DETERMINERS

_KEYED = re.compile(r"(?P<key>[^:=|.!?()]{1,60}?(?:\([^()]{1,60}\))?)(?:\s*:\s|\s=\s|\s[–—]\s|\s-\s)\s*(?P<value>\S.*)$")
_LABELS = {
    "note", "notes", "warning", "caution", "tip", "tips", "important", "example", "remark", "hint", "attention", "info", "nb",
}  # fmt: skip


def split_keyed(unit: Unit) -> tuple[Text, Text] | None:
    """Key and value of a line, or None where it is none."""
    text = unit.text
    bare = text.text if text.text.endswith((".m.", "etc.")) else text.text.rstrip(".")
    match = _KEYED.match(bare)
    if not match:
        return _split_before_amount(text)
    key, value = text.cut(0, match.end("key")), text.cut(match.start("value"), match.end("value"))
    words = re.sub(r"\s*\([^()]*\)$", "", key.text).split()
    if len(words) > 3 and not unit.listed and _is_sentence(key):
        return None  # "The website uses two kinds of cookies: ..."
    if not is_balanced(key.text):
        return None  # "(12 March – 3 October)"
    if not key or len(words) > 7 or not (key.text[0].isalnum()) or key.text.lower().startswith(("http", "the following")):
        return None
    return key, value


def _is_sentence(key: Text) -> bool:
    try:
        return bool(parse_sentence(key))
    except Refused:
        return False


def _split_before_amount(text: Text) -> tuple[Text, Text] | None:
    """ "Horsepower 130 hp": a noun and its amount, and nothing else."""
    if text.text.endswith("."):
        return None
    match = re.match(r"(?P<key>[A-Z][a-z-]+(?: [a-zA-Z-]+){0,3})\s+(?P<value>[$€£<>~]?\s?\d.*)$", text.text.rstrip("."))
    amount = parse_amount(match.group("value")) if match else None
    if match is None or amount is None or amount.rest or amount.kind not in ("money", "measure", "time"):
        return None
    words = match.group("key").lower().split()
    if not is_noun(words[-1]) or set(words) & DETERMINERS or any(verb_base(word) and not is_noun(word) for word in words):
        return None
    return text.cut(0, match.end("key")), text.cut(match.start("value"), match.end("value"))


def is_label(key: str) -> bool:
    """Whether a key only labels a sentence: "Note: ..."."""
    return key.lower().strip() in _LABELS


def ask_keyed(unit: Unit, key: Text, value: Text, owner: str, places: Places) -> list[Fact] | Refusal:
    """The facts of a line, the best first: the others stand in where the first one fails; or why there are none.

    Args:
        owner: What the document, or this section of it, is about; "" where that is not known.
    """
    text, place = unit.text, places.name_for(unit)
    reason = refuse_quote(value.text, key.text)
    if not reason and not place:
        reason = "no_owner"
    if not reason and places.has_several(unit, key.text):
        reason = "ambiguous_key"
    if reason or not place:
        return Refusal(reason, text.text, text.start)
    quoted = Fact("quote.line", value, ask_line(place, key.text), text.text, unit.headings)
    sure = not unit.parents and is_about_all(unit.headings, owner)
    owner = places.known_owner(owner) if sure and not is_moment(owner) else ""
    cores = ask_made(key.text, value.text, owner) or ask_attribute(key.text, value.text, owner) if owner else []
    named = places.name(unit.headings, unit.parents)
    cores = cores or (ask_at(key.text, value.text, named) if named else [])
    return [Fact("line.attribute", value, tuple(cores), text.text, unit.headings), quoted] if cores else [quoted]


def ask_quantity(unit: Unit, owner: str) -> Fact | None:
    """ "300 g Munich malt" in a list of what something takes; None where the line is nothing like it."""
    text = re.sub(r"\s*\([^()]*\)$", "", unit.text.text).rstrip(".")
    amount = parse_amount(text)
    above = f"{unit.intro} {unit.headings[-1] if unit.headings else ''}".lower()
    if not owner or amount is None or amount.kind not in ("measure", "count") or not unit.listed:
        return None
    if not amount.rest and amount.kind == "measure":
        return None
    thing = re.sub(r"^of ", "", amount.rest) if amount.kind == "measure" else f"{amount.unit} {amount.rest}".strip()
    if len(thing.split()) > 4 or not is_noun(thing.split()[-1]) or re.search(r"[,;:]|\d", thing):
        return None
    if not re.search(r"ingredient|you need|material|equipment|shopping|parts", above):
        return None
    size = len(amount.text) if amount.kind == "measure" else len(amount.number)
    return Fact("line.quantity", unit.text.cut(0, size), tuple(_ask_part(thing, amount, owner)), unit.text.text, unit.headings)


def _ask_part(thing: str, amount: Amount, owner: str) -> list[Core]:
    """How much, or how many, of something goes into something."""
    counted = amount.kind != "measure"
    how, be = ("many", "are") if counted else ("much", "is")
    if not counted and is_plural(thing.split()[-1]):  # "250 g red lentils"
        return [
            Core(f"What amount of {thing} is used for {owner}?", f"what amount of {thing} is used for {owner}"),
            Core(f"What amount of {thing} do I need for {owner}?", f"what amount of {thing} I need for {owner}"),
        ]
    need = ("do", "need") if is_plural(head_of(owner)) else ("does", "needs")
    return [
        Core(f"How {how} {thing} {be} used for {owner}?", f"how {how} {thing} {be} used for {owner}"),
        Core(f"How {how} {thing} {need[0]} {owner} need?", f"how {how} {thing} {owner} {need[1]}"),
        Core(f"How {how} {thing} do I need for {owner}?", f"how {how} {thing} I need for {owner}"),
    ]
