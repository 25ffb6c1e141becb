"""What an expression says: money, an amount with its unit, an interval, a point in time.

    parse_amount("up to 25 days of paid leave")  ->  Amount(text="up to 25 days", unit="days", rest="of paid leave", kind="time")
    is_interval("every 3,000 miles or 3 months") ->  True
    is_moment("the end of March 2024")           ->  True

Not covered: arithmetic ("twice as many"), and numbers above twelve written as words unless they are round.
"""

import re
from dataclasses import dataclass

from tasks.teacher_generate.extractive.lexicon import is_noun, singular
from tasks.teacher_generate.extractive.word_lists import (
    CURRENCY_WORDS,
    FREQUENCY_ADVERBS,
    MEASURE_UNITS,
    MONTHS,
    PREPOSITIONS,
    RELATIVES,
    SEASONS,
    TIME_UNITS,
    WEEKDAYS,
)

NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|half"
)
NUMBER_WORDS += "|hundred|thousand|million|fourteen|sixteen|eighteen|thirteen|seventeen|nineteen|seventy|eighty|dozen"
BOUNDS = (
    "up to|at least|at most|no more than|no longer than|no later than|not more than|no less than|no fewer than|more than|"
    "fewer than|less than|a maximum of|a minimum of|another|about|around|approximately|approx\\.|roughly|nearly|almost|over|"
    "under|only|exactly|between|an additional|from"
)
_DIGITS = r"[-−+±<>≤≥~]?\s?[$€£¥]?\s?\d[\d,.]*(?:[-–/x×]\d[\d,.]*)*(?:\s?(?:million|billion|thousand))?(?:\s?[$€£¥])?"
_NUMBER = rf"(?:{_DIGITS}|\b(?:{NUMBER_WORDS})\b)"
_AMOUNT = re.compile(
    rf"^(?P<bound>(?:(?:{BOUNDS})\s+)*)(?P<number>{_NUMBER}(?:(?:\s?(?:to|and|or|–|-)\s?){_NUMBER})?)(?P<after>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_YEAR = re.compile(r"\b1[0-9]{3}\b|\b20[0-9]{2}\b")
_CLOCK = re.compile(r"\b\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\b\.?)|\b\d{1,2}:\d{2}\b|o'clock", re.IGNORECASE)
_SPOKEN_TIME = re.compile(
    r"\bthe (?:first|next|last) (?:start|launch|use|run|login|visit|opening)\b"
    r"|\b(?:end|start|beginning|middle) of (?:the |each |every )?\w+"
    r"|\b(?:first|second|third|fourth|fifth|sixth|last|\d+th) (?:working )?(?:day|week|month|year|quarter)\b"
    r"|\b(?:first|last|\d+(?:st|nd|rd|th)) of (?:each|every|the) (?:month|year|quarter|week)"
    r"|\bNew Year|\b\d{2,4}0s\b|\b\d+(?:st|nd|rd|th) century"
)
_INTERVAL = re.compile(
    rf"^(?:at least |about |only )?(?:every|each)\s+(?:other\s+|few\s+|(?:{_NUMBER})\s+)?[\w-]+"
    rf"|^(?:at least |at most |up to |no more than |only )?(?:once|twice|(?:{_NUMBER}) times)\b"
    rf"|^(?:{'|'.join(sorted(FREQUENCY_ADVERBS))})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """An amount at the start of a phrase."""

    text: str
    """With bound and unit, as it stands in the phrase: "up to 25 days"."""
    number: str
    """With bound, without unit: "up to 25"."""
    unit: str
    rest: str
    """What follows: "of paid leave"."""
    kind: str
    """money, time, measure, count, or bare (a number alone)."""


def parse_amount(phrase: str) -> Amount | None:
    """The amount that the phrase starts with, or None."""
    match = _AMOUNT.match(phrase)
    if not match or not match.group("number").strip():
        return None
    number, after = match.group("number"), match.group("after")
    glued = re.match(r"[-\w.]+", after)
    if glued and glued.group().lower() not in MEASURE_UNITS | {"ms", "s", "h"}:
        return None  # "3D printer", "5-speed", "2nd"
    unit, end = _read_unit(after)
    head = singular(unit.split()[-1]) if unit else ""
    if re.search(r"[$€£¥]", number) or (head in CURRENCY_WORDS and head != "pound"):
        kind = "money"
    elif not unit:
        kind = "bare"
    elif head in TIME_UNITS:
        kind = "time"
    elif head in MEASURE_UNITS or unit.lower() in MEASURE_UNITS or unit.startswith(("%", "°")):
        kind = "measure"
    else:
        kind = "count"
    size = match.start("after") + end
    # A second amount joined to the first belongs to it: "12 months or 12,000 miles".
    joined = re.match(rf"\s+(?:or|and|to)\s+{_NUMBER}\s?[\w°%$€-]+", phrase[size:])
    if joined and kind in ("time", "measure", "money"):
        size += joined.end()
    number_text = phrase[: match.start("after")].strip()
    return Amount(phrase[:size].strip(), number_text, unit, phrase[size:].strip(), kind)


_AFTER_UNITS = {
    "of",
    "per",
    "and",
    "or",
    "a",
    "an",
    "the",
    "each",
    "every",
    "if",
    "today",
    "now",
    "ago",
    "later",
    "abroad",
    "apart",
} | RELATIVES


def _read_unit(after: str) -> tuple[str, int]:
    """The noun (with its adjectives) right after a number, and where it ends."""
    words: list[str] = []
    end = 0
    for match in re.finditer(r"\s*([\w°%'’/-]+(?:\.(?=\w)\w+)*)", after):
        word = match.group(1)
        if match.start() != end or word.lower() in PREPOSITIONS | _AFTER_UNITS:
            break
        words.append(word)
        end = match.end()
        if len(words) == 4 or singular(word) in TIME_UNITS | MEASURE_UNITS | CURRENCY_WORDS or word.startswith(("%", "°")):
            break
    while words and not (is_noun(words[-1]) or words[-1][0] in "%°"):
        words.pop()
        end = after.rfind(words[-1], 0, end) + len(words[-1]) if words else 0
    return " ".join(words), end


def is_interval(phrase: str) -> bool:
    """Whether the phrase says how often: "every 2 years", "once a week", "monthly"."""
    match = _INTERVAL.match(phrase.strip())
    if not match:
        return False
    words = phrase.lower().split()
    if words[0] in ("every", "each"):
        amount = parse_amount(" ".join(words[1:]))
        if amount:
            return amount.kind in ("time", "measure", "count")
        head = singular(words[2] if words[1:2] in (["other"], ["few"]) and len(words) > 2 else words[1].strip(".,"))
        return head in TIME_UNITS | WEEKDAYS | MONTHS | SEASONS
    return True


def is_moment(phrase: str) -> bool:
    """Whether the phrase is a point or span in time: "1975", "31 March", "9 a.m.", "the end of the year"."""
    words = {word.strip(".,;()").lower() for word in phrase.split()}
    month = bool(words & (MONTHS - {"may", "march"})) or bool(re.search(r"\b(?:May|March)\b", phrase))
    spring = "spring" in words and re.search(r"\bsprings?\b(?! of| and|$)|\ba spring\b", phrase)  # where water comes from
    if month or words & (WEEKDAYS | (SEASONS - {"spring"} if spring else SEASONS)) or _CLOCK.search(phrase):
        return True
    if _YEAR.search(phrase) and len(phrase.split()) <= 4 and not re.search(r"[$€£,]\s?\d|\d,\d", phrase):
        amount = parse_amount(phrase)
        return amount is None or amount.kind == "bare"
    return bool(_SPOKEN_TIME.search(phrase))


def is_duration(phrase: str) -> bool:
    """Whether the phrase is an amount of time and nothing else."""
    amount = parse_amount(phrase)
    return amount is not None and amount.kind == "time" and not amount.rest
