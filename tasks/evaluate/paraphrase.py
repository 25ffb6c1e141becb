"""Which wordings say the same, and which words exclude each other: the small word lists behind ``match``.

Part of ``evaluate``, in the parent process; ``statements.py`` reads texts with them, ``scoring.py`` compares. Everything here is
close paraphrase that a careful examiner would accept without thinking; what needs a thought is left out, since a wrong answer
that counts as right is worse than a right one that counts as wrong.

    "free of charge" = "for free" = "at no cost"      "annually" = "once a year" = "every year"      "forbidden" = "not allowed"

Not covered: synonyms in general, other languages than English.
"""

import re

_MARKED = (
    (r"\b(mr|mrs|ms|dr|prof|st|no|nr|approx|ca|max|min)\.(?=\s)", r"\1"),
    (r"\b([ap])\.\s?m\b\.?", r"\1m"),
    (r"\b(?:24/7|(?:a)?round the clock|24 hours a day|day and night)\b", "allday"),
    (r"\bfree of (?:any )?charge\b|\bfor free\b|\b(?:at|for) no (?:extra |additional )?(?:cost|charge)\b|\bno charge\b", "free"),
    (r"\bwithout (?:any )?(?:extra )?(?:charge|cost)\b|\bgratis\b|\bcomplimentary\b|\bcosts? nothing\b", "free"),
    (r"\bmi(?:les)? (?:per|an) hour\b", "mph"),
    (r"\bkm/h\b|\bkmh\b|\bkilomet(?:re|er)s? (?:per|an) hour\b", "kph"),
    (r"\bno later than\b|\bat the latest\b|\bnot later than\b", "boundbefore"),
    (r"\b(?:no|not) (?:more|longer|older|higher|larger|heavier) than\b|\bat (?:the )?most\b|\bup to\b", "boundmost"),
    (r"\b(?:a |the )?max(?:imum)? of\b|\bor (?:less|fewer|below|under)\b|\bmaximum(?= \d)", "boundmost"),
    (r"\b(?:no|not) (?:less|fewer|younger|shorter|lower) than\b|\bat (?:the )?least\b", "boundleast"),
    (r"\b(?:a |the )?min(?:imum)? of\b|\bminimum(?= \d)", "boundleast"),
    (r"\b(?:or|and) (?:more|older|above|over|longer|up|upwards)\b", "boundleast"),
    (r"\b(?:more|longer|greater|higher|older|larger|heavier) than\b|\b(?:over|above|exceeding)(?= [\d$€£])", "boundover"),
    (r"\b(?:less|shorter|lower|younger|smaller|lighter|fewer) than\b|\b(?:under|below)(?= [\d$€£])", "boundunder"),
    (r"\b(?:about|around|approximately|approx|roughly|circa|ca|some|nearly|almost)(?= (?:\d|[$€£]))", ""),
    (r"\bevery (?:other|second)\b", "every 2"),
    (r"\bonce (?:a|an|per|every|each)\b|\bevery(?= (?:day|week|month|year|hour|minute|night)\b)", "per"),
    (r"\btwice\b", "2 times"),
    (r"\bthrice\b", "3 times"),
    (r"\b(?:daily|each day)\b", "per day"),
    (r"\b(?:weekly|each week)\b", "per week"),
    (r"\b(?:monthly|each month)\b", "per month"),
    (r"\b(?:annually|yearly|annual|each year)\b", "per year"),
    (r"\bhourly\b", "per hour"),
    (r"\b(?:fortnight)\b", "2 weeks"),
    (r"\bquarter of an hour\b", "15 minutes"),
    (r"\bhalf an? (?=\w)", "0.5 "),
    (r"\band a half\b", "plushalf"),
    (r"\b(?:due to|owing to|on account of)\b", "because of"),
    (r"\b(?:noon|midday)\b", "12:00"),
    (r"\bmidnight\b", "0:00"),
    (r"\bin the morning\b", "morning"),
    (r"\b(?:in the (?:afternoon|evening)|at night)\b", "evening"),
    (r"\b(?:on )?(?:weekdays|working days)\b", "monday to friday"),
    (r"\b(?:on |at )?(?:the )?weekends?\b", "saturday and sunday"),
    (r"\b(?:forbidden|prohibited|banned|disallowed)\b", "not allowed"),
    (r"\bimpossible\b", "not possible"),
    (r"\bnot not\b", ""),
    (r"\b(?:is|are) excluded from (?:the )?cover(?:age)?\b", "not covered"),
    (r"\bin addition to\b|\bas well as\b|\bplus\b|&", " and "),
    (r"\b(?:apart from|other than|excluding|with the exception of|except for)\b", "except"),
    (r"\bcan['’]?t\b|\bcannot\b", "can not"),
    (r"\bwon['’]t\b", "will not"),
    (r"\bshan['’]t\b", "shall not"),
    (r"(?<=\w)n['’]t\b", " not"),
)
_REWRITES = [(re.compile(pattern, re.IGNORECASE), text) for pattern, text in _MARKED]
_RANGE_OF_HOURS = re.compile(r"\b(\d{1,2}(?::\d\d)?)(?:\s?(?:-|–|to)\s?)(\d{1,2}(?::\d\d)?)\s?([ap]m)\b", re.IGNORECASE)

