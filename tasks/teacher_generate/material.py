"""What a teacher is given of one leaf node, and what it gives back.

Both teachers (``extractive`` and ``model_teacher``) are one function of this shape::

    write_drafts(leaves: Iterable[LeafMaterial], teacher: TeacherSettings, ...) -> Iterator[LeafDrafts]
"""

from dataclasses import dataclass, field

from schemas.contracts import Usage
from schemas.records import Chunk, ExamQuestion, LeafNode, Rejected, Sample, SeedExample


@dataclass(frozen=True)
class LeafMaterial:
    """A leaf node with all that a teacher may see of it: never an exam question."""

    leaf: LeafNode
    seed_examples: tuple[SeedExample, ...]
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True)
class LeafDrafts:
    """What a teacher wrote for one leaf node, or a part of it: drafts = samples + reserved + rejected.

    A leaf's parts come one after another, the last one with ``is_last``: no teacher has to hold a whole leaf.
    """

    leaf: LeafNode
    samples: list[Sample]
    reserved: list[ExamQuestion] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    is_last: bool = True
