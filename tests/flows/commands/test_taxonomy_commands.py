"""``labflow taxonomy diff`` and ``check``: what they print, and how they exit."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from taxonomy_sample.materialise import materialise

KNOWLEDGE = "knowledge/vehicles/delorean_dmc12"


def labflow(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["taxonomy", *arguments])


def git(taxonomy: Path, *arguments: str) -> str:
    author = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    return subprocess.run(["git", "-C", str(taxonomy), *author, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def taxonomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return materialise(tmp_path / "sample")


def changed(result: Result) -> dict[str, object]:
    return json.loads(result.stdout)


def test_without_a_release_everything_is_added(taxonomy: Path) -> None:
    result = labflow("diff", "--taxonomy", str(taxonomy), "--json")
    assert result.exit_code == 0
    diff = changed(result)
    assert list(diff) == ["base", "head", "added", "modified", "renamed", "deleted", "faults"]
    assert diff["base"] is None
    assert KNOWLEDGE in diff["added"]  # type: ignore[operator]


def test_a_rename_a_deletion_and_an_edit_are_told_apart(taxonomy: Path) -> None:
    base = git(taxonomy, "rev-parse", "HEAD").strip()
    table, replies = (p.parent for p in sorted(taxonomy.rglob("compositional_skills/**/qna.yaml")))
    (taxonomy / "knowledge" / "cars").mkdir()
    git(taxonomy, "mv", KNOWLEDGE, "knowledge/cars/dmc12")
    git(taxonomy, "rm", "-rq", str(table))
    (replies / "qna.yaml").write_text((replies / "qna.yaml").read_text() + "# a comment\n")
    git(taxonomy, "commit", "-qam", "changes")
    diff = changed(labflow("diff", "--taxonomy", str(taxonomy), "--base", base, "--head", "HEAD", "--json"))
    assert diff["renamed"] == [{"from": KNOWLEDGE, "to": "knowledge/cars/dmc12"}]
    assert diff["deleted"] == [table.relative_to(taxonomy).as_posix()]
    assert diff["modified"] == [replies.relative_to(taxonomy).as_posix()]
    assert diff["added"] == []


def test_uncommitted_and_untracked_work_counts_when_asked(taxonomy: Path) -> None:
    new = taxonomy / "knowledge" / "new leaf"
    new.mkdir()
    (new / "qna.yaml").write_text("version: 3\n")
    arguments = ("diff", "--taxonomy", str(taxonomy), "--base", "HEAD", "--json")
    assert changed(labflow(*arguments))["added"] == []
    assert "no leaf node changed; --worktree looks at uncommitted work too" in labflow(*arguments[:-1]).stdout
    result = labflow(*arguments, "--worktree")
    assert changed(result)["added"] == ["knowledge/new leaf"]
    assert result.exit_code == 1
    assert git(taxonomy, "status", "--porcelain") == '?? "knowledge/new leaf/"\n'


@pytest.fixture
def faulty(taxonomy: Path) -> Path:
    qna = taxonomy / KNOWLEDGE / "qna.yaml"
    qna.write_text(qna.read_text().replace("created_by:", "creatd_by:"))
    return taxonomy


def test_faults_are_compiler_lines_and_exit_1(faulty: Path) -> None:
    result = labflow("check", "--taxonomy", str(faulty))
    assert result.exit_code == 1
    assert f"{KNOWLEDGE}/qna.yaml:3:1: error:" in result.stdout
    assert "created_by" in result.stdout


def test_faults_for_programs_and_for_github(faulty: Path) -> None:
    faults = json.loads(labflow("check", "--taxonomy", str(faulty), "--json").stdout)
    assert set(faults[0]) == {"path", "line", "column", "rule", "severity", "message"}
    annotations = labflow("check", "--taxonomy", str(faulty), "--format", "github").stdout
    assert annotations.startswith(f"::error file={KNOWLEDGE}/qna.yaml,line=")


def test_one_file_is_checked_by_its_path(faulty: Path) -> None:
    good = next(faulty.rglob("compositional_skills/**/qna.yaml"))
    assert labflow("check", str(good)).exit_code == 0
    assert labflow("check", str(faulty / KNOWLEDGE)).exit_code == 1


def test_a_rule_can_be_turned_off_and_an_unknown_one_is_named(taxonomy: Path) -> None:
    (taxonomy / KNOWLEDGE / "attribution.txt").unlink()
    assert "attribution-missing" in labflow("check", "--taxonomy", str(taxonomy)).stdout
    off = labflow("check", "--taxonomy", str(taxonomy), "--set", "taxonomy.rules={attribution-missing: off}")
    assert "attribution-missing" not in off.stdout
    assert off.exit_code == 0
    unknown = labflow("check", "--taxonomy", str(taxonomy), "--set", "taxonomy.rules={attribution-mising: off}")
    assert unknown.exit_code == 2
    assert "attribution-missing" in unknown.stderr


def test_the_estimate_asks_no_model(taxonomy: Path) -> None:
    result = labflow("diff", "--taxonomy", str(taxonomy), "--estimate", "--json")
    assert result.exit_code == 0
    estimate = changed(result)["estimate"]
    assert estimate["leaf_nodes"] == 3  # type: ignore[index]
    assert estimate["chunks"] > 0  # type: ignore[index]
    assert estimate["teacher_requests"] == 0  # type: ignore[index]


def test_no_estimate_is_made_of_faults_and_says_so(faulty: Path) -> None:
    git(faulty, "commit", "-qam", "faults")
    result = labflow("diff", "--taxonomy", str(faulty), "--estimate", "--json")
    assert result.exit_code == 1
    assert "estimate" not in changed(result)
    assert "no estimate" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["--base", ""], ["--head", ""], ["--base", "HEAD", "--empty-base"], ["--head", "HEAD", "--worktree"]]
)
def test_contradicting_and_empty_options_are_bad_usage(taxonomy: Path, arguments: list[str]) -> None:
    result = labflow("diff", "--taxonomy", str(taxonomy), *arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [["--base", "nowhere"], ["--head", "--upload-pack=x"], ["--taxonomy", "/nowhere"], ["--base", "a\nb"]]
)
def test_what_cannot_be_read_is_one_line(taxonomy: Path, arguments: list[str]) -> None:
    result = labflow("diff", "--taxonomy", str(taxonomy), *arguments)
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith("labflow: ")
    assert len(result.stderr.splitlines()) == 1
