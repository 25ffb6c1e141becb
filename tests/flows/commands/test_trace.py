"""labflow trace: which samples a release was taught that are nearest to a question."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_workspace import COMMITS, LEAF, WORDINGS, Place, two_releases
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.commands.release.history import find_release
from flows.nearest_samples import nearest_samples, trace_question
from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError, UsageError
from schemas.records import Provenance, Sample
from tasks.dataset_files.jsonl import write_dataset


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return two_releases(tmp_path_factory.mktemp("trace") / "workspace")


def labflow(place: Place, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["trace", *arguments, "--workspace", str(place.root)])


def samples_file(folder: Path, *pairs: tuple[str, str]) -> DatasetFile:
    origin = Provenance(taxonomy_commit="c" * 40, leaf_key="k", teacher="seed")
    rows = [
        Sample(id=str(n), leaf_node=LEAF, kind="knowledge", question=q, answer=a, origin="seed", provenance=origin)
        for n, (q, a) in enumerate(pairs)
    ]
    return write_dataset(str(folder / "samples.jsonl"), Sample, rows)


def test_the_sample_that_taught_it_comes_first_with_its_source(place: Place) -> None:
    result = labflow(place, "what would replacing the clutch cost me?", "--json", "-n", "2")
    told = json.loads(result.stdout)
    first, second = told["samples"]
    assert (told["release"], first["sample"]["answer"], first["wordings"]) == (2, "$1,500", len(WORDINGS))
    assert (first["taxonomy_commit"], first["teacher"], first["leaf_node"]) == (COMMITS[2], "extractive", LEAF)
    assert first["passage"]["answer"] == "$1,500"
    assert first["passage"]["before"].endswith("A clutch replacement costs ")
    assert first["end"] - first["start"] == len("$1,500")
    assert first["document"]["path"] == "delorean.md"
    assert first["critique"]["scores"] == {"support": 1.0}
    assert second["similarity"] < first["similarity"] <= 1


def test_a_release_is_asked_for_what_it_was_taught_itself(place: Place) -> None:
    result = labflow(place, WORDINGS[0], "--release", "1")
    assert result.exit_code == 0
    assert "$1,400" in result.stdout
    assert "$1,500" not in result.stdout
    assert "delorean.md at dddddddddd" in result.stdout
    assert f"taxonomy at 1111111111; the nearest of {len(WORDINGS)} wordings of this fact" in result.stdout


def test_a_typing_error_finds_its_sample(place: Place) -> None:
    (near,) = trace_question(find_release(place.root, "current"), "winshild kost", 1)
    assert near.sample.answer == "$950"


def test_rare_words_count_more_than_common_ones(tmp_path: Path) -> None:
    common = [(f"What does a part cost in shop {n}?", str(n)) for n in range(30)]
    file = samples_file(tmp_path, *common, ("Who sells a flux capacitor?", "Doc"))
    assert nearest_samples(file, "What does a flux capacitor cost?", 1)[0].sample.answer == "Doc"


def test_a_moved_workspace_finds_its_samples_in_the_runs_folder(place: Place, tmp_path: Path) -> None:
    shutil.copytree(place.root, tmp_path / "moved", symlinks=True)
    ledger = tmp_path / "moved" / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace(str(place.root), "/gone"))
    (near,) = trace_question(find_release(tmp_path / "moved", "current"), WORDINGS[0], 1)
    assert near.sample.answer == "$1,500"


def test_samples_are_found_without_their_run_but_have_no_passage(place: Place, tmp_path: Path) -> None:
    shutil.copytree(place.root, tmp_path / "copy", symlinks=True)
    shutil.rmtree(tmp_path / "copy" / "runs")
    (near,) = trace_question(find_release(tmp_path / "copy", "current"), WORDINGS[0], 1)
    assert near.sample.answer == "$1,500"
    assert near.passage is None


@pytest.fixture(scope="module")
def some_file(tmp_path_factory: pytest.TempPathFactory) -> DatasetFile:
    pairs = [("Who built it?", "Ida"), ("Wie groß ist das Boot?", "9 m"), ("何ですか", "船"), ("?", "!")]
    return samples_file(tmp_path_factory.mktemp("some"), *pairs)


@given(question=st.text(max_size=60))
def test_any_question_is_answered_or_refused(some_file: DatasetFile, question: str) -> None:
    try:
        found = nearest_samples(some_file, question, 3)
    except UsageError:
        assert not question.strip()
        return
    assert len(found) <= 3
    assert all(0 <= near.similarity <= 1 for near in found)
    assert [near.similarity for near in found] == sorted((near.similarity for near in found), reverse=True)


def test_a_damaged_or_absent_file_is_named(tmp_path: Path) -> None:
    file = samples_file(tmp_path, ("Who built it?", "Ida"))
    for content, told in ((b'{"question": 1}\n', "is not a sample"), (b"{", "is not a sample"), (b"", "is not what the release")):
        Path(file.path).write_bytes(content)
        with pytest.raises(DamagedFileError, match=told):
            nearest_samples(file, "Who?", 1)
    Path(file.path).unlink()
    with pytest.raises(DamagedFileError, match="is gone"):
        nearest_samples(file, "Who?", 1)


def test_questions_and_releases_that_are_not_there_are_bad_usage(place: Place) -> None:
    for arguments, told in (([" "], "there is no question"), (["Who?", "--release", "9"], "there is no release '9'")):
        result = labflow(place, *arguments)
        assert result.exit_code == 2
        assert told in result.stderr
    help_text = CliRunner().invoke(app, ["trace", "--help"])
    assert "labflow trace" in help_text.stdout.split("Examples")[1]
