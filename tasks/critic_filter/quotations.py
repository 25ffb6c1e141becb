"""Questions that quote the document, held against it word by word.

    In "Tickets", what is missing in "A single ticket costs ___ and a return 9 euros"?   the sentence, filled in, must stand so
    In "Tickets", how does the sentence "Children under five travel ..." go on?           the answer must follow, to the end
    In "Tickets": A single ticket costs how much and a return 9 euros?                    the same, asked in place
    In the table "Fares", what is listed for "Zone A" under "Return"?                     that cell must say so
    Under "Booking", what is given for "Deposit"?                                         that line must say so

What a question quotes is seen in its text alone: nobody's word on its pattern is taken for it. What is quoted and does not stand
in the source, or stands there with another answer, is wrong; there is nothing to weigh. Part of ``critic_filter``.

Not covered: questions that merely name something in quotation marks ('Who painted "The Ferry"?'); they are judged like others.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tasks.critic_filter.source_passages import Passage, Row
from tasks.critic_filter.word_forms import plain
from tasks.critic_filter.word_lists import ORDINALS

_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»")
_GAP = re.compile(r"_{3,}")
_DOTS = re.compile(r"\s*(?:\.{3,}|…)\s*")
_GOES_ON = re.compile(r"\b(?:go(?:es)? on|continues?|follows?|comes? next|completed?|missing|left out|ends?)\b", re.IGNORECASE)
_NAMED_FIRST = re.compile(r"(?:In|Under|On) \"[^\"]*\"(?:[^\":?]|\"[^\"]*\")*:\s+(?=\S)")
_ASKED_WITHIN = re.compile(r"(?<=\S )(?<!, )(?:how|what|which|when|where|who|whom)\b(?=[^,;:]*)")
MOST_ASKED = 6
"""Words of a question phrase: "how many packs of dry yeast"."""
_WHERE = re.compile(r"\b(?:where|and) \"(?P<column>[^\"]+)\" is \"(?P<value>[^\"]+)\"")
_ROW = re.compile(r"\bfor \"(?P<name>[^\"]+)\"")
_COLUMN = re.compile(r"\bunder \"(?P<name>[^\"]+)\"", re.IGNORECASE)
_NTH = re.compile(r"\bin the (?P<place>\w+) column\b")
_BY_PLACE = re.compile(r"\b(?:listed|given|gives?|noted|stands?|shown|says?)\b")
_LINK = re.compile(r"\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\s*\)")
"""Where a Markdown link leads, with its title: no words of the text."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'A-Z_\d])")
_WORD = re.compile(r"[^\W_]+")
_SIGNS = re.compile(r"[$€£¥%°✓✔✗✘×]")
_END = re.compile(r"(?:\s?[%°$€£¥][CF]?)?[*_`)\]\"'”’]*[ \t]*(?:[.,;:!?…()|–—-]|\s*$|\n\s*(?:\n|[-*+#|>A-Z]|\d+[.)]\s))")
"""What follows the last word of a sentence, an item or a cell; a wrapped line goes on in small letters."""
_HEAD_PRONOUN = re.compile(r"(?:It|They|He|She)\b(?! (?:is|was|will be|takes|costs?) [^.]*\b(?:to|that)\b)")


@dataclass(frozen=True)
class Quotation:
    """What a question quotes in order to ask for what is left out."""

    pieces: tuple[str, ...]
    """The quoted text, cut where words are left out."""
    gap: int | None
    """The number of the piece behind the gap; None where the rest is asked for."""


@dataclass(frozen=True)
class Place:
    """A place in a table or a list of lines."""

    row: str
    """The name of the row or line, "" where ``where`` tells it."""
    where: tuple[tuple[str, str], ...]
    """(Header, cell) of the row."""
    columns: tuple[str, ...]
    """What the question names with "under": the column, or the section."""
    nth: int | None
    named: frozenset[str]
    """All that is quoted, in small letters."""
    is_sure: bool
    """Whether the question can mean nothing but a place."""


def outside_quotation(question: str) -> str:
    """The question without what it quotes: "it" in a quoted sentence points to nothing outside of it."""
    return _QUOTED.sub('""', question)


