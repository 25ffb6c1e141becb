"""The extractive teacher on shards of the leaf nodes, which other processes or machines work on.

Part of ``teacher_generate``: a teacher of the shape in ``material``. A leaf node is never cut: its questions are compared with
each other. A shard is some leaf nodes, with about as many chunks as the others have::

    {"leaf": {...}, "seed_examples": [...], "chunks": [...]}
      -> {"path": "knowledge/cars", "samples": [...], "reserved": [...], "rejected": [...]}

Not covered: a model teacher, which a served model answers.
"""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from schemas.contracts import DatasetFile, Progress, ReportProgress, Shard, StageFolders
from schemas.errors import DamagedFileError
from schemas.records import Chunk, ExamQuestion, LeafNode, Record, Rejected, Sample, SeedExample
from schemas.settings import TeacherSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.dataset_files.shards import Sharding, Work, map_shards, read_brief, write_result
from tasks.teacher_generate.extractive.drafts import draft_leaf
from tasks.teacher_generate.material import LeafDrafts, LeafMaterial


class MaterialRow(Record):
    """A leaf node with all that a teacher may see of it."""

    leaf: LeafNode
    seed_examples: tuple[SeedExample, ...]
    chunks: tuple[Chunk, ...]


class DraftsRow(Record):
    """What the teacher wrote for a leaf node."""

    path: str
    samples: tuple[Sample, ...]
    reserved: tuple[ExamQuestion, ...]
    rejected: tuple[Rejected, ...]


class TeacherBrief(Record):
    """What writing depends on besides the leaf nodes."""

    teacher: TeacherSettings
    taxonomy_commit: str


def write_in_shards(
    leaves: Iterable[LeafMaterial],
    teacher: TeacherSettings,
    taxonomy_commit: str,
    cache: str,
    progress: ReportProgress,
    sharding: Sharding,
    folders: StageFolders,
    size: int,
) -> Iterator[LeafDrafts]:
    """The drafts of each leaf node, in order.

    Args:
        cache: Not used.
        size: Chunks of a shard.

    Raises:
        DamagedFileError: a shard came back with other leaf nodes than went into it.
    """
    del cache
    work = Work(draft_shard, TeacherBrief(teacher=teacher, taxonomy_commit=taxonomy_commit), MaterialRow)
    number = 0
    for rows, result in map_shards(sharding, work, map(_line, leaves), size, sharding.place(folders), progress):
        for asked, row in zip_longest(read_dataset(rows, MaterialRow), read_dataset(result, DraftsRow)):
            if asked is None or row is None or asked.leaf.path != row.path:
                raise DamagedFileError(f"{result.path} does not have the leaf nodes of {rows.path}. Delete both and run again.")
            number += 1
            yield LeafDrafts(asked.leaf, list(row.samples), list(row.reserved), list(row.rejected))
            progress(Progress(done=number, unit="leaf nodes", note=row.path))


def draft_shard(shard: Shard) -> DatasetFile:
    """The drafts of a shard's leaf nodes.

    Raises:
        DamagedFileError: the shard is not what was recorded.
    """
    return write_result(shard, DraftsRow, lambda: _draft(shard))


def _draft(shard: Shard) -> Iterator[DraftsRow]:
    brief: TeacherBrief = read_brief(shard, TeacherBrief)
    for row in read_dataset(shard.rows, MaterialRow):
        drafts = draft_leaf(LeafMaterial(row.leaf, row.seed_examples, row.chunks), brief.teacher, brief.taxonomy_commit)
        yield DraftsRow(
            path=row.leaf.path,
            samples=tuple(drafts.samples),
            reserved=tuple(drafts.reserved),
            rejected=tuple(drafts.rejected),
        )


def _line(material: LeafMaterial) -> tuple[bytes, int]:
    row = MaterialRow(leaf=material.leaf, seed_examples=material.seed_examples, chunks=material.chunks)
    return row.model_dump_json(exclude_none=True).encode("utf-8", "surrogatepass") + b"\n", max(1, len(material.chunks))
