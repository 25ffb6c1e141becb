"""What the three stages whose rows can be shared out are asked in tests, and what they answer: digests of all their files."""

from collections.abc import Iterator
from pathlib import Path

from schemas.contracts import (
    DatasetFile,
    FilterRequest,
    GenerateRequest,
    ReportProgress,
    Request,
    ScanRequest,
    Shard,
    ShardWork,
    StageFolders,
    ignore_progress,
)
from schemas.records import Chunk, Document, LeafNode, Provenance, Record, Sample, SeedExample, sample_id
from schemas.settings import CriticSettings, ScanSettings, TeacherSettings
from tasks.critic_filter.filter import filter_samples
from tasks.dataset_files.jsonl import write_dataset
from tasks.dataset_files.references import files_of
from tasks.dataset_files.shards import Sharding
from tasks.safety_scan.scan import scan_rows
from tasks.teacher_generate.generate import generate_samples

STAGES = {"safety_scan": scan_rows, "critic_filter": filter_samples, "teacher_generate": generate_samples}
TOWERS = 24


def leaf_name(number: int) -> str:
    return f"knowledge/towers/tower_{number}"


def text_of(number: int) -> str:
    return (
        f"# Tower {number}\n\nThe Tower {number} was built in {1390 + number}. It is {41 + number} metres high. "
        f"Tickets cost ${7 + number}. The Tower {number} was opened by Ada Berg in {1900 + number}.\n"
    )


def chunk(number: int) -> Chunk:
    document = Document(repo="r", commit="0" * 40, path=f"{number}.md", sha256="0")
    text = text_of(number)
    return Chunk(id=f"c{number}", leaf_node=leaf_name(number), document=document, text=text, start=0, end=len(text))


def leaf(number: int) -> LeafNode:
    path = leaf_name(number)
    return LeafNode(
        path=path,
        kind="knowledge",
        version=3,
        description=f"Tower {number}",
        key=f"k{number}",
        change="added",
        taught=1,
        held_out=0,
    )


def seed(number: int) -> SeedExample:
    question, context = f"How high is the Tower {number}?", text_of(number)
    answer = f"{41 + number} metres"
    return SeedExample(
        id=f"s{number}", leaf_node=leaf_name(number), kind="knowledge", question=question, context=context, answer=answer
    )


def samples(towers: int = TOWERS) -> Iterator[Sample]:
    """Right, wrong and private answers, and repetitions."""
    for number in range(towers):
        pairs = [
            (f"How high is the Tower {number}?", f"{41 + number} metres"),
            (f"What do tickets of the Tower {number} cost?", f"${7 + number}"),
            (f"When was the Tower {number} built?", f"{1900 + number}"),
            (f"Who opened the Tower {number}?", "Ada Berg"),
            (f"Who opened the Tower {number}?", "Ada Berg"),
            (f"Whom can one ask about the Tower {number}?", f"Mail keeper{number}@example.org."),
            (f"What is the way in {number}?", "Use ghp_" + "aB3dE5gH7jK9" * 3 + "."),
        ]
        for question, answer in pairs:
            path = leaf_name(number)
            yield Sample(
                id=sample_id(path, question, None, answer),
                leaf_node=path,
                kind="knowledge",
                question=question,
                answer=answer,
                origin="extracted",
                provenance=Provenance(taxonomy_commit="0", leaf_key="k", chunk=f"c{number}", teacher="extractive"),
            )


def request_of(stage: str, folder: Path, count: int = TOWERS) -> Request:
    """The stage's request; its files are written.

    Args:
        count: Leaf nodes, of seven samples each.
    """
    towers = range(count)
    leaves = write_dataset(f"{folder}/leaves.jsonl", LeafNode, map(leaf, towers))
    chunks = write_dataset(f"{folder}/chunks.jsonl", Chunk, map(chunk, towers))
    seeds = write_dataset(f"{folder}/seeds.jsonl", SeedExample, map(seed, towers))
    rows = write_dataset(f"{folder}/samples.jsonl", Sample, samples(count))
    if stage == "safety_scan":
        return ScanRequest(rows=(leaves, chunks, rows), policy=ScanSettings(blocked_share_limit=1))
    if stage == "critic_filter":
        return FilterRequest(samples=rows, chunks=chunks, seed_examples=seeds, critic=CriticSettings())
    return GenerateRequest(
        leaf_nodes=leaves, seed_examples=seeds, chunks=chunks, teacher=TeacherSettings(), taxonomy_commit="a" * 40
    )


def run_in_shards(work: ShardWork, shards: list[Shard], progress: ReportProgress) -> list[DatasetFile]:
    """A runner that needs neither Prefect nor processes."""
    return [work(shard) for shard in shards]


def answer_of(stage: str, folder: Path, sharding: Sharding | None) -> dict[str, object]:
    """What the stage returns, places aside: its files by digest, its counts."""
    folders = StageFolders(folder=f"{folder}/out", cache=f"{folder}/cache")
    result: Record = STAGES[stage](request_of(stage, folder), folders, ignore_progress, sharding=sharding)  # type: ignore[operator]
    return without_paths(result)


def without_paths(result: Record) -> dict[str, object]:
    digests = sorted(f"{file.record} {file.sha256} {file.rows}" for file in files_of(result))
    files = {name for name, value in result if isinstance(value, (DatasetFile, tuple))}
    return {"files": digests, **result.model_dump(mode="json", exclude=files)}
