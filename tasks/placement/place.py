"""Where a stage runs: in this process, or as a deployment on a work pool.

In Prefect a work pool takes flow runs, not task runs. So a stage is three thin layers, all in its ``task.py``::

    @task  train(request, site)                          what the parent flow calls: places the stage flow
    @flow  train_stage(request, storage, source)         what a worker runs
           run_stage("train", ..., train_student)        finished under this key already? else do it and record the result

A parent that was killed and is retried finds the run that it had started, or another's for the same work, and waits for that one:
nothing is trained twice. Where parent and worker share a URL instead of a directory, files are copied and checked (``objects``).

Not covered: sharding one stage over several workers.
"""

from typing import TypeVar

from prefect import Flow, State, Task, get_client
from prefect.client.schemas.objects import TaskRun
from prefect.states import raise_state_exception

from schemas.contracts import Request
from schemas.errors import LabflowError, PlacementError
from schemas.records import Record
from tasks.placement.child_runs import cancel_child, child_tags, find_child, raise_failure, start_child, wait_for
from tasks.placement.objects import bring_home, publish_outputs
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
    if site.placement.deployment is None:
        result: R = stage_flow.fn(request, site.storage)
        return result
    here, there = (stage_folder(stage, request, storage, rooms) for storage in (site.storage, site.meeting_place))
    finished = read_result(here, result_type) or _take_over(there, here, request, site, result_type)
    if finished is not None:  # by a child of this run or of an earlier one
        return finished
    run_child(stage, stage_key(request, rooms), source_of(rooms), request, site)
    finished = _take_over(there, here, request, site, result_type)
    if finished is None:
        raise PlacementError(
            f"{site.placement.deployment} finished, but its result is not under {there}: "
            "parent and worker must share one storage."
        )
    return finished


def run_child(stage: str, key: str, source: str, request: Request, site: Site) -> None:
    """Has a deployment do the work and waits until it has.

    Args:
        key: tells this work from other work of the stage.
        source: digest of the code that the worker must have.
    """
    mark_storage(site.meeting_place)
    sent = publish_outputs(request, site.meeting_place) if site.copies_files else request
    parameters: dict[str, object] = {"request": sent.model_dump(mode="json"), "storage": site.meeting_place, "source": source}
    tags = child_tags(stage, key, site.meeting_place)
    with get_client(sync_client=True) as client:
        run = find_child(client, tags) or start_child(client, stage, tags, parameters, site.placement)
        try:
            run = wait_for(client, run, site.placement)
        except BaseException:
            cancel_child(client, run)
            raise
    raise_failure(run, site.placement)


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
