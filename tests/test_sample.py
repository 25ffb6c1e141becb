"""The sample taxonomy: true pins, answers that stand in the document, the same commits whatever the user's Git is set to."""

import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from schemas.errors import UsageError, WorkspaceError
from taxonomy_sample.materialise import materialise

KNOWLEDGE = "knowledge/vehicles/delorean_dmc12/qna.yaml"


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return materialise(tmp_path_factory.mktemp("sample"))


def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(repository), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def test_the_pinned_commit_is_the_one_that_materialising_makes(taxonomy: Path) -> None:
    pin = yaml.safe_load((taxonomy / KNOWLEDGE).read_text())["document"]
    assert pin["repo"] == "../delorean_manual"
    assert pin["commit"] == git(taxonomy.parent / "delorean_manual", "rev-parse", "HEAD")


def test_commits_do_not_depend_on_the_users_git_configuration(
    taxonomy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "gitconfig"
    hostile.write_text(
        "[user]\n name = Somebody\n email = else@example.org\n[init]\n defaultBranch = trunk\n defaultObjectFormat = sha256\n"
        "[core]\n autocrlf = true\n hooksPath = /nonexistent\n[commit]\n gpgSign = true\n cleanup = scissors\n"
        "[i18n]\n commitEncoding = latin1\n"
    )
    for name, value in {
        "GIT_CONFIG_GLOBAL": str(hostile),
        "GIT_AUTHOR_NAME": "Somebody",
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_DEFAULT_HASH": "sha256",
        "TZ": "Asia/Tokyo",
    }.items():
        monkeypatch.setenv(name, value)
    again = materialise(tmp_path / "sample")
    for name in ("GIT_DIR", "GIT_DEFAULT_HASH"):
        monkeypatch.delenv(name)
    assert git(again, "rev-parse", "HEAD") == git(taxonomy, "rev-parse", "HEAD")
    assert git(again, "symbolic-ref", "--short", "HEAD") == "main"
    assert not (tmp_path / "elsewhere").exists()


def test_both_repositories_are_clean_and_hold_every_file(taxonomy: Path) -> None:
    for repository in (taxonomy, taxonomy.parent / "delorean_manual"):
        assert git(repository, "status", "--porcelain") == ""
    tracked = set(git(taxonomy, "ls-files").splitlines())
    leaves = {path.removesuffix("qna.yaml") for path in tracked if path.endswith("qna.yaml")}
    assert len(leaves) == 3
    assert {f"{leaf}attribution.txt" for leaf in leaves} <= tracked


def test_every_answer_of_the_knowledge_leaf_stands_in_the_document_and_in_its_context(taxonomy: Path) -> None:
    document = " ".join(
        (files("taxonomy_sample") / "documents" / "delorean_dmc12.md").read_text(encoding="utf-8").split()
    ).lower()
    for example in yaml.safe_load((taxonomy / KNOWLEDGE).read_text())["seed_examples"]:
        context = " ".join(example["context"].split()).lower()
        for pair in example["questions_and_answers"]:
            answer = pair["answer"].lower()
            assert answer in context, pair
            assert answer in document, pair


def test_the_skills_have_seeds_enough_for_an_exam(taxonomy: Path) -> None:
    grounded = yaml.safe_load((taxonomy / "compositional_skills/grounded/tables/read_markdown_table/qna.yaml").read_text())
    freeform = yaml.safe_load((taxonomy / "compositional_skills/writing/short_replies/qna.yaml").read_text())
    assert len(grounded["seed_examples"]) >= 10
    assert all("context" in seed for seed in grounded["seed_examples"])
    assert len(freeform["seed_examples"]) >= 12
    assert not any("context" in seed for seed in freeform["seed_examples"])


def test_a_directory_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(UsageError, match="not an empty directory"):
        materialise(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot write the sample"):
        materialise(tmp_path / "file" / "below")
