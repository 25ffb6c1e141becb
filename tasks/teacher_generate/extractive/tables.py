"""Tables -> facts, cell by cell.

    | Top speed | 110 mph |                            ->  "What is the top speed of the X?"                     -> "110 mph"
    | Model | Price |   / | A2 | $90 |                 ->  "How much does the A2 cost?"                          -> "$90"
    | | Members |       / | Dormitory | 14 € |         ->  "How much does the dormitory cost for members?"       -> "14 €"
    | Lesson | Monday | / | 4 | History |              ->  "What is scheduled for lesson 4 on Monday?"           -> "History"
    | Lesson | Begins | / | 4 | 10:35 |                ->  "When does lesson 4 begin?"                           -> "10:35"

Which of a table's headers name attributes and which name things is read from its shape (``table_shapes``). A column that is no
attribute of its rows is refused, and so is a column below no header where nobody could tell.

Not covered: merged cells, several header rows, cells that hold lists.
"""

import re
from collections.abc import Iterator

from tasks.teacher_generate.extractive.amounts import is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.attributes import (
    COSTS,
    INTERVALS,
    ask_interval,
    name_attribute,
    refuse_value,
)
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.keyed_lines import ask_part
from tasks.teacher_generate.extractive.lexicon import (
    is_common_word,
    is_noun,
    is_participle,
    is_plural,
    lemmas,
)
from tasks.teacher_generate.extractive.line_forms import in_title
from tasks.teacher_generate.extractive.naming import head_of, is_general, name_noun, name_thing, plain_head
from tasks.teacher_generate.extractive.passages import Table
from tasks.teacher_generate.extractive.questions import ask_for_owner
from tasks.teacher_generate.extractive.table_questions import (
    ask_clause,
    ask_noun,
    ask_number,
    ask_price_for,
    ask_range,
    ask_schedule,
    ask_step,
    ask_verb,
    is_clause,
    is_stop,
    say_when,
    verb_of,
)
from tasks.teacher_generate.extractive.table_shapes import (
    is_attribute_word,
    is_category,
    is_range,
    kind_of,
    lies_on_its_side,
    name_range,
    offers_above,
    verb_in,
)
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    PLAIN_HEADS,
    SEASONS,
    STATES,
    WEEKDAYS,
)

