"""A stage that is placed on a work pool and takes as long as a test wants: it waits for a file named ``go`` in its storage.

Every beginning and every end is a line in the storage's ``log``: what was done twice stands there twice. As a module it is the
parent: ``python -m tests.flows.placed_stage STORAGE DEPLOYMENT TIMEOUT_SECONDS`` prints how the run ended, as JSON.
"""

import json
import os
import sys
import time
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from schemas.contracts import ReportProgress, ScanRequest, ScanResult, StageFolders
from schemas.errors import LabflowError
from schemas.records import Rejected
from schemas.settings import ScanSettings, StagePlacement
from tasks.dataset_files.jsonl import write_dataset
from tasks.placement.place import can_help, place
from tasks.placement.site import Site
from tasks.placement.stage import run_stage

ROOMS = ("dataset_files",)
LONGEST_SECONDS = 120


def wait_for_go(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
    """The work."""
    storage = Path(folders.folder).parents[2]
    write_line(storage, "began")
    end = time.monotonic() + LONGEST_SECONDS
    while not (storage / "go").exists() and time.monotonic() < end:
        time.sleep(0.05)
    refused = write_dataset(f"{folders.folder}/refused.jsonl", Rejected, [])
    write_line(storage, "ended")
    return ScanResult(clean=(), refused=refused, allowed=0, redacted=0, quarantined=0, dropped=0, counts_by_rule={})


def write_line(storage: Path, what: str) -> None:
    with (storage / "log").open("a") as log:
        log.write(f"{what} {os.getpid()}\n")


@flow(name="placed_stage")
def placed_stage(request: ScanRequest, storage: str, source: str = "") -> ScanResult:
    """What the worker runs."""
    return run_stage("placed_stage", request, storage, ScanResult, wait_for_go, ROOMS, source)


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=0, retry_condition_fn=can_help)
def placed(request: ScanRequest, site: Site) -> ScanResult:
    """What the parent calls."""
    return place(placed_stage, "placed_stage", request, site, ScanResult, ROOMS)


@flow(name="parent")
def parent(
    storage: str, deployment: str, timeout_seconds: float = 60, shared: str | None = None, share: float = 0.5
) -> ScanResult:
    """The parent: one stage, placed. Another share is another piece of work."""
    placement = StagePlacement(
        deployment=deployment,
        job_variables={"stream_output": False},
        queue_timeout_seconds=240,
        timeout_seconds=timeout_seconds,
    )
    return placed(
        ScanRequest(rows=(), policy=ScanSettings(blocked_share_limit=share)),
        Site(storage=storage, placement=placement, shared=shared),
    )


def main() -> None:
    storage, deployment, timeout_seconds = sys.argv[1:4]
    try:
        parent(storage, deployment, float(timeout_seconds), *sys.argv[4:])
    except LabflowError as error:
        print(json.dumps({"error": type(error).__name__, "message": str(error)}))
    else:
        print(json.dumps({"error": "", "message": ""}))


if __name__ == "__main__":
    main()
