"""Which texts of which record are scanned, and how they are put back.

Part of ``safety_scan``. This table is the whole of it: a record type that is not here cannot be scanned, and a text field that
is not here is not.

    LeafNode      description, outline
    SeedExample   question, context, answer
    Sample        question, context, answer
    Chunk         text, headings

One example::

    texts_of(chunk) == {"text": "The DMC-12 ...", "headings.0": "Specifications"}

Not covered: names, paths and URLs of documents; they are masked where a refused row shows them.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from schemas.records import Chunk, LeafNode, Record, Sample, SeedExample, sample_id

ScannedRecord: TypeAlias = LeafNode | SeedExample | Chunk | Sample

SCANNED_FIELDS: dict[str, tuple[str, ...]] = {
    "LeafNode": ("description", "outline"),
    "SeedExample": ("question", "context", "answer"),
    "Sample": ("question", "context", "answer"),
    "Chunk": ("text", "headings"),
}
RECORDS: dict[str, type[ScannedRecord]] = {"LeafNode": LeafNode, "SeedExample": SeedExample, "Sample": Sample, "Chunk": Chunk}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer, as duplicates and contamination see them, whatever record they came in."""

    question: str
    answer: str
    context: str = ""
    leaf_node: str = ""
    is_knowledge: bool = True
    fact: str | None = None


def asked_of(row: Record) -> Asked | None:
    """What the row asks and answers; None for a leaf node and a chunk."""
    if not isinstance(row, Sample | SeedExample):
        return None
    fact = row.provenance.fact if isinstance(row, Sample) else None
    return Asked(row.question, row.answer, row.context or "", row.leaf_node, row.kind == "knowledge", fact)


def texts_of(row: Record) -> dict[str, str]:
    """The row's texts by field; a field that holds several is numbered from 0."""
    texts: dict[str, str] = {}
    for name in SCANNED_FIELDS[type(row).__name__]:
        value = getattr(row, name)
        if isinstance(value, str):
            if value:
                texts[name] = value
        elif value:
            texts.update((f"{name}.{i}", text) for i, text in enumerate(value))
    return texts


def with_texts(row: ScannedRecord, texts: dict[str, str]) -> ScannedRecord:
    """The row with some texts replaced.

    A sample's and a seed example's id is made anew, as the digest of what they now say: the old one is a digest over the private
    value, and a short value could be guessed from it. A chunk and a leaf node keep theirs, which name a place.
    """
    update: dict[str, Any] = {}
    for name in SCANNED_FIELDS[type(row).__name__]:
        if name in texts:
            update[name] = texts[name]
        elif isinstance(value := getattr(row, name), tuple):
            update[name] = tuple(texts.get(f"{name}.{i}", text) for i, text in enumerate(value))
    changed = row.model_copy(update=update)
    if isinstance(changed, Sample | SeedExample):
        identity = sample_id(changed.leaf_node, changed.question, changed.context, changed.answer)
        changed = changed.model_copy(update={"id": identity})
    return changed


def identity_of(row: ScannedRecord) -> tuple[str, str]:
    """The row's id and its leaf node's path; a leaf node is named by its path."""
    return (row.path, row.path) if isinstance(row, LeafNode) else (row.id, row.leaf_node)
