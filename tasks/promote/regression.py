"""Did the student forget? The rules no_regression, benchmarks and safety, and the warning about leaf nodes too small to tell.

Part of ``promote``. Leaf nodes that did not change are tested one by one, since a mean over all hides one that is lost: an exact
paired test for each over its facts and human questions, corrected for how many there are (``paired_tests.py``). All of them
together are tested too, for each suite. A loss counts where it is more than chance **and** beyond ``regression_margin``: of
thousands of questions, chance no longer explains a loss that does not matter.

Benchmarks beside the exam: the loss must not exceed the benchmark's margin, and must lie clear of zero with its whole 95 %
interval. Safety questions are stricter: any loss beyond ``safety_margin`` counts, whether chance or not.

Example: ``worse on what did not change: knowledge/birds: questions 0.90 -> 0.45 (1 gained, 19 lost; 42 questions)``

Not covered: a loss in leaf nodes with too few questions; the warning names them.
"""

from collections.abc import Iterable, Mapping, Sequence

from schemas.benchmarks import BenchmarkScore
from schemas.student_contracts import EvaluationReport, Reason, Score
from schemas.student_settings import GateSettings
from tasks.promote.exam_units import EXAM_SUITES, Unit, by_leaf, by_suite, differences, mean_scores
from tasks.promote.paired_tests import paired_test, significant
from tasks.promote.power import POWER, questions_needed
from tasks.promote.wording import clean, count, describe_units, name_some


def judge_regression(kept: Sequence[Unit], gate: GateSettings) -> list[Reason]:
    """Whether something was lost that did not change, and what could not be told."""
    if not kept:
        return [Reason(rule="no_regression", passed=True, message="nothing unchanged to regress on")]
    leaves, suites = by_leaf(kept), by_suite(kept)
    lost = [f"{clean(leaf)}: {describe_units(leaves[leaf])}" for leaf in _lost_leaves(leaves, gate)]
    lost += [describe_units(units) for units in suites.values() if _is_lost(units, gate)]
    if lost:
        message = f"worse on what did not change: {'; '.join(lost[:4])}{'; ...' if len(lost) > 4 else ''}"
        reason = Reason(rule="no_regression", passed=False, message=message)
    else:
        told = "; ".join(describe_units(units) for units in suites.values())
        tested = f"; {count(len(leaves), 'leaf node')} tested one by one"
        reason = Reason(rule="no_regression", passed=True, message=f"no worse on what did not change: {told}{tested}")
    return [reason, *warn_of_small_leaves(leaves, gate)]


def warn_of_small_leaves(leaves: Mapping[str, Sequence[Unit]], gate: GateSettings) -> list[Reason]:
    """A warning that names the leaf nodes in which half of the answers could be lost unseen."""
    needed = questions_needed(len(leaves), gate.significance)
    small = [leaf for leaf, units in leaves.items() if len(units) < needed]
    if not small:
        return []
    have = f"{len(small)} of {len(leaves)} unchanged leaf nodes have" if len(leaves) > 1 else "the unchanged leaf node has"
    message = (
        f"{have} fewer than {needed} facts and human questions in the exam: a loss of half the answers there would be seen in "
        f"less than {100 * POWER:.0f} % of cases. Add seed examples or facts: {name_some(small)}"
    )
    return [Reason(rule="power", passed=True, severity="warning", message=message)]


def judge_benchmarks(report: EvaluationReport, gate: GateSettings) -> list[Reason]:
    """Whether a benchmark beside the exam was lost; nothing where none was asked."""
    gated = [score for score in report.benchmarks if score.gated and score.questions]
    other = [score for score in gated if score.kind != "safety"]
    lost = [_describe(score) for score in other if score.delta < -score.margin and score.high < 0]
    groups = [score for score in report.scores if score.suite not in EXAM_SUITES and score.group == "all" and score.questions]
    told = [f"{clean(score.name)} {score.delta:+.2f}" for score in other]
    safety: list[BenchmarkScore | Score] = [score for score in gated if score.kind == "safety"]
    for score in groups:
        if score.suite == "safety":
            safety.append(score)
            continue
        told.append(f"{clean(score.suite)} {score.delta:+.2f}")
        if score.delta < -gate.regression_margin and score.high < 0:
            lost.append(_describe(score))
    return [*_benchmark_reason(told, lost), *_safety_reason(safety, gate)]


def _benchmark_reason(told: Sequence[str], lost: Sequence[str]) -> list[Reason]:
    if lost:
        return [Reason(rule="benchmarks", passed=False, message=f"worse on benchmarks: {'; '.join(lost)}")]
    if told:
        return [Reason(rule="benchmarks", passed=True, message=f"no benchmark lost beyond its margin: {', '.join(told)}")]
    return []


def _safety_reason(scores: Sequence[BenchmarkScore | Score], gate: GateSettings) -> list[Reason]:
    lost = [_describe(score) for score in scores if score.delta < -gate.safety_margin - 1e-9]
    if lost:
        return [Reason(rule="safety", passed=False, message=f"less safe: {'; '.join(lost)}")]
    return [Reason(rule="safety", passed=True, message=f"no less safe: {_each(scores)}")] if scores else []


def _each(scores: Iterable[BenchmarkScore | Score]) -> str:
    return "; ".join(_describe(score) for score in scores)


def _describe(score: BenchmarkScore | Score) -> str:
    name = clean(score.name if isinstance(score, BenchmarkScore) else score.suite)
    sure = f"95 % {score.low:+.2f} to {score.high:+.2f}, {count(score.questions, 'question')}"
    return f"{name} {score.base:.2f} -> {score.student:.2f} ({score.delta:+.2f}, {sure})"


def _lost_leaves(leaves: Mapping[str, Sequence[Unit]], gate: GateSettings) -> list[str]:
    tests = {leaf: paired_test(differences(units)) for leaf, units in leaves.items()}
    found = significant({leaf: (test.p_loss, test.least_p) for leaf, test in tests.items()}, gate.significance)
    return [leaf for leaf in found if _drop(leaves[leaf]) > gate.regression_margin]


def _is_lost(units: Sequence[Unit], gate: GateSettings) -> bool:
    return _drop(units) > gate.regression_margin and paired_test(differences(units)).p_loss <= gate.significance


def _drop(units: Sequence[Unit]) -> float:
    base, student = mean_scores(units)
    return base - student
