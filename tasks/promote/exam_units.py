"""Exam answers -> units that the gate counts: what the student gained or lost, fact by fact.

Part of ``promote``. Several wordings of one fact are not several proofs: who knows the fact has all of them right. So the unit is
the fact (the mean over its wordings), and a human question is a unit of its own.

A unit is *claimed* where the question is new since the release and its leaf node claims a gain; *kept* where the release was
examined on the same question, or the leaf node's content did not change (it was renamed, or more wordings are asked than before);
and otherwise *changed* without a claim (a skill taught by its seed examples alone).

A unit is *superseded* where the release was examined on the same questions with another answer: it was taught that one.

    Unit(leaf_node="knowledge/birds", suite="reserved_phrasing", part="claimed", questions=2, base=0.0, student=1.0, ...)

Not covered: a human question and a fact that ask for the same thing count as two.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from schemas.contracts import DatasetFile, TaxonomyChange
from schemas.records import ExamAnswer, ExamQuestion
from tasks.dataset_files.jsonl import read_dataset

EXAM_SUITES = ("human", "reserved_phrasing")
"""The suites that ask for what was taught; any other is a benchmark beside the exam."""
RIGHT = 1 - 1e-9
"""A score from which an answer counts as right: all of it."""

Part = Literal["claimed", "changed", "kept"]
Asked = tuple[str, str, str | None]
"""Leaf node, question and context: the same question, whatever its answer."""
References = Mapping[Asked, Collection[str]]


@dataclass(frozen=True)
class Unit:
    """One fact, or one human question."""

    leaf_node: str
    suite: str
    part: Part
    questions: int
    base: float
    """Mean score of the base over its questions, 0 to 1."""
    student: float
    gained: bool
    """The student has every question right that the base has none of."""
    lost: bool
    """The base has a question right that the student has not."""
    superseded: bool

    @property
    def difference(self) -> float:
        return self.student - self.base


def read_units(
    answers: Iterable[ExamAnswer], metric: str, change: TaxonomyChange, not_claimed: Collection[str], earlier: References
) -> list[Unit]:
    """The units of an exam, in order of their first question.

    Args:
        metric: Name of the score; answers without it (a judge that failed) are left out.
        not_claimed: Leaf nodes that claim no gain.
        earlier: What the release was examined on, and the answers expected then.
    """
    renewed = {*change.added, *change.modified}
    grouped: dict[tuple[str, str, str, Part], list[ExamAnswer]] = defaultdict(list)
    for answer in answers:
        question = answer.question
        if question.suite not in EXAM_SUITES or metric not in answer.base_scores or metric not in answer.student_scores:
            continue
        part: Part = "kept"
        if answer.changed and question.leaf_node in renewed:
            part = "changed" if question.leaf_node in not_claimed else "claimed"
        grouped[question.suite, question.leaf_node, question.fact or question.id, part].append(answer)
    return [_unit(members, key[3], metric, earlier) for key, members in grouped.items()]


def read_references(files: Iterable[DatasetFile]) -> References:
    """The questions of earlier exams with the answers that were expected.

    Raises:
        DamagedFileError: a file is not what was recorded.
    """
    found: dict[Asked, set[str]] = defaultdict(set)
    for file in files:
        for question in read_dataset(file, ExamQuestion):
            found[_asked(question)].add(question.reference)
    return found


def by_suite(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    """The units of each suite, human questions first."""
    listed = list(units)
    return {suite: mine for suite in EXAM_SUITES if (mine := [unit for unit in listed if unit.suite == suite])}


def by_leaf(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    """The units of each leaf node, in order of paths."""
    grouped: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        grouped[unit.leaf_node].append(unit)
    return dict(sorted(grouped.items()))


def differences(units: Iterable[Unit]) -> Iterator[float]:
    """Student minus base, for each unit."""
    return (unit.difference for unit in units)


def mean_scores(units: Collection[Unit]) -> tuple[float, float]:
    """Base and student, over all questions."""
    questions = sum(unit.questions for unit in units)
    base, student = (sum(score * unit.questions for unit, score in zip(units, side, strict=True)) for side in _sides(units))
    return base / questions, student / questions


def _sides(units: Collection[Unit]) -> tuple[list[float], list[float]]:
    return [unit.base for unit in units], [unit.student for unit in units]


def _unit(members: list[ExamAnswer], part: Part, metric: str, earlier: References) -> Unit:
    pairs = [(answer.base_scores[metric], answer.student_scores[metric]) for answer in members]
    question = members[0].question
    return Unit(
        leaf_node=question.leaf_node,
        suite=question.suite,
        part=part,
        questions=len(members),
        base=fmean(base for base, _ in pairs),
        student=fmean(student for _, student in pairs),
        gained=all(student >= RIGHT > base for base, student in pairs),
        lost=any(base >= RIGHT > student for base, student in pairs),
        superseded=all(_is_superseded(answer.question, earlier) for answer in members),
    )


def _is_superseded(question: ExamQuestion, earlier: References) -> bool:
    expected = earlier.get(_asked(question), ())
    return bool(expected) and question.reference not in expected


def _asked(question: ExamQuestion) -> Asked:
    return question.leaf_node, question.question, question.context
