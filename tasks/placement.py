"""Where a stage runs: in this process, or as a deployment on a work pool.

In Prefect a work pool takes flow runs, not task runs. So a stage is three thin layers, all in its ``task.py``::

    @task  train(request, site)                 what the parent flow calls: places the stage flow
    @flow  train_stage(request, storage)        what a worker runs
           run_stage("train", ..., train_student)   finished under this key already? else do it and record the result

A stage's files lie in ``<storage>/stages/<stage>/<key>/``; the key digests the request and the source of the rooms that do the
work. ``result.json`` is written last: a folder that has it is finished, and a stage that is asked the same again reads it. So a
re-run after any crash resumes, and the parent of a placed stage reads the result from the shared storage.

Not covered: sharding one stage over several workers.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import fsspec
from prefect import Flow, State, Task, get_client
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, StateType, TaskRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling, raise_state_exception
from pydantic import ValidationError

from schemas.contracts import Progress, ReportProgress, Request, StageFolders
from schemas.errors import LabflowError, PlacementError
from schemas.records import Record, digest_of
from schemas.settings import StagePlacement
from tasks.dataset_files.jsonl import is_intact, write_text_atomically
from tasks.dataset_files.references import checkpoints_of, files_of

R = TypeVar("R", bound=Record)
Stage = Callable[[Any, StageFolders, ReportProgress], R]

PROGRESS_LOGGER = logging.getLogger("labflow.progress")
"""Every ``Progress`` of a stage in this process, as ``record.progress`` and ``record.stage``: the terminal listens here."""

LOST = {StateType.FAILED, StateType.CRASHED, StateType.CANCELLED, StateType.CANCELLING}
POLL_SECONDS = 1.0
ARTIFACT_SECONDS = 5.0


class Site(Record):
    """Where a stage runs and where its files go."""

    storage: str
    placement: StagePlacement = StagePlacement()


# -- what a worker does ----------------------------------------------------------------------------------------------


def run_stage(stage: str, request: Request, storage: str, result_type: type[R], do: Stage[R], rooms: tuple[str, ...]) -> R:
    """The stage's result: read if it was finished before, else made and recorded.

    Args:
        stage: Its name in the diagram.
        storage: Local path or fsspec URL that parent and worker share.
        do: The pure function that does the work.
        rooms: The rooms under ``tasks/`` whose source the result depends on.
    """
    folder = stage_folder(stage, request, storage, rooms)
    finished = read_result(folder, result_type)
    if finished is not None:
        report_progress(stage)(Progress(done=1, total=1, unit="stage", note="finished before"))
        return finished
    report_progress(stage)(Progress(done=0))
    result = do(request, StageFolders(folder=folder, cache=f"{storage}/cache"), report_progress(stage))
    _write_result(folder, result)
    return result


def stage_folder(stage: str, request: Request, storage: str, rooms: tuple[str, ...]) -> str:
    """``<storage>/stages/<stage>/<16 hex digits>``."""
    key = digest_of([request.key(), [source_digest(room) for room in rooms]])[:16]
    return f"{storage}/stages/{stage}/{key}"


@cache
def source_digest(room: str) -> str:
    """Digest of the files of a room under ``tasks/``: another version of the code is another key."""
    sha256 = hashlib.sha256()
    for path in sorted((Path(__file__).parent / room).rglob("*")):
        if path.suffix in {".py", ".jinja", ".yaml", ".json"} and path.name != "task.py":
            sha256.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return sha256.hexdigest()


def read_result(folder: str, result_type: type[R]) -> R | None:
    """What a finished stage returned; None where it is unfinished or its files are damaged."""
    try:
        with fsspec.open(f"{folder}/result.json", "r", encoding="utf-8") as stream:
            result = result_type.model_validate_json(stream.read())
    except (FileNotFoundError, ValidationError):
        return None
    return result if all(is_intact(file) for file in files_of(result)) and _has_checkpoints(result) else None


def _has_checkpoints(result: Record) -> bool:
    return all(fsspec.core.url_to_fs(c.path)[0].exists(c.path) for c in checkpoints_of(result))


def _write_result(folder: str, result: Record) -> None:
    fs, path = fsspec.core.url_to_fs(f"{folder}/result.json")
    text = result.model_dump_json(indent=2)
    if fs.protocol == "file" or "file" in fs.protocol:
        write_text_atomically(path, text)
    else:  # an object appears whole or not at all
        fs.pipe_file(path, text.encode())


def report_progress(stage: str) -> ReportProgress:
    """A reporter that tells the terminal at once and, in a flow run, a Prefect progress artifact every few seconds."""
    artifact: dict[str, Any] = {"id": None, "next": time.monotonic() + ARTIFACT_SECONDS}

    def report(progress: Progress) -> None:
        PROGRESS_LOGGER.info("%s", stage, extra={"stage": stage, "progress": progress})
        if progress.total and time.monotonic() >= artifact["next"] and FlowRunContext.get():
            percent = min(100.0, 100.0 * progress.done / progress.total)
            if artifact["id"] is None:
                artifact["id"] = create_progress_artifact(percent, description=f"{stage}: {progress.unit}")
            else:
                update_progress_artifact(artifact["id"], percent)
            artifact["next"] = time.monotonic() + ARTIFACT_SECONDS

    return report


def can_help(task: Task, run: TaskRun, state: State) -> bool:  # noqa: ARG001
    """Prefect's ``retry_condition_fn``: only errors that say so are worth another try."""
    try:
        raise_state_exception(state)
    except LabflowError as error:
        return error.retryable
    except Exception:  # anything else is a defect here, which trying again does not mend
        return False
    return False


