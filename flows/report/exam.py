"""Every exam question with what was expected and what base and student answered, by leaf node.

Human questions are all kept. Reserved wordings grow with the samples (a few for each fact), so at most ``MOST_RESERVED`` of them
are shown, chosen by digest; right and wrong are counted over all.

Example::

    LeafExam("knowledge/vehicles/delorean_dmc12", human=[Asked("How much does a brake overhaul cost?", ...)], reserved=[...])

Not covered: an answer's other metrics; they stand in the answers file.
"""

from dataclasses import dataclass, field, replace

from flows.report.digest_order import SmallestDigests
from flows.report.wording import clip
from schemas.records import ExamAnswer
from schemas.student_contracts import EvaluationReport
from tasks.dataset_files.jsonl import read_dataset

MOST_RESERVED = 3000
MOST_PRINTED = 20
"""Reserved wordings on paper; on the screen all that are shown can be opened."""
RIGHT = 1 - 1e-9
"""A score from which an answer counts as right: all of it."""


@dataclass(frozen=True)
class Asked:
    """One question with its answers, shortened for a reader."""

    question: str
    context: str
    expected: str
    base: str
    student: str
    base_right: bool
    student_right: bool
    changed: bool
    unknowable: bool
    """Whether the document cannot tell."""
    printed: bool = True
    """Whether it stands on paper, too."""


@dataclass
class Tally:
    """How many were asked, and how many base and student had right."""

    asked: int = 0
    base: int = 0
    student: int = 0

    def add(self, base_right: bool, student_right: bool) -> None:
        self.asked += 1
        self.base += base_right
        self.student += student_right


@dataclass
class LeafExam:
    """The exam of one leaf node."""

    leaf_node: str
    human: list[Asked] = field(default_factory=list)
    reserved: list[Asked] = field(default_factory=list)
    human_tally: Tally = field(default_factory=Tally)
    reserved_tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class ExamPart:
    """The whole exam."""

    metric: str
    leaves: list[LeafExam]
    human: Tally
    reserved: Tally
    reserved_shown: int
    reserved_printed: int
    unknowable: Tally
    """Human questions whose answer the document does not hold."""
    knowable: Tally
    """Human questions whose answer it holds."""


def read_exam(report: EvaluationReport, metric: str, most_reserved: int = MOST_RESERVED) -> ExamPart:
    """All answers, graded by the metric that the gate judges by.

    Args:
        report: what ``evaluate`` returned.
        metric: name of the metric; an answer is right when it reaches 1.
        most_reserved: most reserved wordings shown, from 1.
    """
    leaves: dict[str, LeafExam] = {}
    human, reserved, unknowable, knowable = Tally(), Tally(), Tally(), Tally()
    shown: SmallestDigests[tuple[int, str, Asked]] = SmallestDigests(most_reserved)
    for place, row in enumerate(read_dataset(report.answers, ExamAnswer)):
        asked = _grade(row, metric)
        leaf = leaves.setdefault(row.question.leaf_node, LeafExam(row.question.leaf_node))
        outcome = (asked.base_right, asked.student_right)
        if row.question.suite == "human":
            leaf.human.append(asked)
            tallies = [human, leaf.human_tally]
            if row.question.in_document is not None:
                tallies.append(knowable if row.question.in_document else unknowable)
        else:
            shown.offer(row.question.id, (place, row.question.leaf_node, asked))
            tallies = [reserved, leaf.reserved_tally]
        for tally in tallies:
            tally.add(*outcome)
    printed = {place for place, _, _ in shown.items()[:MOST_PRINTED]}
    chosen = sorted(shown.items(), key=lambda item: item[0])
    for place, leaf_node, asked in chosen:
        leaves[leaf_node].reserved.append(replace(asked, printed=place in printed))
    return ExamPart(
        metric=metric,
        leaves=[leaves[path] for path in sorted(leaves, key=lambda path: (not path.startswith("knowledge/"), path))],
        human=human,
        reserved=reserved,
        reserved_shown=len(chosen),
        reserved_printed=len(printed),
        unknowable=unknowable,
        knowable=knowable,
    )


def metric_of(report: EvaluationReport) -> str:
    """The metric that the page grades by where the settings are not at hand: ``match``, or what there is."""
    metrics = sorted({score.metric for score in report.scores})
    return "match" if "match" in metrics or not metrics else metrics[0]


def _grade(row: ExamAnswer, metric: str) -> Asked:
    question = row.question
    return Asked(
        question=clip(question.question),
        context=clip(question.context, 400) if question.kind != "knowledge" else "",  # knowledge is asked without its passage
        expected=clip(question.reference, 300),
        base=clip(row.base_answer, 80),
        student=clip(row.student_answer, 300),
        base_right=row.base_scores.get(metric, 0.0) >= RIGHT,
        student_right=row.student_scores.get(metric, 0.0) >= RIGHT,
        changed=row.changed,
        unknowable=question.in_document is False,
    )
