"""A source cut into passages, each with what stands above it.

    "## Prices\\n- Clutch: $900"            ->  Passage("Clutch: $900", above="Prices")
    "- **Fern**\\n  - Light: half shade"    ->  Passage("Light: half shade", above="Fern")
    "Q: What is the fee?\\nA: 5 euros."     ->  Passage("5 euros.", asked="What is the fee?")

A passage is a sentence of prose, a line that stands for itself, a list item or a table row; and each cell of a row once more,
with its row's and its column's name. A question is no passage: it belongs to what follows it.

Not covered: offsets; a critic only needs to know what stands together.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<![ap]\.m\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bProf\.)(?<!\bSt\.)(?<!\bNo\.)"
    r"\s+(?=[\"“(]?[A-Z0-9])"
    # "from 9 a.m. The office", but not "at 9 a.m. Monday"
    r"|(?<=[ap]\.m\.)\s+(?!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))(?=[A-Z][a-z]* )"
)
_ROW_RULE = re.compile(r"\s*\|?[\s:|-]+\|?\s*$")
_LEADER = re.compile(r"\s*(?:\.\s?){4,}\s*|\s+\.{3}\s+(?=[\d$€£])|\s*…{2,}\s*")
"""The dots that lead from an article to its price."""
_ITEM = re.compile(r"(?P<mark>[-*+•]|\d+[.)])\s+")
_ASKED = re.compile(r"^[*_]*(?:Q|Question|A|Answer)\s*\d*[:.]\s*", re.IGNORECASE)
_KEYED = re.compile(r"[*_]{0,3}[A-Z][^.:,]{0,40}:[*_]{0,3}\s")
NARROW = 50
"""Characters. Nobody wraps prose so narrow that each line happens to start with a capital."""
LONGEST_LABEL = 6
"""Words. A longer list item with items below says something itself."""


@dataclass(frozen=True)
class Passage:
    text: str
    above: str
    """What it stands under, a line each: headings, the list items that it belongs to."""
    asked: str = ""
    """The question that it answers, in a list of questions."""


@dataclass(frozen=True)
class Row:
    """A row of a table as it stands."""

    cells: tuple[str, ...]
    header: tuple[str, ...]
    above: str
    """The headings that it stands under, a line each."""


def split_passages(text: str) -> tuple[list[Passage], list[Row]]:
    """The passages in order, and the rows of tables."""
    splitter = _Splitter()
    lines = [_LEADER.sub(": ", line.rstrip()) for line in text.split("\n")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        splitter.read(line, following)
    splitter.close()
    return splitter.found, splitter.rows


def find_title(text: str) -> str:
    """The first heading, or a short first line that stands alone, or ""."""
    match = re.search(r"^#+\s+(.+)$", text, re.MULTILINE) or re.match(r"\s*([^\s|*-][^\n]{0,60}[^\n.!?:,;])\n\s*\n", text)
    return match.group(1) if match else ""


@dataclass
class _Splitter:
    """Reads line by line; ``prose`` gathers a paragraph, ``parents`` the list items that are still open."""

    found: list[Passage] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    headings: dict[int, str] = field(default_factory=dict)
    parents: list[tuple[int, str]] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    asked: str = ""

    def read(self, line: str, following: str) -> None:
        bare = line.strip()
        row = bare.startswith("|") or bare.count("|") >= 2 or _is_rule(following)
        item = _ITEM.match(bare)
        if not bare or bare.startswith("#") or row or item:
            self.close()
        if not row:
            self.header = []
        if not bare:
            return
        if bare.startswith("#"):
            level = len(bare) - len(bare.lstrip("#"))
            self.headings = {key: name for key, name in self.headings.items() if key < level} | {level: bare.lstrip("# ")}
            self.parents, self.asked = [], ""
        elif row:
            self._read_row(bare, following)
        elif item:
            self._read_item(line, bare[item.end() :], following)
        else:
            if not line[:1].isspace():
                self.parents = []
            self.prose.append(bare)

    def _read_item(self, line: str, said: str, following: str) -> None:
        indent = len(line) - len(line.lstrip())
        self.parents = [(depth, name) for depth, name in self.parents if depth < indent]
        deeper = _ITEM.match(following.strip()) and len(following) - len(following.lstrip()) > indent
        if deeper and len(said.split()) <= LONGEST_LABEL:
            self.parents.append((indent, said))
        else:
            self.prose.append(said)

    def _read_row(self, bare: str, following: str) -> None:
        cells = [cell.strip() for cell in bare.strip("|").split("|")]
        if _is_rule(following):
            self.header = cells
        elif not _is_rule(bare):
            above = "\n".join(name for _, name in sorted(self.headings.items()))
            self.rows.append(Row(tuple(cells), tuple(self.header), above))
            named = f"{self.header[0]} {cells[0]}".strip() if self.header else cells[0]
            self._add(" | ".join((named, *cells[1:])))
            for pair in zip(self.header[1:], cells[1:], strict=False):
                self._add(" | ".join((named, *pair)))

    def close(self) -> None:
        """Ends the paragraph."""
        for part in (part for run in _join_lines(self.prose) for part in _SENTENCE.split(run)):
            said = _ASKED.sub("", part).strip("*_ ")
            if said.endswith("?"):
                self.asked = said
            elif part:
                self._add(said if said != part else part)
        self.prose = []

    def _add(self, passage: str) -> None:
        above = [*(name for _, name in sorted(self.headings.items())), *(name for _, name in self.parents)]
        asked = self.asked or next((name for name in reversed(above) if name.endswith("?")), "")
        self.found.append(Passage(passage, "\n".join(above), asked))


def _join_lines(lines: list[str]) -> list[str]:
    """Wrapped lines as one text; lines that stand for themselves apart.

    Such a line is "key: value" or starts an answer, follows a short line that has ended, or stands where most lines of the
    paragraph are short enough for the next one's first word.
    """
    width = max((len(line) for line in lines), default=0)
    fits = [len(one) + 1 + len(other.split(" ")[0]) <= width for one, other in pairwise(lines)]
    starts = [bool(re.match(r"[A-Z\d]", line)) for line in lines[1:]]
    loose = len(lines) > 3 and sum(map(all, zip(fits, starts, strict=True))) >= 0.6 * len(fits)
    loose = loose or (len(lines) > 2 and width < NARROW and all(starts))
    runs = lines[:1]
    for before, line, start in zip(lines, lines[1:], starts, strict=False):
        done = len(before) < 60 and re.search(r"[.!?]$" if not start else r"[.:!?\d€$£%)]$|:\s", before)
        if _ASKED.match(line) or _KEYED.match(line) or done or (start and loose):
            runs.append(line)
        else:
            runs[-1] += f" {line}"
    return runs


def _is_rule(line: str) -> bool:
    return "|" in line and "-" in line and bool(_ROW_RULE.match(line))
