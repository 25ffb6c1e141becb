"""Chunks of a Markdown document -> the units that the grammar reads: sentences, "key: value" lines, tables.

Blocks come from markdown-it-py (CommonMark and tables) with their line ranges; from there every character keeps its offset in
the document, also where a sentence runs over several lines, or markup stands inside it::

    "It has **gull-wing**\\ndoors." at 120  ->  Text("It has gull-wing doors.", offsets 120..126, 129..137, 140.., ...)

The chunks of one document are laid back into place first, so a table that was cut between two chunks has its header again.
Where chunks are missing (the scan kept them out) there is blank space.

Not covered: code blocks, HTML blocks, images, footnotes: they hold no statements that this grammar could read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from schemas.records import Chunk
from tasks.teacher_generate.extractive.sentence_gaps import find_gaps
from tasks.teacher_generate.extractive.texts import Text, clean_text, drop_links, drop_numbering, join_lines, split_sentences
from tasks.teacher_generate.extractive.titles import names_document


@dataclass(frozen=True)
class Unit:
    """One sentence or line of a paragraph or list item."""

    text: Text
    headings: tuple[str, ...]
    block: int
    """Number of its paragraph or list: pronouns are resolved within it."""
    intro: str = ""
    """The line that introduces the list it stands in, without its colon, or the sentence in bold that opens its paragraph."""
    parents: tuple[str, ...] = ()
    """The list items that it stands under, where those only name something: "Boston fern"."""
    listed: bool = False
    """Whether it is a list item."""
    asked: str = ""
    """The question that it answers, in a list of questions and answers."""


@dataclass(frozen=True)
class Table:
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    headings: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One document as the grammar reads it."""

    title: str
    text: str
    units: tuple[Unit, ...]
    tables: tuple[Table, ...]
    chunks: tuple[Chunk, ...]


_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_QUESTION = re.compile(r"(?:Q|Question)\s*\d*\s*[:.)]\s*(?=\S.*\?$)")
_ANSWER = re.compile(r"(?:A|Answer)\s*\d*\s*[:.)]\s+(?=\S)")
_BOLD_SENTENCE = re.compile(r"(?P<mark>\*\*|__)(?P<name>[^*_\n]+?)[.!:]?(?P=mark)[.:]?\s+(?=\S)")
LONGEST_LABEL = 5
"""Words. A longer list item with items below says something itself."""


def read_pages(chunks: Iterable[Chunk]) -> list[Page]:
    """The documents that the chunks come from, in order of first appearance."""
    groups: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        # A redacted chunk's text no longer fits its offsets; it is read by itself.
        whole = len(chunk.text) == chunk.end - chunk.start
        groups.setdefault(f"{chunk.document.repo}\n{chunk.document.path}" if whole else chunk.id, []).append(chunk)
    return [_read_page(group) for group in groups.values()]


def lay_out(chunks: list[Chunk]) -> tuple[str, int]:
    """The chunks' texts at their offsets, blank lines between them, and the document offset of the first character."""
    ordered = sorted(chunks, key=lambda chunk: chunk.start)
    base = ordered[0].start
    parts: list[str] = []
    position = base
    for chunk in ordered:
        if chunk.start > position:
            gap = chunk.start - position
            parts.append("\n" * gap if gap <= 2 else "\n\n" + " " * (gap - 3) + "\n")
            position = chunk.start
        parts.append(chunk.text[position - chunk.start :])
        position = max(position, chunk.start + len(chunk.text))
    return "".join(parts), base


def _read_page(chunks: list[Chunk]) -> Page:
    text, base = lay_out(chunks)
    reader = _Reader(text, base, chunks)
    reader.read(_MARKDOWN.parse(text))
    title = reader.title or (chunks[0].headings[0] if chunks[0].headings else "")
    return Page(title, text, tuple(reader.units), tuple(reader.tables), tuple(chunks))


