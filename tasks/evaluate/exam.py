"""Which questions are asked, which of them are new, and what may be claimed.

Part of ``evaluate``, in the parent process: files of exam questions in, a list of questions to ask out, the others with a reason.

- A **reserved wording** asks for a fact that an extractive teacher found. Where the critic or the scanner later refused every
  sample of that fact, the student was never taught it: the question is not asked (``fact_not_taught``).
- A question is **changed** unless the current release was examined on the same one: same leaf node, question, context, reference.
- A leaf node whose training samples are all **seed examples as they are** was not generalised from by any teacher: scores are
  shown, a gain is not claimed.

**questions in = asked + not asked** is asserted by ``evaluate.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.contracts import DatasetFile
from schemas.records import ExamCheck, ExamQuestion, Rejected, Sample
from schemas.student_contracts import EvaluateRequest
from tasks.dataset_files.jsonl import read_dataset


@dataclass(frozen=True)
class Curriculum:
    """What the samples say about the exam."""

    facts: frozenset[str]
    """Facts that at least one sample teaches."""
    seeds_only: tuple[str, ...]
    """Leaf nodes whose samples are all seed examples as they are."""


@dataclass(frozen=True)
class Exam:
    """The questions of one evaluation."""

    asked: list[ExamQuestion]
    not_asked: list[Rejected]
    known: frozenset[tuple[str | None, ...]]
    """Contents of the questions that the current release was examined on."""

    def is_changed(self, question: ExamQuestion) -> bool:
        """Whether the current release was not examined on this question."""
        return content_of(question) not in self.known


def read_curriculum(samples: DatasetFile) -> Curriculum:
    """What the student was trained on, as far as the exam asks for it."""
    facts: set[str] = set()
    origins: dict[str, set[str]] = {}
    for sample in read_dataset(samples, Sample):
        origins.setdefault(sample.leaf_node, set()).add(sample.origin)
        if sample.provenance.fact is not None:
            facts.add(sample.provenance.fact)
    return Curriculum(frozenset(facts), tuple(sorted(leaf for leaf, kinds in origins.items() if kinds == {"seed"})))


def read_exam(request: EvaluateRequest, curriculum: Curriculum) -> Exam:
    """All questions of the request, those about untaught facts set apart.

    Raises:
        DamagedFileError: a file is not what was recorded.
    """
    asked, not_asked = [], []
    for question in _questions(request.exam):
        if question.suite == "reserved_phrasing" and question.fact is not None and question.fact not in curriculum.facts:
            not_asked.append(_not_taught(question))
        else:
            asked.append(question)
    return Exam(asked, not_asked, frozenset(content_of(question) for question in _questions(request.earlier_exam)))


def read_checks(request: EvaluateRequest) -> dict[str, ExamCheck] | None:
    """What the critic said of the exam's questions, by id; None where it was not asked."""
    if request.exam_checks is None:
        return None
    return {check.id: check for check in read_dataset(request.exam_checks, ExamCheck)}


def content_of(question: ExamQuestion) -> tuple[str | None, ...]:
    """What makes two questions the same one, whenever they were written."""
    return (question.leaf_node, question.question, question.context, question.reference)


def _questions(files: Iterable[DatasetFile]) -> Iterable[ExamQuestion]:
    for file in files:
        yield from read_dataset(file, ExamQuestion)


def _not_taught(question: ExamQuestion) -> Rejected:
    return Rejected(
        id=question.id,
        leaf_node=question.leaf_node,
        stage="evaluate",
        reason="fact_not_taught",
        detail="no sample of this fact was trained on",
        row=question.model_dump(mode="json", exclude_none=True),
    )
