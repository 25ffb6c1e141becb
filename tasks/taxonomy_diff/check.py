"""Validates leaf nodes: of a whole tree, of some, or of files that are not committed.

Place in the DAG: between the tree and the dataset files; also behind ``labflow taxonomy check``. A large tree is shared out
to as many processes as there are processors; each gets blobs in batches, so memory does not grow with the tree.

    check_leaves(repository, leaves, Severities()) -> {"knowledge/birds": CheckedLeaf(leaf=ParsedLeaf(...), faults=())}

Not covered: documents, which only a run fetches.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from schemas.contracts import Fault, Progress, ReportProgress, ignore_progress
from schemas.settings import Severity
from tasks.taxonomy_diff.git_repository import Blob, GitRepository
from tasks.taxonomy_diff.leaf_node import LeafSource, ParsedLeaf, parse_leaf_node
from tasks.taxonomy_diff.rules import FaultList, Severities
from tasks.taxonomy_diff.safe_yaml import MAX_BYTES
from tasks.taxonomy_diff.taxonomy_tree import LeafFile, check_leaf_file

BATCH = 250
"""Leaf nodes read and checked at once: about 3 MB of text."""
PARALLEL_FROM = 1_500
"""Fewer leaf nodes are done before another process has started."""


@dataclass(frozen=True)
class CheckedLeaf:
    """A leaf node with its faults; ``leaf`` is None if it is invalid, or if only faults were asked for."""

    leaf: ParsedLeaf | None
    faults: tuple[Fault, ...]


def check_leaves(
    repository: GitRepository,
    leaves: Iterable[LeafFile],
    severities: Severities,
    progress: ReportProgress = ignore_progress,
    processes: int | None = None,
) -> dict[str, CheckedLeaf]:
    """Each leaf node by its path, in order of paths.

    Args:
        processes: How many work at once; None: as many as there are processors, one for a small tree.
    """
    return _check_all(repository, leaves, severities, progress, processes, keep_leaves=True)


def check_faults(
    repository: GitRepository,
    leaves: Iterable[LeafFile],
    severities: Severities,
    progress: ReportProgress = ignore_progress,
    processes: int | None = None,
) -> list[Fault]:
    """The faults of all leaf nodes; ``check_leaves`` without the texts, which need not travel between processes."""
    checked = _check_all(repository, leaves, severities, progress, processes, keep_leaves=False)
    return [fault for leaf in checked.values() for fault in leaf.faults]


def _check_all(
    repository: GitRepository,
    leaves: Iterable[LeafFile],
    severities: Severities,
    progress: ReportProgress,
    processes: int | None,
    keep_leaves: bool,
) -> dict[str, CheckedLeaf]:
    ordered = sorted(leaves, key=lambda leaf: leaf.path)
    batches = [ordered[i : i + BATCH] for i in range(0, len(ordered), BATCH)]
    check = partial(check_batch, repository, changes=severities.changes, keep_leaves=keep_leaves)
    found: dict[str, CheckedLeaf] = {}
    for checked in _check_batches(check, batches, processes or _processes(len(ordered))):
        found.update(checked)
        progress(Progress(done=len(found), total=len(ordered), unit="leaf nodes", note="checking"))
    return found


def _processes(leaves: int) -> int:
    return 1 if leaves < PARALLEL_FROM else max(1, min(len(os.sched_getaffinity(0)), 8))


def _check_batches(
    check: Callable[[list[LeafFile]], dict[str, CheckedLeaf]], batches: Sequence[list[LeafFile]], processes: int
) -> Iterator[dict[str, CheckedLeaf]]:
    if processes == 1 or len(batches) < 2:
        yield from map(check, batches)
        return
    # spawn: a fork would copy the locks of a caller's threads as they happen to be
    with ProcessPoolExecutor(min(processes, len(batches)), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(check, batches)


def check_batch(
    repository: GitRepository, batch: Sequence[LeafFile], changes: Mapping[str, Severity], keep_leaves: bool
) -> dict[str, CheckedLeaf]:
    """One batch, in whichever process. Plain arguments, because they travel."""
    severities = Severities(changes)
    wanted = [i for leaf in batch for i in (leaf.object_id, leaf.attribution) if i is not None]
    blobs = repository.read_blobs(wanted, MAX_BYTES)
    found = {leaf.path: _check_leaf(leaf, blobs, severities) for leaf in batch}
    return found if keep_leaves else {path: CheckedLeaf(None, checked.faults) for path, checked in found.items()}


def _check_leaf(leaf: LeafFile, blobs: Mapping[str, Blob], severities: Severities) -> CheckedLeaf:
    faults = FaultList(leaf.file, severities)
    if not check_leaf_file(leaf, faults):
        return CheckedLeaf(None, tuple(faults.faults))
    blob = blobs[leaf.object_id]
    if blob.content is None:
        if blob.size < 0:
            message = "its content is not in this clone (a partial clone?): run 'git fetch --refetch --no-filter' there."
            faults.add("file-missing", 1, 1, message)
        else:
            message = f"found {blob.size:,} bytes; at most {MAX_BYTES:,} are read: split the leaf node."
            faults.add("file-too-large", 1, 1, message)
        return CheckedLeaf(None, tuple(faults.faults))
    attribution = blobs[leaf.attribution].content if leaf.attribution else None
    if leaf.attribution and attribution is None:
        attribution = b"(too large to be read, but not empty)"
    parsed, found = parse_leaf_node(LeafSource(leaf.file, blob.content, attribution), severities)
    return CheckedLeaf(parsed, tuple(found))
