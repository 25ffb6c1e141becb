"""A release is a directory of its own: the examined weights, and a card with the scores that released them."""

from pathlib import Path

import pytest
from promote_rows import answers, checkpoint, report, request

from schemas.benchmarks import BenchmarkScore
from schemas.contracts import Checkpoint, Release
from schemas.errors import DamagedFileError
from schemas.student_contracts import PromoteRequest, Score
from tasks.promote.gate import promote_student
from tasks.promote.ledger import read_ledger
from tasks.promote.released_student import place_release
from tasks.student_model.checkpoint_files import digest_directory, require_intact
from tasks.student_model.model_card import CardFacts, read_card_facts, write_model_card

GOLDEN = Path(__file__).with_name("released_card.md")
FACTS = CardFacts(
    base="granite-2b",
    base_sha256="b" * 64,
    license="apache-2.0",
    parameters=2_000_000_000,
    method="full",
    samples=40,
    samples_sha256="5" * 64,
    steps=12,
    tokens=900,
    settings_sha256="e" * 64,
    taxonomy_commit="c" * 40,
)


def score(suite: str, group: str, metric: str = "match", questions: int = 8) -> Score:
    return Score(
        suite=suite, group=group, metric=metric, questions=questions, base=0.25, student=0.75, delta=0.5, low=0.3, high=0.7
    )


def benchmark(name: str, metric: str, gated: bool) -> BenchmarkScore:
    ends = {"base_low": 0.4, "base_high": 0.6, "student_low": 0.5, "student_high": 0.7, "low": -0.1, "high": 0.3}
    numbers = {"questions": 100, "failed": 0, "base": 0.5, "student": 0.6, "delta": 0.1, "margin": 0.05, **ends}
    return BenchmarkScore.model_validate({"name": name, "kind": "questions", "metric": metric, "gated": gated, **numbers})


def examined(folder: Path) -> Checkpoint:
    """A checkpoint with the card that training wrote."""
    place = Path(checkpoint(folder / "student").path)
    write_model_card(place, FACTS)
    return Checkpoint(path=str(place), sha256=digest_directory(place), parameters=2_000_000_000)


def asked(folder: Path, **fields: object) -> PromoteRequest:
    scores = (
        score("human", "all"),
        score("human", "claimed", questions=0),
        score("human", "all", "exact_match"),
        score("human", "knowledge/birds/heron"),
        score("reserved_phrasing", "claimed"),
    )
    benchmarks = (benchmark("own_knowledge", "letters", False), benchmark("own_knowledge", "cloze", True))
    evaluation = report(
        folder, answers("gggggggg"), scores=scores, benchmarks=(*benchmarks, benchmark("user:faq", "match", False))
    )
    return request(folder, evaluation, **{"checkpoint": examined(folder), **fields})


def release_of(wanted: PromoteRequest) -> Release:
    verdict = promote_student(wanted)
    assert verdict.release is not None
    return verdict.release


def test_the_released_card_says_what_the_student_scored(tmp_path: Path) -> None:
    release = release_of(asked(tmp_path))
    card = (Path(release.checkpoint.path) / "README.md").read_text("utf-8")
    assert card.replace(release.date[:10], "2026-01-05") == GOLDEN.read_text("utf-8")
    facts = read_card_facts(Path(release.checkpoint.path))
    assert facts is not None
    assert (facts.release, len(facts.scores)) == (1, 4)


def test_the_digest_of_a_release_is_over_card_and_weights_and_the_examined_student_stays_as_it_was(tmp_path: Path) -> None:
    wanted = asked(tmp_path)
    released = release_of(wanted).checkpoint
    require_intact(wanted.checkpoint)
    require_intact(released)
    assert released.sha256 != wanted.checkpoint.sha256
    weights = [Path(each.path) / "model.safetensors" for each in (released, wanted.checkpoint)]
    assert weights[0].samefile(weights[1])  # no space is spent on them
    (Path(released.path) / "README.md").write_text("scores of my own")
    with pytest.raises(DamagedFileError, match="not the one that was recorded"):
        require_intact(released)


def test_what_a_kill_before_the_ledgers_line_has_left_is_made_anew(tmp_path: Path) -> None:
    for name in ("release-1", "release-1.part"):
        (tmp_path / "releases" / name).mkdir(parents=True)
        (tmp_path / "releases" / name / "left.txt").write_text("of a run that was killed")
    release = release_of(asked(tmp_path))
    assert {file.name for file in Path(release.checkpoint.path).iterdir()} == {"README.md", "card.json", "model.safetensors"}
    assert [place.name for place in (tmp_path / "releases").iterdir()] == ["release-1"]


def test_the_same_decision_again_writes_nothing(tmp_path: Path) -> None:
    wanted = asked(tmp_path)
    release = release_of(wanted)
    before = {file: file.stat().st_mtime_ns for file in Path(release.checkpoint.path).iterdir()}
    assert release_of(wanted) == release
    assert {file: file.stat().st_mtime_ns for file in Path(release.checkpoint.path).iterdir()} == before


def test_a_student_that_was_changed_after_its_examination_is_not_released(tmp_path: Path) -> None:
    wanted = asked(tmp_path)
    (Path(wanted.checkpoint.path) / "model.safetensors").write_text("other weights")
    with pytest.raises(DamagedFileError):
        promote_student(wanted)
    assert read_ledger(wanted.ledger) == []
    assert not (tmp_path / "releases").exists()


def test_a_refused_student_gets_no_directory(tmp_path: Path) -> None:
    evaluation = report(tmp_path, answers("llllllll"))
    assert promote_student(request(tmp_path, evaluation)).release is None
    assert not (tmp_path / "releases").exists()


def test_a_checkpoint_with_a_card_of_somebody_elses_keeps_it(tmp_path: Path) -> None:
    place = Path(checkpoint(tmp_path / "theirs").path)
    (place / "README.md").write_text("# Theirs")
    theirs = Checkpoint(path=str(place), sha256=digest_directory(place), parameters=1)
    released = place_release(asked(tmp_path, checkpoint=theirs), 1, "2026-01-05T06:00:00Z")
    assert (Path(released.path) / "README.md").read_text() == "# Theirs"
    assert released.sha256 == theirs.sha256