@lru_cache(maxsize=256)
def quotes(question: str) -> bool:
    """Whether the question quotes what it asks for, or the place where it stands."""
    if not _QUOTED.search(question):
        return False
    place = find_place(question)
    return find_quotation(question) is not None or bool(find_in_place(question)) or (place is not None and place.is_sure)


def find_quotation(question: str) -> Quotation | None:
    """The sentence that is quoted with a gap or without its end, or None."""
    for quoted in _quoted(question):
        sides = _GAP.split(quoted)
        if len(sides) == 2:
            left, right = (tuple(_DOTS.split(side)) for side in sides)
            return Quotation((*left, *right), len(left))
        pieces = tuple(_DOTS.split(quoted))
        if len(sides) == 1 and len(pieces) > 1 and not pieces[-1] and _GOES_ON.search(outside_quotation(question)):
            return Quotation(pieces[:-1], None)
    return None


def find_in_place(question: str) -> list[Quotation]:
    """The sentence that is asked in place ("The fee is due when?"), cut at its question words in each way that they can be meant.

    "Stir for how many minutes?" may ask for "two" or for "two minutes".
    """
    named = _NAMED_FIRST.match(question)
    sentence = question[named.end() :].rstrip("? ") if named else ""
    cuts = []
    for asked in _ASKED_WITHIN.finditer(sentence):  # the "who" of "employees who travel how often" asks nothing, and fits nowhere
        words = sentence[asked.start() :].split()
        sizes = range(1, min(len(words), MOST_ASKED) + 1)
        cuts += [Quotation((sentence[: asked.start()], " ".join(words[size:])), 1) for size in sizes]
    return cuts


def find_place(question: str) -> Place | None:
    """The cell or line that is asked for by its place, or None."""
    where = tuple((match["column"], match["value"]) for match in _WHERE.finditer(question))
    row = _ROW.search(question)
    if not (row or where) or not _BY_PLACE.search(outside_quotation(question)):
        return None
    nth = _NTH.search(question)
    columns = tuple(match["name"] for match in _COLUMN.finditer(question))
    return Place(
        row=row["name"] if row else "",
        where=where,
        columns=columns,
        nth=int(ORDINALS[nth["place"]]) - 1 if nth and nth["place"] in ORDINALS else None,
        named=frozenset(map(plain, _quoted(question))),
        is_sure=bool(columns or where or "table" in outside_quotation(question).lower()),
    )


def find_head_pronoun(quotation: Quotation) -> str | None:
    """The pronoun that a quotation begins with where nothing before is quoted, or None."""
    first = next((piece for piece in quotation.pieces if piece.strip()), "").lstrip("'“ ")
    match = _HEAD_PRONOUN.match(first)
    return match.group() if match and len(_SENTENCE_END.split(first)) == 1 else None


def _quoted(question: str) -> Iterator[str]:
    for match in _QUOTED.finditer(question):
        yield next(group for group in match.groups() if group)


