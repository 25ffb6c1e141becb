"""``labflow model train``: a file in, a student out, and one clear line otherwise."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from schemas.student_contracts import Trained, TrainPlan

SMALL = ("--model", "scratch", "--epochs", "2", "--set", "train.hidden_size=32", "--set", "train.layers=1")


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "rows.jsonl"
    lines = [{"question": f"What is mast {number}?", "answer": f"spruce {number}"} for number in range(12)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def invoke(*words: str):
    return CliRunner().invoke(app, ["model", "train", *words])


def test_help_shows_examples_and_the_form_of_a_row() -> None:
    said = invoke("--help").output
    assert "--dry-run" in said
    assert '"messages"' in said


@pytest.mark.slow
def test_a_plan_then_a_student_that_is_not_made_twice(rows: Path) -> None:
    planned = invoke("--data", str(rows), *SMALL, "--dry-run", "--json")
    plan = TrainPlan.model_validate_json(planned.stdout)
    assert plan.phases[0].samples == 12
    assert list(rows.parent.iterdir()) == [rows]  # a plan leaves nothing behind
    first = invoke("--data", str(rows), *SMALL, "--out", "out", "--json")
    assert first.exit_code == 0, first.output
    trained = Trained.model_validate_json(first.stdout)
    assert trained.plan == plan
    assert trained.samples == 12
    assert (rows.parent / "out" / "student" / "README.md").is_file()
    assert "steps" in first.stderr
    again = invoke("--data", str(rows), *SMALL, "--out", "out")
    assert f"sha256 {trained.checkpoint.sha256[:12]}" in again.stdout
    assert "steps  " not in again.stderr
    other = invoke("--data", str(rows), *SMALL, "--out", "out", "--learning-rate", "0.01")
    assert other.exit_code == 2
    assert "holds another training" in other.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "rows.jsonl:13: not a line of JSON"), ('{"text": "x"}', "rows.jsonl:13: 'messages', or 'question' and 'answer'")],
)
def test_a_row_that_cannot_be_read_is_named_before_anything_starts(line: str, said: str, rows: Path) -> None:
    with rows.open("a") as stream:
        stream.write(line + "\n")
    done = invoke("--data", str(rows), *SMALL)
    assert done.exit_code == 2
    assert said in done.stderr


def test_what_is_not_there_is_named(rows: Path) -> None:
    absent = invoke("--data", "absent.jsonl", *SMALL)
    assert (absent.exit_code, "cannot read absent.jsonl" in absent.stderr) == (2, True)
    model = invoke("--data", str(rows), "--model", "absent")
    assert (model.exit_code, "there is no model directory" in model.stderr) == (1, True)
    (rows.parent / "empty.jsonl").write_text("\n")
    empty = invoke("--data", "empty.jsonl", *SMALL)
    assert (empty.exit_code, "has no rows" in empty.stderr) == (2, True)
