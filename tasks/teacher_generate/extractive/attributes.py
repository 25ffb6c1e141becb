"""The ways to ask for an attribute, by what its value is.

    top speed: 110 mph                  ->  "What is the top speed of the X?"
    engine oil: every 3,000 miles       ->  "How often is the engine oil of the X due?"
    brake check: 25 €                   ->  "How much does the brake check cost?"
    class teacher: Mr. Petrov           ->  "Who is the class teacher of the X?"

``keyed_lines`` and ``tables`` say which attribute a line or a cell holds, and whose.

Not covered: values that are lists of several attributes ("4 cores, 8 GB").
"""

import re

from tasks.teacher_generate.extractive.amounts import is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.attribute_words import ask_as_people_do
from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.lexicon import inflect, is_plural, is_role, lemmas, may_be_person, verb_forms, verb_of_doer
from tasks.teacher_generate.extractive.naming import head_of, name_noun
from tasks.teacher_generate.extractive.questions import ask_for_owner
from tasks.teacher_generate.extractive.subjects import small_start
from tasks.teacher_generate.extractive.word_lists import CONSUMED, HUMAN_ACTS, PLAIN_HEADS, PREPOSITIONS, STANDING_ACTS, WEEKDAYS

COSTS = re.compile(r"\b(?:cost|costs|price|prices|fee|fees|charge|charges|rate|rates|tariff|admission|tickets?)\b", re.IGNORECASE)
INTERVALS = re.compile(r"\b(?:interval|intervals|frequency|how often|every|schedule)\b", re.IGNORECASE)
_HOURS = re.compile(r"\b(?:hours|opening|open|times|timetable)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\d\s?[ap]\.?m\b|\d{1,2}:\d{2}", re.IGNORECASE)
_NO_COST = re.compile(
    r"\b(?:minimum|maximum|budget|salary|limit|allowance|revenue|capital|deposit|turnover|income|profit|rent)\b"
)
_DATED = re.compile(r"\b(?:date|deadline|day|opening|closing|start|end|release|founded|launch)\b")
_YEARS = re.compile(r"^\(?[12]\d{3}\b(?!\s?[a-z°$€£%])")
_PHONE = re.compile(r"\+?[\d() /-]{6,}\d(?:\s*\(.*\))?")
_PLACE = re.compile(
    r"(?:behind|beside|next to|in front of|opposite|above|below|under|near|at|in|on) (?:the|a|an|each|every) (?!moment|time)",
    re.I,
)
LONGEST_VALUE = 18
"""Words."""
_EMPTY = {"", "-", "–", "—", "n/a", "na", "none", "tbd", "?", "unknown", "...", "x", "✓", "✗", "✔", "✘", "yes", "no", "y", "n"}


def refuse_value(value: str) -> str:
    """Why a value cannot be an answer, or ""."""
    if value.lower().strip(" .") in _EMPTY:
        return "empty_value"
    if len(value.split()) > LONGEST_VALUE:
        return "answer_too_long"
    if value.endswith("?"):
        return "question"
    return ""


def is_mixed(value: str) -> bool:
    """Whether a value has parts of several kinds: "24 hours, +49 30 5550 1234", "Ground floor, 020 7946 0018"."""
    if is_moment(value) and len(value.split()) <= 6:
        return False  # "Thursday, 6 p.m."
    parts = [part for part in re.split(r"(?:,|;| / | – ) ?(?!\d{3}\b)", value) if part.strip()]
    kinds = {_kind_of_part(part.strip()) for part in parts}
    return len(parts) > 1 and len(kinds) > 1


def _kind_of_part(part: str) -> str:
    if _PHONE.fullmatch(part):
        return "phone"
    if re.search(r"\S@\S|https?://|www\.", part):
        return "address"
    if re.match(r"free\b|included\b", part):
        return "money"
    if is_interval(part) or _CLOCK.match(part):
        return "moment"
    amount = parse_amount(part)
    return "words" if amount is None else "amount" if amount.kind in ("bare", "count", "measure") else amount.kind


