"""What may be left out of a quoted sentence: an amount, a number, a time, a date, a name.

    "A single ticket costs 5 euros and a return ticket 9 euros."   ->  amount "5 euros", amount "9 euros"
    "The season lasts from 15 April to 10 October."                ->  date "from 15 April to 10 October"
    "The building was restored by the architect Mette Lund."       ->  name "Mette Lund"

Cloze as a test of what a reader knows: Taylor 1953, "Cloze procedure"; with names: Hermann et al. 2015, "Teaching machines to
read and comprehend". A gap is a whole expression, with its bounds ("at least") and both ends of a range.

Names are found in ``name_gaps``. Not covered: ordinals, fractions in words.
"""

import re
from dataclasses import dataclass

from tasks.teacher_generate.extractive.amounts import BOUNDS, NUMBER_WORDS, parse_amount
from tasks.teacher_generate.extractive.name_gaps import find_names
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, PREPOSITIONS

_SEVERAL = re.compile(r"\b(?:from|to|and|or|between|until)\b|[,–-]")


@dataclass(frozen=True)
class Gap:
    """What is left out, as the place ``start`` to ``end`` in its sentence."""

    start: int
    end: int
    kind: str
    """amount, number, time, date, day, year or name: "which ... is missing"."""


_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.?(?= \d|\b))"
)
_DAY_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"{_DAY_NUMBER}(?:(?:, | and | or | to |–|-){_DAY_NUMBER})* (?:of )?{_MONTH}(?:,? \d{{4}})?\b"
    rf"|{_MONTH} {_DAY_NUMBER}(?:, \d{{4}})?(?![\w.:])"
    r"|New Year['’]s (?:Day|Eve)|Christmas (?:Day|Eve)|Good Friday|Easter (?:Sunday|Monday)|Boxing Day"
    rf"|{_MONTH} \d{{4}}\b|\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{4}}|\d\d)\b"
)
_CLOCK = (
    r"\d{1,2}(?:[:.]\d{2})?(?: to | until | and |\s?[–-]\s?)\d{1,2}(?:[:.]\d{2})?\s?(?:[ap]\.m\.|[ap]m\b)|"
    r"\d{1,2}(?:[:.]\d{2})?\s?(?:[ap]\.m\.|[ap]m\b)|\b\d{1,2}:\d{2}(?![\d:])|\b(?:noon|midnight)\b|\b\w+ o['’]clock\b"
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
_DAYS = (
    rf"(?:(?:the )?(?:first|second|third|fourth|last) |every (?:other |second )?|each )?{_WEEKDAY}"
    rf"(?: of (?:(?:each|every|the) \w+|{_MONTH})| (?:morning|afternoon|evening|night)s?)?"
)
_YEAR = (
    r"\b(?:1[1-9]|20)\d0s\b|\b(?:1[1-9]\d\d|20\d\d)s?\b(?![.,:/-]?\d)"
    r"(?! (?!to\b|and\b|or\b|until\b|by\b|for\b|at\b|in\b|with\b|from\b|on\b|as\b)[a-z])"
)
_DATED_DAY = rf"{_WEEKDAY},? (?:the )?(?:{_DATE})"
_MOMENTS = (("date", f"{_DATED_DAY}|{_DATE}"), ("time", _CLOCK), ("day", _DAYS), ("year", _YEAR), ("month", rf"\b{_MONTH}"))
_RANGES = [
    (
        kind,
        re.compile(
            rf"(?<![\w.,:€$£-])"
            rf"(?:(?:from|between) (?=(?:{one}) (?:to|and|until|till)\b|\d{{1,2}}(?:[:.]\d\d)? (?:to|and|until) ))?(?:{one})"
            rf"(?:(?: to | until | till | and | or |, |, and |\s?[–-]\s?)(?:{one}))*"
        ),
    )
    for kind, one in _MOMENTS
]
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()/-]{5,}\d(?![\w.]\d)")
_NUMBER = re.compile(
    rf"(?<![\w.,:/€$£#§+–-])(?:(?:{BOUNDS}|within)\s+)*(?:[$€£¥]\s?)?(?:[-−+±]\s?)?(?:\d|(?:{NUMBER_WORDS})\b(?!-))",
    re.IGNORECASE,
)
_FROM_TO = re.compile(r"from [^\s]+ (?:[a-z°%]+ )?(?:to|and) [$€£¥]?\d", re.IGNORECASE)
_OF_ITSELF = re.compile(r"(?:one|half)\b", re.IGNORECASE)
_NAMES_A_THING = re.compile(r"(?:The [a-z]+|(?!It|We|They|You|He|She|There|In|At|On|For|From|By|With|Over|Under)[A-Z][\w-]*) ")
"""What a number behind it belongs to at the start of a sentence: "Bus 214", "Year 6"."""
_NAMED_BEFORE = re.compile(r"[a-z,] [A-Z][\w-]* $|\d (?:and|or|to) $")
"""The same inside a sentence: "in Year 6", "Buses 4 and 17"."""
_UNITS_BEHIND = re.compile(r" ?(?:[kcm]?m[23²³]|sq\.? (?:mi|km|ft|m|yd)|cu\.? (?:ft|m)|BCE?|CE|AD|in(?=[),;]))(?!\w)")
"""Units and eras that are read with their number only."""
_LEADS = re.compile(r"\b(?:the (?:first|last|next|past)|(?:the )?(?:early|late|mid))[ -]$", re.IGNORECASE)
"""What belongs to a time behind it: "the first two years", "late October", "the early 1970s"."""
_GLUED_BEFORE = re.compile(r"(?:[\w\[/@'’$€£-]|\w\()$|\d[.,:]$|\d $")
_GLUED_BEHIND = re.compile(r"[\w(\[/@'’–-]|[.,:]\w|%")
_YEAR_LIKE = re.compile(r"(?:1[1-9]|20)\d\d")
_GOES_ON = re.compile(
    r":\d| (?:third|quarter|half|fifth|tenth)s?\b| and an? (?:half|quarter)\b| or (?:more|fewer|less|older|younger|later|so)\b"
)
"""What makes a number part of something longer: "2:29:14", "one third", "seven and a half", "three or more"."""
_BEFORE_MONTH = re.compile(
    r"\b(?:in|since|until|from|to|by|of|and|or|till|before|after|between|every|each|late|early|mid)\s$", re.IGNORECASE
)


