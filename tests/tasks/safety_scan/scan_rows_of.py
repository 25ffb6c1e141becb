"""Rows to scan, and the scan itself in a temporary folder: what the stage's tests share."""

import json
from pathlib import Path
from typing import Any

from schemas.contracts import DatasetFile, Progress, ScanRequest, ScanResult, StageFolders
from schemas.records import (
    Chunk,
    Document,
    ExamQuestion,
    LeafNode,
    Provenance,
    Record,
    Rejected,
    Sample,
    SeedExample,
    digest_of,
    sample_id,
)
from schemas.settings import ScanSettings
from tasks.dataset_files.jsonl import read_dataset, write_dataset
from tasks.safety_scan.scan import scan_rows

LEAF = "knowledge/cars/dmc12"
DOCUMENT = Document(repo="https://example.org/cars.git", commit="c" * 40, path="cars.md", sha256="d" * 64)


def sample(question: str, answer: str, context: str | None = None, leaf: str = LEAF, **more: Any) -> Sample:
    provenance = Provenance(
        taxonomy_commit="a" * 40,
        leaf_key="k" * 16,
        teacher="extractive",
        document=more.pop("document", None),
        fact=more.pop("fact", None),
    )
    fields = {"kind": "knowledge", "origin": "generated", **more}
    identity = sample_id(leaf, question, context, answer)
    return Sample(id=identity, leaf_node=leaf, question=question, context=context, answer=answer, provenance=provenance, **fields)


def seed(question: str, answer: str, context: str | None = None, leaf: str = LEAF) -> SeedExample:
    identity = sample_id(leaf, question, context, answer)
    return SeedExample(id=identity, leaf_node=leaf, kind="knowledge", question=question, context=context, answer=answer)


def chunk(text: str, start: int = 0, leaf: str = LEAF) -> Chunk:
    return Chunk(
        id=digest_of([leaf, start, text])[:16], leaf_node=leaf, document=DOCUMENT, text=text, start=start, end=start + len(text)
    )


def leaf_node(description: str, path: str = LEAF, outline: str = "") -> LeafNode:
    return LeafNode(
        path=path, kind="knowledge", version=3, description=description, outline=outline, key="k" * 16, change="added", taught=1,
        held_out=1,
    )  # fmt: skip


def exam_question(question: str, reference: str = "9000 dollars", suite: str = "human", **more: Any) -> ExamQuestion:
    fields = {"leaf_node": LEAF, "kind": "knowledge", **more}
    return ExamQuestion(id=digest_of([question, suite])[:16], suite=suite, question=question, reference=reference, **fields)


class Scanned:
    """A scan's result with its rows."""

    def __init__(self, result: ScanResult, folder: Path, progress: list[Progress]) -> None:
        self.result, self.folder, self.progress = result, folder, progress
        self.refused = list(read_dataset(result.refused, Rejected))
        self.refused_text = Path(result.refused.path).read_text()

    def clean(self, record: type[Record], index: int = 0) -> list[Any]:
        return list(read_dataset(self.result.clean[index], record))

    @property
    def reasons(self) -> list[str]:
        return [row.reason for row in self.refused]

    def everything_written(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("out/*"))) + json.dumps(
            self.result.model_dump(mode="json")
        )


def scan(
    folder: Path,
    *files: list[Any],
    exam: list[ExamQuestion] | None = None,
    request: dict[str, Any] | None = None,
    workers: int | None = None,
    **settings: Any,
) -> Scanned:
    """Writes the rows to files, scans them, reads what came out.

    Args:
        request: Further fields of the request.
        settings: Of ScanSettings.
    """
    written: list[DatasetFile] = [
        write_dataset(f"{folder}/in-{i}.jsonl", type(rows[0]) if rows else Sample, rows) for i, rows in enumerate(files)
    ]
    exam_files = (write_dataset(f"{folder}/exam.jsonl", ExamQuestion, exam),) if exam else ()
    asked = ScanRequest(
        rows=tuple(written), policy=ScanSettings(**{"blocked_share_limit": 1, **settings}), exam=exam_files, **(request or {})
    )
    progress: list[Progress] = []
    folders = StageFolders(folder=f"{folder}/out", cache=f"{folder}/cache")
    result = scan_rows(asked, folders, progress.append, workers=workers)
    return Scanned(result, folder, progress)
