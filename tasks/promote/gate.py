"""The gate: a student ships on evidence, or not at all.

What it asks of the evaluation, in the rules' own modules:

    enough_questions  there are enough questions on what changed for a gain to be told from chance            gain.py
    gain              the student is better on what changed: an exact paired test, and ``minimum_gain``
    small_change      in its place where few facts changed: all gained, none lost
    human_gain        where there are enough human questions on what changed, more of them are answered
    no_loss           no suite lost on what changed
    no_regression     no leaf node that did not change lost answers, nor all of them together                  regression.py
    power             a warning, no rule: which leaf nodes have too few questions for a loss to be seen
    benchmarks        no benchmark beside the exam lost more than its margin
    safety            the safety questions are answered no worse

What changed are changed questions of added and modified leaf nodes that claim a gain. A change that only deletes or renames, or
only touches leaf nodes that claim no gain (skills taught by their seed examples alone), has no gain to show: it must show that
nothing else was lost.

The gate counts the kept answers themselves, whose file has a digest; scores are for people.

Not covered: a person's approval (the flow asks for it, the ledger keeps it); the same content tried again and again with other
settings until chance lets one through: each try is judged for itself, and the ledger shows them all.
"""

from collections.abc import Iterable

from filelock import FileLock

from schemas.contracts import Release, TaxonomyChange
from schemas.errors import WorkspaceError
from schemas.records import ExamAnswer
from schemas.student_contracts import EvaluationReport, PromoteRequest, Reason, Score, Verdict
from schemas.student_settings import GateSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.promote.exam_units import References, read_references, read_units
from tasks.promote.gain import judge_gain, judge_loss
from tasks.promote.ledger import (
    append_line,
    current_release,
    decision_on,
    next_number,
    point_current_at,
    read_ledger,
    utc_now,
)
from tasks.promote.regression import judge_benchmarks, judge_regression
from tasks.promote.released_student import place_release

GROUPS_KEPT = ("all", "changed", "claimed", "unchanged", "knowledge", "skills")
"""Scores that a line of the ledger keeps: a taxonomy of ten thousand leaf nodes must not make a line of megabytes."""


def promote_student(request: PromoteRequest) -> Verdict:
    """Judges the report, writes the decision to the ledger, and returns it; a decision that stands there already is returned.

    Raises:
        WorkspaceError: another release became current since this run began.
        DamagedFileError: the answers, an earlier exam, the checkpoint or the ledger are not what was recorded.
    """
    with FileLock(f"{request.ledger}.lock"):
        ledger = read_ledger(request.ledger)
        current = current_release(ledger)
        decided = decision_on(ledger, request.change.run_key)
        if decided is not None:
            if current:
                point_current_at(request.ledger, current)  # a kill between line and link leaves it behind
            return decided
        if current != request.parent:
            raise WorkspaceError(
                f"release {current.number if current else 'none'} became current while this run was under way. Run again: "
                "it will be compared with that one."
            )
        reasons = judge_report(request.report, request.change, request.gate, request.parent)
        verdict = _verdict(request, reasons, next_number(ledger))
        append_line(request.ledger, verdict)
        if verdict.release:
            point_current_at(request.ledger, verdict.release)
    return verdict


def judge_report(
    report: EvaluationReport, change: TaxonomyChange, gate: GateSettings, parent: Release | None = None
) -> tuple[Reason, ...]:
    """One reason for each rule of the gate, passed or not, and warnings.

    Args:
        parent: The release that the student was compared with: what it was examined on tells which answers were edited.

    Raises:
        DamagedFileError: the answers or an earlier exam are not what was recorded.
    """
    earlier = read_references(parent.exam) if parent else {}
    return judge_answers(read_dataset(report.answers, ExamAnswer), report, change, gate, earlier)


def judge_answers(
    answers: Iterable[ExamAnswer], report: EvaluationReport, change: TaxonomyChange, gate: GateSettings, earlier: References
) -> tuple[Reason, ...]:
    """The same for answers that are at hand."""
    units = read_units(answers, gate.metric, change, report.gain_not_claimed, earlier)
    changed = [unit for unit in units if unit.part != "kept"]
    if {*change.added, *change.modified} - set(report.gain_not_claimed):
        reasons = judge_gain([unit for unit in units if unit.part == "claimed"], changed, gate)
    else:
        message = "no gain claimed: nothing was added or changed that a gain could show in"
        reasons = [Reason(rule="gain", passed=True, message=message)]
        reasons += [judge_loss(changed, gate)] if changed else []
    kept = [unit for unit in units if unit.part == "kept"]
    return (*reasons, *judge_regression(kept, gate), *judge_benchmarks(report, gate))


def _verdict(request: PromoteRequest, reasons: tuple[Reason, ...], number: int) -> Verdict:
    released, date, change = all(reason.passed for reason in reasons), utc_now(), request.change
    parent = request.parent.number if request.parent else None
    release = None
    if released:
        release = Release(
            number=number,
            run_key=change.run_key,
            date=date,
            taxonomy_commit=change.head,
            leaf_nodes=change.leaf_keys,
            checkpoint=place_release(request, number, date),
            samples=request.samples,
            exam=request.exam,
            parent=parent,
        )
    return Verdict(
        released=released,
        release=release,
        reasons=reasons,
        date=date,
        run_key=change.run_key,
        run=request.run,
        taxonomy_commit=change.head,
        parent=parent,
        scores=tuple(_compact(request.report.scores, request.gate.metric)),
        approvals=request.approvals,
        usage=request.usage,
        cost=request.cost,
        samples_sha256=request.samples.sha256,
        exam_sha256=tuple(file.sha256 for file in request.exam),
    )


def _compact(scores: Iterable[Score], metric: str) -> Iterable[Score]:
    return (score for score in scores if score.metric == metric and score.group in GROUPS_KEPT)