_PARTS_OF_AN_HOUR = re.compile(r"\b(half|quarter) (past|to) (\w+)", re.IGNORECASE)
_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_SPACED_DIGITS = re.compile(r"(?<![\w.-])(?:\+\d+|0\d+)(?:[ /-]\d+)+\b")
"""A telephone number, however its digits are grouped."""

_SAME = """
allow permit permitted let
begin start commence
end finish
buy purchase
exchange replace swap substitute
repair fix mend
reject refuse decline deny
phone telephone call
email e-mail mail
bicycle bike cycle
employee staff
child kid
colour color
tyre tire
litre liter
metre meter
aluminium aluminum
grey gray
owner proprietor
rent hire
parking park
photo photograph picture
big large
small little
quick fast rapid
forbid prohibit ban
need require
build construct
create make manufacture produce
"""
_IRREGULAR = """
bought buy, sold sell, paid pay, built build, kept keep, held hold, made make, taken take, took take, given give, gave give,
written write, wrote write, worn wear, wore wear, begun begin, began begin, sent send, lent lend, left leave, found find,
met meet, won win, lost lose, told tell, said say, brought bring, thought think, caught catch, taught teach, stood stand,
shut shut, driven drive, drove drive, drunk drink, eaten eat, ate eat, spoken speak, spoke speak, broken break, chosen
choose, chose choose, grown grow, grew grow, known know, knew know, shown show, thrown throw, swum swim, sung sing, run run,
ran run, led lead, fed feed, men man, women woman, children child, people person, feet foot, teeth tooth, mice mouse, knives
knife, lives life, halves half, shelves shelf, leaves leaf, loaves loaf, wives wife, dice die, geese goose
"""
IRREGULAR = dict(pair.split() for pair in _IRREGULAR.replace("\n", " ").split(","))

NEGATIONS = frozenset({"no", "not", "never", "none", "nothing", "neither", "nor", "without", "nobody", "nowhere", "except"})
STOP_WORDS = frozenset(
    """
    a an the is are was were be been being am do does did has have had can could will would shall should may might must
    having doing it its this that these those there here he she they them their his her hers him you your we our us i me my
    one ones of in on at to from by with for as and or but if so about between each every into onto than then too very also
    just both either which what who whom whose when where why how until till through via only own same such some any all
    well yes please during while within
    """.split()  # noqa: SIM905
)
LIGHT_WORDS = frozenset(
    """
    get got getting locate located situated find found call called name named use used come consist contain include amount
    lie stand make made become cost price person people thing way kind type number total value answer usually generally
    normally typically always currently immediately carefully regularly always exactly precisely directly officially sir mr
    mrs ms
    """.split()  # noqa: SIM905
)
"""Neither asked for nor held against an answer, where there is more to go by."""
OPTIONAL_AT_THE_END = frozenset({"free"})
"""What a long expected answer may add as its last word, and an answer may leave out."""
CONDITIONS = frozenset("if unless only except for with without when after before provided during but while until".split())  # noqa: SIM905

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
SHORT_DAYS = {day[:3]: day for day in WEEKDAYS} | {"tues": "tuesday", "thur": "thursday", "thurs": "thursday"}
SHORT_MONTHS = {month[:3]: month for month in MONTHS if month != "may"} | {"sept": "september"}
_COLOURS = "black white grey red green blue yellow orange brown purple pink silver gold beige violet"
_EXCLUDING = """
front rear back | left right | top bottom upper lower | inside outside | indoor outdoor | before after | above below |
open closed close shut | first last | more less fewer | minimum maximum | increase decrease | north south east west |
summer winter spring autumn | morning evening afternoon night | accept reject | include exclude | old new | hot cold warm cool |
wet dry | long short | high low | early late | buyer seller | tenant landlord | employer employee | adult child | male female |
free paid | required optional | public private | internal external | even odd | full half empty | push pull | on off | up down |
clockwise counterclockwise anticlockwise | horizontal vertical | gain loss | win lose | allowed forbidden
"""


def rewrite_phrases(text: str) -> str:
    """The text with phrases of one meaning in one wording, and bounds as words of their own (``boundleast``).

    >>> rewrite_phrases("At least once a year, free of charge")
    'boundleast per year, free'
    """
    text = _RANGE_OF_HOURS.sub(r"\1 \3 to \2 \3", text.replace("’", "'").replace("−", "-"))
    text = _PARTS_OF_AN_HOUR.sub(_spell_hour, text)
    text = _SPACED_DIGITS.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    for pattern, wording in _REWRITES:
        text = pattern.sub(wording, text)
    return text


def _spell_hour(found: re.Match[str]) -> str:
    part, side, named = (each.casefold() for each in found.groups())
    hour = _HOURS.index(named) + 1 if named in _HOURS else int(named) if re.fullmatch(r"[0-9]{1,2}", named) else 0
    if not hour or (part, side) == ("half", "to"):
        return found[0]
    return f"{hour}:{30 if part == 'half' else 15:02}" if side == "past" else f"{hour - 1 or 12}:45"


def _groups(lines: list[str]) -> dict[str, int]:
    return {word: number for number, line in enumerate(lines) for word in line.split()}


SAME_MEANING = {word: line.split()[0] for line in reversed(_SAME.strip().splitlines()) for word in line.split()}
"""Word -> the first word of its line."""
EXCLUDING = _groups([*_EXCLUDING.replace("\n", " ").split("|"), _COLOURS, " ".join(WEEKDAYS), " ".join(MONTHS)])
"""Word -> number of its line: two words of one line can't both be meant."""