def name_attribute(name: str, value: str, owner: str, heading: str) -> list[Core]:
    """The ways to ask for an attribute.

    Args:
        name: The attribute as the document calls it.
        owner: What has it, with its article; "" where the attribute stands for itself.
        heading: The heading above it, which may tell that values are prices or intervals.
    """
    days = {word.strip(",").lower() for word in re.split(r"[\s–-]+", name)} & WEEKDAYS
    if days:
        return _ask_hours(name, owner, heading)
    noun = name_noun(name)
    if noun.lower() in ("phone", "telephone", "fax"):
        if not re.search(r"\d{2}", value):
            return [Core(f"How can {owner} be reached by {noun}?", f"how {owner} can be reached by {noun}")] if owner else []
        noun = f"{noun} number"
    if "@" in value and noun.lower() in ("e-mail", "email", "mail"):
        noun = f"{noun} address"
    of = f" of {owner}" if owner else ""
    be = "are" if is_plural(head_of(noun)) else "is"
    if re.match(r"(?:extension|ext\.)\s?\d", value, re.IGNORECASE):
        return [
            Core(f"What is the extension of the {noun}{of}?", f"what the extension of the {noun}{of} is"),
            Core(f"How can I reach the {noun}{of}?", f"how I can reach the {noun}{of}"),
        ]
    if re.match(r"free\b", value) and len(value.split()) > 1:
        do, costs = ("do", "cost") if be == "are" else ("does", "costs")
        free = Core(f"How much {do} the {noun} cost?", f"how much the {noun} {costs}")
        return [ask_for_owner(free, owner) if owner else free]
    if _HOURS.search(heading) and (_CLOCK.search(value) or "appointment" in value):
        at = f" of {owner}" if owner and owner.lower() not in noun.lower() else ""
        return [
            Core(f"When {be} the {noun}{at} open?", f"when the {noun}{at} {be} open"),
            Core(f"What are the opening hours of the {noun}{at}?", f"what the opening hours of the {noun}{at} are"),
        ]
    if is_interval(value):
        return ask_interval(noun, be, owner)
    if noun.lower() in ("serves", "servings", "portions", "yield", "makes") and owner:
        do, serve = ("do", "serve") if is_plural(head_of(owner)) else ("does", "serves")
        return [
            Core(f"How many people {do} {owner} serve?", f"how many people {owner} {serve}"),
            Core(f"How many servings {do} {owner} make?", f"how many servings {owner} makes"),
        ]
    if be == "is" and names_doer(noun, value):
        named = Core(f"What is the name of the {noun}{of}?", f"what the name of the {noun}{of} is")
        return [*ask_doer(noun, owner), named]
    amount = parse_amount(value)
    counted = amount is not None and amount.kind in ("bare", "count") and not _YEARS.match(value)
    if amount and counted and be == "are" and (not amount.rest or amount.rest.split()[0] in PREPOSITIONS):
        tail = f" does {owner} have" if owner else " are there"
        told = f" {owner} has" if owner else " there are"
        return [
            Core(f"How many {noun}{tail}?", f"how many {noun}{told}"),
            Core(f"What is the number of {noun}{of}?", f"what the number of {noun}{of} is"),
        ]
    if reached := _ask_reach(noun, value, owner):
        return reached
    cores = [Core(f"What {be} the {noun}{of}?", f"what the {noun}{of} {be}")]
    if amount and amount.kind == "money" and not _NO_COST.search(noun):
        if not COSTS.search(noun) or re.search(r"\b(?:ticket|admission|card|pass)$", noun):
            return _ask_price(noun, be, owner)
        cores.append(Core(f"How much {be} the {noun}{of}?", f"how much the {noun}{of} {be}"))
    natural = ask_as_people_do(noun, value, owner)
    cores += natural
    if is_moment(value) and _DATED.search(noun):
        cores.append(Core(f"When {be} the {noun}{of}?", f"when the {noun}{of} {be}"))
    if owner and noun not in PLAIN_HEADS and amount is not None:
        does, has = ("do", "have") if is_plural(head_of(owner)) else ("does", "has")
        if not natural:
            cores.append(Core(f"What {noun} {does} {owner} have?", f"what {noun} {owner} {has}"))
        cores.append(Core(f"Which {noun} {does} {owner} have?", f"which {noun} {owner} {has}", reserved=True))
    return cores


def _ask_reach(noun: str, value: str, owner: str) -> list[Core]:
    """Lines that say how to reach somebody, or where something is: "NOC: +49 69 555", "First aid: behind the bar"."""
    cores: list[Core] = []
    if _PHONE.fullmatch(value):
        cores = [
            Core(f"What is the phone number of the {noun}?", f"what the phone number of the {noun} is"),
            Core(f"How can I reach the {noun}?", f"how I can reach the {noun}"),
        ]
        if re.search(r"\b(?:phone|number|hotline|fax|mobile|line)\b", noun):
            of = "" if noun.endswith("number") else "number of the "
            cores = [Core(f"What is the {of}{noun}?", f"what the {of}{noun} is"), *cores[1 : 1 + bool(of)]]
    elif _PLACE.match(value):
        be = "are" if is_plural(head_of(noun)) else "is"
        cores = [
            Core(f"Where {be} the {noun}?", f"where the {noun} {be}"),
            Core(f"Where can I find the {noun}?", f"where I can find the {noun}"),
        ]
    return [ask_for_owner(core, owner) if owner else core for core in cores]


