"""The scans that a person may look into: the two of a run, or the one that stopped it.

    looked_into(root, "latest")   ->  Scans("20260105T060000Z-3f2a91c0", (sources, samples))
    looked_into(root, "stopped")  ->  Scans("stopped", (samples,)): more was blocked than the settings allow, so there is no run

Not covered: which rows of a scan wait for a person (``quarantine_rows``).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.commands.data.runs import find_run
from schemas.contracts import DatasetFile, ScanResult
from schemas.errors import UsageError
from tasks.safety_scan.stopped_scan import latest_stopped

if TYPE_CHECKING:
    from flows.commands.data.runs import StoredRun

STOPPED = "stopped"


@dataclass(frozen=True)
class LookedAt:
    """One scan.

    Args:
        of: What was scanned: sources or samples.
        given: The files that were scanned.
        refused: What did not pass, masked.
        policy_sha256: Under which policy.
        released: How many rows passed because a person had released them.
    """

    of: str
    given: tuple[DatasetFile, ...]
    refused: DatasetFile
    policy_sha256: str
    released: int = 0


@dataclass(frozen=True)
class Scans:
    """The scans of a run, and what the run is called."""

    name: str
    scans: tuple[LookedAt, ...]
    message: str = ""


def looked_into(root: Path, wanted: str) -> Scans:
    """The scans that a person means.

    Args:
        wanted: The beginning of a run's name, ``latest``, or ``stopped``: the scan that last stopped a run.

    Raises:
        UsageError: there is none, or more than one run is meant.
        DamagedFileError: what is there cannot be read.
    """
    if wanted != STOPPED:
        return _of_run(find_run(root, wanted))
    found = latest_stopped(root / "stages")
    if found is None:
        raise UsageError(f"no run in {root} was stopped by its safety scan. Name a run, or leave out --run.")
    _, stopped = found
    of = "samples" if any(file.record == "Sample" for file in stopped.given) else "sources"
    return Scans(STOPPED, (LookedAt(of, stopped.given, stopped.refused, stopped.policy_sha256),), stopped.message.strip())


def _of_run(run: "StoredRun") -> Scans:
    change = run.change
    given = {"sources": (change.leaf_nodes, change.seed_examples, change.chunks), "samples": ()}
    if run.filtered:
        given["samples"] = (run.filtered.kept,)
    found: list[tuple[str, ScanResult | None]] = [("sources", run.sources), ("samples", run.scanned)]
    scans = (LookedAt(of, given[of], scan.refused, scan.policy_sha256, scan.released) for of, scan in found if scan)
    return Scans(run.name, tuple(scans))
