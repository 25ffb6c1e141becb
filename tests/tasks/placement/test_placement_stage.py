"""A stage in one process: finished ones are read, not done again; two at a time wait for each other; other code is refused."""

import threading
from pathlib import Path

import pytest

from schemas.contracts import DatasetFile, Progress, ReportProgress, ScanRequest, ScanResult, StageFolders
from schemas.errors import LabflowError, WorkspaceError
from schemas.records import Rejected
from schemas.settings import ScanSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.placement.progress import describe
from tasks.placement.stage import mark_storage, run_stage, source_of, stage_folder

ROOMS = ("dataset_files",)
REQUEST = ScanRequest(rows=(), policy=ScanSettings())


class CountingStage:
    """A stage that counts how often it is done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
        self.done += 1
        progress(Progress(done=1, total=1))
        file = write_dataset(f"{folders.folder}/refused.jsonl", Rejected, [])
        return ScanResult(clean=(), refused=file, allowed=0, redacted=0, quarantined=0, dropped=0, counts_by_rule={})


def run(stage: CountingStage, storage: Path, request: ScanRequest = REQUEST) -> ScanResult:
    return run_stage("safety_scan", request, str(storage), ScanResult, stage, ROOMS)


def test_a_finished_stage_is_not_done_again(tmp_path: Path) -> None:
    stage = CountingStage()
    assert run(stage, tmp_path) == run(stage, tmp_path)
    assert stage.done == 1


def test_another_request_is_another_stage_run(tmp_path: Path) -> None:
    stage = CountingStage()
    run(stage, tmp_path)
    run(stage, tmp_path, ScanRequest(rows=(), policy=ScanSettings(blocked_share_limit=0.1)))
    assert stage.done == 2


def test_where_files_lie_does_not_count(tmp_path: Path) -> None:
    files = (DatasetFile(path=path, sha256="a", rows=1, record="Sample") for path in ("here.jsonl", "there.jsonl"))
    here, there = (ScanRequest(rows=(file,), policy=ScanSettings()) for file in files)
    assert stage_folder("s", here, "x", ROOMS) == stage_folder("s", there, "x", ROOMS)


@pytest.mark.parametrize("damage", ["refused.jsonl", "result.json"])
def test_a_stage_whose_files_are_gone_or_torn_is_done_again(tmp_path: Path, damage: str) -> None:
    stage = CountingStage()
    run(stage, tmp_path)
    (path,) = tmp_path.rglob(damage)
    path.write_text("torn")
    run(stage, tmp_path)
    assert stage.done == 2


def test_a_stage_that_failed_leaves_no_result(tmp_path: Path) -> None:
    def fail(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
        raise LabflowError("no")

    with pytest.raises(LabflowError):
        run_stage("safety_scan", REQUEST, str(tmp_path), ScanResult, fail, ROOMS)
    assert not list(tmp_path.rglob("result.json"))


def test_two_processes_at_one_stage_do_it_once(tmp_path: Path) -> None:
    began, stage = threading.Event(), CountingStage()

    def slowly(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
        began.set()
        while waiting.is_alive() and not waiting_runs.is_set():
            waiting_runs.wait(0.01)
        return stage(request, folders, progress)

    waiting_runs = threading.Event()

    def second() -> None:
        began.wait()
        waiting_runs.set()
        run_stage("safety_scan", REQUEST, str(tmp_path), ScanResult, slowly, ROOMS)

    waiting = threading.Thread(target=second)
    waiting.start()
    run_stage("safety_scan", REQUEST, str(tmp_path), ScanResult, slowly, ROOMS)
    waiting.join()
    assert stage.done == 1


def test_a_worker_with_other_code_does_nothing(tmp_path: Path) -> None:
    stage = CountingStage()
    with pytest.raises(LabflowError, match="another version of safety_scan"):
        run_stage("safety_scan", REQUEST, str(tmp_path), ScanResult, stage, ROOMS, source="0123456789abcdef")
    mark_storage(str(tmp_path))
    run_stage("safety_scan", REQUEST, str(tmp_path), ScanResult, stage, ROOMS, source=source_of(ROOMS))
    assert stage.done == 1


@pytest.mark.parametrize("storage", ["{}/not mounted", "file://{}/not mounted"])
def test_a_worker_without_the_shared_storage_does_nothing(tmp_path: Path, storage: str) -> None:
    stage = CountingStage()
    with pytest.raises(WorkspaceError, match="is not shared with"):
        run_stage("safety_scan", REQUEST, storage.format(tmp_path), ScanResult, stage, ROOMS, source=source_of(ROOMS))
    assert stage.done == 0
    assert not list(tmp_path.iterdir())


def test_a_storage_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("a file where a directory should be")
    with pytest.raises(WorkspaceError, match="Is the storage mounted"):
        run(CountingStage(), tmp_path / "storage")


def test_progress_says_how_long_it_will_take() -> None:
    assert describe(Progress(done=420, total=840, unit="steps", note="loss 1.2"), 180) == (
        "420 of 840 steps, about 3 min left; loss 1.2"
    )
    assert describe(Progress(done=10, total=40, unit="rows"), 5) == "10 of 40 rows, about 15 s left"
    assert describe(Progress(done=7, unit="requests"), 5) == "7 requests"
