"""labflow release: what people and programs see of releases, and the way back."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from release_workspace import LEAF, NEW_LEAF, OLD_LEAF, Place, two_releases
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.commands.release.difference import compare_releases
from flows.commands.release.history import find_release
from schemas.settings import Settings, TaxonomySettings
from tasks.promote.ledger import current_release, read_ledger

COMMANDS = ["list", "show", "diff", "rollback"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return two_releases(tmp_path / "workspace")


def labflow(place: Place, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["release", *arguments, "--workspace", str(place.root)])


def json_of(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def one_line(result: Result) -> str:
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("labflow: ")]
    return line


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str) -> None:
    result = CliRunner().invoke(app, ["release", command, "--help"])
    assert result.exit_code == 0
    assert f"labflow release {command}" in result.stdout.split("Examples")[1]


def test_help_loads_no_library_that_takes_its_time() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from flows.cli import app\n"
        f"for command in {COMMANDS}: assert not CliRunner().invoke(app, ['release', command, '--help']).exit_code\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'prefect', 'torch', 'numpy', 'fsspec'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_list_marks_what_is_current(place: Place) -> None:
    releases = json_of(labflow(place, "list", "--json"))["releases"]
    assert [(line["release"], line["current"], line["parent"]) for line in releases] == [(1, False, None), (2, True, 1)]
    assert releases[1]["scores"][0]["student"] == 0.5
    shown = labflow(place, "list").stdout
    assert "current" in shown.splitlines()[2]
    assert "refused" not in shown


def test_refusals_are_listed_where_they_are_asked_for_and_cannot_colour_the_terminal(place: Place) -> None:
    shown = labflow(place, "list", "--refused").stdout
    assert "2026-01-03 06:00:00  3333333333  refused: not proven better" in shown
    assert "\x1b" not in shown
    assert len(json_of(labflow(place, "list", "--refused", "--json"))["refused"]) == 1


def test_a_release_is_shown_with_its_reasons_and_sources(place: Place) -> None:
    shown = labflow(place, "show", "1").stdout
    for told in ("release 1", "1" * 40, "the untrained base", "gate  passed  better on what changed", "human, all"):
        assert told in shown
    full = json_of(labflow(place, "show", "--json"))
    assert (full["release"], full["leaf_nodes"]) == (2, {LEAF: "c", NEW_LEAF: "d"})
    assert full["samples"]["rows"] == 5


def test_a_difference_tells_leaf_nodes_samples_scores_and_settings(place: Place) -> None:
    found = json_of(labflow(place, "diff", "1", "current", "--json"))
    assert found["leaf_nodes"] == {"added": [NEW_LEAF], "changed": [LEAF], "removed": [OLD_LEAF]}
    assert found["samples"] == [{"leaf_node": LEAF, "before": 4, "after": 5}]
    assert [(pair["before"]["student"], pair["after"]["student"]) for pair in found["scores"]] == [(0.25, 0.5)]
    assert found["settings"] == {"train.epochs": ["12.0", "20.0"]}
    shown = labflow(place, "diff", "1", "2").stdout
    for told in ("release 1 -> release 2", f"added    {NEW_LEAF}", "samples  4 -> 5 (+1)", "train.epochs  12.0 -> 20.0"):
        assert told in shown


def test_a_release_does_not_differ_from_itself(place: Place) -> None:
    same = find_release(place.root, "2")
    found = compare_releases(same, same)
    assert not (found.added or found.changed or found.removed or found.samples or found.settings or found.missing)


def test_what_cannot_be_compared_is_said(place: Place) -> None:
    shutil.rmtree(find_release(place.root, "1").run_folder)
    Path(find_release(place.root, "1").release.samples.path).unlink()
    found = json_of(labflow(place, "diff", "1", "2", "--json"))
    assert found["leaf_nodes"]["added"] == [NEW_LEAF]
    assert [told.split(":")[0] for told in found["missing"]] == ["samples of release 1", "settings of release 1"]


def test_scores_of_an_older_ledger_come_from_the_runs_manifest(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.release(1, "$1,400", {LEAF: "a"}, epochs=1, scored=False)
    release = find_release(tmp_path, "current")
    assert release.scores == ()
    score = {"suite": "human", "metric": "match", "questions": 9, "base": 0, "student": 1, "delta": 1, "low": 1, "high": 1}
    scores = [{**score, "group": group} for group in ("all", LEAF)]
    manifest = release.run_folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "report": {"scores": scores}}))
    assert [score.group for score in find_release(tmp_path, "current").scores] == ["all"]


def test_a_rollback_is_a_line_of_its_own_and_can_be_taken_back(place: Place) -> None:
    line = json_of(labflow(place, "rollback", "1", "--reason", "invents prices", "--by", "ada", "--json"))
    assert (line["rollback_to"], line["rollback_from"], line["by"]) == (1, 2, "ada")
    current = current_release(read_ledger(place.ledger))
    assert current
    assert current.number == 1
    assert (place.root / "current").resolve() == Path(current.checkpoint.path)
    shown = labflow(place, "list").stdout
    assert "rolled back from 2 to 1 by ada: invents prices" in shown
    assert json_of(labflow(place, "show", "2", "--json"))["rolled_back"]["reason"] == "invents prices"
    assert "release 2 is current again" in labflow(place, "rollback", "2", "--reason", "a mistake").stdout
    assert json_of(labflow(place, "show", "2", "--json"))["rolled_back"] is None


def test_the_next_run_starts_from_the_release_that_is_current(place: Place) -> None:
    from flows.run import begin_run

    settings = Settings(workspace=str(place.root), taxonomy=TaxonomySettings(path=str(place.root)))
    labflow(place, "rollback", "1", "--reason", "invents prices")
    run = begin_run(settings, place.workspace)
    request = run.taxonomy_request()
    assert request.release
    assert (request.release.number, request.release.taxonomy_commit) == (1, "1" * 40)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["show", "7"], 2, "there is no release '7'. Releases: 1, 2; or 'current'."),
        (["diff", "1", "x"], 2, "there is no release 'x'"),
        (["rollback", "2", "--reason", "why"], 2, "release 2 is current already"),
        (["rollback", "9", "--reason", "why"], 2, "there is no release 9. Releases: 1, 2."),
        (["rollback", "1", "--reason", " "], 2, "a rollback needs a reason"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(place: Place, arguments: list[str], code: int, told: str) -> None:
    result = labflow(place, *arguments)
    assert result.exit_code == code
    assert told in one_line(result)
    assert len(read_ledger(place.ledger)) == 3


def test_a_release_whose_student_was_changed_does_not_become_current(place: Place) -> None:
    student = Path(find_release(place.root, "1").release.checkpoint.path)
    (student / "model.safetensors").write_text("other weights")
    result = labflow(place, "rollback", "1", "--reason", "why")
    assert result.exit_code == 1
    assert "not the one that was recorded" in one_line(result)
    assert len(read_ledger(place.ledger)) == 3


def test_nothing_released_and_no_workspace_are_two_things(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "nothing was released" in one_line(labflow(Place(tmp_path / "empty"), "show"))
    assert "there is no workspace" in one_line(labflow(Place(tmp_path / "absent"), "list"))
