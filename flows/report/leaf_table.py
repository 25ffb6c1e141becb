"""One line for each leaf node of the curriculum: what it holds, what was made of it, how its exam went.

Example: ``LeafRow("knowledge/vehicles/delorean_dmc12", "knowledge", "added", taught=12, held_out=4, generated=800, ...)``

Not covered: deleted leaf nodes; they are in the list of changes.
"""

from dataclasses import dataclass

from flows.report.exam import ExamPart, Tally
from flows.report.wording import KINDS
from schemas.records import LeafNode
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import read_dataset


@dataclass(frozen=True)
class LeafRow:
    """The counts of one leaf node; None where the stage did not run."""

    path: str
    kind: str
    change: str
    taught: int
    held_out: int
    generated: int | None
    kept: int | None
    human: Tally
    reserved: Tally
    gain_claimed: bool


def read_leaf_rows(summary: RunSummary, exam: ExamPart | None) -> list[LeafRow]:
    """All leaf nodes of the curriculum, changed ones first."""
    counts = {c.leaf_node: c for c in summary.filtered.leaf_counts} if summary.filtered else {}
    exams = {leaf.leaf_node: leaf for leaf in exam.leaves} if exam else {}
    unclaimed = set(summary.report.gain_not_claimed) if summary.report else set()
    rows = []
    for leaf in read_dataset(summary.change.leaf_nodes, LeafNode):
        made, asked = counts.get(leaf.path), exams.get(leaf.path)
        rows.append(
            LeafRow(
                path=leaf.path,
                kind=KINDS[leaf.kind],
                change=leaf.change,
                taught=leaf.taught,
                held_out=leaf.held_out,
                generated=made.generated if made else None,
                kept=made.kept if made else None,
                human=asked.human_tally if asked else Tally(),
                reserved=asked.reserved_tally if asked else Tally(),
                gain_claimed=leaf.path not in unclaimed,
            )
        )
    return sorted(rows, key=lambda row: (row.change == "unchanged", row.path))
