"""Questions that quote the document: what its tables and "key: value" lines give, in its own words.

    Large | Price | 9 €  below "Tickets"   ->  'In the table "Tickets", what is listed for "Large" under "Price"?'  -> "9 €"
    - Deposit: 50 pounds  below "Booking"  ->  'Under "Booking", what is given for "Deposit"?'                    -> "50 pounds"

Like the questions of ``quotes`` they are completion questions made from raw text (Cheng, Huang, Wei 2024, "Adapting large
language models via reading comprehension", section 3): right whatever a header or a key means, because nobody had to
understand it. ``tables`` and ``keyed_lines`` ask so wherever they do not know for certain how a person would.

Not covered: places in running text.
"""

import re
from collections import Counter
from collections.abc import Sequence

from tasks.teacher_generate.extractive.facts import Core
from tasks.teacher_generate.extractive.passages import Page, Unit
from tasks.teacher_generate.extractive.quote_places import name_path

_EMPTY = {"", "-", "–", "—", "n/a", "na", "tbd", "tba", "?", "??", "unknown", "...", "…", "see above", "see below"}
_MASKED = re.compile(r"\[[A-Z]{2}[A-Z_]*(?:_?\d+)?\]?|•|\[(?:\.{3}|…)\]|█|\*{3}|_{3}")
_NUMBER = re.compile(r"(?:(?:under|over|up to|from|less than|more than|below|above|[<>≤≥]) ?)?[$€£]?\d", re.IGNORECASE)
LONGEST_ANSWER = 25
"""Words."""
_OPENING = 8
"""Words of a document's beginning that stand for its title."""


class Places:
    """The sections and list items of a document, by names that only one of them has."""

    def __init__(self, page: Page) -> None:
        paths = {(*unit.headings, *_labels(unit.parents)) for unit in page.units} | {table.headings for table in page.tables}
        self.known = Counter(path[-size:] for path in paths for size in range(1, len(path) + 1))
        self.keys = Counter((unit.headings, unit.parents, _key_of(unit.text.text)) for unit in page.units)
        self.title = page.title
        self.said = "\n".join(unit.text.text for unit in page.units)
        self.opening = page.units[0].text if page.units and not (page.title or page.units[0].headings) else None

    def name(self, headings: tuple[str, ...], parents: tuple[str, ...] = ()) -> str:
        """The place below these headings and list items, quoted: '"Prices" of "Oak Farm"'; "" where nothing names it."""
        labels = _labels(parents)
        path = (*headings, *labels)
        size = max(1, len(labels))
        while size < len(path) and self.known[path[-size:]] > 1:
            size += 1
        return name_path(path[-size:], self.title)

    def name_for(self, unit: Unit) -> str:
        """Where a line stands: 'under "Booking"', 'in the document that begins "Dear tenants"'; "" where nothing says it."""
        if place := self.name(unit.headings, unit.parents):
            return f"under {place}"
        if self.opening is None or self.opening.start == unit.text.start or _MASKED.search(self.opening.text):
            return ""
        words = self.opening.text.rstrip(" .,:;!?").split()
        more = " ..." if len(words) > _OPENING else ""
        return f"in the document that begins {quote(' '.join(words[:_OPENING]) + more)}"

    def known_owner(self, owner: str) -> str:
        """What attributes belong to, if the text speaks of it just so, with its article; "" where it does not."""
        return owner if owner and re.search(rf"\b{re.escape(owner)}\b", self.said, re.IGNORECASE) else ""

    def has_several(self, unit: Unit, key: str) -> bool:
        """Whether another line at the same place has the same key."""
        return self.keys[unit.headings, unit.parents, _key_of(key)] > 1


def _key_of(line: str) -> str:
    """What a line has before its colon or dash, for comparison."""
    return " ".join(re.findall(r"\w+", re.split(r":\s|\s[–—=-]\s|:$", line)[0].lower()))


def _labels(parents: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.rstrip(": ") for name in parents)


def quote(text: str) -> str:
    """The text in quotation marks; those inside it become single ones, and inches their own sign."""
    return '"' + re.sub(r'["“”„«»]', "'", re.sub(r'(?<=\d)"', "″", text)) + '"'


def ask_cell(table: str, row: str, column: str) -> tuple[Core, ...]:
    """The ways to ask for a cell.

    Args:
        table: The table by its name: 'table "Tickets"'.
        row: The row as it is told apart: 'for "Large"', 'where "Lesson" is "4"'.
        column: The column: 'under "Price"', or "" where there is but one.
    """
    at = f"{column} {row}" if row.startswith("where") else f"{row} {column}".strip()
    return (
        Core(f"In the {table}, what is listed {at}?", f"what is listed {at} in the {table}"),
        Core(f"What does the {table} give {at}?", f"what the {table} gives {at}"),
    )


def ask_line(place: str, key: str) -> tuple[Core, ...]:
    """The ways to ask for what a line gives its key.

    Args:
        place: Where the line stands: 'under "Booking"'.
    """
    named = quote(key)
    return (
        Core(f"{place[0].upper()}{place[1:]}, what is given for {named}?", f"what is given for {named} {place}"),
        Core(f"What is listed for {named} {place}?", f"what is listed for {named} {place}"),
    )


def name_row(cells: Sequence[tuple[str, str]], first: bool) -> str:
    """A row by the cells that tell it from the others, as pairs of header and text.

    Args:
        first: Whether it is the table's first cell alone that does: 'for "Large"'; a number or a range needs its header.
    """
    if first and not (cells[0][0].startswith('"') and _NUMBER.match(cells[0][1])):
        return f"for {quote(cells[0][1])}"
    return "where " + " and ".join(f"{head} is {quote(text)}" for head, text in cells)


def refuse_quote(answer: str, *quoted: str) -> str:
    """Why what stands at a place cannot be asked for, or ""."""
    if answer.lower().strip(" .") in _EMPTY:
        return "empty_value"
    if any(_MASKED.search(text) for text in (answer, *quoted)):
        return "masked"
    if len(answer.split()) > LONGEST_ANSWER:
        return "answer_too_long"
    return "question" if answer.endswith("?") else ""
