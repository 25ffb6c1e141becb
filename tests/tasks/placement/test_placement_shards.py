"""Shards on a real process pool and a real dask cluster of two workers: the bytes of one process, also when a worker dies."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.contracts import DatasetFile, Request, Shard, StageFolders, ignore_progress
from schemas.errors import PlacementError, UsageError
from schemas.records import Record
from schemas.settings import PlacementSettings, ShardedPlacement, ShardSettings, StagePlacement
from tasks.dataset_files.jsonl import open_dataset, read_dataset
from tasks.dataset_files.shards import Sharding, Work, map_shards, write_result
from tasks.placement.shards import share_out
from tasks.placement.site import Site
from tests.tasks.placement.shard_requests import STAGES, answer_of, request_of, without_paths


def settings(task_runner: str, **more: Any) -> ShardSettings:
    return ShardSettings.model_validate({"task_runner": task_runner, "shards": 4, "least_rows": 3, "workers": 2, **more})


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize("task_runner", ["processes", "dask"])
def test_a_cluster_of_two_gives_the_bytes_of_this_process(task_runner: str, tmp_path: Path) -> None:
    from prefect import flow, get_client

    from tasks.critic_filter.task import critic_filter
    from tasks.safety_scan.task import safety_scan
    from tasks.teacher_generate.task import teacher_generate

    tasks = {"safety_scan": safety_scan, "critic_filter": critic_filter, "teacher_generate": teacher_generate}

    @flow
    def parent(site: Site) -> None:
        for stage, task in tasks.items():
            found = without_paths(task(request_of(stage, tmp_path / stage), site))
            assert found == answer_of(stage, tmp_path / "here" / stage, None)

    parent(Site(storage=str(tmp_path / "there"), placement=ShardedPlacement(sharding=settings(task_runner))))
    assert not list((tmp_path / "there").rglob("shards"))
    with get_client(sync_client=True) as client:
        shards = [run for run in client.read_task_runs() if run.name.startswith("shard-")]
    assert len(shards) >= 3 * 3 + 4  # the scan has two files that are large enough


class Number(Record):
    value: int


class Brief(Record):
    marker: str


def die_once(shard: Shard) -> DatasetFile:
    """Kills its own process the first time that any process takes the second shard."""

    def rows() -> list[Number]:
        numbers = list(read_dataset(shard.rows, Number))
        (brief,) = read_dataset(shard.brief, Brief)
        if numbers[0].value == 2 and not Path(brief.marker).exists():
            Path(brief.marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return [Number(value=-number.value) for number in numbers]

    return write_result(shard, Number, rows)


def negate(request: Record, folders: StageFolders, progress: Any, sharding: Sharding) -> DatasetFile:
    """A stage of six rows in three shards."""
    lines = ((Number(value=value).model_dump_json().encode() + b"\n", 1) for value in range(6))
    work = Work(die_once, Brief(marker=f"{folders.folder}/died"), Number)
    with open_dataset(f"{folders.folder}/out.jsonl", Number) as writer:
        for _, result in map_shards(sharding, work, lines, 2, sharding.place(folders), progress):
            for row in read_dataset(result, Number):
                writer.write(row)
    return writer.file


def values(file: DatasetFile) -> list[int]:
    return [row.value for row in read_dataset(file, Number)]


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_a_dask_worker_that_is_killed_costs_its_shard_only(tmp_path: Path) -> None:
    stage = share_out(negate, settings("dask"), "negate", ("dataset_files",))
    folders = StageFolders(folder=str(tmp_path / "stages" / "negate" / "k"), cache=str(tmp_path))
    assert values(stage(Request(), folders, ignore_progress)) == [0, -1, -2, -3, -4, -5]
    assert (tmp_path / "stages" / "negate" / "k" / "died").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_a_process_of_the_pool_that_is_killed_ends_the_try_and_the_next_one_goes_on(tmp_path: Path) -> None:
    stage = share_out(negate, settings("processes"), "negate", ("dataset_files",))
    folders = StageFolders(folder=str(tmp_path / "stages" / "negate" / "k"), cache=str(tmp_path))
    with pytest.raises(PlacementError, match="the shards of negate were lost") as caught:
        stage(Request(), folders, ignore_progress)
    assert caught.value.retryable
    assert values(stage(Request(), folders, ignore_progress)) == [0, -1, -2, -3, -4, -5]


def test_without_the_extra_one_line_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prefect_dask", None)  # as if it were not installed
    stage = share_out(negate, settings("dask"), "negate", ("dataset_files",))
    with pytest.raises(UsageError, match=r"pip install 'labflow\[dask\]'"):
        stage(Request(), StageFolders(folder=str(tmp_path / "a" / "b"), cache=str(tmp_path)), ignore_progress)


def test_a_stage_is_shared_out_by_setting_only() -> None:
    placed = PlacementSettings.model_validate({"critic_filter": {"sharding": {"task_runner": "dask"}}})
    assert Site(storage="/w", placement=placed.critic_filter).sharding["sharding"].task_runner == "dask"
    assert Site(storage="/w", placement=placed.safety_scan).sharding == {}
    assert Site(storage="/w", placement=StagePlacement()).sharding == {}
    assert set(STAGES) == {name for name, place in placed if isinstance(place, ShardedPlacement)}
