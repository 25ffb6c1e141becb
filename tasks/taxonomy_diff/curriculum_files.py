"""Writes the four dataset files of a curriculum: leaf nodes, taught seed examples, chunks, and the exam.

Place in the DAG: the end of ``taxonomy_diff``; every later stage reads these files. Seeds in = taught + held out + repeated,
for each leaf node; a held-out question is in no taught row.

    {"id": "1f0c...", "leaf_node": "knowledge/birds", "question": "...", "answer": "...", "line": 14, ...}

Not covered: which seeds are held out (``exam_split.py``).
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from schemas.contracts import DatasetFile, Progress, ReportProgress
from schemas.records import Change, Chunk, Document, ExamQuestion, LeafNode, Record, SeedExample, sample_id
from tasks.dataset_files.jsonl import DatasetWriter, open_dataset
from tasks.taxonomy_diff.chunks import CountTokens, chunk_document
from tasks.taxonomy_diff.exam_split import subject_of
from tasks.taxonomy_diff.in_document import is_in_document, read_passages
from tasks.taxonomy_diff.leaf_node import ParsedLeaf, Seed

RECORDS: dict[str, type[Record]] = {"leaf_nodes": LeafNode, "seed_examples": SeedExample, "chunks": Chunk, "exam": ExamQuestion}


@dataclass(frozen=True)
class CurriculumLeaf:
    """A valid leaf node with all that its rows are made from. ``held_out`` is in the order of the seeds."""

    parsed: ParsedLeaf
    documents: tuple[Document, ...]
    held_out: tuple[bool, ...]
    key: str
    change: Change


@dataclass(frozen=True)
class Chunking:
    """How documents are cut, and where their texts are."""

    chunk_tokens: int
    count: CountTokens
    read_text: Callable[[str], str]


def write_curriculum(
    leaves: Sequence[CurriculumLeaf], chunking: Chunking, folder: str, progress: ReportProgress
) -> dict[str, DatasetFile]:
    """The finished files by name: leaf_nodes, seed_examples, chunks, exam.

    Args:
        leaves: In order of paths.
        folder: Local path or fsspec URL.
    """
    with ExitStack() as stack:
        writers = {name: stack.enter_context(open_dataset(f"{folder}/{name}.jsonl", record)) for name, record in RECORDS.items()}
        for done, leaf in enumerate(leaves, 1):
            _write_leaf(leaf, chunking, writers)
            progress(Progress(done=done, total=len(leaves), unit="leaf nodes", note="writing"))
    return {name: writer.file for name, writer in writers.items()}


def _write_leaf(leaf: CurriculumLeaf, chunking: Chunking, writers: dict[str, DatasetWriter]) -> None:
    passages = []
    for document in leaf.documents:
        text = chunking.read_text(document.sha256)
        passages.append(read_passages(text))
        for chunk in chunk_document(leaf.parsed.path, document, text, chunking.chunk_tokens, chunking.count):
            writers["chunks"].write(chunk)
    taught, held_out = _split(leaf)
    for seed_id, seed in taught.items():
        writers["seed_examples"].write(_seed_example(leaf.parsed, seed_id, seed))
    for seed_id, seed in held_out.items():
        known = is_in_document(seed.answer, passages, seed.question) if leaf.documents else None
        writers["exam"].write(_exam_question(leaf.parsed, seed_id, seed, known))
    writers["leaf_nodes"].write(_leaf_node(leaf, len(taught), len(held_out)))


def _split(leaf: CurriculumLeaf) -> tuple[dict[str, Seed], dict[str, Seed]]:
    """The taught and the held-out seeds by id; a seed that stands twice in the file counts once."""
    path, kind = leaf.parsed.path, leaf.parsed.kind
    taught: dict[str, Seed] = {}
    held_out: dict[str, Seed] = {}
    repeated = 0
    for seed, is_held_out in zip(leaf.parsed.seeds, leaf.held_out, strict=True):
        side = held_out if is_held_out else taught
        seed_id = sample_id(path, seed.question, seed.context, seed.answer)
        repeated += seed_id in side
        side.setdefault(seed_id, seed)
    if len(taught) + len(held_out) + repeated != len(leaf.parsed.seeds):
        raise AssertionError(f"{path}: {len(leaf.parsed.seeds)} seeds in, {len(taught)} + {len(held_out)} + {repeated} out")
    examined = {subject_of(kind, seed.question, seed.context) for seed in held_out.values()}
    if any(subject_of(kind, seed.question, seed.context) in examined for seed in taught.values()):
        raise AssertionError(f"{path}: a question is both taught and in the exam")
    return taught, held_out


def _leaf_node(leaf: CurriculumLeaf, taught: int, held_out: int) -> LeafNode:
    parsed = leaf.parsed
    return LeafNode(
        path=parsed.path,
        kind=parsed.kind,
        version=parsed.version,
        description=parsed.description,
        outline=parsed.outline,
        created_by=parsed.created_by,
        key=leaf.key,
        change=leaf.change,
        documents=leaf.documents,
        taught=taught,
        held_out=held_out,
    )


def _seed_example(leaf: ParsedLeaf, seed_id: str, seed: Seed) -> SeedExample:
    return SeedExample(
        id=seed_id,
        leaf_node=leaf.path,
        kind=leaf.kind,
        question=seed.question,
        context=seed.context,
        answer=seed.answer,
        line=seed.line,
    )


def _exam_question(leaf: ParsedLeaf, seed_id: str, seed: Seed, in_document: bool | None) -> ExamQuestion:
    return ExamQuestion(
        id=seed_id,
        suite="human",
        leaf_node=leaf.path,
        kind=leaf.kind,
        question=seed.question,
        context=seed.context,
        reference=seed.answer,
        in_document=in_document,
    )
