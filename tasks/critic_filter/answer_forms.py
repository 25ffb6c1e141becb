"""The bare form of a short answer: nothing but a time, a price, a duration, yes or no ...

    answer_kinds("From 8:20 a.m. to noon")  ->  {"clock"}
    answer_kinds("about 75 minutes")        ->  {"duration"}
    answer_kinds("12 kg of flour")          ->  set(): it says more than an amount

What a question asks for rules such forms out ("How many people?" is not answered by "75 minutes"); an answer of another form
may be anything. Part of ``critic_filter``, used by ``answer_types``.

Not covered: answers whose kind only their meaning shows (names, things, reasons).
"""

import re

from tasks.critic_filter.word_lists import NUMBER_WORDS, ORDINALS

_NUMBER_WORD = "|".join([*NUMBER_WORDS, "hundred", "thousand", "million", "billion", "half", "quarter"])
_NUMBER = rf"(?:\d[\d.,]*(?:\s?(?:million|billion|thousand))?|(?:{_NUMBER_WORD})(?:[ -](?:{_NUMBER_WORD}))*|(?<!\w)an?(?=\s))"
_RANGE = rf"{_NUMBER}(?:\s?(?:to|or|-|–|and|x)\s?{_NUMBER})*"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_FORMS = (
    (
        "interval",
        r"\bevery (?:\w+ )?(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|quarters?|years?)\b"
        r"|\b(?:once|twice|\w+ times) (?:an?|per|each|every) \w+|\b(?:hourly|daily|weekly|monthly|quarterly|yearly|annually)\b",
    ),
    (
        "clock",
        r"\d{1,2}(?:[:.]\d{2})?\s?[ap]\.?\s?m\b\.?|\d{1,2}:\d{2}(?:\s?h\b)?|\bnoon\b|\bmidnight\b|\d{1,2} o'clock"
        r"|(?:half|(?:a )?quarter) (?:past|to) \w+",
    ),
    (
        "date",
        rf"\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?|{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? \d{{4}})?"
        r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|weekdays?\b|weekends?\b|(?:spring|summer|autumn|winter)\b"
        r"|(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d.,]*\d)(?!\s?[a-z%°$€£])",
    ),
    ("ordinal", r"(?:the )?\d{1,2}(?:st|nd|rd|th)\b"),
    (
        "money",
        rf"[$€£¥]\s?\d[\d.,]*(?:\s?(?:million|billion|k)\b)?|{_RANGE}\s?(?:[$€£¥]|(?:euros?|dollars?|cents?|francs?|yen|"
        r"crowns?|usd|eur|gbp|chf)\b)",
    ),
    ("percent", rf"{_RANGE}\s?(?:%|per ?cent\b)"),
    (
        "duration",
        rf"{_RANGE}[\s-]?(?:(?:working |school |business |calendar )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|"
        r"nights?|decades?|centuries)\b|(?:min|hrs?|h|secs?|ms)\b)|half an hour|half a (?:year|day)",
    ),
    ("weight", rf"{_RANGE}\s?(?:kg|g|mg|lbs?|oz|t|kilos?|kilograms?|grams?|tons?|tonnes?|ounces?)\b"),
    (
        "length",
        rf"{_RANGE}\s?(?:mm|cm|m|km|ft|inch(?:es)?|feet|foot|miles?|metres?|meters?|kilomet(?:re|er)s?|centimet(?:re|er)s?|yards?)\b",
    ),
    (
        "measure",
        rf"{_RANGE}\s?(?:°\s?[cf]?|degrees?|litres?|liters?|ml|l|db|rpm|bar|kwh?|watts?|w|v|volts?|hp|mph|km/h|m²|cl)(?!\w)",
    ),
    ("pounds", rf"{_RANGE}\s?pounds?\b"),
    ("label", r"\b(?:room|hall|gate|platform|page|extension|version|step|exit|tram|bus|line) (?:[a-z]?\d+[a-z]?|[a-z])(?!\w)"),
    ("number", r"\d[\d.,]*(?!\w)|\b(?:" + "|".join(NUMBER_WORDS) + r")\b"),
)
_FORM = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _FORMS), re.IGNORECASE)
_LIGHT = frozenset(
    re.findall(
        r"\w+",
        """about approximately around roughly circa ca at on in from to until till by the a an of and or up upto least most only
        just for each every per between within after before over under more than less not exactly nearly almost above below it is
        are was be costs cost takes take lasts that year day month week hour night them since during as daily""",
    )
) | frozenset(ORDINALS)
LONGEST = 80
"""Characters. A longer answer is a text."""
_RATE = re.compile(
    r"(?<=\w) (?:an?|per|each|every) (?:second|minute|hour|day|night|week|month|year|person|head|piece|ride|load|item)\b"
    r"|\([^)]*\)"
)


def answer_kinds(answer: str) -> frozenset[str]:
    """The kinds of amounts and times that the answer consists of; none where it says anything else."""
    text = answer.strip().lower()
    if len(text) > LONGEST:
        return frozenset()
    text = _RATE.sub("", text)
    rest = _FORM.sub(" ", text)
    if any(word not in _LIGHT for word in re.findall(r"[^\W\d_]+", rest)):
        return frozenset()
    return frozenset(match.lastgroup or "" for match in _FORM.finditer(text))


def is_polar(answer: str) -> bool:
    """Whether it begins with yes or no: "No, dogs stay outside" (but not "no more than three")."""
    return bool(re.match(r"\s*(?:yes\b|no(?:[.,;:!]|\s*$|\s+[-–—]))", answer, re.IGNORECASE))
