"""``labflow model evaluate``: what it prints, what it keeps, and how it exits."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.commands.model.examination import as_benchmarks
from schemas.benchmarks import BenchmarkAnswer
from schemas.contracts import DatasetFile
from schemas.errors import UsageError
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.scratch_student import make_scratch_student


def labflow(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["model", "evaluate", *arguments])


def write(path: Path, *rows: dict) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("models")
    for seed in (1, 2):
        settings = TrainSettings(hidden_size=32, layers=1, vocabulary=512, max_length=64, seed=seed)
        make_scratch_student(folder / str(seed), ["Who built the Heron?"], settings)
    return [str(folder / str(seed)) for seed in (1, 2)]


def test_two_models_are_scored_side_by_side_and_every_answer_is_kept(models, tmp_path: Path) -> None:
    questions = write(tmp_path / "My exam.jsonl", {"question": "Who built it?", "reference": "Ida"}, {"question": ""})
    talks = write(tmp_path / "talks.jsonl", {"turns": ["Hello.", "And then?"]})
    out = tmp_path / "out"
    result = labflow(
        *("--model", models[0], "--base", models[1], "--questions", str(questions), "--questions", str(talks)),
        *("--out", str(out), "--set", "evaluate.max_new_tokens=4", "--set", "evaluate.safety=true"),
    )
    assert result.exit_code == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["benchmark", "metric", "questions", "failed", "base", "model", "change", "95", "%"]
    assert [line[:4] for line in lines[1:4]] == [
        ["safety_harmful", "refused", "36", "0"],
        ["safety_harmless", "answered", "20", "0"],
        ["my-exam", "match", "1", "0"],
    ]
    assert "talks  1 answered, not scored: no references, and no judge is set" in result.stdout
    assert f"1 rows could not be asked: {out}/not_asked.jsonl" in result.stdout
    assert f"all answers: {out}" in result.stderr
    report = json.loads((out / "scores.json").read_text())
    rows = list(read_dataset(DatasetFile(**report["benchmark_answers"]), BenchmarkAnswer))
    assert [len(row.student_answers) for row in rows if row.benchmark == "talks"] == [2]
    assert any(row.base_answers != row.student_answers for row in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "nowhere", "--questions", "x"], "there is no model directory nowhere"),
        (["--model", "MODEL"], "nothing to ask: name --questions FILE.jsonl"),
        (["--model", "MODEL", "--questions", "absent.jsonl"], "cannot read"),
        (["--model", "MODEL", "--base", "EMPTY", "--set", "evaluate.safety=true"], "has no config.json"),
        (["--model", "MODEL", "--set", "evaluate.safty=true"], "safty"),
        (["--model", "MODEL", "--set", "evaluate.safety=true", "--set", "evaluate.engine=vllm",
          "--set", "evaluate.server.program=no-such-vllm"], "no-such-vllm is not found"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(models, tmp_path: Path, monkeypatch, arguments: list[str], message: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    places = {"MODEL": models[0], "EMPTY": str(tmp_path / "empty")}
    result = labflow(*(places.get(argument, argument) for argument in arguments))
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_benchmarks_are_named_after_their_files_and_no_two_alike(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    row = {"question": "q", "answer": "a"}
    files = [write(tmp_path / name, row) for name in ("exam.jsonl", "Exam!.jsonl", "?.jsonl", "other/exam.jsonl")]
    assert [each.name for each in as_benchmarks(files, {"exam-3"})] == ["exam-2", "exam-4", "questions", "exam-5"]
    with pytest.raises(UsageError, match="cannot read"):
        as_benchmarks([tmp_path / "absent.jsonl"], set())
