"""Answers of examined models, judges and guardians: kept while an evaluation or a scan in use asked for them, then removed."""

import json
from pathlib import Path

import pytest

from flows.commands.data.prune import find_unused, remove_unused
from schemas.contracts import Release
from schemas.student_contracts import Verdict
from tasks.evaluate.asked_shards import note_shards, read_shards
from tasks.promote.ledger import append_line

EXAM, JUDGE = ("e" * 32, "f" * 32), ("a" * 32, "b" * 32)


def release_examined_in(root: Path, name: str) -> None:
    """A ledger whose release names an evaluation's folder as its exam's."""
    file = {"path": f"{root}/stages/evaluate/{name}/answers.jsonl", "sha256": "0", "rows": 1, "record": "ExamAnswer"}
    release = Release.model_validate(
        {"number": 1, "run_key": "k", "date": "2026-01-05T06:00:00Z", "taxonomy_commit": "c", "leaf_nodes": {}, "samples": file,
         "checkpoint": {"path": f"{root}/releases/release-1", "sha256": "0", "parameters": 1}, "exam": [file]}
    )  # fmt: skip
    verdict = {"released": True, "release": release, "reasons": [], "date": release.date, "run_key": "k", "run": "r"}
    append_line(root / "ledger.jsonl", Verdict.model_validate({**verdict, "taxonomy_commit": "c"}))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for role, names in (("exam", EXAM), ("judge", JUDGE), ("guardian", ("guardian",))):
        folder = tmp_path / "cache" / "answers" / role
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.jsonl").write_text("{}\n")
    release_examined_in(tmp_path, "used")
    return tmp_path


def evaluation(root: Path, name: str, **report: object) -> Path:
    folder = root / "stages" / "evaluate" / name
    folder.mkdir(parents=True)
    if report:
        (folder / "result.json").write_text(json.dumps(report))
    return folder


def removed_answers(root: Path) -> set[str]:
    return {"/".join(Path(item.path).parts[-2:]) for item in find_unused(root) if item.kind == "answers"}


def test_files_that_a_used_evaluation_names_stay_and_the_others_go(workspace: Path) -> None:
    folder = evaluation(workspace, "used", engine="vllm", judge={})
    note_shards(folder, exam=EXAM[:1], models=("/w/stages/train/x/student",))
    note_shards(folder, judge=JUDGE[:1])
    note_shards(evaluation(workspace, "old", engine="vllm", judge={}), exam=EXAM[1:], judge=JUDGE[1:])
    assert removed_answers(workspace) == {f"exam/{EXAM[1]}.jsonl", f"judge/{JUDGE[1]}.jsonl", "guardian/guardian.jsonl"}
    remove_unused(find_unused(workspace))
    assert removed_answers(workspace) == set()
    assert (workspace / "cache" / "answers" / "exam" / f"{EXAM[0]}.jsonl").is_file()


def test_an_evaluation_of_an_earlier_version_keeps_what_it_may_have_used(workspace: Path) -> None:
    evaluation(workspace, "used", engine="transformers", judge={})
    assert removed_answers(workspace) == {*(f"exam/{name}.jsonl" for name in EXAM), "guardian/guardian.jsonl"}
    (workspace / "stages" / "evaluate" / "used" / "result.json").unlink()  # it was killed
    assert removed_answers(workspace) == {"guardian/guardian.jsonl"}


@pytest.mark.parametrize(("result", "stays"), [({"guardian": {"judged": 3}}, True), ({"guardian": None}, False), (None, True)])
def test_a_guardians_answers_stay_while_a_scan_asked_one_or_may_have(workspace: Path, result: object, stays: bool) -> None:
    folder = workspace / "stages" / "safety_scan" / "s1"
    folder.mkdir(parents=True)
    if result is not None:
        (folder / "result.json").write_text(json.dumps(result))
    assert ("guardian/guardian.jsonl" in removed_answers(workspace)) is not stays


@pytest.mark.parametrize("content", ["", "{", '{"exam": 3}'])
def test_a_note_that_cannot_be_read_says_nothing(content: str, tmp_path: Path) -> None:
    assert read_shards(tmp_path) is None
    (tmp_path / "asked.json").write_text(content)
    assert read_shards(tmp_path) is None
