"""labflow taxonomy new and pin, as a contributor uses them."""

import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from flows.cli import app
from taxonomy_sample.materialise import materialise


@pytest.fixture
def taxonomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.org")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return materialise(tmp_path / "place")


def labflow(taxonomy: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["taxonomy", *arguments, "--taxonomy", str(taxonomy)])


def test_a_new_leaf_says_what_is_still_missing(taxonomy: Path) -> None:
    document = taxonomy.parent / "robins.md"
    document.write_text("# Robins\n")
    result = labflow(taxonomy, "new", "knowledge", "birds/robins", "--document", str(document), "--created-by", "ada")
    assert result.exit_code == 0, result.stderr
    file = taxonomy / "knowledge/birds/robins/qna.yaml"
    assert result.stdout.strip() == str(file)
    assert "still missing, " in result.stderr
    assert "domain" in result.stderr
    assert yaml.safe_load(file.read_text())["created_by"] == "ada"
    again = labflow(taxonomy, "new", "knowledge", "birds/robins")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_a_skill_takes_no_document(taxonomy: Path) -> None:
    result = labflow(taxonomy, "new", "skill", "writing/haiku", "--document", "x.md")
    assert result.exit_code == 2
    assert not (taxonomy / "compositional_skills/writing/haiku").exists()


def test_an_edited_document_is_pinned_again(taxonomy: Path) -> None:
    leaf = "knowledge/vehicles/delorean_dmc12"
    file = taxonomy / leaf / "qna.yaml"
    before = file.read_text()
    result = labflow(taxonomy, "pin", leaf)
    assert "already" in result.stderr
    assert file.read_text() == before
    manual = next((taxonomy.parent / "delorean_manual").glob("*.md"))
    manual.write_text(manual.read_text() + "\nThe horn is loud.\n")
    refused = labflow(taxonomy, "pin", leaf)
    assert (refused.exit_code, "is not committed" in refused.stderr) == (2, True)
    assert labflow(taxonomy, "pin", leaf, "--commit", "-m", "Add the horn").exit_code == 0
    head = subprocess.run(["git", "-C", str(manual.parent), "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    assert yaml.safe_load(file.read_text())["document"]["commit"] == head
    changed = [(old, new) for old, new in zip(before.splitlines(), file.read_text().splitlines(), strict=True) if old != new]
    assert len(changed) == 1


@pytest.mark.parametrize("leaf", ["knowledge/none", "../delorean_manual", "compositional_skills/writing/short_replies"])
def test_what_cannot_be_pinned_is_one_line(taxonomy: Path, leaf: str) -> None:
    result = labflow(taxonomy, "pin", leaf)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
