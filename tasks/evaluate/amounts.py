"""Reads numbers, their units and times of day from a list of tokens, in figures or in words.

Part of ``evaluate``, in the parent process, between ``statements.py`` (which makes the tokens) and ``quantities.py`` (which
compares)::

    twenty | - | one | full | days   ->  21 days            half | past ...   is 10:30 before it comes here (paraphrase.py)
    1.5 | million | euros            ->  1,500,000 euros    5 | o'clock | evening  ->  17:00

Not covered: numbers in words with decimals ("two point five").
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from tasks.evaluate.quantities import FRACTION_WORDS, NUMBER_WORDS, ORDINAL_WORDS, SCALES, SIGN_UNITS, UNITS, Quantity, Unit

BETWEEN_NUMBER_AND_UNIT = frozenset({"full", "whole", "calendar", "consecutive", "us"})
LONGEST_NUMBER = 400
"""Digits: what is longer is compared by its beginning (Python refuses to read numbers of more than 4,300)."""


@dataclass(frozen=True)
class Token:
    """A piece of a text, in small letters."""

    kind: str
    text: str
    is_name: bool = False
    opens: bool = False


def read_clock(tokens: list[Token], place: int) -> tuple[Quantity, int]:
    """The time of day that begins at a place, and the place after it."""
    text, after = tokens[place].text, place + 1
    half = re.search(r"[ap]m|o'clock", text)
    digits = re.findall(r"\d+", text)
    hour, minute = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    day_part = half[0] if half else ""
    while text_at(tokens, after) in ("o'clock", "morning", "evening", "h", "hrs"):
        part = text_at(tokens, after)
        day_part = {"morning": "am", "evening": "pm"}.get(part, day_part)
        after += 1
    return _clock(hour, minute, day_part), after


def _clock(hour: int, minute: int, day_part: str) -> Quantity:
    if day_part == "pm" and hour < 12:
        hour += 12
    if (day_part == "am" and hour == 12) or hour == 24:
        hour = 0
    return Quantity(Fraction(60 * hour + minute), is_clock=True)


def read_amount(tokens: list[Token], place: int) -> tuple[Quantity, int]:
    """The number at a place with the unit behind it, or the time of day that it turns out to be; and the place after."""
    number, after = read_number(tokens, place)
    if text_at(tokens, after) in ("am", "pm", "o'clock", "morning", "evening") and number.denominator == 1 and 0 <= number <= 24:
        part, after = text_at(tokens, after), after + 1
        if part == "o'clock" and text_at(tokens, after) in ("am", "pm", "morning", "evening"):
            part, after = text_at(tokens, after), after + 1
        return _clock(int(number), 0, {"morning": "am", "evening": "pm"}.get(part, part)), after
    spare = after
    while text_at(tokens, spare) in BETWEEN_NUMBER_AND_UNIT or (
        text_at(tokens, spare) == "-" and text_at(tokens, spare + 1) in UNITS
    ):
        spare += 1
    unit: Unit | None = None
    if kind_at(tokens, spare) == "sign":
        unit, after = UNITS[SIGN_UNITS[text_at(tokens, spare)]], spare + 1
    elif text_at(tokens, spare) in UNITS:
        unit, after = UNITS[text_at(tokens, spare)], spare + 1
    if unit and unit.name == "degree" and text_at(tokens, after) in ("c", "f", "celsius", "fahrenheit"):
        unit, after = UNITS[text_at(tokens, after)], after + 1
    return Quantity(number, unit, digits=tokens[place].text if tokens[place].kind == "number" else ""), after


def read_number(tokens: list[Token], place: int) -> tuple[Fraction, int]:
    """The number that begins at a place, in figures or words, and the place after it."""
    token = tokens[place]
    if token.kind == "fraction":
        above, below = (int(part) for part in token.text.split("/"))
        return (Fraction(above, below), place + 1) if below else (Fraction(above), place + 1)
    if token.kind == "number":
        number, place = Fraction(_plain(token.text[:LONGEST_NUMBER])), place + 1
        if text_at(tokens, place) in SCALES:
            number, place = number * 10 ** SCALES[text_at(tokens, place)], place + 1
    else:
        number, place = _read_number_words(tokens, place)
    if text_at(tokens, place) == "plushalf":
        return number + Fraction(1, 2), place + 1
    if text_at(tokens, place) in FRACTION_WORDS and 0 < number < FRACTION_WORDS[text_at(tokens, place)]:
        return number / FRACTION_WORDS[text_at(tokens, place)], place + 1
    return number, place


def _read_number_words(tokens: list[Token], place: int) -> tuple[Fraction, int]:
    if tokens[place].text in ORDINAL_WORDS:
        return Fraction(ORDINAL_WORDS[tokens[place].text]), place + 1
    if tokens[place].text == "half":
        return Fraction(1, 2), place + 1
    total, part = 0, 0
    if tokens[place].text in ("a", "an"):
        part, place = 1, place + 1
    while place < len(tokens):
        word = tokens[place].text
        if word in NUMBER_WORDS and (part % 10 == 0 or part == 0) and (part == 0 or NUMBER_WORDS[word] < 10 or part >= 100):
            part += NUMBER_WORDS[word]
        elif word == "hundred" and 0 < part < 100:
            part *= 100
        elif word in ("thousand", "million", "billion") and 0 < part < 1000 and total < 10**12:
            total, part = total + part * 10 ** SCALES[word], 0
        elif not (text_at(tokens, place + 1) in NUMBER_WORDS and (total or part >= 20) and _joins(word, part)):
            break
        place += 1
    return Fraction(total + part), place


def _joins(word: str, part: int) -> bool:
    """Whether a hyphen or an "and" lies inside one spelled number: twenty-one, one hundred and five, not five and six."""
    return (word == "-" and part < 100) or (word == "and" and part % 100 == 0)


def begins_number(tokens: list[Token], place: int, after_amount: bool) -> bool:
    """Whether a word begins a number. "Second" does, but not after an amount: "ten second"."""
    word, after = tokens[place].text, text_at(tokens, place + 1)
    if word in ("a", "an"):
        return after in ("hundred", "thousand", "million", "billion")
    if word == "second":
        return not after_amount
    if word == "half":
        return after not in ("past", "empty", "full", "term", "-")
    return word in NUMBER_WORDS or word in ORDINAL_WORDS


def _plain(digits: str) -> str:
    grouped = re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", digits)
    return digits.replace(",", "" if grouped else ".")


def kind_at(tokens: list[Token], place: int) -> str:
    """The kind of the token at a place; empty behind the end."""
    return tokens[place].kind if place < len(tokens) else ""


def text_at(tokens: list[Token], place: int) -> str:
    """The text of the token at a place; empty behind the end."""
    return tokens[place].text if place < len(tokens) else ""
