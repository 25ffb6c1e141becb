"""Shards of a stage on Prefect's task runners: a process pool of this machine, or a dask cluster.

The stage's process cuts the rows and merges the results (``tasks/dataset_files/shards.py``); here each shard is one task run of a
small flow below the stage, 2 to 50 of them, never one for each row. A worker that dies takes its shard with it, which is tried
again: by dask on another worker, and by the stage's own retry, for which finished shards stay where they are.

A cluster that is started here listens on the loopback interface with certificates of its own, and without a dashboard: whoever
reaches a dask scheduler may run code on its workers. Workers of a scheduler elsewhere need labflow's same version installed.

    tasks: safety_scan shards > shard-0 ... shard-7

Not covered: starting workers of such a scheduler, and its certificates (dask's configuration, ``DASK_DISTRIBUTED__COMM__TLS__``).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from prefect import flow, get_client, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner

from schemas.contracts import DatasetFile, Progress, ReportProgress, Request, Shard, ShardWork, StageFolders
from schemas.errors import LabflowError, PlacementError, UsageError
from schemas.records import Record
from schemas.settings import ShardSettings
from tasks.dataset_files.shards import Sharding, clear_shards
from tasks.placement.stage import Stage, source_of

R = TypeVar("R", bound=Record)


def share_out(do: Callable[..., R], settings: ShardSettings, stage: str, rooms: tuple[str, ...]) -> Stage[R]:
    """The stage's work, with its rows shared out where the settings want that; the shards go when it is done.

    Args:
        do: The pure function, which takes ``sharding``.
        rooms: The rooms whose source the work depends on: workers must have the same.
    """
    if settings.task_runner == "local":
        return do
    run = partial(_run_shards, settings, stage, rooms)
    sharding = Sharding(run, settings.shards, settings.least_rows, settings.storage)

    def do_and_clear(request: Request, folders: StageFolders, progress: ReportProgress) -> R:
        result = do(request, folders, progress, sharding=sharding)
        clear_shards(sharding.place(folders))
        return result

    return do_and_clear


@task(name="shard", task_run_name="shard-{number}", cache_policy=NO_CACHE, persist_result=False)
def do_shard(work: ShardWork, shard: Shard, number: int, rooms: tuple[str, ...], source: str) -> DatasetFile:
    """What a worker does.

    Raises:
        LabflowError: its code is not the stage's.
    """
    if source_of(rooms) != source:
        raise LabflowError(f"the worker of shard {number} has another version of labflow: install the stage's on all workers.")
    return work(shard)


def _run_shards(
    settings: ShardSettings, stage: str, rooms: tuple[str, ...], work: ShardWork, shards: list[Shard], progress: ReportProgress
) -> list[DatasetFile]:
    @flow(name=f"{stage} shards", task_runner=_task_runner(settings), persist_result=False)
    def in_shards(shards: int) -> list[DatasetFile]:
        """Its parameter is what the Prefect UI shows of it."""
        futures = [do_shard.submit(work, shard, number, rooms, source_of(rooms)) for number, shard in enumerate(to_do)]
        for done, _ in enumerate(as_completed(futures), 1):
            progress(Progress(done=done, total=shards, unit="shards"))
        return [future.result() for future in futures]

    to_do = shards
    try:
        with _server_for_workers():
            return in_shards(len(shards))
    except LabflowError:
        raise
    except Exception as error:  # a pool's or a cluster's own: a killed worker, a scheduler that is away
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PlacementError(
            f"the shards of {stage} were lost ({type(error).__name__}: {reason[:300]}): finished ones are kept. Run again."
        ) from error


def _task_runner(settings: ShardSettings) -> TaskRunner[Any]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = settings.workers or cores
    if settings.task_runner == "processes":
        return ProcessPoolTaskRunner(max_workers=workers)
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise UsageError("placement.*.sharding.task_runner=dask needs the extra: pip install 'labflow[dask]'.") from error
    if settings.scheduler is not None:
        return DaskTaskRunner(address=settings.scheduler)
    return DaskTaskRunner(
        cluster_kwargs={
            "n_workers": workers,
            "threads_per_worker": 1,
            "host": "127.0.0.1",
            "protocol": "tls://",
            "security": True,
            "dashboard_address": None,
            "worker_dashboard_address": None,
        }
    )


@contextmanager
def _server_for_workers() -> Iterator[None]:
    """Workers ask the server that this process asks; with the embedded one, each of them would start its own."""
    with get_client(sync_client=True) as client:
        address = str(client.api_url).rstrip("/")
    if PREFECT_API_URL.value() or not address.startswith("http"):
        yield
        return
    with temporary_settings({PREFECT_API_URL: address}):
        yield
