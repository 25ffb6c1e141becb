"""Chunks of a Markdown document -> the units that the grammar reads: sentences, "key: value" lines, tables.

Blocks come from markdown-it-py (CommonMark and tables) with their line ranges; from there every character keeps its offset in
the document, also where a sentence runs over several lines, or markup stands inside it::

    "It has **gull-wing**\\ndoors." at 120  ->  Text("It has gull-wing doors.", offsets 120..126, 129..137, 140.., ...)

The chunks of one document are laid back into place first, so a table that was cut between two chunks has its header again.
Where chunks are missing (the scan kept them out) there is blank space.

Not covered: code blocks, HTML blocks, images, footnotes: they hold no statements that this grammar could read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from schemas.records import Chunk


@dataclass(frozen=True)
class Text:
    """Clean text; ``offsets[i]`` is where its character ``i`` stands in the document."""

    text: str
    offsets: tuple[int, ...]

    def cut(self, start: int, end: int) -> "Text":
        """The part from ``start`` to ``end`` without surrounding spaces."""
        part = self.text[start:end]
        lead = len(part) - len(part.lstrip())
        tail = len(part) - len(part.rstrip())
        first, last = start + lead, max(start + lead, min(end, len(self.text)) - tail)
        return Text(self.text[first:last], self.offsets[first:last])

    @property
    def start(self) -> int:
        return self.offsets[0]

    @property
    def end(self) -> int:
        return self.offsets[-1] + 1

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True)
class Unit:
    """One sentence or line of a paragraph or list item."""

    text: Text
    headings: tuple[str, ...]
    block: int
    """Number of its paragraph or list: pronouns are resolved within it."""
    intro: str = ""
    """The line that introduces the list it stands in, without its colon."""


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
_MARKUP = re.compile(
    r"!\[[^\]]*\]\([^)]*\)"  # images vanish
    r"|\[(?P<link>[^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"
    r"|<br\s*/?>|</?[a-zA-Z][^<>]*>"
    r"|`+(?P<code>[^`]+)`+"
    r"|\*{1,3}|~~|`+|(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+\-.!|<>~$])"
    r"|(?P<space>\s+)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|No|Nos|approx|ca|vs|etc|e\.g|i\.e|cf|Inc|Ltd|Co|Corp|Fig|Art|max|min|[A-Z]))\.$"
)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*\s+(?=[\"'“‘(]?[A-Z0-9ÀÁÂÄÅÆÇÈÉÊËÍÎÏÑÓÔÖØÚÜŠŽ])")


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

    def read(self, tokens: list[Token]) -> None:
        depth = 0
        table: list[tuple[Text, ...]] | None = None
        for position, token in enumerate(tokens):
            if token.type in ("bullet_list_open", "ordered_list_open"):
                depth += 1
                self.block += 1
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                depth -= 1
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
                self._read_paragraph(token, inside_list=depth > 0)

    def _open_heading(self, token: Token, inline: Token) -> None:
        level = int(token.tag[1])
        name = self._clean(inline)[0].text if inline.content else ""
        self.stack = {key: value for key, value in self.stack.items() if key < level} | {level: name}
        early = not self.units and not self.tables and token.map is not None and token.map[0] < 3
        if not self.title and (level == 1 or early):
            self.title = name
        self.intro = ""

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
        if not inside_list and len(lines) == 1 and self._is_bare_heading(lines[0].text):
            if not self.title and not self.units:
                self.title = lines[0].text
                self.stack = {1: lines[0].text}
            else:
                self.stack = {key: value for key, value in self.stack.items() if key < 2} | {2: lines[0].text}
            return
        for text in join_lines(lines):
            for sentence in split_sentences(text):
                self.units.append(Unit(sentence, self._headings(), self.block, self.intro))
        if not inside_list and lines[-1].text.endswith(":"):
            self.intro = self.units[-1].text.text.rstrip(":")

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


def clean_text(raw: str, offset: int) -> Text:
    """Text without Markdown markup, runs of white space as one space; offsets count from ``offset``."""
    characters: list[str] = []
    offsets: list[int] = []
    position = 0

    def take(start: int, end: int) -> None:
        characters.extend(raw[start:end])
        offsets.extend(range(offset + start, offset + end))

    for match in _MARKUP.finditer(raw):
        take(position, match.start())
        position = match.end()
        if match.group("link") is not None:
            take(match.start("link"), match.end("link"))
        elif match.group("code") is not None:
            take(match.start("code"), match.end("code"))
        elif match.group("escaped"):
            take(match.start("escaped"), match.end("escaped"))
        elif match.group("space") or match.group().startswith("<br"):
            characters.append(" ")
            offsets.append(offset + match.start())
    take(position, len(raw))
    return Text("".join(characters), tuple(offsets)).cut(0, len(characters))


def join_lines(lines: list[Text]) -> Iterator[Text]:
    """Wrapped lines become one text; lines that were broken on purpose stay apart.

    A break is on purpose where the next word would still have fitted into the paragraph's width, or where both lines are
    "key: value".
    """
    width = max(len(line.text) for line in lines)
    ended = [line.text.endswith((".", "!", "?")) for line in lines[:-1]]
    each = len(ended) > 1 and sum(ended) >= 0.6 * len(ended)
    run = lines[0]
    for before, line in pairwise(lines):
        fits = len(before.text) + 1 + len(line.text.split(" ")[0]) <= width
        starts = line.text[0].isupper() or line.text[0].isdigit()
        keyed = bool(re.match(r"[A-Z][^.:,]{1,40}:\s", line.text)) or (fits and before.text.endswith((".", "!", "?")))
        if (
            keyed
            or (each and before.text.endswith((".", "!", "?")))
            or (fits and starts and (len(lines) > 2 or len(before.text) < 60))
        ):
            yield run
            run = line
        else:
            run = Text(f"{run.text} {line.text}", (*run.offsets, run.offsets[-1] + 1, *line.offsets))
    yield run


def split_sentences(text: Text) -> Iterator[Text]:
    """The sentences; abbreviations and initials do not end one."""
    opened = 0
    for match in _SENTENCE_END.finditer(text.text):
        before = text.text[opened : match.start() + 1]
        if (
            _ABBREVIATION.search(before)
            and not before.endswith((" a.m.", " p.m."))
            and not re.search(r"[°\d]\s?[A-Z]\.$", before)
        ):
            continue
        if part := text.cut(opened, match.end()):
            yield part
        opened = match.end()
    if part := text.cut(opened, len(text.text)):
        yield part