def name_missing(gap: Gap, answer: str) -> str:
    """What is said to be missing, where one word surely names it: no range is "the day", no length of time "the amount"."""
    if gap.kind == "year" and re.fullmatch(r"\d{4}", answer):
        return "year is"
    if gap.kind == "date" and re.search(r"\d", answer) and not _SEVERAL.search(answer):
        return "date is"
    if gap.kind == "time" and re.fullmatch(r"\d{1,2}(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?|noon|midnight", answer):
        return "time is"
    return "words are"


def find_gaps(sentence: str) -> list[Gap]:
    """The gaps of a sentence in their order; none overlaps another."""
    found: list[Gap] = []
    for gap in (
        *_find_moments(sentence),
        *_find_phones(sentence),
        *_find_numbers(sentence),
        *(Gap(start, end, "name") for start, end in find_names(sentence)),
    ):
        gap = _with_lead(sentence, gap)
        if all(gap.end <= other.start or other.end <= gap.start for other in found) and _stands_alone(sentence, gap):
            found.append(gap)
    return sorted(found, key=lambda gap: gap.start)


def _with_lead(sentence: str, gap: Gap) -> Gap:
    """The gap with what stands before it and belongs to it."""
    timed = gap.kind in ("year", "month", "day") or (gap.kind == "amount" and _is_time(sentence[gap.start : gap.end]))
    lead = _LEADS.search(sentence[: gap.start]) if timed else None
    return Gap(lead.start(), gap.end, gap.kind) if lead and lead.start() else gap


def _is_time(text: str) -> bool:
    amount = parse_amount(text)
    return amount is not None and amount.kind == "time"


