"""The command line: help, exit codes, and one clear line for bad input."""

import re
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner, Result

from flows.cli import app


def labflow(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def one_line(result: Result) -> str:
    assert "Traceback" not in result.output
    lines = [line for line in result.stderr.splitlines() if line.startswith("labflow: ")]
    assert len(lines) == 1, result.output
    return lines[0]


@pytest.mark.parametrize("command", [[], ["retrain"], ["sample"], ["taxonomy"]])
def test_every_command_has_help(command: list[str]) -> None:
    result = labflow(*command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_an_unknown_option_is_bad_usage() -> None:
    assert labflow("retrain", "--no-such-option").exit_code == 2


def test_an_unknown_setting_names_the_nearest_and_is_bad_usage() -> None:
    result = labflow("retrain", "--set", "teacher.temprature=0.2")
    assert result.exit_code == 2
    assert "did you mean 'teacher.temperature'?" in one_line(result)


def test_a_setting_out_of_bounds_is_bad_usage() -> None:
    result = labflow("retrain", "--set", "teacher.temperature=7")
    assert result.exit_code == 2
    assert "less than or equal to 2" in one_line(result)


@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize("kind", ["missing", "not_git", "empty", "no_leaf"])
def test_a_taxonomy_that_cannot_be_read_is_one_line(tmp_path: Path, kind: str) -> None:
    taxonomy = tmp_path / "my taxonomy"
    if kind != "missing":
        taxonomy.mkdir()
    if kind in ("empty", "no_leaf"):
        subprocess.run(["git", "init", "-q", str(taxonomy)], check=True)
    if kind == "no_leaf":
        (taxonomy / "README.md").write_text("hello\n")
        author = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
        subprocess.run(["git", "-C", str(taxonomy), "add", "-A"], check=True)
        subprocess.run(["git", "-C", str(taxonomy), *author, "commit", "-qm", "first"], check=True)
    result = labflow("retrain", "--workspace", str(tmp_path / "ws"), "--set", f"taxonomy.path={taxonomy}")
    assert result.exit_code == 1
    assert "my taxonomy" in one_line(result)


@pytest.mark.usefixtures("prefect_server")
def test_a_workspace_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    result = labflow("retrain", "--workspace", str(tmp_path / "file" / "ws"))
    assert result.exit_code == 1
    assert "--workspace" in one_line(result)
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.usefixtures("prefect_server")
def test_two_runs_in_one_workspace_are_refused(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"):
        result = labflow("retrain", "--workspace", str(tmp_path))
    assert result.exit_code == 1
    assert "another run is working" in one_line(result)


def test_sample_makes_a_taxonomy_and_refuses_a_full_directory(tmp_path: Path) -> None:
    result = labflow("sample", str(tmp_path / "sample"))
    assert result.exit_code == 0
    assert (tmp_path / "sample" / "taxonomy" / ".git").is_dir()
    assert re.search(r"labflow retrain --set taxonomy\.path=", result.output)
    again = labflow("sample", str(tmp_path / "sample"))
    assert again.exit_code != 0
    assert str(tmp_path / "sample") in one_line(again)
