"""The stage as the flow sees it: both models are asked the same, every question is accounted for."""

import json
from pathlib import Path

import pytest
from evaluate_rows import make_question, make_sample

from schemas.contracts import Checkpoint, Progress, StageFolders, ignore_progress
from schemas.errors import DamagedFileError
from schemas.records import ExamAnswer, Rejected
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.evaluate.evaluate import evaluate_student, score_answers
from tasks.evaluate.evaluate_run import Answered
from tasks.evaluate.exam import Exam
from tasks.student_model.checkpoint_files import describe_checkpoint
from tasks.student_model.scratch_student import make_scratch_student

HUMAN = make_question("Who built the Heron?", "Ida Holm")
TAUGHT = make_question("How long is the Heron?", "9 m", suite="reserved_phrasing", fact="length")
UNTAUGHT = make_question("How wide is the Heron?", "3 m", suite="reserved_phrasing", fact="width")
SAMPLES = [make_sample("What is the Heron's length?", "9 m", fact="length")]


def make_student(folder: Path, seed: int) -> Checkpoint:
    settings = TrainSettings(hidden_size=32, layers=1, vocabulary=512, max_length=64, seed=seed)
    make_scratch_student(folder, [HUMAN.question, TAUGHT.question], settings)
    return describe_checkpoint(folder)


def folders(path: Path) -> StageFolders:
    return StageFolders(folder=str(path / "evaluate"), cache=str(path / "cache"))


def test_base_and_student_are_asked_the_same_in_a_worker_process(request_with, tmp_path: Path) -> None:
    student, base = make_student(tmp_path / "student", 1), make_student(tmp_path / "base", 2)
    request = request_with([HUMAN, TAUGHT, UNTAUGHT], SAMPLES, earlier=[TAUGHT], student=student, base=base)
    seen: list[Progress] = []
    report = evaluate_student(request, folders(tmp_path), seen.append)
    answers = list(read_dataset(report.answers, ExamAnswer))
    assert [(answer.question, answer.changed) for answer in answers] == [(HUMAN, True), (TAUGHT, False)]
    assert answers[0].student_answer != answers[0].base_answer
    assert [row.reason for row in read_dataset(report.not_asked, Rejected)] == ["fact_not_taught"]
    assert {score.group for score in report.scores if score.suite == "human"} == {
        "all",
        "changed",
        "claimed",
        "knowledge",
        HUMAN.leaf_node,
    }
    assert seen[-1].done == seen[-1].total == 4
    told = [json.loads(line) for line in (tmp_path / "evaluate" / "questions.jsonl").read_text().splitlines()]
    assert all(set(question) == {"id", "messages"} for question in told)


def test_a_student_that_is_its_own_base_is_asked_once(request_with, tmp_path: Path) -> None:
    student = make_student(tmp_path / "student", 1)
    copy = student.model_copy(update={"path": str(make_copy(student, tmp_path / "copy"))})
    seen: list[Progress] = []
    report = evaluate_student(request_with([HUMAN], SAMPLES, student=student, base=copy), folders(tmp_path), seen.append)
    (answer,) = read_dataset(report.answers, ExamAnswer)
    assert answer.base_answer == answer.student_answer
    assert seen[-1].total == 1


def make_copy(checkpoint: Checkpoint, folder: Path) -> Path:
    folder.mkdir()
    for file in Path(checkpoint.path).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_an_exam_without_questions_asks_nobody(request_with, tmp_path: Path) -> None:
    report = evaluate_student(request_with([UNTAUGHT], SAMPLES), folders(tmp_path), ignore_progress)
    assert (report.scores, report.answers.rows, report.not_asked.rows) == ((), 0, 1)


def test_a_changed_checkpoint_is_not_examined(request_with, tmp_path: Path) -> None:
    student = make_student(tmp_path / "student", 1)
    (tmp_path / "student" / "config.json").write_text("{}")
    with pytest.raises(DamagedFileError, match="not the one that was recorded"):
        evaluate_student(request_with([HUMAN], SAMPLES, student=student, base=student), folders(tmp_path), ignore_progress)


def test_an_empty_answer_is_scored_not_skipped() -> None:
    exam = Exam([HUMAN], [], frozenset())
    (answer,) = score_answers(exam, Answered(base=(("",),), student=(("Ida Holm",),)))
    assert (answer.base_answer, answer.base_scores["match"], answer.student_scores["match"]) == ("", 0, 1)
