"""A deployment on a work pool, with a real server and a real worker, gives the same result as this process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.contracts import Filtered, FilterRequest
from schemas.errors import PlacementError
from schemas.records import Chunk, Sample, SeedExample
from schemas.settings import CriticSettings, StagePlacement
from tasks.dataset_files.jsonl import is_intact, write_dataset
from tasks.placement.site import Site


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
    environment["LABFLOW_SCRATCH"] = str(tmp_path / "scratch")
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

    site = Site(
        storage=str(tmp_path / "home"),
        shared=f"file://{tmp_path}/bucket",
        placement=StagePlacement(deployment=worker, queue_timeout_seconds=120),
    )
    through_a_url = parent(site)
    assert through_a_url.kept.sha256 == here.kept.sha256
    assert is_intact(through_a_url.kept) and "://" not in through_a_url.kept.path


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
        runs = [run for run in client.read_flow_runs() if "stage:critic_filter" in run.tags]
    assert runs
    assert all(run.state and run.state.is_final() for run in runs)


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
