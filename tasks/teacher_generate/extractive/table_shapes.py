"""What a table's headers and rows are: attributes, things, or categories that only a person could tell apart.

    | | Basic | Plus |  / | Storage | 50 GB | 200 GB | / | Price | $4 | $9 |   ->  lies on its side: columns own the rows
    | Dough | Kneading | Oven | / | Rye | 8 minutes | 240 °C |                 ->  "Oven" is no attribute of 240 °C
    | Age | Day pass | / | under 6 | 2 € |                                     ->  "under 6" is a range, not a thing

Not covered: how a cell is asked for; ``tables`` and ``table_questions`` do that.
"""

import re
from collections.abc import Sequence

from tasks.teacher_generate.extractive.amounts import is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.lexicon import is_common_word, is_noun, is_plural, lemmas, singular, verb_forms
from tasks.teacher_generate.extractive.naming import head_of, name_noun
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import DETERMINERS, PREPOSITIONS

_QUANTITIES = {
    "age", "altitude", "amount", "area", "ascent", "breadth", "capacity", "charge", "climb", "consumption", "cost", "costs",
    "current", "deadline", "delay", "density", "depth", "deposit", "descent", "diameter", "discount", "distance", "duration",
    "elevation", "energy", "fee", "fees", "frequency", "gain", "height", "interval", "length", "life", "lifespan", "limit",
    "load", "maximum", "minimum", "output", "payload", "period", "power", "pressure", "price", "prices", "radius", "range",
    "rate", "rent", "salary", "score", "share", "size", "span", "speed", "surcharge", "temperature", "term", "thickness", "time",
    "value", "voltage", "volume", "wage", "wait", "warranty", "weight", "width",
}  # fmt: skip
"""Nouns that an amount with a unit may be the value of, however many columns have that unit."""
_WARM = re.compile(r"°\s?[CF]\b|\bdegrees\b", re.IGNORECASE)
_KINDS_OF_OFFERS = {
    "account", "bundle", "card", "category", "class", "edition", "kit", "level", "licence", "license", "membership", "model",
    "option", "package", "pass", "plan", "size", "subscription", "tariff", "tier", "version",
}  # fmt: skip
"""What columns called "Basic" and "Plus" are called together, in a heading above them."""
_RANGE = re.compile(
    r"(?:under|over|below|above|up to|more than|less than|fewer than|at least|from|between|[<>≤≥])\s*[$€£]?\d"
    r"|[$€£]?\d[\d.,]*\s*(?:to|–|—|-)\s*[$€£]?\d|\d[\d.,]*\s*(?:\+|and (?:over|above|more|up|under|older|younger))",
    re.IGNORECASE,
)
_FLAGS = {"yes", "no", "-", "–", "✓", "✗"}
_NO_NOUNS = {"due", "last", "late", "early", "next", "open", "current", "daily"}


def kind_of(value: str) -> str:
    """What a cell holds, with its unit: "measure gb", "money", "clock", "flag", "words"."""
    amount = parse_amount(value)
    if value.lower() in _FLAGS:
        return "flag"
    if re.match(r"\d{1,2}:\d{2}", value):
        return "clock"
    if is_interval(value):
        return "interval"
    if amount is None:
        return "moment" if is_moment(value) else "words"
    if amount.kind == "time":
        return "time"
    return f"{amount.kind} {amount.unit.lower()}" if amount.kind == "measure" else amount.kind


def is_attribute_word(head: str) -> bool:
    """Whether a header can be the name of an attribute: its last word is a noun, no verb, adjective or preposition."""
    words = name_noun(head).lower().split()
    if not words or set(words) & PREPOSITIONS & {words[-1]} or words[-1] in _NO_NOUNS | DETERMINERS:
        return False
    known = lemmas(words[-1])
    return not known or "NOUN" in known or "PROPN" in known


def lies_on_its_side(heads: Sequence[str], rows: Sequence[Sequence[Text]]) -> bool:
    """Whether cells are of one kind along each row and of several down each column, below attributes' names."""
    kinds = [(row[0].text, {kind_of(cell.text) for cell in row[1:] if cell}) for row in rows if row and row[0]]
    told = [(name, found) for name, found in kinds if found]
    alike = [next(iter(found)).split()[0] for _, found in told if len({kind.split()[0] for kind in found}) == 1]
    named = [bool(is_attribute_word(name)) and not name[:1].isdigit() for name, _ in told]
    different = {next(iter(found)) for _, found in told if len(found) == 1} | set(alike)
    whole = len(told) > 1 and len(alike) >= 0.75 * len(told) and sum(named) >= 0.75 * len(told)
    return whole and len(different) > (2 if not heads[0].strip() else 1) and len(set(alike)) > 1


def is_quantity(noun: str) -> bool:
    """Whether a noun names what an amount may be the value of: "length", "prices"."""
    return noun in _QUANTITIES or singular(noun) in _QUANTITIES


def is_category(heads: Sequence[str], rows: Sequence[Sequence[Text]], column: int) -> bool:
    """Whether a column is a setting, a place or a step rather than an attribute: other columns hold amounts of the same unit."""
    last = head_of(name_noun(heads[column])).lower()
    values = [row[column].text for row in rows if len(row) > column and row[column]]
    if is_quantity(last) or not values:
        return False
    if sum(bool(_WARM.search(value)) for value in values) > len(values) / 2:
        return True
    own = {kind_of(value) for value in values}
    if not all(kind == "time" or kind.startswith("measure") for kind in own):
        return False
    if own == {"time"} and "VBG" in verb_forms(last):
        return True  # "Kneading": 8 minutes
    others = {
        kind_of(row[i].text)
        for row in rows
        for i in range(1, min(len(row), len(heads)))
        if i != column and row[i] and head_of(name_noun(heads[i])).lower() not in _QUANTITIES
    }
    return bool(own & others)


def is_range(row: str) -> bool:
    """Whether a row is a range of values: "1 to 12", "under 6"."""
    return _RANGE.match(row.strip()) is not None


def name_range(row: str, head: str) -> str:
    """A range with the noun above it: "age under 6"; "" where no noun says what it is a range of."""
    noun = name_noun(head)
    plain = bool(noun) and len(noun.split()) <= 3 and is_noun(noun.split()[-1].lower()) and not is_plural(noun.split()[-1])
    return f"{noun} {row}" if plain and is_attribute_word(head) else ""


def offers_above(heading: str) -> str:
    """What the columns are called together: "plan" of the heading "Our plans", or ""."""
    words = re.sub(r"^[\d.\s]+", "", heading).split()
    kind = singular(words[-1]) if words else ""
    return kind if kind in _KINDS_OF_OFFERS and all(is_common_word(word) for word in words) else ""


def verb_in(head: str) -> str:
    """The verb of a header that is nothing but a verb: "Departs", "Arrive"; "" where it may be a noun."""
    low = head.lower()
    known = lemmas(low)
    return known["VERB"][0] if " " not in low and set(known) == {"VERB"} and verb_forms(low) & {"VB", "VBZ"} else ""