_ATTRIBUTE_HEADS = {
    "property", "feature", "attribute", "specification", "spec", "parameter", "characteristic", "criterion", "aspect", "metric",
}  # fmt: skip
_SETTINGS = {"setting", "limit", "value", "detail", "data"}
_TIMED = re.compile(r"\b(?:time|times|hours?|date|duration|start|end|interval)\b", re.IGNORECASE)
_EARNED = re.compile(
    r"\b(?:bonus|salary|wage|prize|grant|award|deposit|fine|budget|turnover|income|reward|discount|value)\b", re.IGNORECASE
)
"""Money that is no price."""
_ASKING = {"how", "why", "what", "who", "where", "when"}
_TROUBLES = {"problem", "symptom", "fault", "error", "failure", "malfunction", "issue", "situation", "if"}
_TROUBLE_HEADS = {"cause", "reason", "remedy", "solution", "action", "measure", "fix", "possible cause", "what to do"}
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
        self.transposed = len(heads) > 2 and self._lists_attributes(table)
        self.categories = [is_category(heads, table.rows, column) for column in range(len(heads))]
        options = any(row[0].text.startswith("-") for row in table.rows if row and row[0])  # of a program: things, no attributes
        parts = heads[0].lower().rstrip("s") in _PARTS and heads[-1].lower() in ("amount", "quantity")
        self.listing = len(heads) == 2 and not (options or parts) and (is_general(heads[0]) or heads[1].lower() in _VALUE_HEADS)

    @staticmethod
    def _is_priced(table: Table, column: int) -> bool:
        """Whether most cells of a column are amounts of money, whatever its header is."""
        amounts = [parse_amount(row[column].text) for row in table.rows if len(row) > column]
        return sum(amount is not None and amount.kind == "money" for amount in amounts) > len(amounts) / 2

    def _lists_attributes(self, table: Table) -> bool:
        """Whether a wide table's first column holds attributes, and its other headers name things."""
        if self.heads[0].strip():
            general = self.heads[0].lower().strip()
            return general in _ATTRIBUTE_HEADS or (general in _SETTINGS and lies_on_its_side(self.heads, table.rows))
        if any(say_when(head) for head in self.heads[1:]):
            return False
        if lies_on_its_side(self.heads, table.rows):
            return True
        called = all(is_attribute_word(row[0].text) and not is_range(row[0].text) for row in table.rows if row and row[0])
        named = not all(is_common_word(word.capitalize()) for head in self.heads[1:] for word in head.split())
        return called and named and not any(self.priced)

    def _ask_owned_by_column(self, row: str, head: str, value: str) -> list[Core]:
        """A row's attribute of a column's thing: "Basic" under "Plans" is "the Basic plan", "Plus" alone stands in front."""
        if not is_attribute_word(row) or is_range(row) or not head:
            return []
        corner = self.heads[0].lower().strip()
        kind = offers_above(self.headings[-1] if self.headings else "")
        kind = corner if not kind and offers_above(corner) else kind
        if kind and kind not in head.lower().split():
            return name_attribute(row, value, f"the {head} {kind}", "")
        if all(is_common_word(word) for word in head.split()):
            return [ask_for_owner(core, head) for core in name_attribute(row, value, "", "")]
        return name_attribute(row, value, name_thing(head, ""), "")

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
                cores = [named for core in cores if (named := in_title(core, self.headings[0]))]
        elif self.transposed:
            cores = self._ask_owned_by_column(row, head, cell.text)
        elif not self.heads[0].strip() and not (self.priced[column] or say_when(head)):
            return Refusal("no_header", statement, cell.start)  # whose is it, the row's or the column's?
        else:
            cores = self._ask_property(column, row, cell.text)
        if not cores:
            return Refusal("no_attribute", statement, cell.start)
        return Fact("table.cell", cell, tuple(cores), statement, self.headings)

    def _ask_property(self, column: int, row: str, value: str) -> list[Core]:
        """A column's property of a row's thing."""
        head, topic = self.heads[column], self.topic if self.listing else ""
        if is_range(row):
            return ask_range(name_range(row, self.heads[0]), head, value)
        if head.lower() in _ASKING or (is_clause(row) and self.heads[0].lower().rstrip("s") in _TROUBLES):
            return ask_clause(row, name_noun(head)) if name_noun(head).lower().rstrip("s") in _TROUBLE_HEADS else []
        if row.lower() in WEEKDAYS and head.lower() in SEASONS:
            when = f"{row} {head.lower()}"
            return [Core(f"What is planned for {when}?", f"what is planned for {when}"),
                    Core(f"What takes place on {when}?", f"what takes place on {when}")]  # fmt: skip
        thing = name_thing(row, self.heads[0])
        tail = f" for {topic}" if topic else ""
        amount = parse_amount(value)
        if days := say_when(head):
            return ask_schedule(thing, days, value)
        if verb := verb_of(head) or verb_in(head):
            if is_moment(value):
                return ask_verb(thing, verb, self.heads[0])
            if verb_in(head):
                return []
        done = head.lower().split()
        if done and is_participle(done[-1]) and not set(lemmas(done[-1])) & {"NOUN"} and not re.search(r"1\d{3}|20\d\d", value):
            be = "are" if is_plural(head_of(thing)) else "is"
            told = " ".join(done)
            timed = is_moment(value) or is_interval(value)
            return [Core(f"When {be} {thing} {told}?", f"when {thing} {be} {told}")] if timed else []
        if is_moment(value) and done and is_participle(done[-1]) and not is_noun(done[-1]):  # "First climbed", "Built"
            be = "were" if is_plural(head_of(thing)) else "was"
            told = " ".join(done)
            return [Core(f"When {be} {thing} {told}?", f"when {thing} {be} {told}")]
        noun = name_noun(head)
        if noun.lower() in STATES | {"due"} and is_moment(value):
            if noun.lower() == "due" and is_stop(self.heads[0]):
                return []  # the bus is, not the stop
            be = "are" if is_plural(head_of(thing)) else "is"
            return [Core(f"When {be} {thing} {noun.lower()}?", f"when {thing} {be} {noun.lower()}")]
        if self.categories[column]:
            return ask_step(noun, thing) if kind_of(value) == "time" else []
        if not is_attribute_word(head) and not self.priced[column]:
            return []  # "From", "To", "Next": what they say of a row takes a verb that nobody wrote
        if self.priced[column] and not COSTS.search(head) and not _EARNED.search(head) and noun not in PLAIN_HEADS:
            return ask_price_for(thing, head)
        if re.fullmatch(r"\d{1,2}:\d{2}(?:\s?[ap]\.?m\.?)?", value) and not _TIMED.search(head):
            be = "are" if is_plural(head_of(noun)) else "is"
            return [Core(f"When {be} the {noun} of {thing}?", f"when the {noun} of {thing} {be}"),
                    Core(f"At what time {be} the {noun} of {thing}?", f"at what time the {noun} of {thing} {be}")]  # fmt: skip
        if noun in ("amount", "quantity") and amount and self.heads[0].lower().rstrip("s") in _PARTS:
            return ask_part(re.sub(r"^the ", "", thing), amount, self.topic)
        if INTERVALS.search(noun) or is_interval(value):
            return ask_interval(re.sub(r"^the ", "", thing), "is", topic, "for")
        if COSTS.search(noun) or (amount and amount.kind in ("bare", "count")):
            return ask_number(noun, thing, amount, tail)
        return ask_noun(noun, thing, value, tail)
