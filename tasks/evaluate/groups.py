"""Exam answers -> scores: which questions are averaged together.

Part of ``evaluate``. Each suite (human questions, wordings reserved from the extractive teacher) is scored for itself: a reserved
wording of a taught fact is easier than a person's question, and mixing them would flatter the student. Within a suite, a question
counts in several groups::

    all                 every question
    changed, unchanged  whether the current release was examined on the same question
    claimed             changed, of a leaf node that claims a gain: what the gate looks for a gain in
    knowledge, skills   by the leaf node's kind
    a leaf node's path  for example knowledge/vehicles/delorean_dmc12

Groups without a question do not appear.
"""

from collections.abc import Collection, Iterator, Sequence
from statistics import fmean
from typing import Literal

from schemas.records import ExamAnswer
from schemas.student_contracts import Score
from schemas.student_settings import EvaluateSettings
from tasks.evaluate.intervals import bootstrap_interval
from tasks.evaluate.rouge import ROUGE_L
from tasks.evaluate.scoring import METRICS

Suite = Literal["human", "reserved_phrasing"]
SUITES: tuple[Suite, ...] = ("human", "reserved_phrasing")


def score_groups(answers: Sequence[ExamAnswer], not_claimed: Collection[str], settings: EvaluateSettings) -> Iterator[Score]:
    """The scores of base and student for each suite, group and metric that has questions.

    Args:
        not_claimed: Paths of the leaf nodes that claim no gain.
    """
    for suite in SUITES:
        members: dict[str, list[ExamAnswer]] = {}
        for answer in answers:
            if answer.question.suite == suite:
                for group in groups_of(answer, not_claimed):
                    members.setdefault(group, []).append(answer)
        for group in sorted(members, key=_order):
            for metric in metrics_of(members[group]):
                yield score_group(suite, group, metric, members[group], settings)


def metrics_of(answers: Sequence[ExamAnswer]) -> list[str]:
    """The metrics that at least one answer of each model has, in the order in which they are shown."""
    present = {metric for answer in answers for metric in answer.base_scores.keys() & answer.student_scores.keys()}
    return [metric for metric in (*METRICS, ROUGE_L, "judge") if metric in present]


def groups_of(answer: ExamAnswer, not_claimed: Collection[str]) -> tuple[str, ...]:
    """The groups that a question counts in."""
    question = answer.question
    claimed = answer.changed and question.leaf_node not in not_claimed
    return (
        *(("claimed",) if claimed else ()),
        "all",
        "changed" if answer.changed else "unchanged",
        "knowledge" if question.kind == "knowledge" else "skills",
        question.leaf_node,
    )


def score_group(suite: Suite, group: str, metric: str, answers: Sequence[ExamAnswer], settings: EvaluateSettings) -> Score:
    """Mean scores of one group with their intervals and that of their difference. A failed judgement is in no mean."""
    scored = [answer for answer in answers if metric in answer.base_scores and metric in answer.student_scores]
    base = [answer.base_scores[metric] for answer in scored]
    student = [answer.student_scores[metric] for answer in scored]
    differences = [after - before for before, after in zip(base, student, strict=True)]
    facts = [answer.question.fact or answer.question.id for answer in scored]
    low, high = bootstrap_interval(differences, settings.bootstrap, settings.seed, facts)
    base_low, base_high = bootstrap_interval(base, settings.bootstrap, settings.seed, facts)
    student_low, student_high = bootstrap_interval(student, settings.bootstrap, settings.seed, facts)
    return Score(
        suite=suite,
        group=group,
        metric=metric,
        questions=len(scored),
        base=round(fmean(base), 6),
        student=round(fmean(student), 6),
        delta=round(fmean(differences), 6),
        low=round(low, 6),
        high=round(high, 6),
        base_low=round(base_low, 6),
        base_high=round(base_high, 6),
        student_low=round(student_low, 6),
        student_high=round(student_high, 6),
        failed=len(answers) - len(scored),
    )


def _order(group: str) -> tuple[int, str]:
    fixed = ("all", "changed", "claimed", "unchanged", "knowledge", "skills")
    return (fixed.index(group), "") if group in fixed else (len(fixed), group)
