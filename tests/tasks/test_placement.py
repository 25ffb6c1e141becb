"""Placement: finished stages are read, not run again; a deployment on a work pool gives the same result as this process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.contracts import (
    DatasetFile,
    Filtered,
    FilterRequest,
    Progress,
    ReportProgress,
    ScanRequest,
    ScanResult,
    StageFolders,
)
from schemas.errors import LabflowError, PlacementError
from schemas.records import Chunk, Rejected, Sample, SeedExample
from schemas.settings import CriticSettings, ScanSettings, StagePlacement
from tasks.dataset_files.jsonl import write_dataset
from tasks.placement import Site, run_stage, stage_folder

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


def filter_request(folder: Path) -> FilterRequest:
    return FilterRequest(
        samples=write_dataset(f"{folder}/samples.jsonl", Sample, []),
        chunks=write_dataset(f"{folder}/chunks.jsonl", Chunk, []),
        seed_examples=write_dataset(f"{folder}/seeds.jsonl", SeedExample, []),
        critic=CriticSettings(),
    )


@pytest.fixture
def worker(prefect_server: None, tmp_path: Path) -> Iterator[str]:
    """A process work pool with one worker, and the critic's stage flow deployed to it; the deployment's name."""
    from prefect.deployments.runner import EntrypointType
    from prefect.settings import PREFECT_API_URL

    from tasks.critic_filter.task import critic_filter_stage

    environment = {**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value(), "PREFECT_WORKER_QUERY_SECONDS": "1"}
    prefect = [sys.executable, "-m", "prefect"]
    subprocess.run([*prefect, "work-pool", "create", "critic-pool", "--type", "process"], env=environment, check=True)
    deployment = critic_filter_stage.to_deployment(
        "pool", work_pool_name="critic-pool", entrypoint_type=EntrypointType.MODULE_PATH
    )
    deployment.apply()
    process = subprocess.Popen([*prefect, "worker", "start", "--pool", "critic-pool"], env=environment)
    yield "critic_filter/pool"
    process.terminate()
    process.wait(timeout=60)


@pytest.mark.slow
def test_a_stage_on_a_work_pool_gives_the_result_of_this_process(worker: str, tmp_path: Path) -> None:
    from prefect import flow

    from tasks.critic_filter.task import critic_filter

    @flow
    def parent(site: Site) -> Filtered:
        return critic_filter(filter_request(tmp_path), site)

    here = parent(Site(storage=str(tmp_path / "here")))
    there = parent(Site(storage=str(tmp_path / "there"), placement=StagePlacement(deployment=worker, queue_timeout_seconds=120)))
    assert there.kept.sha256 == here.kept.sha256
    assert there.kept.path.startswith(str(tmp_path / "there"))


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_a_pool_without_a_worker_is_one_clear_error(tmp_path: Path) -> None:
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.deployments.runner import EntrypointType

    from tasks.critic_filter.task import critic_filter, critic_filter_stage

    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="nobody", type="process"))
    critic_filter_stage.to_deployment("alone", work_pool_name="nobody", entrypoint_type=EntrypointType.MODULE_PATH).apply()

    @flow
    def parent(site: Site) -> Filtered:
        return critic_filter.with_options(retries=0)(filter_request(tmp_path), site)

    placement = StagePlacement(deployment="critic_filter/alone", queue_timeout_seconds=3)
    with pytest.raises(PlacementError, match="no worker took critic_filter/alone within 3 s"):
        parent(Site(storage=str(tmp_path), placement=placement))
    with get_client(sync_client=True) as client:
        assert all(
            (run.state and run.state.is_final()) or run.state.is_cancelling()
            for run in client.read_flow_runs()
            if "stage:critic_filter" in run.tags
        )


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_a_deployment_that_does_not_exist_is_named(tmp_path: Path) -> None:
    from prefect import flow

    from tasks.critic_filter.task import critic_filter

    @flow
    def parent(site: Site) -> Filtered:
        return critic_filter.with_options(retries=0)(filter_request(tmp_path), site)

    with pytest.raises(PlacementError, match="no deployment 'critic_filter/none'"):
        parent(Site(storage=str(tmp_path), placement=StagePlacement(deployment="critic_filter/none")))
