"""What counts as forgetting: leaf by leaf, together, on benchmarks, on safety; and the warning where it could not be seen."""

from pathlib import Path

import pytest
from promote_rows import LEAF, OTHER, answers, change, report

from schemas.benchmarks import BenchmarkScore
from schemas.records import ExamAnswer
from schemas.student_contracts import Reason, Score
from schemas.student_settings import GateSettings
from tasks.promote.exam_units import read_units
from tasks.promote.power import questions_needed
from tasks.promote.regression import judge_benchmarks, judge_regression


def reasons(rows: list[ExamAnswer], **gate: object) -> dict[str, Reason]:
    units = read_units(rows, "match", change(added=()), (), {})
    return {reason.rule: reason for reason in judge_regression(units, GateSettings.model_validate(gate))}


def many_leaves(count: int, outcomes: str) -> list[ExamAnswer]:
    return [row for number in range(count) for row in answers(outcomes, f"knowledge/leaf_{number:03d}", changed=False)]


def benchmark(delta: float, kind: str = "questions", gated: bool = True, width: float = 0.02) -> BenchmarkScore:
    numbers = {"base": 0.8, "student": 0.8 + delta, "delta": delta, "low": delta - width, "high": delta + width}
    ends = {f"{side}_{end}": 0.5 for side in ("base", "student") for end in ("low", "high")}
    named = {"name": "arithmetic", "kind": kind, "metric": "match", "questions": 200, "margin": 0.05, "gated": gated}
    return BenchmarkScore.model_validate({**named, **numbers, **ends})


def score(suite: str, delta: float, width: float = 0.02) -> Score:
    ends = {"base": 0.8, "student": 0.8 + delta, "delta": delta, "low": delta - width, "high": delta + width}
    return Score.model_validate({"suite": suite, "group": "all", "metric": "match", "questions": 100, **ends})


def of_benchmarks(folder: Path, *scores: BenchmarkScore | Score) -> dict[str, bool]:
    benchmarks = tuple(s for s in scores if isinstance(s, BenchmarkScore))
    others = tuple(s for s in scores if isinstance(s, Score))
    return {r.rule: r.passed for r in judge_benchmarks(report(folder, [], benchmarks=benchmarks, scores=others), GateSettings())}


def test_one_lost_leaf_among_many_is_found_though_the_mean_hardly_moves() -> None:
    rows = many_leaves(40, "r" * 30) + answers("l" * 10 + "r" * 20, LEAF, changed=False)
    found = reasons(rows)["no_regression"]
    assert not found.passed
    assert found.message.startswith(f"worse on what did not change: {LEAF}: human questions 1.00 -> 0.67 (0 gained, 10 lost")


def test_mistakes_spread_over_all_leaves_are_found_together() -> None:
    found = reasons(many_leaves(40, "l" + "r" * 9))["no_regression"]
    assert not found.passed
    assert "knowledge/leaf" not in found.message


def test_a_few_questions_more_or_less_are_no_regression() -> None:
    assert reasons(many_leaves(40, "glrr" * 8))["no_regression"].passed
    assert reasons(answers("llllr", changed=False))["no_regression"].passed


def test_a_sure_but_small_loss_is_within_the_margin() -> None:
    rows = answers("l" * 20 + "r" * 980, changed=False)
    assert reasons(rows)["no_regression"].passed
    assert not reasons(rows, regression_margin=0.01)["no_regression"].passed


def test_leaf_nodes_that_could_lose_half_unseen_are_named() -> None:
    needed = questions_needed(2, 0.05)
    rows = answers("r" * needed, OTHER, changed=False) + answers("r" * (needed - 1), LEAF, changed=False)
    warning = reasons(rows)["power"]
    assert (warning.passed, warning.severity) == (True, "warning")
    assert f"1 of 2 unchanged leaf nodes have fewer than {needed} facts and human questions" in warning.message
    assert warning.message.endswith(LEAF)
    assert "power" not in reasons(answers("r" * needed, OTHER, changed=False) + answers("r" * needed, LEAF, changed=False))


def test_a_leaf_nodes_name_cannot_speak_to_the_terminal() -> None:
    assert "\x1b" not in reasons(answers("rrr", "knowledge/\x1b[31mred", changed=False))["power"].message


@pytest.mark.parametrize(("leaves", "needed"), [(1, 22), (5, 29), (20, 32), (100, 41)])
def test_the_stated_minimum_of_questions(leaves: int, needed: int) -> None:
    assert questions_needed(leaves, 0.05) == needed


def test_a_stricter_limit_needs_more_questions() -> None:
    assert questions_needed(20, 0.01) > questions_needed(20, 0.05)


def test_a_benchmark_lost_beyond_its_margin_refuses(tmp_path: Path) -> None:
    assert of_benchmarks(tmp_path, benchmark(-0.1)) == {"benchmarks": False}
    assert of_benchmarks(tmp_path, benchmark(-0.04)) == {"benchmarks": True}
    assert of_benchmarks(tmp_path, benchmark(-0.1, width=0.2)) == {"benchmarks": True}
    assert of_benchmarks(tmp_path, benchmark(-0.1, gated=False)) == {}


def test_safety_may_not_get_worse_at_all(tmp_path: Path) -> None:
    assert of_benchmarks(tmp_path, benchmark(-0.01, "safety")) == {"safety": False}
    assert of_benchmarks(tmp_path, benchmark(0.0, "safety")) == {"safety": True}
    assert of_benchmarks(tmp_path, score("safety", -0.01)) == {"safety": False}


def test_any_suite_besides_the_exam_is_a_benchmark(tmp_path: Path) -> None:
    assert of_benchmarks(tmp_path, score("user:poems", -0.1)) == {"benchmarks": False}
    assert of_benchmarks(tmp_path, score("multiple_choice", 0.02)) == {"benchmarks": True}
    assert of_benchmarks(tmp_path, score("human", -0.5), score("reserved_phrasing", -0.5)) == {}
