"""The ways to ask for a cell of a table, by its header and its row.

    Lesson 1 | Monday | Maths        ->  "What is scheduled for lesson 1 on Monday?"
    Sauna    | Guests | 9 €          ->  "How much does the sauna cost for guests?"
    Pump is loud | Remedy | ...      ->  "What is the remedy if the pump is loud?"

Not covered: which shape a table has; ``tables`` finds that.
"""

import re

from tasks.teacher_generate.extractive.amounts import Amount, parse_amount
from tasks.teacher_generate.extractive.attribute_words import ask_as_people_do
from tasks.teacher_generate.extractive.attributes import (
    COSTS,
    ask_doer,
    names_doer,
)
from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.lexicon import (
    inflect,
    is_common_word,
    is_participle,
    is_plural,
    is_role,
    lemmas,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.naming import head_of, name_noun
from tasks.teacher_generate.extractive.subjects import small_start
from tasks.teacher_generate.extractive.table_shapes import is_attribute_word, is_quantity
from tasks.teacher_generate.extractive.word_lists import (
    AUXILIARIES,
    BEGINNINGS,
    MONTHS,
    PLAIN_HEADS,
    SEASONS,
    WEEKDAYS,
)

_CLOCK = r"(?:\d{1,2}:\d{2}(?:\s?[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\.?)"
_MOVES = {"arrive": ("arrival", "at"), "depart": ("departure", "from"), "leave": ("departure", "from")}
_STOPS = {"airport", "harbour", "landing", "pier", "place", "port", "station", "stop", "terminal", "town"}
_VEHICLES = {
    "boat", "bus", "buses", "coach", "departure", "express", "ferry", "flight", "line", "plane", "sailing", "service", "ship",
    "shuttle", "tour", "train", "trains", "tram", "trip",
}  # fmt: skip
_STATED_HEADS = {"amount", "purpose", "reason", "result", "time", "use"}


def say_when(head: str) -> str:
    """A header that says when, as it follows a verb: "on Monday", "in winter", "in 2024"."""
    words = {word.strip(".,").lower() for word in re.split(r"[\s–/-]+", head)}
    if words <= WEEKDAYS:
        return f"on {head}"
    if words <= MONTHS or re.fullmatch(r"1\d{3}|20\d\d", head):
        return f"in {head}"
    return f"in {head.lower()}" if words <= SEASONS and words else ""


def ask_schedule(thing: str, when: str, value: str) -> list[Core]:
    """What a day, a month or a season holds for a row; nothing where only a person could say what that is."""
    amount = parse_amount(value)
    plural = is_plural(head_of(thing))
    be = "are" if plural else "is"
    if amount and amount.kind == "money":
        do = "do" if plural else "does"
        costs = "cost" if plural else "costs"
        return [
            Core(f"How much {do} {thing} cost {when}?", f"how much {thing} {costs} {when}"),
            Core(f"What is the price of {thing} {when}?", f"what the price of {thing} {when} is"),
        ]
    if when.startswith("on ") and re.fullmatch(_CLOCK, value):
        return [
            Core(f"When {be} {thing} {when}?", f"when {thing} {be} {when}"),
            Core(f"At what time {be} {thing} {when}?", f"at what time {thing} {be} {when}"),
        ]
    if when.startswith("on ") and re.match(_CLOCK, value):
        return [
            Core(f"What are the times of {thing} {when}?", f"what the times of {thing} {when} are"),
            Core(f"What are the hours of {thing} {when}?", f"what the hours of {thing} {when} are"),
        ]
    last = head_of(re.sub(r"^the ", "", thing)).lower()
    if amount:
        the = thing if thing.startswith("the ") or thing[:1].isupper() else f"the {thing}"
        return [Core(f"What {be} {the} {when}?", f"what {the} {be} {when}")] if is_quantity(last) else []
    first = value.lower().split()[0]
    if not when.startswith("on ") or (" " not in value and (is_participle(first) or set(lemmas(first)) & {"ADJ"})):
        return []  # "thin" in winter, "closed" on Saturday
    return [
        Core(f"What is scheduled for {thing} {when}?", f"what is scheduled for {thing} {when}"),
        Core(f"What is planned {when} for {thing}?", f"what is planned {when} for {thing}"),
    ]


def is_stop(kind: str) -> bool:
    """Whether a header says that its rows are places where something halts."""
    return kind.lower().rstrip("s") in _STOPS


def ask_verb(thing: str, verb: str, kind: str) -> list[Core]:
    """When a row does what its column's verb says; at a stop it is the bus that departs."""
    plural = is_plural(head_of(thing))
    do, does = ("do", verb) if plural else ("does", inflect(verb, "VBZ"))
    if verb in _MOVES and not _VEHICLES & {word.strip(".,").lower() for word in f"{thing} {kind}".split()}:
        if not is_stop(kind):
            return []
        noun, link = _MOVES[verb]
        return [Core(f"When is the {noun} {link} {thing}?", f"when the {noun} {link} {thing} is"),
                Core(f"At what time is the {noun} {link} {thing}?", f"at what time the {noun} {link} {thing} is")]  # fmt: skip
    return [Core(f"When {do} {thing} {verb}?", f"when {thing} {does}"),
            Core(f"At what time {do} {thing} {verb}?", f"at what time {thing} {does}")]  # fmt: skip


def ask_step(noun: str, thing: str) -> list[Core]:
    """A column of durations that is called after a step: "Kneading"."""
    if " " in noun or "VBG" not in verb_forms(noun):
        return []
    return [Core(f"For {thing}, how long does {noun} take?", f"how long {noun} takes for {thing}")]


def ask_range(named: str, head: str, value: str) -> list[Core]:
    """A cell of a row that is a range: "For age under 6, how much does the day pass cost?"."""
    noun = name_noun(head)
    amount = parse_amount(value)
    if not named or not is_attribute_word(head) or say_when(head) or is_role(noun):
        return []
    be, do = ("are", "do") if is_plural(head_of(noun)) else ("is", "does")
    if amount and amount.kind == "money" and not COSTS.search(noun) and not is_quantity(head_of(noun)):
        costs = "costs" if be == "is" else "cost"
        return [Core(f"For {named}, how much {do} the {noun} cost?", f"how much the {noun} {costs} for {named}")]
    return [Core(f"For {named}, what {be} the {noun}?", f"what the {noun} for {named} {be}")]


def verb_of(head: str) -> str:
    """The verb of a header like "Begins" or "Departure", or ""."""
    low = head.lower()
    if low in BEGINNINGS:
        return BEGINNINGS[low]
    return (verb_base(low) or "") if "VBZ" in verb_forms(low) and verb_base(low) in BEGINNINGS.values() else ""


def ask_price_for(thing: str, head: str) -> list[Core]:
    """A price for a group, a length, a size: "Members", "1 day"."""
    whom = head if any(word[:1].isupper() and not is_common_word(word) for word in head.split()[1:]) else small_start(head)
    whom = whom.lower() if is_role(whom.lower().removeprefix("non-")) or whom.lower().startswith("non-") else whom
    do, costs = ("do", "cost") if is_plural(head_of(thing)) else ("does", "costs")
    if {word.lower() for word in head.split()} & SEASONS | {"season"} & set(head.lower().split()):
        said = head.lower()
        return [
            Core(f"How much {do} {thing} cost in {said}?", f"how much {thing} {costs} in {said}"),
            Core(f"What is the price of {thing} in {said}?", f"what the price of {thing} in {said} is"),
            Core(f"What {do} {thing} cost in {said}?", f"what {thing} {costs} in {said}"),
        ]
    payer = is_role(thing.lower().removeprefix("non-"))
    if is_rate(whom):  # "Early bird", "Reduced": a rate, nobody who pays
        for_ = "for" if payer else "of"
        return [Core(f"What is the {whom} price {for_} {thing}?", f"what the {whom} price {for_} {thing} is")]
    if payer:  # "Children under 12" among the rows pay, they do not cost
        link = f"as {whom}" if is_role(whom.removeprefix("non-")) else f"for {whom}"
        return [Core(f"How much {do} {thing} pay {link}?", f"how much {thing} {'pay' if do == 'do' else 'pays'} {link}")]
    cores = [
        Core(f"How much {do} {thing} cost for {whom}?", f"how much {thing} {costs} for {whom}"),
        Core(f"What is the price of {thing} for {whom}?", f"what the price of {thing} for {whom} is"),
        Core(f"What {do} {thing} cost for {whom}?", f"what {thing} {costs} for {whom}"),
    ]
    if is_plural(whom) and is_role(whom.removeprefix("non-")):
        cores.append(Core(f"How much do {whom} pay for {thing}?", f"how much {whom} pay for {thing}"))
    return cores


def is_rate(head: str) -> bool:
    """Whether a header of prices names a rate: ordinary small words that are neither people nor an amount."""
    return head.islower() and not is_role(head.removeprefix("non-")) and parse_amount(head) is None and len(head.split()) <= 2


def ask_clause(row: str, head: str) -> list[Core]:
    """A row that says what happens: "Pump is loud" with its cause or remedy."""
    said = small_start(row)
    if re.match(r"[a-z]+ (?:is|are|has|does|will)\b", said):
        said = f"the {said}"
    return [
        Core(f"What is the {head} if {said}?", f"what the {head} is if {said}"),
        Core(f"If {said}, what is the {head}?", f"what the {head} is if {said}"),
    ]


def is_clause(row: str) -> bool:
    """Whether a row's name is a clause: "Pump is loud", "No coffee flows"."""
    words = row.lower().split()
    told = any(word in AUXILIARIES for word in words[1:])
    return told or (len(words) > 1 and "VBZ" in verb_forms(words[-1]))


def ask_number(head: str, thing: str, amount: Amount | None, tail: str) -> list[Core]:
    """A price or a count."""
    plural = is_plural(head_of(thing))
    be = "are" if is_plural(head_of(head)) else "is"
    do, has, costs, is_ = ("do", "have", "cost", "are") if plural else ("does", "has", "costs", "is")
    if priced := re.fullmatch(r"(?:cost|costs|price|fee|fees)(?P<per> per [\w ]+| a \w+)?", head):
        per = priced.group("per") or ""
        if not is_role(thing):
            return [
                Core(f"How much {do} {thing} cost{per}{tail}?", f"how much {thing} {costs}{per}{tail}"),
                Core(f"What {be} the {head} of {thing}{tail}?", f"what the {head} of {thing} {be}{tail}"),
                Core(f"What {do} {thing} cost{per}{tail}?", f"what {thing} {costs}{per}{tail}"),
                Core(f"How much {is_} {thing}{per}{tail}?", f"how much {thing} {is_}{per}{tail}", reserved=True),
            ]
    if COSTS.search(head) and is_role(thing):
        cores = [Core(f"What {be} the {head} for {thing}{tail}?", f"what the {head} for {thing} {be}{tail}")]
        if amount:
            cores.append(Core(f"How much {do} {thing} pay{tail}?", f"how much {thing} {'pay' if plural else 'pays'}{tail}"))
        return cores
    words = head.split()
    counts = amount is not None and amount.kind in ("bare", "count") and not re.search(r"\d[^\d,.]+\d", amount.number)
    if counts and len(words) == 2 and is_plural(words[0]) and is_participle(words[1]):
        asked = f"ow many {words[0]} are {words[1]} for {thing}{tail}"
        number = f"the number of {head} for {thing}"
        return [Core(f"H{asked}?", f"h{asked}"), Core(f"What is {number}{tail}?", f"what {number} is{tail}")]
    if amount and counts and not amount.rest and be == "are" and not COSTS.search(head):
        return [
            Core(f"How many {head} {do} {thing} have{tail}?", f"how many {head} {thing} {has}{tail}"),
            Core(f"What is the number of {head} of {thing}{tail}?", f"what the number of {head} of {thing} is{tail}"),
        ]
    return ask_noun(head, thing, amount.text if amount else "", tail)


def ask_noun(head: str, thing: str, value: str, tail: str) -> list[Core]:
    """Any other attribute."""
    plural = is_plural(head_of(thing)) and not thing.startswith("the option")
    be = "are" if is_plural(head_of(head)) else "is"
    do, has = ("do", "have") if plural else ("does", "has")
    of = "for" if thing[:1].isdigit() else "of"
    cores = [Core(f"What {be} the {head} {of} {thing}{tail}?", f"what the {head} {of} {thing} {be}{tail}")]
    if of == "for":
        return cores
    if be == "is" and not tail and names_doer(head, value):
        return ask_doer(head, thing)
    if head in ("meaning", "description", "explanation"):
        mean = "mean" if plural else "means"
        return [*cores, Core(f"What {do} {thing} mean{tail}?", f"what {thing} {mean}{tail}")]
    natural = ask_as_people_do(head, value, thing) if not tail else []
    cores += natural
    if head in PLAIN_HEADS:
        given = Core(f"What {head} is given for {thing}{tail}?", f"what {head} is given for {thing}{tail}")
        owned = [] if head in _STATED_HEADS else cores[:1]  # nobody's "purpose of the rowing club" is meant
        return [
            *natural,
            given,
            *owned,
            Core(f"Which {head} is stated for {thing}{tail}?", f"which {head} is stated for {thing}{tail}"),
        ]
    having = [] if natural else [Core(f"What {head} {do} {thing} have{tail}?", f"what {head} {thing} {has}{tail}")]
    return [
        *cores,
        *having,
        Core(f"Which {head} {do} {thing} have{tail}?", f"which {head} {thing} {has}{tail}", reserved=True),
    ]
