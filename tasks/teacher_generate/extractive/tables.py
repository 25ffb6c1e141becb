"""Tables -> facts, cell by cell.

    | Top speed | 110 mph |                            ->  "What is the top speed of the X?"                     -> "110 mph"
    | Model | Price |   / | A2 | $90 |                 ->  "How much does the A2 cost?"                          -> "$90"
    | | Members |       / | Dormitory | 14 € |         ->  "How much does the dormitory cost for members?"       -> "14 €"
    | Lesson | Monday | / | 4 | History |              ->  "What is scheduled for lesson 4 on Monday?"           -> "History"
    | Lesson | Begins | / | 4 | 10:35 |                ->  "When does lesson 4 begin?"                           -> "10:35"

Which of a table's headers name attributes and which name things is read from its shape: a first column with a general header
(property, feature, ...) or none holds attributes, any other holds things.

Not covered: merged cells, several header rows, cells that hold lists.
"""

import re
from collections.abc import Iterator

from tasks.teacher_generate.extractive.amounts import Amount, is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.attribute_words import ask_as_people_do
from tasks.teacher_generate.extractive.attributes import (
    COSTS,
    INTERVALS,
    ask_doer,
    ask_interval,
    name_attribute,
    names_doer,
    refuse_value,
)
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.keyed_lines import ask_part, in_title
from tasks.teacher_generate.extractive.lexicon import (
    is_common_word,
    is_noun,
    is_participle,
    is_plural,
    is_role,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.naming import head_of, is_general, name_noun, name_thing, plain_head
from tasks.teacher_generate.extractive.passages import Table
from tasks.teacher_generate.extractive.subjects import small_start
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import BEGINNINGS, MONTHS, PLAIN_HEADS, SEASONS, WEEKDAYS

_ATTRIBUTE_HEADS = {
    "property", "feature", "attribute", "specification", "spec", "parameter", "characteristic", "criterion", "aspect", "metric",
}  # fmt: skip
_EARNED = re.compile(
    r"\b(?:bonus|salary|wage|prize|grant|award|deposit|fine|budget|turnover|income|reward|discount|value)\b", re.IGNORECASE
)
"""Money that is no price."""
_PARTS = {"ingredient", "item", "material", "part", "component", "product", "what"}
_VALUE_HEADS = {
    "value", "values", "detail", "details", "specification", "specifications", "data", "description", "setting", "rating",
    "information", "default", "result", "amount", "quantity", "figure",
}  # fmt: skip


def ask_table(table: Table, topic: str) -> Iterator[Fact | Refusal]:
    """The facts of a table, cell by cell."""
    heads = [plain_head(cell.text) for cell in table.header]
    if len(heads) < 2:
        yield from (Refusal("no_header", " | ".join(c.text for c in row), row[0].start) for row in table.rows if row and row[0])
        return
    shape = _Shape(table, heads, topic)
    for row in table.rows:
        if not row or not row[0]:
            continue
        for column in range(1, min(len(row), len(heads))):
            if cell := row[column]:
                yield shape.ask_cell(row[0].text, column, cell)


class _Shape:
    """What the headers of a table say about its cells."""

    def __init__(self, table: Table, heads: list[str], topic: str) -> None:
        self.heads, self.headings, self.topic = heads, table.headings, topic
        self.priced = [self._is_priced(table, column) for column in range(len(heads))]
        self.transposed = len(heads) > 2 and self._lists_attributes()
        options = any(row[0].text.startswith("-") for row in table.rows if row and row[0])  # of a program: things, no attributes
        parts = heads[0].lower().rstrip("s") in _PARTS and heads[-1].lower() in ("amount", "quantity")
        self.listing = len(heads) == 2 and not (options or parts) and (is_general(heads[0]) or heads[1].lower() in _VALUE_HEADS)

    @staticmethod
    def _is_priced(table: Table, column: int) -> bool:
        """Whether most cells of a column are amounts of money, whatever its header is."""
        amounts = [parse_amount(row[column].text) for row in table.rows if len(row) > column]
        return sum(amount is not None and amount.kind == "money" for amount in amounts) > len(amounts) / 2

    def _lists_attributes(self) -> bool:
        """Whether a wide table's first column holds attributes, and its other headers name things."""
        if self.heads[0].strip():
            return self.heads[0].lower().strip() in _ATTRIBUTE_HEADS
        return not all(is_common_word(word.capitalize()) for head in self.heads[1:] for word in head.split()) and not any(
            self.priced
        )

    def ask_cell(self, row: str, column: int, cell: Text) -> Fact | Refusal:
        """The fact of one cell."""
        statement = f"{row} | {self.heads[column]} | {cell.text}"
        reason = refuse_value(cell.text)
        if reason or (not self.heads[column] and not self.transposed):
            return Refusal(reason or "no_header", statement, cell.start)
        heading = self.headings[-1] if self.headings else ""
        head = self.heads[column]
        if self.listing and not COSTS.search(head) and not INTERVALS.search(head):
            if not self.topic and not self.headings:
                return Refusal("no_owner", statement, cell.start)
            cores = name_attribute(row, cell.text, self.topic, heading)
            if not self.topic:
                cores = [in_title(core, self.headings[0]) for core in cores]
        elif self.transposed:
            cores = name_attribute(row, cell.text, name_thing(head, ""), "")
        else:
            cores = self._ask_property(column, row, cell.text)
        return Fact("table.cell", cell, tuple(cores), statement, self.headings)

    def _ask_property(self, column: int, row: str, value: str) -> list[Core]:
        """A column's property of a row's thing."""
        head, topic = self.heads[column], self.topic if self.listing else ""
        thing = name_thing(row, self.heads[0])
        tail = f" for {topic}" if topic else ""
        amount = parse_amount(value)
        if days := _when(head):
            return _ask_schedule(thing, days, value)
        if is_moment(value) and (verb := _verb_of(head)):
            do = "do" if is_plural(head_of(thing)) else "does"
            return [
                Core(f"When {do} {thing} {verb}?", f"when {thing} {verb if do == 'do' else head.lower()}"),
                Core(f"At what time {do} {thing} {verb}?", f"at what time {thing} {verb if do == 'do' else head.lower()}"),
            ]
        done = head.lower().split()
        if is_moment(value) and done and is_participle(done[-1]) and not is_noun(done[-1]):  # "First climbed", "Built"
            be = "were" if is_plural(head_of(thing)) else "was"
            told = " ".join(done)
            return [Core(f"When {be} {thing} {told}?", f"when {thing} {be} {told}")]
        if self.priced[column] and not COSTS.search(head) and not _EARNED.search(head):
            return _ask_price_for(thing, head)
        noun = name_noun(head)
        if noun in ("amount", "quantity") and amount and self.heads[0].lower().rstrip("s") in _PARTS:
            return ask_part(re.sub(r"^the ", "", thing), amount, self.topic)
        if INTERVALS.search(noun) or is_interval(value):
            return ask_interval(re.sub(r"^the ", "", thing), "is", topic, "for")
        if COSTS.search(noun) or (amount and amount.kind in ("bare", "count")):
            return _ask_number(noun, thing, amount, tail)
        return _ask_noun(noun, thing, value, tail)


def _when(head: str) -> str:
    """A header that says when, as it follows a verb: "on Monday", "in winter", "in 2024"."""
    words = {word.strip(".,").lower() for word in re.split(r"[\s–/-]+", head)}
    if words <= WEEKDAYS:
        return f"on {head}"
    if words <= MONTHS or re.fullmatch(r"1\d{3}|20\d\d", head):
        return f"in {head}"
    return f"in {head.lower()}" if words <= SEASONS and words else ""


def _ask_schedule(thing: str, when: str, value: str) -> list[Core]:
    amount = parse_amount(value)
    if amount and amount.kind == "money":
        do = "do" if is_plural(head_of(thing)) else "does"
        costs = "cost" if do == "do" else "costs"
        return [
            Core(f"How much {do} {thing} cost {when}?", f"how much {thing} {costs} {when}"),
            Core(f"What is the price of {thing} {when}?", f"what the price of {thing} {when} is"),
        ]
    if amount or not when.startswith("on "):
        the = thing if thing.startswith("the ") or thing[:1].isupper() else f"the {thing}"
        be = "are" if is_plural(head_of(thing)) else "is"
        return [Core(f"What {be} {the} {when}?", f"what {the} {be} {when}")]
    return [
        Core(f"What is scheduled for {thing} {when}?", f"what is scheduled for {thing} {when}"),
        Core(f"What is planned {when} for {thing}?", f"what is planned {when} for {thing}"),
    ]


def _verb_of(head: str) -> str:
    """The verb of a header like "Begins" or "Departure", or ""."""
    low = head.lower()
    if low in BEGINNINGS:
        return BEGINNINGS[low]
    return (verb_base(low) or "") if "VBZ" in verb_forms(low) and verb_base(low) in BEGINNINGS.values() else ""


def _ask_price_for(thing: str, head: str) -> list[Core]:
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
    if is_role(thing):  # "Children under 12" among the rows pay, they do not cost
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


def _ask_number(head: str, thing: str, amount: Amount | None, tail: str) -> list[Core]:
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
    counts = amount is not None and amount.kind in ("bare", "count") and not re.search(r"\d\D+\d", amount.number)
    if counts and len(words) == 2 and is_plural(words[0]) and is_participle(words[1]):
        asked = f"ow many {words[0]} are {words[1]} for {thing}{tail}"
        number = f"the number of {head} for {thing}"
        return [Core(f"H{asked}?", f"h{asked}"), Core(f"What is {number}{tail}?", f"what {number} is{tail}")]
    if amount and counts and not amount.rest and be == "are" and not COSTS.search(head):
        return [
            Core(f"How many {head} {do} {thing} have{tail}?", f"how many {head} {thing} {has}{tail}"),
            Core(f"What is the number of {head} of {thing}{tail}?", f"what the number of {head} of {thing} is{tail}"),
        ]
    return _ask_noun(head, thing, amount.text if amount else "", tail)


def _ask_noun(head: str, thing: str, value: str, tail: str) -> list[Core]:
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
        return [*cores, Core(f"What {head} is given for {thing}{tail}?", f"what {head} is given for {thing}{tail}")]
    having = [] if natural else [Core(f"What {head} {do} {thing} have{tail}?", f"what {head} {thing} {has}{tail}")]
    return [
        *cores,
        *having,
        Core(f"Which {head} {do} {thing} have{tail}?", f"which {head} {thing} {has}{tail}", reserved=True),
    ]
