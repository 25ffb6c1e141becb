"""A saved student answers: the same alone and in a batch, and never beyond its limit."""

from pathlib import Path

import pytest

from schemas.errors import TrainingError
from schemas.student_settings import TrainSettings
from tasks.student_model.generate import answer_conversations
from tasks.student_model.load_student import Student, load_student
from tasks.student_model.messages import Message
from tasks.student_model.scratch_student import make_scratch_student

CORPUS = ["The Heron is 9 m long.", "How long is the Heron?", "Who built the Heron? Ida Holm built it in 1962."] * 3
QUESTIONS = ["How long?", "Who built the Heron in 1962, and how long is the Heron that Ida Holm built?", "Ida?", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("student") / "base"
    make_scratch_student(path, CORPUS, TrainSettings(hidden_size=64, layers=2, vocabulary=512, max_length=64))
    return path


@pytest.fixture(scope="module")
def student(folder: Path) -> Student:
    return load_student(folder)


def talk(question: str) -> list[Message]:
    return [Message(role="user", content=question)]


def test_a_batch_answers_like_one_at_a_time_and_in_order(student: Student) -> None:
    conversations = [talk(question) for question in QUESTIONS]
    together = answer_conversations(student, conversations, 8, batch_size=4)
    alone = answer_conversations(student, conversations, 8, batch_size=1)
    assert together == alone
    assert len(set(together)) > 1


def test_answers_are_bounded_and_repeatable(student: Student) -> None:
    (answer,) = answer_conversations(student, [talk("How long?")], 5, 1)
    assert len(answer) <= 5 * max(len(token) for token in student.tokenizer.get_vocab())
    assert len(answer) > len(answer_conversations(student, [talk("How long?")], 1, 1)[0])
    assert answer_conversations(student, [talk("How long?")], 5, 1) == [answer]


def test_progress_counts_answers(student: Student) -> None:
    seen: list[int] = []
    answer_conversations(student, [talk(question) for question in QUESTIONS], 2, 3, seen.append)
    assert seen == [3, 4]


def test_a_prompt_without_room_keeps_its_end(student: Student) -> None:
    (answer,) = answer_conversations(student, [talk("Heron " * 4000)], 4, 1)
    assert isinstance(answer, str)


def test_the_same_seed_makes_the_same_student_file_for_file(folder: Path, tmp_path: Path) -> None:
    make_scratch_student(tmp_path / "again", CORPUS, TrainSettings(hidden_size=64, layers=2, vocabulary=512, max_length=64))
    for file in folder.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_an_unknown_architecture_is_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text('{"model_type": "nobody_knows", "auto_map": {"AutoConfig": "evil.Config"}}')
    (tmp_path / "evil.py").write_text("raise SystemExit('this code ran')")
    with pytest.raises(TrainingError, match="cannot be loaded") as caught:
        load_student(tmp_path)
    assert "\n" not in str(caught.value)