class _Reader:
    """Walks the block tokens of one document."""

    def __init__(self, text: str, base: int, chunks: list[Chunk]) -> None:
        self.text, self.base = text, base
        self.line_starts = [0] + [match.end() for match in re.finditer("\n", text)]
        self.above = chunks[0].headings
        self.stack: dict[int, str] = dict(enumerate(self.above, 1))
        self.units: list[Unit] = []
        self.tables: list[Table] = []
        self.title = ""
        self.block = 0
        self.intro = ""
        self.asked = ""
        self.parents: list[str] = []

    def read(self, tokens: list[Token]) -> None:
        depth = 0
        item = ""
        table: list[tuple[Text, ...]] | None = None
        for position, token in enumerate(tokens):
            if token.type in ("bullet_list_open", "ordered_list_open"):
                depth += 1
                self.block += 1
                self.parents.append(item if depth > 1 else "")
                self.intro = item.rstrip(":") if depth == 1 and item.endswith(":") else self.intro
                item = ""
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                depth -= 1
                self.block += 1
                self.parents.pop()
                self.intro = "" if depth == 0 else self.intro
            elif token.type == "heading_open":
                self._open_heading(token, tokens[position + 1])
            elif token.type == "table_open":
                table = []
            elif token.type == "tr_open" and table is not None and token.map:
                table.append(self._cells(token.map[0]))
            elif token.type == "table_close":
                self._close_table(table or [])
                table = None
            elif token.type == "inline" and table is None and tokens[position - 1].type == "paragraph_open":
                item = self._label(token) if _opens_list(tokens, position) else ""
                if not item:
                    self._read_paragraph(token, inside_list=depth > 0)

    def _open_heading(self, token: Token, inline: Token) -> None:
        level = int(token.tag[1])
        name = drop_numbering(self._clean(inline)[0]).text if inline.content else ""
        self.stack = {key: value for key, value in self.stack.items() if key < level} | {level: name}
        early = not self.units and not self.tables and token.map is not None and token.map[0] < 3
        if not self.title and (level == 1 or early):
            self.title = name
        self.intro = ""
        self.asked = name if name.endswith("?") else ""

    def _label(self, inline: Token) -> str:
        """What a list item names whose own list follows, or "" where it says something itself."""
        lines = self._clean(inline)
        name = re.sub(r"\s*\([^()]*\)$", "", lines[0].text)
        return name if len(lines) == 1 and len(name.rstrip(":").split()) <= LONGEST_LABEL else ""

    def _headings(self) -> tuple[str, ...]:
        return tuple(name for _, name in sorted(self.stack.items()) if name)

    def _clean(self, inline: Token) -> list[Text]:
        """The lines of an inline token as clean texts with document offsets."""
        lines: list[Text] = []
        first = inline.map[0] if inline.map else 0
        for number, content in enumerate(inline.content.split("\n")):
            start = self.line_starts[min(first + number, len(self.line_starts) - 1)]
            end = self.text.find("\n", start)
            found = self.text.find(content.strip(), start, len(self.text) if end < 0 else end)
            if found >= 0:
                lines.append(clean_text(content.strip(), self.base + found))
        return [line for line in lines if line] or [Text("", ())]

    def _read_paragraph(self, inline: Token, inside_list: bool) -> None:
        lines = self._clean(inline)
        if not lines[0]:
            return
        if not inside_list:
            self.block += 1
            self.intro = ""
        first = not self.title and not self.units and not self.tables
        if (
            not inside_list
            and len(lines) == 1
            and (self._is_bare_heading(lines[0].text) or (first and names_document(lines[0].text)))
        ):
            if not self.title and not self.units:
                self.title = lines[0].text
                self.stack = {1: lines[0].text}
                self.asked = ""
            else:
                self.stack = {key: value for key, value in self.stack.items() if key < 2} | {2: lines[0].text}
            return
        asked, name = self.asked, _find_run_in_heading(inline.content)
        self.asked = name if name.endswith("?") else asked
        for text in map(drop_links, join_lines(lines)):
            self._read_text(drop_numbering(text), inside_list, name)
        self.asked = asked if name else self.asked
        if not inside_list and lines[-1].text.endswith(":") and self.units:
            self.intro = self.units[-1].text.text.rstrip(":")

    def _read_text(self, text: Text, listed: bool, name: str) -> None:
        """One run of a paragraph, sentence by sentence; a question is kept for what follows it, and so is a run-in heading."""
        if match := _QUESTION.match(text.text):
            self.asked = text.text[match.end() :]
            return
        if self.asked and (match := _ANSWER.match(text.text)):
            text = text.cut(match.end(), len(text.text))
        parents = tuple(name for name in self.parents if name)
        intro = name if name and not name.endswith("?") else self.intro
        for sentence in split_sentences(text):
            if not name or sentence.text.rstrip(".!:") != name:
                self.units.append(Unit(sentence, self._headings(), self.block, intro, parents, listed, self.asked))

    @staticmethod
    def _is_bare_heading(line: str) -> bool:
        """Whether a line alone is a heading that was not marked as one."""
        words = line.split()
        return (
            len(words) <= 5
            and line[0].isupper()
            and line[-1].isalnum()
            and ":" not in line
            and all(w[0].isalnum() for w in words)
            and not any(gap.kind in ("date", "time", "amount") for gap in find_gaps(line))
        )

    def _cells(self, line: int) -> tuple[Text, ...]:
        start = self.line_starts[line]
        end = self.text.find("\n", start)
        row = self.text[start : len(self.text) if end < 0 else end]
        cells, opened = [], 0
        for match in re.finditer(r"(?<!\\)\||$", row):
            cells.append(clean_text(row[opened : match.start()], self.base + start + opened))
            opened = match.end()
        if row.lstrip().startswith("|"):
            cells = cells[1:]
        if row.rstrip().endswith("|"):
            cells = cells[:-1]
        return tuple(cells)

    def _close_table(self, rows: list[tuple[Text, ...]]) -> None:
        if len(rows) > 1:
            self.tables.append(Table(rows[0], tuple(rows[1:]), self._headings()))


def _find_run_in_heading(content: str) -> str:
    """The sentence in bold that a paragraph starts with, if it states no amount: "**The lamp is red.** Press the button." """
    match = _BOLD_SENTENCE.match(content)
    name = match.group("name").strip() if match else ""
    whole = len(name.split()) > 2 and (name.endswith("?") or all(gap.kind == "name" for gap in find_gaps(f"x {name}")))
    return name if whole and match and not match.group().rstrip().endswith(":") else ""


def _opens_list(tokens: list[Token], position: int) -> bool:
    """Whether a list item's own list follows its text at ``position``."""
    following = [token.type for token in tokens[position + 1 : position + 3]]
    return following[:1] == ["paragraph_close"] and following[1:] in (["bullet_list_open"], ["ordered_list_open"])