class Wording:
    """A source as it is worded, for what must stand there word by word.

    Args:
        text: The source.
        passages: Its sentences and lines.
        rows: The rows of its tables.
    """

    def __init__(self, text: str, passages: Sequence[Passage], rows: Sequence[Row]) -> None:
        self._text = _LINK.sub("]", text)
        self._passages, self._rows = passages, rows
        self._starts: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        words: list[str] = []
        length = 0
        for match in _WORD.finditer(self._text):
            words.append(match.group().lower())
            self._starts[length + 1] = match.start()
            length += 1 + len(words[-1])
            self._ends[length] = match.end()
        self._words = f" {' '.join(words)} "

    def fault_of_quotation(self, quotation: Quotation, answer: str) -> str | None:
        """What is wrong with a quotation that the answer completes; None where the source goes just so."""
        found = self._find_all(_fill(quotation, answer)) or self._find_all(_fill(quotation, answer, by_sentence=True))
        if found is None:
            return "the quoted sentence does not go so in the source"
        start, end = found
        if quotation.gap is None and not _END.match(self._text, end) and not self._ends_passage(quotation.pieces[-1], answer):
            return "the quoted sentence has more words in the source"
        around = self._text[start : end + 3]
        return "its signs are others in the source" if set(_SIGNS.findall(answer)) - set(_SIGNS.findall(around)) else None

    def _ends_passage(self, said: str, answer: str) -> bool:
        """Whether a sentence, or a line that stands for itself, ends with these words."""
        words = f" {plain(f'{said} {answer}')}"
        return any(f" {plain(passage.text)}".endswith(words) for passage in self._passages)

    def _find_all(self, pieces: Sequence[str]) -> tuple[int, int] | None:
        """Where the pieces, one after another, begin and end in the text; None where they do not stand there."""
        begin, end = None, 0
        for piece in pieces:
            words = plain(piece)
            if not words:
                continue
            at = self._words.find(f" {words} ", max(0, end - 1))
            if at < 0:
                return None
            begin = at + 1 if begin is None else begin
            end = at + 1 + len(words)
        return None if begin is None else (max(0, self._starts[begin] - 1), self._ends[end])

    def fault_of_place(self, place: Place, answer: str) -> str | None:
        """What is wrong with an answer for that place; None where the source says so there."""
        found = [(row.above, cell) for row in self._rows if _is_meant(row, place) for cell in _cells_of(row, place)]
        found = found or [
            (passage.above, said) for passage in self._passages if (said := _after_key(passage.text, place.row)) is not None
        ]
        if not found:
            return "the source has no such place"
        nearness = [_count_named(above, place.named) for above, _ in found]
        nearest = [said for (_, said), near in zip(found, nearness, strict=True) if near == max(nearness)]
        return None if any(_is_same(said, answer) for said in nearest) else "the source says something else at that place"


def _fill(quotation: Quotation, answer: str, by_sentence: bool = False) -> list[str]:
    """The pieces with the answer in its place; each sentence by itself where they may stand in items of a list."""
    gap = len(quotation.pieces) if quotation.gap is None else quotation.gap
    left, right = ([*quotation.pieces[:gap]], [*quotation.pieces[gap:]])
    if by_sentence:
        left, right = ([part for piece in side for part in _SENTENCE_END.split(piece)] for side in (left, right))
    return [*left[:-1], " ".join([left[-1], answer, *right[:1]]), *right[1:]]


def _count_named(above: str, named: frozenset[str]) -> int:
    """How many of the headings and list items above are named, some by their beginning: "Fern" of "Fern (Polypodium)"."""
    lines = [plain(line) for line in above.split("\n")]
    return sum(any(line == name or line.startswith(f"{name} ") for name in named if name) for line in lines)


def _is_meant(row: Row, place: Place) -> bool:
    cells = [plain(cell) for cell in row.cells]
    heads = [plain(head) for head in row.header]
    if place.row and plain(place.row) not in cells:
        return False
    return all((plain(head), plain(cell)) in zip(heads, cells, strict=False) for head, cell in place.where)


def _cells_of(row: Row, place: Place) -> list[str]:
    """The cells of a row that the place can mean."""
    if place.nth is not None:
        return [row.cells[place.nth]] if place.nth < len(row.cells) else []
    asked = {plain(column) for column in place.columns}
    under = [cell for head, cell in zip(row.header, row.cells, strict=False) if head and plain(head) in asked]
    return under or [cell for cell in row.cells if plain(cell) != plain(place.row)]


def _after_key(line: str, key: str) -> str | None:
    """What a line says after its key, or None where it has another one."""
    named = _WORD.findall(key)
    words = list(_WORD.finditer(line))
    if not named or [word.group().lower() for word in words[: len(named)]] != [word.lower() for word in named]:
        return None
    return line[words[len(named) - 1].end() :].lstrip(" *_`:=–—-")


def _is_same(said: str, answer: str) -> bool:
    if set(_SIGNS.findall(answer)) - set(_SIGNS.findall(said)):
        return False
    if not plain(answer):
        return answer.strip() == said.strip()
    told, wanted = plain(said), plain(answer)
    if told == wanted:
        return True
    # a line may go on after what was asked for: "9 €, members only. Breakfast is at 8."
    return told.startswith(f"{wanted} ") and _ends_within(said, len(wanted.split()))


def _ends_within(said: str, words: int) -> bool:
    *_, last = list(_WORD.finditer(said))[:words]
    return _END.match(said, last.end()) is not None
