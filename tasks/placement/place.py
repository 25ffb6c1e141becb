"""Where a stage runs: in this process, or as a deployment on a work pool.

In Prefect a work pool takes flow runs, not task runs. So a stage is three thin layers, all in its ``task.py``::

    @task  train(request, site)                          what the parent flow calls: places the stage flow
    @flow  train_stage(request, storage, source)         what a worker runs
           run_stage("train", ..., train_student)        finished under this key already? else do it and record the result

A parent that was killed and is retried finds the run that it had started, or another's for the same work, and waits for that one:
nothing is trained twice. Where parent and worker share a URL instead of a directory, files are copied and checked (``objects``).

The rows of one stage can be shared out as well, where its work on a row needs no other row (``shards``).
"""

import time
from collections.abc import Mapping
from typing import Any, TypeVar

from prefect import Flow, State, Task, get_client
from prefect.client.schemas.objects import TaskRun
from prefect.states import raise_state_exception

from schemas.contracts import Request
from schemas.errors import LabflowError, PlacementError
from schemas.records import Record
from schemas.settings import ShardSettings
from tasks.placement.child_runs import cancel_child, child_tags, find_child, raise_failure, start_child, wait_for, waited_seconds
from tasks.placement.limits import holding_slots
from tasks.placement.objects import bring_home, publish_outputs
from tasks.placement.progress import StageEnd, tell_end
from tasks.placement.site import Site
from tasks.placement.stage import mark_storage, read_result, source_of, stage_folder, stage_key, write_result

R = TypeVar("R", bound=Record)


def place(stage_flow: Flow, stage: str, request: Request, site: Site, result_type: type[R], rooms: tuple[str, ...]) -> R:
    """Runs the stage where the site says and returns its result.

    In this process it is a call, not a flow run of its own: that would cost a second and show nothing that the task does not.

    Raises:
        PlacementError: no such deployment, no worker took the run in time, or its result is not on the shared storage.
        LabflowError: whatever the stage itself raised.
    """
    began, queued = time.monotonic(), 0.0
    if site.placement.deployment is None:
        finished = read_result(stage_folder(stage, request, site.storage, rooms), result_type) if site.placement.limits else None
        result = finished or _do_here(stage_flow, stage, request, site)
    else:
        result, queued = _place_elsewhere(stage, request, site, result_type, rooms)
    tell_end(StageEnd(stage, time.monotonic() - began, queued, site.placement.job_variables.get("gpus"), result))
    return result


def _do_here(stage_flow: Flow, stage: str, request: Request, site: Site) -> Any:
    with holding_slots(stage, site.placement):
        return stage_flow.fn(request, site.storage, **site.sharding)


def _place_elsewhere(stage: str, request: Request, site: Site, result_type: type[R], rooms: tuple[str, ...]) -> tuple[R, float]:
    """The result, and how long the stage waited for a worker, seconds."""
    here, there = (stage_folder(stage, request, storage, rooms) for storage in (site.storage, site.meeting_place))
    finished = read_result(here, result_type) or _take_over(there, here, request, site, result_type)
    if finished is not None:  # by a child of this run or of an earlier one
        return finished, 0.0
    with holding_slots(stage, site.placement):
        queued = run_child(stage, stage_key(request, rooms), source_of(rooms), request, site, site.sharding)
    finished = _take_over(there, here, request, site, result_type)
    if finished is None:
        raise PlacementError(
            f"{site.placement.deployment} finished, but its result is not under {there}: "
            "parent and worker must share one storage."
        )
    return finished, queued


def run_child(
    stage: str, key: str, source: str, request: Request, site: Site, sharding: Mapping[str, ShardSettings] | None = None
) -> float:
    """Has a deployment do the work, waits until it has, and returns how long it waited for a worker, seconds.

    Args:
        key: tells this work from other work of the stage.
        source: digest of the code that the worker must have.
        sharding: the parameter of that name, for a stage that shares out its rows.
    """
    mark_storage(site.meeting_place)
    sent = publish_outputs(request, site.meeting_place) if site.copies_files else request
    parameters: dict[str, object] = {"request": sent.model_dump(mode="json"), "storage": site.meeting_place, "source": source}
    parameters |= {name: settings.model_dump(mode="json") for name, settings in (sharding or {}).items()}
    tags = child_tags(stage, key, site.meeting_place)
    with get_client(sync_client=True) as client:
        run = find_child(client, tags) or start_child(client, stage, tags, parameters, site.placement)
        try:
            run = wait_for(client, run, site.placement)
        except BaseException:
            cancel_child(client, run)
            raise
    raise_failure(run, site.placement)
    return waited_seconds(run)


def _take_over(there: str, here: str, request: Request, site: Site, result_type: type[R]) -> R | None:
    """What the worker left at the meeting place, with its files brought into the parent's storage."""
    finished = read_result(there, result_type)
    if finished is None or not site.copies_files:
        return finished
    home = bring_home(finished, request, here)
    write_result(here, home)
    return home


def can_help(task: Task, run: TaskRun, state: State) -> bool:  # noqa: ARG001
    """Prefect's ``retry_condition_fn``: only errors that say so are worth another try."""
    try:
        raise_state_exception(state)
    except LabflowError as error:
        return error.retryable
    except Exception:  # anything else is a defect here, which trying again does not mend
        return False
    return False
