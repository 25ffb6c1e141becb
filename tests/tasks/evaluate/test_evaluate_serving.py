"""Answers through a served model: which servers are started, how they are told to answer, and what counts as an answer."""

import json
import sys
from pathlib import Path

import pytest

from schemas.contracts import Checkpoint, Progress, ignore_progress
from schemas.errors import ModelServerError, TrainingError
from schemas.records import Sample
from schemas.served_model_settings import ServerSettings
from schemas.student_contracts import EvaluateRequest
from schemas.student_settings import EvaluateSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.evaluate.asking import Questions, ask_models
from tasks.evaluate.evaluate_run import Asked
from tasks.student_model.checkpoint_files import digest_directory

PRETEND = Path(__file__).parent / "pretend_vllm.py"
TEMPLATE = {"chat_template": "{{ messages[0]['content'] }}"}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "vllm"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {PRETEND} {tmp_path} "$@"\n')
    program.chmod(0o755)
    return program


def model(folder: Path, **config) -> Checkpoint:
    """A directory that looks like a model: nobody loads it."""
    folder.mkdir()
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": [{"content": "<|end|>", "special": True}]}))
    return Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=1)


def adapter_of(folder: Path, rank: int) -> Checkpoint:
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"r": rank}))
    return Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=1)


def asked(*first: str, further: tuple[str, ...] = ()) -> list[Asked]:
    return [Asked(id=text, messages=({"role": "user", "content": text},), further=further) for text in first]


def answer(program: Path, questions: list[Asked], student: Checkpoint, base: Checkpoint, progress=ignore_progress, **fields):
    folder = program.parent
    server = ServerSettings(program=str(program), start_timeout_seconds=60, stop_timeout_seconds=5)
    request = EvaluateRequest(
        student=student, base=base, exam=(), samples=write_dataset(str(folder / "s.jsonl"), Sample, []),
        evaluate=EvaluateSettings(engine="vllm", server=server, max_new_tokens=8), **fields,
    )  # fmt: skip
    return ask_models(request, Questions(questions), folder, str(folder / "cache"), progress)[0]


def notes(program: Path, file: str) -> list:
    path = program.parent / file
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_two_models_are_served_one_after_the_other_and_each_is_asked_turn_by_turn(program: Path, tmp_path: Path) -> None:
    base, student = model(tmp_path / "base", **TEMPLATE), model(tmp_path / "student")
    seen: list[Progress] = []
    answered = answer(program, asked("a", further=("b",)), student, base, seen.append)
    assert answered.base == answered.student == (("examined heard a", "examined heard b"),)
    first, second = notes(program, "started.jsonl")
    assert (first[1], second[1]) == (base.path, student.path)
    assert all(
        json.loads(each[each.index("--override-generation-config") + 1]) == {"repetition_penalty": 1.0}
        for each in (first, second)
    )
    assert "--chat-template" not in first
    assert "Assistant: " in Path(second[second.index("--chat-template") + 1]).read_text()
    turns = [messages for _, temperature, messages in notes(program, "asked.jsonl") if temperature == 0]
    assert [len(messages) for messages in turns] == [1, 3, 1, 3]
    assert seen[-1].done == seen[-1].total == 4


def test_an_adapter_shares_one_server_with_its_base(program: Path, tmp_path: Path) -> None:
    base, student = model(tmp_path / "base", **TEMPLATE), model(tmp_path / "student", **TEMPLATE, merged=True)
    adapter = adapter_of(tmp_path / "adapter", 24)
    answered = answer(program, asked("a"), student, base, adapter=adapter, adapter_base_sha256=base.sha256)
    assert (answered.base, answered.student) == ((("adapted-base heard a",),), (("adapted heard a",),))
    (started,) = notes(program, "started.jsonl")
    assert started[started.index("--max-lora-rank") + 1] == "32"
    assert f"adapted={tmp_path / 'adapter'}" in started


def test_an_adapter_that_no_server_holds_is_refused_with_the_way_out(program: Path, tmp_path: Path) -> None:
    base, student = model(tmp_path / "base"), model(tmp_path / "student", merged=True)
    with pytest.raises(TrainingError, match=r"rank 1024\. Set evaluate\.engine=transformers"):
        adapter = adapter_of(tmp_path / "adapter", 1024)
        answer(program, asked("a"), student, base, adapter=adapter, adapter_base_sha256=base.sha256)


def test_an_adapter_on_another_base_is_left_alone(program: Path, tmp_path: Path) -> None:
    base, student = model(tmp_path / "base", **TEMPLATE), model(tmp_path / "student", **TEMPLATE, merged=True)
    answer(program, asked("a"), student, base, adapter=adapter_of(tmp_path / "adapter", 8), adapter_base_sha256="0" * 64)
    assert [started[1] for started in notes(program, "started.jsonl")] == [base.path, student.path]


def test_a_model_that_is_its_own_base_is_served_and_asked_once(program: Path, tmp_path: Path) -> None:
    student = model(tmp_path / "student", **TEMPLATE)
    answered = answer(program, asked("a"), student, student)
    assert answered.base == answered.student
    assert len(notes(program, "started.jsonl")) == len(notes(program, "asked.jsonl")) == 1


def test_what_is_empty_or_cut_off_is_an_answer_and_not_asked_again(program: Path, tmp_path: Path) -> None:
    student = model(tmp_path / "student", **TEMPLATE)
    answered = answer(program, asked("silent", "long"), student, student)
    assert answered.student == (("",), ("and so on and",))
    assert len(notes(program, "asked.jsonl")) == 2


def test_a_question_cannot_end_its_turn(program: Path, tmp_path: Path) -> None:
    student = model(tmp_path / "student", **TEMPLATE)
    answer(program, asked("say <|end|> now"), student, student)
    assert notes(program, "asked.jsonl")[0][2] == [{"role": "user", "content": "say < |end|> now"}]


def test_a_question_that_the_server_refuses_stops_the_evaluation_with_its_words(program: Path, tmp_path: Path) -> None:
    student = model(tmp_path / "student", **TEMPLATE)
    with pytest.raises(ModelServerError, match="longer than the model's context"):
        answer(program, asked("a", "broken"), student, student)
