"""Reads the hand-checked answer lists, and says which pairs are correct by them."""

import re
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

    def find(self, question: str, answer: str) -> int | None:
        """Number of a statement that the pair is correct by, or None for a wrong pair."""
        return next((facet.statement for facet in self.facets if facet.accepts(question, answer)), None)


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
    return AnswerList(len(rows), tuple(facets))


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