_TITLED = re.compile(r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Mme|Madame|Herr|Frau)\b")


_NO_PEOPLE = {"address", "building", "centre", "center", "desk", "office", "phone", "room", "shop", "site", "store"}


def names_somebody(noun: str, value: str) -> bool:
    """Whether a value is a person's name though its attribute is nobody: "Programme: Dr. Jonas Wehr"."""
    words = value.split(",")[0].split()
    named = len(words) == 2 and all(word[:1].isupper() and word[1:].islower() and not lemmas(word) for word in words)
    return (bool(_TITLED.match(value)) or named) and not may_be_person(noun) and len(noun.split()) < 4


def names_doer(noun: str, value: str) -> bool:
    """Whether the attribute says who somebody is: "teacher: Mr. Petrov", "discoverer: Ida Krol"."""
    if _TITLED.match(value):
        return True
    if re.search(r"\d", value) or noun.split()[-1].lower() in _NO_PEOPLE:
        return False  # "Head office: Quay Street 4"
    return value[:1].isupper() and (is_role(noun) or verb_of_doer(noun) in HUMAN_ACTS | STANDING_ACTS)


def ask_doer(noun: str, thing: str) -> list[Core]:
    """ "Who is the teacher of maths?", "Who teaches maths?": what somebody does for long is asked in the present."""
    of = f" of {thing}" if thing else ""
    cores = [Core(f"Who is the {noun}{of}?", f"who the {noun}{of} is")]
    verb = verb_of_doer(noun) if len(noun.split()) == 1 and thing else ""
    if verb in HUMAN_ACTS | STANDING_ACTS:
        done = inflect(verb, "VBZ" if verb in STANDING_ACTS else "VBD")
        cores.append(Core(f"Who {done} {thing}?", f"who {done} {thing}"))
    return cores


def _ask_price(noun: str, be: str, owner: str) -> list[Core]:
    do = "do" if be == "are" else "does"
    verb = "cost" if be == "are" else "costs"
    thing = noun if noun[:1].isdigit() else f"the {noun}"
    if is_role(noun):  # "Children up to 14: 6 €": they pay, they do not cost
        pays = Core(f"How much do {noun} pay?", f"how much {noun} pay")
        return [ask_for_owner(pays, owner) if owner else pays] if be == "are" else []
    cores = [
        Core(f"How much {do} {thing} cost?", f"how much {thing} {verb}"),
        Core(f"What {do} {thing} cost?", f"what {thing} {verb}"),
        Core(f"What is the cost of {thing}?", f"what the cost of {thing} is"),
        Core(f"What is the price of {thing}?", f"what the price of {thing} is"),
        Core(f"How much {be} {thing}?", f"how much {thing} {be}", reserved=True),
    ]
    return [ask_for_owner(core, owner) if owner else core for core in cores]


def ask_interval(noun: str, be: str, owner: str, link: str = "of") -> list[Core]:
    """The ways to ask how often something is due.

    Args:
        link: What joins the owner to it: "of" or "for".
    """
    if noun in CONSUMED and owner:
        cores = [Core(f"How often does {owner} need {noun}?", f"how often {owner} needs {noun}")]
        if "VB" in verb_forms(noun):
            done = inflect(noun, "VBN")
            cores.append(Core(f"How often should {owner} be {done}?", f"how often {owner} should be {done}"))
        return cores
    of = f" {link} {owner}" if owner else ""
    worked = re.search(r"(?:ing|tion|ment|check|service|test|review|cleaning|change|rotation|wash)s?$", noun)
    done = "done" if worked else "changed or serviced"
    return [
        Core(f"How often {be} the {noun}{of} due?", f"how often the {noun}{of} {be} due"),
        Core(f"How often should the {noun}{of} be {done}?", f"how often the {noun}{of} should be {done}"),
        Core(f"What is the interval for the {noun}{of}?", f"what the interval for the {noun}{of} is"),
    ]


def _ask_hours(days: str, owner: str, heading: str) -> list[Core]:
    """ "Monday: 9 a.m. to 5 p.m." under "Opening hours"."""
    what = small_start(heading) if heading and is_plural(heading.split()[-1]) else "hours"
    of = f" of {owner}" if owner else ""
    return [
        Core(f"What are the {what}{of} on {days}?", f"what the {what}{of} are on {days}"),
        Core(f"On {days}, what are the {what}{of}?", f"what the {what} on {days} are{of}"),
    ]
