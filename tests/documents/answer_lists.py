"""Reads the hand-checked answer lists, and says which pairs are correct by them.

A question in a human's words is correct by its entry in the list. A question that quotes the document is correct if the
quotation, filled in with the answer, stands in the section that it names; it covers the listed statement that the answer is of.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from schemas.records import Chunk, Document, LeafNode, digest_of
from tasks.teacher_generate.material import LeafMaterial

HERE = Path(__file__).parent
DOCUMENTS = ("leave_and_travel_policy", "product_sheet")


@dataclass(frozen=True)
class Facet:
    """One thing that may be asked of a statement."""

    statement: int
    about: tuple[str, ...]
    asks: tuple[str, ...]
    answers: tuple[str, ...]

    def accepts(self, question: str, answer: str) -> bool:
        """Whether the pair asks for this, and is answered correctly."""
        asked = plain(question)
        speaks = all(plain(word) in asked for word in self.about)
        wanted = not self.asks or any(re.search(rf"\b{plain(wh)}\b", asked) for wh in self.asks)
        return speaks and wanted and plain(answer) in {plain(known) for known in self.answers}


@dataclass(frozen=True)
class AnswerList:
    statements: int
    facets: tuple[Facet, ...]
    says: tuple[str, ...] = ()
    """The statements in the document's words; a cell as "table, row, column, value"."""
    sections: tuple[tuple[str, str], ...] = ()
    """The document's headings, each with the text below it; the title with all of it."""

    def find(self, question: str, answer: str) -> int | None:
        """Number of a statement that the pair is correct by, or None for a wrong pair."""
        quoted = re.findall(r'"([^"]+)"', question)
        sentence = next((text for text in quoted if "___" in text or text.endswith(" ...")), None)
        if sentence is not None:
            return self._find_quoted(sentence, quoted, answer)
        known = next((facet.statement for facet in self.facets if facet.accepts(question, answer)), None)
        return self._find_cell(quoted, answer) if known is None else known

    def _find_quoted(self, sentence: str, quoted: list[str], answer: str) -> int | None:
        """The same for a question that quotes a sentence: filled in, it must be what stands there, in the section it names."""
        filled = sentence.replace("___", answer) if "___" in sentence else f"{sentence[:-4]} {answer}"
        below = dict(self.sections)
        named = [below[name] for name in quoted if name in below]
        pieces = [plain(piece) for piece in filled.split("...") if plain(piece)]
        if not named or not all(_stands_in(piece, plain(named[0])) for piece in pieces):
            return None
        whole = " ".join(pieces)
        for number, said in enumerate(map(plain, self.says)):
            told = _stands_in(plain(answer), said) or _stands_in(said, plain(answer))
            if told and (_stands_in(said, whole) or _stands_in(pieces[-1], said)):
                return number
        return None

    def _find_cell(self, quoted: list[str], answer: str) -> int | None:
        """A cell by its table, row and column; a column that is only called "Value" need not be named."""
        title = self.sections[0][0] if self.sections else ""
        for number, said in enumerate(self.says):
            parts = said.split(", ", 3)
            if len(parts) == 4 and plain(parts[3]) == plain(answer):
                wanted = {parts[0], parts[1], parts[2]} - {"Value"}
                if wanted <= set(quoted) <= {*wanted, parts[2], title}:
                    return number
        return None


def _stands_in(part: str, text: str) -> bool:
    return f" {part} " in f" {text} "


def plain(text: str) -> str:
    """Small letters, digits and signs that carry meaning."""
    return " ".join(re.findall(r"[\w€$£%]+", str(text).lower()))


def read_answers(name: str, folder: Path = HERE) -> AnswerList:
    """The answer list of a document under ``tests/documents``."""
    rows = yaml.safe_load((folder / name / "answers.yaml").read_text(encoding="utf-8"))
    facets = [
        Facet(number, tuple(facet["about"]), tuple(facet.get("asks", ())), tuple(str(answer) for answer in facet["answers"]))
        for number, row in enumerate(rows)
        for facet in row["facets"]
    ]
    says = tuple(re.sub(r"\s*\.\.\.\s*", "", row["says"]) for row in rows)
    document = (folder / name / "document.md").read_text(encoding="utf-8")
    return AnswerList(len(rows), tuple(facets), says, tuple(_read_sections(document)))


def _read_sections(text: str) -> Iterator[tuple[str, str]]:
    """Headings with the text below each; the first one, the title, with all of it."""
    headings = list(re.finditer(r"^#+ (.+)$", text, re.MULTILINE))
    for number, match in enumerate(headings):
        end = headings[number + 1].start() if number and number + 1 < len(headings) else len(text)
        yield match.group(1), text[match.end() : end]


def cut_document(text: str, leaf: str = "knowledge/test", size: int = 1200) -> list[Chunk]:
    """The document in chunks of whole lines, with exact offsets and the title above; a long table is cut between two rows."""
    document = Document(repo="../d", commit="0" * 40, path="document.md", sha256=digest_of(text))
    chunks: list[Chunk] = []
    title = re.match(r"# (.+)", text)
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > size:
            end = max(text.rfind("\n", start, start + size), start + 1)
        piece = text[start:end]
        lead = len(piece) - len(piece.lstrip())
        body = piece.strip()
        if body:
            begin = start + lead
            chunk_id = digest_of([leaf, begin, body])[:16]
            above = (title.group(1),) if title and begin > 0 else ()
            place = {"start": begin, "end": begin + len(body)}
            chunks.append(Chunk(id=chunk_id, leaf_node=leaf, document=document, headings=above, text=body, **place))
        start = end
    return chunks


def material_of(text: str, leaf: str = "knowledge/test", size: int = 1200) -> LeafMaterial:
    """A knowledge leaf node with this one document and no seed examples."""
    node = LeafNode(path=leaf, kind="knowledge", version=3, description="test", key="k", change="added", taught=0, held_out=0)
    return LeafMaterial(node, (), tuple(cut_document(text, leaf, size)))
