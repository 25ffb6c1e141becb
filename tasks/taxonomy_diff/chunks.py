"""A document's text -> chunks at its Markdown structure, with offsets, headings, and tables in one piece.

Place in the DAG: after ``documents.py``; what a teacher is shown. The cutting itself is ``semantic-text-splitter``'s.

A table is never cut away from its header while it is at most ``TABLE_FACTOR`` chunks large: it then is a chunk of its own,
whole. A larger one is cut between rows, and its header row is the last of the ``headings`` of each later piece, because a
chunk's text is always exactly what stands in the document.

    Chunk(headings=("DMC-12", "Engine"), text="The engine is a 2.85-litre V6.", start=512, end=542, ...)

Not covered: HTML tables inside Markdown (text like any other).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from semantic_text_splitter import MarkdownSplitter, TextSplitter

from schemas.records import Chunk, Document, digest_of
from tasks.taxonomy_diff.token_counting import count_tokens

TABLE_FACTOR = 4
CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class Heading:
    offset: int
    level: int
    text: str


@dataclass(frozen=True)
class Table:
    """A table's rows as (start, end) offsets; the first two are its header and the line below."""

    rows: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        return self.rows[0][0]

    @property
    def end(self) -> int:
        return self.rows[-1][1]


@dataclass(frozen=True)
class Structure:
    """Where a text's headings and tables stand."""

    headings: tuple[Heading, ...]
    tables: tuple[Table, ...]


def chunk_document(
    leaf_node: str, document: Document, text: str, chunk_tokens: int, count: CountTokens = count_tokens
) -> list[Chunk]:
    """The document's chunks in order: nothing but blanks lies between them.

    Args:
        leaf_node: Path of the leaf node that pins the document.
        text: The document as it was converted.
        chunk_tokens: Size of a chunk, in what ``count`` counts.
    """
    is_markdown = PurePosixPath(document.path).suffix.lower() not in (".txt", ".text")
    structure = find_structure(text) if is_markdown else Structure((), ())
    chunks = []
    for start, end, header in _cut(text, structure, chunk_tokens, count, is_markdown):
        headings = (*headings_above(structure.headings, start), *((header,) if header else ()))
        chunk_id = digest_of([leaf_node, document.path, document.sha256, start, end])[:16]
        chunk = Chunk(
            id=chunk_id, leaf_node=leaf_node, document=document, headings=headings, text=text[start:end], start=start, end=end
        )
        chunks.append(chunk)
    return chunks


def find_structure(text: str) -> Structure:
    """Headings and tables as CommonMark with GitHub's tables sees them."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    headings, tables = [], []
    tokens = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").parse(text)
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            shown = tokens[index + 1].content.replace("\n", " ").strip()
            headings.append(Heading(starts[token.map[0]], int(token.tag[1:]), shown))
        elif token.type == "table_open" and token.map:
            first, last = token.map
            tables.append(Table(tuple((starts[n], min(starts[n + 1] - 1, len(text))) for n in range(first, last))))
    return Structure(tuple(headings), tuple(tables))


def headings_above(headings: tuple[Heading, ...], offset: int) -> tuple[str, ...]:
    """The headings that a place stands under, outermost first.

    A heading that begins at the place is part of the text there, not above it; it ends the sections of its level all the same.
    """
    above: list[Heading] = []
    for heading in headings:
        if heading.offset > offset:
            break
        above = [h for h in above if h.level < heading.level]
        if heading.offset < offset:
            above.append(heading)
    return tuple(heading.text for heading in above)


def _cut(
    text: str, structure: Structure, chunk_tokens: int, count: CountTokens, is_markdown: bool
) -> Iterator[tuple[int, int, str | None]]:
    """(start, end, header row of a table that began before, or None), in order."""
    splitter = (MarkdownSplitter if is_markdown else TextSplitter).from_callback(count, chunk_tokens)
    apart: set[Table] = set()
    while True:
        cuts = list(_cut_around(text, structure.tables, apart, splitter, chunk_tokens, count))
        starts = sorted(start for start, _, _ in cuts)
        torn = {table for table in structure.tables if table not in apart and any(table.start < s < table.end for s in starts)}
        if not torn:
            yield from cuts
            return
        apart |= torn  # the splitter cut through these: each becomes a piece of its own


def _cut_around(
    text: str,
    tables: tuple[Table, ...],
    apart: set[Table],
    splitter: MarkdownSplitter | TextSplitter,
    chunk_tokens: int,
    count: CountTokens,
) -> Iterator[tuple[int, int, str | None]]:
    position = 0
    for table in (table for table in tables if table in apart):
        yield from _split(text, position, table.start, splitter)
        yield from _cut_table(text, table, chunk_tokens, count)
        position = table.end
    yield from _split(text, position, len(text), splitter)


def _split(text: str, start: int, end: int, splitter: MarkdownSplitter | TextSplitter) -> Iterator[tuple[int, int, str | None]]:
    for offset, piece in splitter.chunk_indices(text[start:end]):
        if piece.strip():
            yield start + offset, start + offset + len(piece), None


def _cut_table(text: str, table: Table, chunk_tokens: int, count: CountTokens) -> Iterator[tuple[int, int, str | None]]:
    """The table whole, or, where it is very large, in runs of rows."""
    if count(text[table.start : table.end]) <= TABLE_FACTOR * chunk_tokens:
        yield table.start, table.end, None
        return
    header = text[slice(*table.rows[0])].strip()
    first, size = table.start, 0
    for index, (start, end) in enumerate(table.rows):
        tokens = count(text[start:end])
        if index > 2 and size + tokens > chunk_tokens:
            yield first, start - 1, None if first == table.start else header
            first, size = start, 0
        size += tokens
    yield first, table.end, None if first == table.start else header
