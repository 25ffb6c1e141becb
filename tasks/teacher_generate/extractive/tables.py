"""Tables -> facts, cell by cell.

    | Model | Price |   / | A2 | $90 |         ->  "How much does the A2 cost?"                               -> "$90"
    | Top speed | 110 mph |                    ->  "What is the top speed of the X?"                          -> "110 mph"
    | Lesson | Monday | / | 4 | History |      ->  what is listed under "Monday" where "Lesson" is "4"?          -> "History"
    | Pump is loud | Remedy | ...              ->  what is listed for "Pump is loud" under "Remedy"?

A cell is asked for as people do where its column is a known attribute and its row surely a thing that has it. Any other cell is
asked for by its place in the table, which takes no understanding of what headers and rows are.

Not covered: merged cells, several header rows, tables of one column.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.attributes import ask_at, ask_attribute, ask_linked, ask_reached, is_price
from tasks.teacher_generate.extractive.facts import Core, Fact, Refusal
from tasks.teacher_generate.extractive.naming import is_about_all, is_general
from tasks.teacher_generate.extractive.passages import Page, Table
from tasks.teacher_generate.extractive.quoted_entries import Places, ask_cell, name_row, quote, refuse_quote
from tasks.teacher_generate.extractive.table_shapes import (
    find_keys,
    is_proper,
    name_column,
    name_owner,
    plain,
    without_false_header,
)
from tasks.teacher_generate.extractive.texts import Text

_VALUE_HEADS = {"value", "values", "detail", "details", "specification", "specifications", "data", "information", ""}
_COUNTED = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def ask_tables(page: Page, places: Places, find_owner: Callable[[tuple[str, ...]], str]) -> Iterator[list[Fact] | Refusal]:
    """For each cell its facts, the best first: the others stand in where the first one fails; or why there are none.

    Args:
        find_owner: What has the attributes that stand under these headings; "" where that is not known.
    """
    alike = Counter(table.headings for table in page.tables)
    number: Counter[tuple[str, ...]] = Counter()
    for table in page.tables:
        number[table.headings] += 1
        order = number[table.headings] if alike[table.headings] > 1 else 0
        yield from _Cells(table, places.name(table.headings), order, places.known_owner(find_owner(table.headings))).ask()


def _name_table(table: Table, place: str, order: int) -> str:
    """'table "Prices"', or 'second table under "Prices"' where there are several; "" where nothing names it."""
    if place and order <= len(_COUNTED):
        return f"{_COUNTED[order - 1]} table under {place}" if order else f"table {place}"
    heads = [] if place else [quote(cell.text) for cell in table.header if cell]
    if len(heads) < 2:
        return f"table with the column {heads[0]}" if heads else ""
    return f"table with the columns {', '.join(heads[:-1])} and {heads[-1]}"


class _Cells:
    """Asks for the cells of one table."""

    def __init__(self, table: Table, place: str, order: int, topic: str) -> None:
        self.heads, self.rows = without_false_header(table)
        self.name, self.place, self.headings, self.topic = _name_table(table, place, order), place, table.headings, topic
        self.columns = _name_table(table, "", 0)
        self.said = Counter(plain(head) for head in self.heads)
        self.listing = len(self.heads) == 2 and is_general(self.heads[0]) and self.heads[1].lower() in _VALUE_HEADS

    def ask(self) -> Iterator[list[Fact] | Refusal]:
        for row in self.rows:
            if len(self.heads) < 2 and row and row[0]:
                yield Refusal("no_header", row[0].text, row[0].start)
                continue
            keys = find_keys(self.rows, row)
            for column, cell in enumerate(row[: len(self.heads)]):
                if cell and column not in (keys or (0,)):
                    yield self._ask_cell(row, keys, column, cell)

    def _ask_cell(self, row: tuple[Text, ...], keys: tuple[int, ...], column: int, cell: Text) -> list[Fact] | Refusal:
        statement = " | ".join([*(row[key].text for key in keys), self.heads[column], cell.text])
        if reason := refuse_quote(cell.text, *(row[key].text for key in keys)):
            return Refusal(reason, statement, cell.start)
        if not keys or not self.name:
            return Refusal("no_row" if self.name else "no_header", statement, cell.start)
        if any(number >= len(_COUNTED) and not self._is_named(number) for number in (*keys, column)):
            return Refusal("no_header", statement, cell.start)
        named = name_row([(self._name_header(key), row[key].text) for key in keys], keys == (0,))
        names = dict.fromkeys([self.name, self.columns])  # a title may hold the answer
        asked = [ask_cell(name, named, self._name_column(column)) for name in names if name]
        facts = [Fact("quote.cell", cell, cores, statement, self.headings) for cores in asked]
        cores = self._ask_naturally(row[keys[0]].text, column, cell.text) if keys == (0,) else []
        return [Fact("table.cell", cell, tuple(cores), statement, self.headings), *facts] if cores else facts

    def _name_column(self, column: int) -> str:
        if len(self.heads) == 2 and not self._is_named(column):
            return ""
        return f"{'under' if self._is_named(column) else 'in'} {self._name_header(column)}"

    def _name_header(self, column: int) -> str:
        return quote(self.heads[column]) if self._is_named(column) else f"the {_COUNTED[column]} column"

    def _is_named(self, column: int) -> bool:
        return self.said[plain(self.heads[column])] == 1 and bool(plain(self.heads[column]))

    def _ask_naturally(self, row: str, column: int, value: str) -> list[Core]:
        """The questions that people ask; none unless it is certain that they fit."""
        head, general = self.heads[column], is_general(self.heads[0])
        if self.listing:
            owned = ask_attribute(row, value, self.topic) if self.topic and is_about_all(self.headings, self.topic) else []
            return owned or ask_at(row, value, f"the {self.name}")
        if general and len(self.heads) > 2 and (thing := name_column(head)):
            return ask_attribute(row, value, thing) or ask_linked(row, value, thing)
        above = self.headings[-1] if self.headings else ""
        if self._has_alike(column) or (is_price(head) and re.search(r"\b(?:per|in|for|from)\b", above)):
            return []
        owner = name_owner(row, self.heads[0])
        cores = [] if not owner else ask_attribute(head, value, owner) or ask_reached(head, value, owner)
        cores = ask_linked(head, value, owner) if owner and not cores else cores
        if is_proper(owner) or not (self.topic or self.place):
            return cores if is_proper(owner) else []
        known = f"for {self.topic}" if self.topic else f"according to {self.place}"
        behind = f"({known})" if self.topic else known
        return [
            Core(
                f"{known[0].upper()}{known[1:]}, {core.direct[0].lower()}{core.direct[1:]}",
                f"{core.indirect} {behind}",
                core.reserved,
            )
            for core in cores
        ]

    def _has_alike(self, column: int) -> bool:
        """Whether another column may hold the same attribute: "Price" beside "Price for members" or other amounts of money."""
        said = set(plain(self.heads[column]).split())
        others = [i for i in range(1, len(self.heads)) if i != column]
        named = any(said & set(plain(self.heads[i]).split()) - {"of", "in", "per"} for i in others)
        return named or (is_price(self.heads[column]) and any(self._is_priced(i) for i in others))

    def _is_priced(self, column: int) -> bool:
        amounts = [parse_amount(row[column].text) for row in self.rows if len(row) > column]
        return any(amount is not None and amount.kind == "money" for amount in amounts)
