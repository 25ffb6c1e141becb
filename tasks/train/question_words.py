"""The words that people open a question with, by the kind of its answer: "5 euros" -> how much, what does it cost.

Part of ``train``, inside the worker process. A question that quotes its document has no such words, and one in words of its own
has one of many. A student that has met an answer behind several of them picks, of the facts that share a question's other
words, the one whose answer is of the kind that is asked for (``prompt_noise.py``). The kinds are those of question
classification (Li and Roth 2002, "Learning Question Classifiers", section 2.2), as far as an answer shows its kind by its form.

Example::

    "4.50 euros"            how much, what cost, price, ...
    "8 p.m."                when, what time, until when, ...
    "behind the car park"   where, ...

Not covered: what an answer means; other languages than English, whose answers are asked for with what and which.
"""

import re
from collections.abc import Iterator

MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
NUMBER = r"(?:\d[\d.,]*|half an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty)"
NAMES_JOIN = "(?:(?:von|van|de|da|der|and|of|the|&) )*"
PLACED = "in|at|on|behind|near|next to|opposite|under|above|outside|inside|beside|between|along|from|to|beneath"

SMALL_WORDS = """
    I we you my our your can could do does did is are was were the a an of to in on at for with it there they be have has had get
    got want need if would should that this when me us them from as or and what which how who one any some will
""".split()  # noqa: SIM905
"""Words that any question may hold: they tell nothing about what is asked."""


def _measured(units: str) -> str:
    return rf"(?i:\b{NUMBER}[\s-]?(?:{units})(?!\w))"


AMOUNTS = {
    rf"[€$£¥]|\b(?i:{NUMBER}[\s-]?(?:euros?|dollars?|pounds?|cents?|pence|francs?|EUR|USD|GBP|CHF)|free(?: of charge)?)\b": (
        "how much, how much, what cost, how much cost, price, pay, charge, fee, expensive, what does it cost, how much is it"
    ),
    r"(?i:\d\s?[ap]\.?m\b|\b\d{1,2}:\d\d\b|\bnoon\b|\bmidnight\b|o'clock)": (
        "when, when, what time, at what time, from when, until when, by when, how early, how late"
    ),
    rf"\b(?:{MONTH}|{DAY}|1[5-9]\d\d|20\d\d)\b|(?i:\b(?:weekend|summer|winter|spring|autumn)s?\b)": (
        "when, when, what day, which day, what date, on which day, in which year, what year, by when, since when, in what month"
    ),
    _measured("seconds?|minutes?|min|hours?|h|days?|nights?|weeks?|months?|years?"): "how long, for how long, how much time",
    _measured("years?"): "how old, what age, how many years",
    r"(?i:\b(?:every|each|daily|weekly|monthly|yearly|annually|once|twice|times)\b)": "how often, when, how many times",
    _measured("kg|g|mg|kilograms?|grams?|tonnes?|tons?|lbs?|oz|pounds"): "how heavy, how much, weigh, weight",
    _measured("m|cm|mm|km|metres?|meters?|kilomet(?:re|er)s?|miles?|feet|ft|inches"): (
        "how long, how far, how high, how tall, how deep, how wide, how big, what size, what distance, how low"
    ),
    _measured("m²|m2|hectares?|ha|acres?|square metres"): "how big, how large, area, size",
    _measured("l|ml|litres?|liters?|gallons?|m³"): "how much, how big, how many litres, capacity",
    _measured("km/h|mph|m/s|rpm"): "how fast, what speed",
    _measured("W|kW|MW|kWh|hp|horsepower|V|volts?|watts?|amps?"): "how much, how strong, how powerful, power",
    r"°|\b(?i:degrees)\b": "how hot, how warm, how cold, what temperature, how high",
    r"%|\b(?i:per ?cent)\b": "how much, what percentage, how many percent, what share, how strong",
    r"@|\bwww\.|https?:|\b\d[\d\s/-]{5,}\d\b": "how reach, contact, what address, what number, phone, call, e-mail",
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sir)\b": "who, who, whose, who is, what is the name",
    rf"(?:^|\s)[A-Z][\w'-]+ {NAMES_JOIN}[A-Z]": "who, what is the name, what is it called, which, where",
}
"""What a short answer holds -> how it is asked for. A long one may hold several amounts, and is asked for by none of them."""
PHRASES = {
    rf"^(?:(?i:{PLACED}) (?i:the|a|an|your|each)\b|(?i:in|at|on|near) [A-Z])": "where, where, in which place, where can I",
    r"(?i:\b(?:because|since|so that|due to|in order to|therefore)\b)": "why, why, what reason, how come",
    r"^(?i:by|with|through|via|without|using)\b": "how, how, in what way, what with",
    r"^(?i:to) [a-z]": "why, what for, what purpose",
    r"(?i:\b(?:not|no|never|only|forbidden|prohibited|allowed|permitted|possible|available|banned|included|required)\b)": (
        "can I, may I, am I allowed to, is it, are there, do I have to, is there, do they, must I"
    ),
}
"""What any answer holds -> how it is asked for."""
OTHERWISE = ("what", "which", "what kind of", "who", "where", "how")
ANYWAY = ("what", "which", "what is")
"""What any answer may be asked for with: without it, "what is the price" would lead to anything but an amount."""
LONGEST_AMOUNT = 6
"""Words of an answer that is still an amount with what belongs to it."""


def _read(kinds: dict[str, str]) -> list[tuple[re.Pattern[str], tuple[str, ...]]]:
    return [(re.compile(form), tuple(words.split(", "))) for form, words in kinds.items()]


_AMOUNTS, _PHRASES = _read(AMOUNTS), _read(PHRASES)
_COUNTED = re.compile(rf"(?i:\b{NUMBER}[\s-]([a-z]{{3,}}))")
_NUMBER_ALONE = re.compile(rf"(?i:(?:^|\b(?:about|around|over|under|than|least|most|to) ){NUMBER}$)")


def opening_words(answer: str) -> tuple[str, ...]:
    """The words that an answer may be asked for with; some stand there more than once, since they are likelier.

    >>> opening_words("30 minutes")[:2], opening_words("a letter")[:2]
    (('how many minutes', 'how long'), ('what', 'which'))
    """
    answer = answer.strip()
    phrase = tuple(word for form, words in _PHRASES if form.search(answer) for word in words)
    if len(answer.split()) > LONGEST_AMOUNT:
        return phrase + ANYWAY
    amount = tuple(word for form, words in _AMOUNTS if form.search(answer) for word in words)
    found = _count_words(answer, bool(amount)) + amount + phrase
    return found + ANYWAY if found else OTHERWISE


def _count_words(answer: str, is_amount: bool) -> tuple[str, ...]:
    """How a count is asked for; of another amount only its unit is, as in "how many weeks"."""
    counted = _COUNTED.search(answer)
    named = (f"how many {counted[1].lower()}",) if counted else ()
    if is_amount or not (counted or _NUMBER_ALONE.search(answer)):
        return named
    return (*named, "how many", "how many", "how much", "what number")


def all_opening_words() -> Iterator[str]:
    """All that ``opening_words`` may give, but for units, and small words."""
    yield from (*SMALL_WORDS, "how many", "how much", "what number")
    yield from (*OTHERWISE, *ANYWAY)
    for _, words in (*_AMOUNTS, *_PHRASES):
        yield from words
