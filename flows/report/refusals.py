"""What each stage refused: how many, why, and a few examples. Rejected files are read streaming, once.

In the DAG: reads the ``Rejected`` files that every stage leaves beside what it let through. One row::

    {"id": "9c1f...", "leaf_node": "knowledge/x", "stage": "critic_filter", "reason": "unsupported_number", "row": {...}}

Not covered: the rows that a redaction only altered; they went on.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flows.report.digest_order import SmallestDigests
from flows.report.wording import clip, reason_words
from schemas.contracts import DatasetFile, LeafCounts
from schemas.records import Rejected
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import read_dataset

EXAMPLES_PER_REASON = 2
REASONS_WITH_EXAMPLES = 3
WELCOME = frozenset({"contamination.exam_question"})
"""Reasons that say that a guard did its work, not that something is wrong with the samples."""
MOST_REASONS = 100
"""Reasons counted by name; a code beyond them counts as 'other'. Codes are the stages' own and few."""


@dataclass(frozen=True)
class Example:
    """One refused row: the fields that a reader knows it by."""

    leaf_node: str
    detail: str
    fields: list[tuple[str, str]]


@dataclass(frozen=True)
class RefusedFor:
    """A reason, how often it was given, and examples of it."""

    reason: str
    count: int
    examples: list[Example] = field(default_factory=list)
    is_welcome: bool = False
    """Whether this is no loss: the exam stays unseen."""


@dataclass(frozen=True)
class StageRefusals:
    """What one stage refused."""

    key: str
    title: str
    total: int
    reasons: list[RefusedFor]

    @property
    def shown(self) -> list[RefusedFor]:
        """The reasons that come with examples."""
        return [reason for reason in self.reasons if reason.examples]

    @property
    def welcome(self) -> int:
        """How many were kept out for a reason that is no loss."""
        return sum(reason.count for reason in self.reasons if reason.is_welcome)

    @property
    def unwelcome(self) -> list[RefusedFor]:
        """The other reasons."""
        return [reason for reason in self.reasons if not reason.is_welcome]

    @property
    def shown_rows(self) -> int:
        """How many refused rows are shown."""
        return sum(len(reason.examples) for reason in self.reasons)


def read_refusals(summary: RunSummary) -> dict[str, StageRefusals]:
    """What each stage refused, by stage, in the order of the DAG; stages that did not run are left out."""
    return {key: _tally(key, title, file) for key, title, file in _rejected_files(summary)}


def emptied_leaves(summary: RunSummary) -> list[LeafCounts]:
    """The leaf nodes of whose samples the critic kept none, with its examples."""
    return [counts for counts in summary.filtered.leaf_counts if counts.examples] if summary.filtered else []


def _rejected_files(summary: RunSummary) -> Iterator[tuple[str, str, DatasetFile]]:
    if summary.sources:
        yield "sources", "Scan of the sources", summary.sources.refused
    if summary.generated:
        yield "teacher", "Teacher", summary.generated.rejected
    if summary.filtered:
        yield "critic", "Critic", summary.filtered.rejected
    if summary.scanned:
        yield "scan", "Scan of the samples", summary.scanned.refused
    if summary.trained:
        yield "train", "Training", summary.trained.over_long
    if summary.report:
        yield "exam", "Exam", summary.report.not_asked


def _tally(key: str, title: str, file: DatasetFile) -> StageRefusals:
    counts: Counter[str] = Counter()
    chosen: dict[str, SmallestDigests[Rejected]] = {}
    for row in read_dataset(file, Rejected):
        reason = row.reason if row.reason in counts or len(counts) < MOST_REASONS else "other"
        counts[reason] += 1
        chosen.setdefault(reason, SmallestDigests(EXAMPLES_PER_REASON)).offer(f"{row.leaf_node} {row.id}", row)
    ordered = sorted(counts.items(), key=lambda item: (item[0] in WELCOME, -item[1], item[0]))
    reasons = [
        RefusedFor(
            reason=reason_words(reason),
            count=number,
            is_welcome=reason in WELCOME,
            examples=[_example(row) for row in chosen[reason].items()] if place < REASONS_WITH_EXAMPLES else [],
        )
        for place, (reason, number) in enumerate(ordered)
    ]
    return StageRefusals(key=key, title=title, total=counts.total(), reasons=reasons)


def _example(row: Rejected) -> Example:
    named = (
        ("Question", "question"),
        ("Context", "context"),
        ("Answer", "answer"),
        ("Expected", "reference"),
        ("Statement", "statement"),
        ("Passage", "text"),
        ("Description", "description"),
    )
    fields = [(label, clip(_text_of(row.row[name]), 240)) for label, name in named if row.row.get(name) is not None]
    if not fields:  # a kind of row that is not known here
        fields = [(clip(name, 20), clip(_text_of(value), 240)) for name, value in list(row.row.items())[:4]]
    return Example(leaf_node=row.leaf_node, detail=clip(row.detail, 240), fields=fields)


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
