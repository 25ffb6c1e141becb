"""The gate: what is released, what is refused, and what the ledger remembers of both."""

from pathlib import Path

import pytest

from schemas.contracts import Checkpoint, DatasetFile, TaxonomyChange
from schemas.errors import WorkspaceError
from schemas.student_contracts import EvaluationReport, PromoteRequest, Score
from schemas.student_settings import GateSettings
from tasks.promote.gate import judge_report, promote_student
from tasks.promote.ledger import current_release, read_ledger

NOTHING = DatasetFile(path="/nowhere/rows.jsonl", sha256="0" * 64, rows=0, record="Sample")
LEAF = "knowledge/birds/heron"


def score(group: str, base: float, student: float, questions: int = 10, suite: str = "human", width: float = 0.1) -> Score:
    delta = student - base
    return Score.model_validate(
        {
            "suite": suite,
            "group": group,
            "metric": "match",
            "questions": questions,
            "base": base,
            "student": student,
            "delta": delta,
            "low": delta - width,
            "high": delta + width,
        }
    )


def report(*scores: Score, not_claimed: tuple[str, ...] = ()) -> EvaluationReport:
    return EvaluationReport(scores=scores, answers=NOTHING, not_asked=NOTHING, gain_not_claimed=not_claimed, seconds=1)


def change(run_key: str = "a" * 16, added: tuple[str, ...] = (LEAF,), deleted: tuple[str, ...] = ()) -> TaxonomyChange:
    return TaxonomyChange(
        base=None,
        head="c" * 40,
        added=added,
        modified=(),
        renamed=(),
        deleted=deleted,
        faults=(),
        leaf_nodes=NOTHING,
        seed_examples=NOTHING,
        chunks=NOTHING,
        exam=NOTHING,
        leaf_keys={LEAF: "k"},
        run_key=run_key,
    )


def request(folder: Path, evaluation: EvaluationReport, **changes: object) -> PromoteRequest:
    checkpoint = folder / "checkpoint"
    checkpoint.mkdir(exist_ok=True)
    values = {
        "report": evaluation,
        "checkpoint": Checkpoint(path=str(checkpoint), sha256="d" * 64, parameters=1),
        "samples": NOTHING,
        "exam": (NOTHING,),
        "change": change(),
        "gate": GateSettings(),
        "parent": None,
        "ledger": str(folder / "ledger.jsonl"),
        "run": "run-1",
    }
    return PromoteRequest.model_validate({**values, **changes})


def passed(evaluation: EvaluationReport, what: TaxonomyChange | None = None) -> dict[str, bool]:
    return {reason.rule: reason.passed for reason in judge_report(evaluation, what or change(), GateSettings())}


def test_a_clear_gain_without_loss_passes_every_rule() -> None:
    assert passed(report(score("claimed", 0.0, 0.8), score("unchanged", 0.7, 0.7))) == {
        "gain": True,
        "human_gain": True,
        "no_loss": True,
        "no_regression": True,
    }


def test_a_gain_whose_interval_reaches_zero_is_not_proven() -> None:
    assert not passed(report(score("claimed", 0.0, 0.3, width=0.3)))["gain"]


def test_a_gain_on_reserved_wordings_does_not_excuse_a_loss_on_human_questions() -> None:
    rules = passed(report(score("claimed", 0.5, 0.3), score("claimed", 0.0, 0.9, suite="reserved_phrasing")))
    assert rules["gain"]
    assert not rules["no_loss"]


def test_reserved_wordings_alone_prove_nothing_where_no_human_question_is_answered() -> None:
    rules = passed(report(score("claimed", 0.0, 0.0, questions=4), score("claimed", 0.0, 1.0, suite="reserved_phrasing")))
    assert rules["gain"]
    assert not rules["human_gain"]


def test_a_loss_on_what_did_not_change_is_a_regression() -> None:
    assert not passed(report(score("claimed", 0.0, 0.8), score("unchanged", 0.8, 0.6)))["no_regression"]


def test_a_question_more_or_less_is_no_regression() -> None:
    assert passed(report(score("claimed", 0.0, 0.8), score("unchanged", 0.8, 0.72)))["no_regression"]


def test_too_few_questions_to_tell_is_a_reason_to_refuse() -> None:
    assert passed(report(score("claimed", 0.0, 1.0, questions=1))) == {"enough_questions": False, "no_regression": True}


def test_a_deletion_has_no_gain_to_show() -> None:
    assert all(passed(report(score("unchanged", 0.7, 0.7)), change(added=(), deleted=(LEAF,))).values())


def test_leaf_nodes_that_claim_no_gain_need_not_show_one() -> None:
    assert all(passed(report(score("unchanged", 0.7, 0.7), not_claimed=(LEAF,))).values())


def test_a_release_is_written_to_the_ledger_and_current_points_at_it(tmp_path: Path) -> None:
    verdict = promote_student(request(tmp_path, report(score("claimed", 0.0, 0.8))))
    assert verdict.released
    assert current_release(read_ledger(tmp_path / "ledger.jsonl")) == verdict.release
    assert (tmp_path / "current").resolve() == tmp_path / "checkpoint"


def test_a_refusal_is_remembered_and_changes_no_release(tmp_path: Path) -> None:
    first = promote_student(request(tmp_path, report(score("claimed", 0.0, 0.8))))
    refused = promote_student(
        request(tmp_path, report(score("claimed", 0.8, 0.1)), change=change("b" * 16), parent=first.release, run="run-2")
    )
    ledger = read_ledger(tmp_path / "ledger.jsonl")
    assert not refused.released
    assert [verdict.run for verdict in ledger] == ["run-1", "run-2"]
    assert current_release(ledger) == first.release


def test_the_same_run_key_is_decided_once(tmp_path: Path) -> None:
    first = promote_student(request(tmp_path, report(score("claimed", 0.0, 0.8))))
    again = promote_student(request(tmp_path, report(score("claimed", 0.8, 0.1)), parent=first.release))
    assert again == first
    assert len(read_ledger(tmp_path / "ledger.jsonl")) == 1


def test_of_two_runs_that_began_at_the_same_release_the_second_is_told(tmp_path: Path) -> None:
    promote_student(request(tmp_path, report(score("claimed", 0.0, 0.8))))
    with pytest.raises(WorkspaceError, match="release 1 became current"):
        promote_student(request(tmp_path, report(score("claimed", 0.0, 0.8)), change=change("b" * 16)))
