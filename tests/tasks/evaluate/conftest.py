"""Requests for the tests of this room."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.contracts import Checkpoint, DatasetFile
from schemas.records import ExamQuestion, Sample
from schemas.student_contracts import EvaluateRequest
from schemas.student_settings import EvaluateSettings
from tasks.dataset_files.jsonl import write_dataset


@pytest.fixture
def request_with(tmp_path: Path) -> Callable[..., EvaluateRequest]:
    """Builds a request from rows; the two checkpoints are names only unless given."""

    def build(
        exam: list[ExamQuestion],
        samples: list[Sample],
        earlier: list[ExamQuestion] | None = None,
        student: Checkpoint | None = None,
        base: Checkpoint | None = None,
    ) -> EvaluateRequest:
        nobody = Checkpoint(path=str(tmp_path / "nobody"), sha256="0" * 64, parameters=1)
        return EvaluateRequest(
            student=student or nobody,
            base=base or nobody,
            exam=(_file(tmp_path / "exam.jsonl", exam),),
            samples=write_dataset(str(tmp_path / "samples.jsonl"), Sample, samples),
            earlier_exam=() if earlier is None else (_file(tmp_path / "earlier.jsonl", earlier),),
            evaluate=EvaluateSettings(max_new_tokens=4),
        )

    return build


def _file(path: Path, questions: list[ExamQuestion]) -> DatasetFile:
    return write_dataset(str(path), ExamQuestion, questions)