# -- what the parent does --------------------------------------------------------------------------------------------


def place(stage_flow: Flow, stage: str, request: Request, site: Site, result_type: type[R], rooms: tuple[str, ...]) -> R:
    """Runs the stage flow where the site says and returns its result.

    Raises:
        PlacementError: no such deployment, no worker took the run in time, or its result is not on the shared storage.
        LabflowError: whatever the stage itself raised.
    """
    if site.placement.deployment is None:
        result: R = stage_flow(request=request, storage=site.storage)  # type: ignore[assignment]
        return result
    folder = stage_folder(stage, request, site.storage, rooms)
    finished = read_result(folder, result_type)
    if finished is not None:  # by a child of this run or of an earlier one
        return finished
    with get_client(sync_client=True) as client:
        run = _find_child(client, stage, request) or _start_child(client, stage, request, site)
        try:
            run = _wait(client, run, site.placement)
        except BaseException:  # nobody waits for it any more: a stage without a parent must not keep a GPU
            client.set_flow_run_state(run.id, Cancelling())
            raise
    _raise_failure(run, site.placement)
    finished = read_result(folder, result_type)
    if finished is None:
        raise PlacementError(
            f"{site.placement.deployment} finished, but its result is not under {folder}: "
            "parent and worker must share one storage and one version of labflow."
        )
    return finished


def _raise_failure(run: FlowRun, placement: StagePlacement) -> None:
    """A child that failed fails the parent; one that was lost (crashed, cancelled) may be tried again."""
    if run.state is None or run.state.is_completed():
        return
    kind = LabflowError if run.state.is_failed() else PlacementError
    raise kind(f"{placement.deployment} {run.state.type.value.lower()}: {run.state.message}")


def _child_tags(stage: str, request: Request) -> list[str]:
    context = TaskRunContext.get()
    parent = context.task_run.flow_run_id if context else None
    return [f"stage:{stage}", f"request:{request.key()}", f"parent:{parent}"]


def _find_child(client: SyncPrefectClient, stage: str, request: Request) -> FlowRun | None:
    """A child that the same parent started before it crashed and was retried: train once, not twice."""
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=_child_tags(stage, request)))
    for run in client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.START_TIME_DESC):
        if run.state and run.state.type not in LOST:
            return run
    return None


def _start_child(client: SyncPrefectClient, stage: str, request: Request, site: Site) -> FlowRun:
    name, tags = str(site.placement.deployment), _child_tags(stage, request)
    try:
        deployment = client.read_deployment_by_name(name)
    except ObjectNotFound as error:
        raise PlacementError(f"no deployment {name!r}: register it, or unset placement.{stage}.deployment.") from error
    attempts = len(client.read_flow_runs(flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=tags))))
    context = TaskRunContext.get()
    return client.create_flow_run_from_deployment(
        deployment.id,
        parameters={"request": request.model_dump(mode="json"), "storage": site.storage},
        tags=tags,
        job_variables=site.placement.job_variables,
        parent_task_run_id=context.task_run.id if context else None,
        # After a failure the same key would hand back the failed run.
        idempotency_key=f"{':'.join(tags)}:{attempts}",
    )


def _wait(client: SyncPrefectClient, run: FlowRun, placement: StagePlacement) -> FlowRun:
    began = time.monotonic()
    started_at: float | None = None
    while not (run.state and run.state.is_final()):
        time.sleep(POLL_SECONDS)
        run = client.read_flow_run(UUID(str(run.id)))
        now = time.monotonic()
        if started_at is None and run.state and run.state.type not in (StateType.SCHEDULED, StateType.PENDING):
            started_at = now
        if started_at is None and now - began > placement.queue_timeout_seconds:
            raise PlacementError(
                f"no worker took {placement.deployment} within {placement.queue_timeout_seconds:.0f} s: "
                "start a worker on its work pool, or raise queue_timeout_seconds."
            )
        if started_at is not None and now - started_at > placement.timeout_seconds:
            raise PlacementError(
                f"{placement.deployment} ran longer than {placement.timeout_seconds:.0f} s: raise timeout_seconds."
            )
    return run
