"""New leaf nodes and pins: every template is whole but for what a human must write, and a re-pin changes one value alone."""

import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import UsageError
from tasks.taxonomy_diff.diff import check_files
from tasks.taxonomy_diff.new_leaf import place_of, write_template
from tasks.taxonomy_diff.pinning import Pin, pin_document, repin_text
from taxonomy_sample.materialise import materialise

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def taxonomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.org")
    return materialise(tmp_path / "place")


def filled(text: str) -> str:
    """What a person makes of a template."""
    lines, count = [], 0
    for line in text.splitlines():
        if '""' in line:
            count += 1
            line = line.replace('""', f'"What is thing {count}?"' if "question" in line else f'"thing {count}"')
        lines.append(line)
        if line.endswith("context: |"):
            count += 1
            lines.append(f"      Passage {count} about a thing.")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", ["knowledge", "skill", "grounded-skill"])
def test_a_template_lacks_only_what_a_human_must_write(taxonomy: Path, kind: str) -> None:
    place = place_of(kind, "birds/robins")
    pin = Pin("../robins-document", COMMIT, ("robins.md",)) if kind == "knowledge" else None
    text = write_template(kind, place, "ada", pin)
    file = taxonomy / place / "qna.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    _, faults = check_files([str(file)], {}, str(taxonomy))
    errors = [fault.message for fault in faults if fault.severity == "error"]
    assert errors
    assert all("empty" in message or " equal to " in message for message in errors)
    file.write_text(filled(text))
    _, faults = check_files([str(file)], {}, str(taxonomy))
    assert [fault.message for fault in faults if fault.severity == "error"] == []


@settings(deadline=None)
@given(name=st.text(min_size=1, max_size=40), repo=st.text(max_size=40))
def test_names_of_all_kinds_survive_the_template(name: str, repo: str) -> None:
    text = write_template("knowledge", "knowledge/a/b", name, Pin(repo, COMMIT, ("x: y.md",)))
    values = yaml.safe_load(text)
    assert values["created_by"] == name
    assert values["document"] == {"repo": repo, "commit": COMMIT, "patterns": ["x: y.md"]}


@pytest.mark.parametrize(
    ("kind", "path", "place"),
    [
        ("knowledge", "birds/robins", "knowledge/birds/robins"),
        ("knowledge", "knowledge/birds/robins/", "knowledge/birds/robins"),
        ("knowledge", "./knowledge/birds/robins/qna.yaml", "knowledge/birds/robins"),
        ("skill", "foundational_skills/maths/sums", "foundational_skills/maths/sums"),
        ("grounded-skill", "tables/prices", "compositional_skills/tables/prices"),
    ],
)
def test_a_place_is_under_the_top_of_its_kind(kind: str, path: str, place: str) -> None:
    assert place_of(kind, path) == place


@pytest.mark.parametrize("path", ["../x/y", "/etc/birds/x", "birds", "", "birds/.hidden", "a/b c/d", "knowledge/../../x", "é/x"])
def test_a_path_out_of_the_taxonomy_or_that_would_not_travel_is_refused(path: str) -> None:
    with pytest.raises(UsageError):
        place_of("knowledge", path)


def test_another_kinds_top_is_named() -> None:
    with pytest.raises(UsageError, match="belongs under compositional_skills or foundational_skills"):
        place_of("skill", "knowledge/birds/robins")


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_a_repin_changes_the_commit_and_nothing_else(quote: str) -> None:
    text = write_template("knowledge", "knowledge/a/b", "ada", Pin("../r", "a" * 40, ("x.md",)))
    text = text.replace("a" * 40, f"{quote}{'a' * 40}{quote}  # of spring").replace("domain:", "# commit: none\ndomain:")
    changed = repin_text(text, COMMIT)
    assert changed == text.replace("a" * 40, COMMIT)
    assert yaml.safe_load(changed)["document"]["commit"] == COMMIT


def test_an_empty_commit_can_be_pinned() -> None:
    text = write_template("knowledge", "knowledge/a/b", "ada")
    assert yaml.safe_load(repin_text(text, COMMIT))["document"]["commit"] == COMMIT


@pytest.mark.parametrize("text", ["", "seed_examples: []\n", "document: {repo: x, commit: y}\n", "document:\n  repo: x\n",
                                  "document:\n  commit: a\n  commit: b\n"])  # fmt: skip
def test_what_cannot_be_repinned_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="document"):
        repin_text(text, COMMIT)


def test_a_document_in_no_repository_gets_one_beside_the_taxonomy(taxonomy: Path) -> None:
    document = taxonomy.parent / "robins.md"
    document.write_text("# Robins\n\nRobins weigh 18 g.\n")
    pin = pin_document(document, taxonomy, "robins")
    assert (pin.repo, pin.patterns) == ("../robins-document", ("robins.md",))
    shown = subprocess.run(
        ["git", "-C", str(taxonomy.parent / "robins-document"), "show", f"{pin.commit}:robins.md"], capture_output=True, text=True
    )
    assert shown.stdout == document.read_text()
    with pytest.raises(UsageError, match="is there already"):
        pin_document(document, taxonomy, "robins")


def test_a_document_in_a_repository_beside_the_taxonomy_is_pinned_where_it_is(taxonomy: Path) -> None:
    manual = next((taxonomy.parent / "delorean_manual").glob("*.md"))
    pin = pin_document(manual, taxonomy, "cars")
    assert (pin.repo, pin.patterns) == ("../delorean_manual", (manual.name,))
    manual.write_text(manual.read_text() + "\nMore.\n")
    with pytest.raises(UsageError, match="is not committed"):
        pin_document(manual, taxonomy, "cars")


def test_a_document_that_is_not_there_or_of_no_kind_is_named(taxonomy: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no document"):
        pin_document(tmp_path / "none.md", taxonomy, "x")
    (tmp_path / "a.exe").write_bytes(b"MZ")
    with pytest.raises(UsageError, match="is not a kind of document"):
        pin_document(tmp_path / "a.exe", taxonomy, "x")


def test_a_failure_leaves_no_half_repository(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = taxonomy.parent / "robins.md"
    document.write_text("x")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "")
    with pytest.raises(Exception, match="git commit"):
        pin_document(document, taxonomy, "robins")
    assert not (taxonomy.parent / "robins-document").exists()