def _stands_alone(sentence: str, gap: Gap) -> bool:
    """Whether a gap is a whole phrase: no part of a word, of a longer number, or of what stands in brackets."""
    before, behind, text = sentence[: gap.start], sentence[gap.end :], sentence[gap.start : gap.end]
    if _GLUED_BEFORE.search(before) and (text[0].isdigit() or not before.endswith(" ")):
        return False
    if _GLUED_BEHIND.match(behind) or (text[-1].isdigit() and re.match(r" \d", behind)):
        return False
    if gap.kind in ("amount", "number") and re.search(r"\d[^()]*\([^()]*$", before) and before.rfind("(") == gap.start - 1:
        return False  # "10–14 g (0.35–0.49 oz)": the same once more
    if gap.kind == "name" and len(re.findall(r'["“”]', before)) % 2:
        return before[-1] in '"“' and behind[:1] in ('"', "”")  # "Future" of "Back to the Future"
    if gap.kind in ("day", "month") and re.search(r"\b(?:an?|the|our|its|their|his|her) $", before, re.IGNORECASE):
        noun = re.match(r" ([a-z]+)", behind)  # "the Friday market"
        return noun is None or noun.group(1) in PREPOSITIONS | AUXILIARIES | {"and", "or"}
    if gap.kind == "year":  # "a 2012 interview", "Swift's 2009 song"
        return not re.search(r"(?:\b(?:an?|the|her|his|its|their)|['’]s) $", before) or text.endswith("s")
    if gap.kind == "amount" and not re.search(r"[$€£¥]", text) and re.search(r"\ban? $", before) and re.match(r" [a-z]", behind):
        return False  # "a 40 cm reflector"
    if re.match(r"[ -]?(?:hundred|thousand|million)?-?fold\b", behind):
        return False  # "brightened four hundredfold"
    if text in ("hundred", "thousand", "million", "dozen"):
        return False  # "several hundred"
    last = re.search(r"([A-Za-z-]+) $", before)
    ordinal = gap.kind == "number" and last is not None and last.group(1).lower() in ("first", "last", "next", "past", "top")
    return not ordinal


def _find_moments(sentence: str) -> list[Gap]:
    found: list[Gap] = []
    for kind, pattern in _RANGES:
        for match in pattern.finditer(sentence):
            before = sentence[: match.start()]
            bare = kind == "month" and not _BEFORE_MONTH.search(before) and not match.group().startswith(("from ", "between "))
            if not bare and before.strip():  # "Monday 9 to 5" at the start would leave nothing to go by
                found.append(Gap(match.start(), match.end(), kind))
    return found


def _find_phones(sentence: str) -> list[Gap]:
    return [
        Gap(match.start(), match.end(), "number")
        for match in _PHONE.finditer(sentence)
        if sum(c.isdigit() for c in match.group()) >= 6 and " " in match.group().strip()
    ]


def _find_numbers(sentence: str) -> list[Gap]:
    found: list[Gap] = []
    for match in _NUMBER.finditer(sentence):
        lead = re.match(r"(?:within|only|from)\s+", sentence[match.start() :], re.IGNORECASE)
        ranged = lead is not None and lead.group().lower().startswith("from") and _FROM_TO.match(sentence, match.start())
        start = match.start() + (lead.end() if lead and not ranged else 0)
        amount = parse_amount(sentence[match.start() + (lead.end() if lead else 0) :])
        titled = match.start() and re.match(r"[A-Z][a-z]+ [A-Z]", sentence[match.start() :])  # the piece "Nine Nights"
        if amount is None or not amount.number or titled:
            continue
        if amount.kind in ("money", "time", "measure"):
            signed = re.search(r"[$€£¥]", amount.number) is not None
            text, kind = amount.number if signed else amount.text, "amount"
        else:
            text, kind = amount.number, "number"
        text = f"{lead.group()}{text}" if lead and ranged else _first_of_two(text).rstrip(" .,;:")
        if rate := re.search(r"\b(?:every|each) $", sentence[:start]):
            text, start, kind = f"{rate.group()}{text}", rate.start(), "amount"
        text = re.split(r"(?<=\d), ", text)[0]  # "at Mill Street 7, five minutes on foot"
        if percent := re.match(r" per cent\b", sentence[start + len(text) :]):
            text, kind = f"{text}{percent.group()}", "amount"
        if unit := _UNITS_BEHIND.match(sentence, start + len(text)):
            text, kind = f"{text}{unit.group()}", "amount"
        if kind == "number" and _YEAR_LIKE.fullmatch(text):
            if not _BEFORE_MONTH.search(sentence[:start]):
                continue
            kind = "year"
        named = _NAMES_A_THING.fullmatch(sentence[:start]) or _NAMED_BEFORE.search(sentence[:start])
        cut = _GOES_ON.match(sentence[start + len(text) :]) is not None or sentence[:start].endswith((" and a ", " and one "))
        single = _OF_ITSELF.fullmatch(amount.number) is not None and amount.kind != "time"
        if text and not single and not cut and not (kind == "number" and named):
            found.append(Gap(start, start + len(text), kind))
    return found


def _first_of_two(text: str) -> str:
    """ "3 metres" of "3 metres and 15 euros": two amounts of different kinds are two gaps."""
    first, joint, second = text.partition(" and ")
    one, other = parse_amount(first), parse_amount(second)
    return first if joint and one and other and one.unit and other.unit and one.kind != other.kind else text
