"""What became of each leaf node's samples: one line from the teacher's drafts to what a student is trained on.

    LeafLine("knowledge/birds", not_written={"not_answerable": 2}, generated=40, kept=33, rejected={"unfaithful": 7},
             quarantined=0, dropped=3, duplicates=2, samples=30)

For each line: generated = kept + rejected, and kept = samples + quarantined + dropped.

Not covered: the rows of the sources that the first scan refused; the list of refused rows shows them.
"""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from flows.commands.data.runs import StoredRun
from schemas.contracts import LeafCounts, ScanLeafCounts
from schemas.errors import UsageError
from schemas.records import Rejected
from tasks.dataset_files.jsonl import read_dataset


@dataclass(frozen=True)
class LeafLine:
    """One leaf node's counts; None where its stage did not run, or did not count by leaf node."""

    leaf_node: str
    not_written: dict[str, int] = field(default_factory=dict)
    """What the teacher itself refused, by reason."""
    generated: int | None = None
    kept: int | None = None
    rejected: dict[str, int] = field(default_factory=dict)
    """What the critic refused, by reason."""
    quarantined: int | None = None
    dropped: int | None = None
    duplicates: int | None = None
    """Of the dropped ones."""
    samples: int | None = None

    @property
    def blocked(self) -> int | None:
        """What the scan of the samples held back."""
        return None if self.quarantined is None or self.dropped is None else self.quarantined + self.dropped

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "blocked": self.blocked}


def count_leaves(run: StoredRun, leaf: str | None = None) -> list[LeafLine]:
    """A line for each leaf node of the curriculum, also for those without one sample, in order of their paths.

    Args:
        leaf: A leaf node or a directory of them; None: all.

    Raises:
        UsageError: there is no such leaf node in the run.
    """
    not_written: dict[str, Counter[str]] = defaultdict(Counter)
    for row in read_dataset(run.generated.rejected, Rejected) if run.generated else ():
        not_written[row.leaf_node][row.reason] += 1
    judged = {count.leaf_node: count for count in run.filtered.leaf_counts} if run.filtered else {}
    scanned = {count.leaf_node: count for count in run.scanned.leaf_counts} if run.scanned else {}
    paths = sorted({*run.change.leaf_keys, *not_written, *judged, *scanned})
    chosen = [path for path in paths if is_inside(path, leaf)]
    if not chosen:
        raise UsageError(f"run {run.name} has no leaf node {leaf!r}. It has: {', '.join(paths[:5])}{', ...' * (len(paths) > 5)}.")
    uncounted = run.scanned is None or (not scanned and run.samples().rows > 0)
    return [_line(path, not_written[path], judged.get(path), scanned.get(path), run, uncounted) for path in chosen]


def is_inside(path: str, leaf: str | None) -> bool:
    """Whether a leaf node's path is ``leaf`` or lies below it; None is everywhere."""
    return leaf is None or path == leaf or path.startswith(f"{leaf}/")


def _line(
    path: str,
    not_written: Counter[str],
    judged: LeafCounts | None,
    scanned: ScanLeafCounts | None,
    run: StoredRun,
    uncounted: bool,
) -> LeafLine:
    scan = scanned or ScanLeafCounts(leaf_node=path)  # nothing of it reached the scan
    return LeafLine(
        leaf_node=path,
        not_written=dict(not_written.most_common()),
        generated=judged.generated if judged else 0 if run.filtered else None,
        kept=judged.kept if judged else 0 if run.filtered else None,
        rejected=judged.rejected if judged else {},
        quarantined=None if uncounted else scan.quarantined,
        dropped=None if uncounted else scan.dropped,
        duplicates=None if uncounted else scan.duplicates,
        samples=None if uncounted else scan.allowed + scan.redacted,
    )
