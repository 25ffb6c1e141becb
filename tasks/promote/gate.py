"""The gate: a student ships on evidence, or not at all.

What it asks of the evaluation, for each suite of questions (human, reserved wordings) on its own:

    enough_questions  at least one suite has ``minimum_questions`` on what changed, or there is too little to tell by
    gain              there, the student is better by ``minimum_gain`` and the 95 % interval of the gain lies above zero
    human_gain        where there are enough human questions on what changed, the student answers more of them than the base:
                      wordings by rule alone are no proof that a person is answered
    no_loss           no suite with enough questions lost on what changed
    no_regression     no suite lost more than ``regression_margin`` on what did not change

A loss counts where the whole 95 % interval lies below zero: of two students of equal skill one always answers a question more.
What changed is the score group ``claimed``: changed questions of leaf nodes that claim a gain.

A change that only deletes leaf nodes, or only touches leaf nodes that claim no gain (skills taught by their seed examples alone),
has no gain to show: it must show that nothing else was lost.

Not covered: correction for many leaf nodes, other benchmarks, safety, a person's approval.
"""

from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock

from schemas.contracts import Release, TaxonomyChange
from schemas.errors import WorkspaceError
from schemas.student_contracts import EvaluationReport, PromoteRequest, Reason, Score, Verdict
from schemas.student_settings import GateSettings
from tasks.promote.ledger import append_verdict, current_release, decision_on, read_ledger, utc_now

SUITE_NAMES = {"human": "human questions", "reserved_phrasing": "reserved wordings"}


def promote_student(request: PromoteRequest) -> Verdict:
    """Judges the report, writes the decision to the ledger, and returns it; a decision that stands there already is returned.

    Raises:
        WorkspaceError: another run promoted a release since this one began.
    """
    with FileLock(f"{request.ledger}.lock"):
        ledger = read_ledger(request.ledger)
        decided = decision_on(ledger, request.change.run_key)
        if decided is not None:
            return decided
        current = current_release(ledger)
        if current != request.parent:
            raise WorkspaceError(
                f"release {current.number if current else 'none'} became current while this run was under way. Run again: "
                "it will be compared with that one."
            )
        reasons = judge_report(request.report, request.change, request.gate)
        verdict = _verdict(request, reasons)
        append_verdict(request.ledger, verdict)
        if verdict.release:
            _point_current_at(Path(request.ledger).parent / "current", verdict.release)
    return verdict


def judge_report(report: EvaluationReport, change: TaxonomyChange, gate: GateSettings) -> tuple[Reason, ...]:
    """One reason for each rule of the gate, passed or not."""
    scores = [score for score in report.scores if score.metric == gate.metric]
    changed = [s for s in scores if s.group == "claimed" and s.questions >= gate.minimum_questions]
    few = [s for s in scores if s.group == "claimed" and s.questions < gate.minimum_questions]
    unchanged = [s for s in scores if s.group == "unchanged"]
    claiming = {*change.added, *change.modified} - set(report.gain_not_claimed)
    if not claiming:
        gain = [
            Reason(rule="gain", passed=True, message="no gain claimed: nothing was added or changed that a gain could show in")
        ]
    elif not changed:
        asked = sum(s.questions for s in few)
        gain = [
            Reason(
                rule="enough_questions",
                passed=False,
                message=f"too few questions to tell: {asked} on what changed, {gate.minimum_questions} of one kind needed. "
                "Add seed examples to the changed leaf nodes.",
            )
        ]
    else:
        gain = [_gain(changed, gate), *(_human_gain(s) for s in changed if s.suite == "human"), _no_loss(changed)]
    return (*gain, _no_regression(unchanged, gate))


def _gain(scores: list[Score], gate: GateSettings) -> Reason:
    passed = any(s.delta >= gate.minimum_gain and s.low > 0 for s in scores)
    verb = "better" if passed else "not proven better"
    return Reason(rule="gain", passed=passed, message=f"{verb} on what changed: {_describe(scores)}")


def _human_gain(score: Score) -> Reason:
    if score.delta > 0:
        return Reason(rule="human_gain", passed=True, message="more human questions answered about what changed")
    return Reason(
        rule="human_gain", passed=False, message=f"no more human questions answered about what changed: {_describe([score])}"
    )


def _no_loss(scores: list[Score]) -> Reason:
    worse = [s for s in scores if s.high < 0]
    if worse:
        return Reason(rule="no_loss", passed=False, message=f"worse on what changed: {_describe(worse)}")
    return Reason(rule="no_loss", passed=True, message="not worse on any kind of question about what changed")


def _no_regression(scores: list[Score], gate: GateSettings) -> Reason:
    if not scores:
        return Reason(rule="no_regression", passed=True, message="nothing unchanged to regress on")
    worse = [s for s in scores if s.delta < -gate.regression_margin and s.high < 0]
    if worse:
        return Reason(rule="no_regression", passed=False, message=f"worse on what did not change: {_describe(worse)}")
    return Reason(rule="no_regression", passed=True, message=f"no worse on what did not change: {_describe(scores)}")


def _describe(scores: Iterable[Score]) -> str:
    return "; ".join(
        f"{SUITE_NAMES[s.suite]} {s.base:.2f} -> {s.student:.2f} ({s.delta:+.2f}, 95 % {s.low:+.2f} to {s.high:+.2f}, "
        f"{s.questions} questions)"
        for s in scores
    )


def _verdict(request: PromoteRequest, reasons: tuple[Reason, ...]) -> Verdict:
    released, date, change = all(reason.passed for reason in reasons), utc_now(), request.change
    release = None
    if released:
        release = Release(
            number=request.parent.number + 1 if request.parent else 1,
            run_key=change.run_key,
            date=date,
            taxonomy_commit=change.head,
            leaf_nodes=change.leaf_keys,
            checkpoint=request.checkpoint,
            samples=request.samples,
            exam=request.exam,
            parent=request.parent.number if request.parent else None,
        )
    return Verdict(
        released=released,
        release=release,
        reasons=reasons,
        date=date,
        run_key=change.run_key,
        run=request.run,
        taxonomy_commit=change.head,
    )


def _point_current_at(link: Path, release: Release) -> None:
    """Replaces the symbolic link in one step, so that a server which follows it never finds nothing."""
    temporary = link.with_name(f"{link.name}.part")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(release.checkpoint.path)
    temporary.replace(link)
