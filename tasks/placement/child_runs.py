"""A stage as a flow run on a work pool: found, started, awaited, told to end.

What to know of Prefect: an idempotency key hands back a failed run too, so attempts are counted into it; a run created for a pool
without a worker stays scheduled for ever, so waiting has a limit; a run that nobody waits for any more is cancelled.

Not covered: what starts workers, and the pools' limits (``deployments/``).
"""

import re
import time
from contextlib import suppress
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Cancelling

from schemas import errors
from schemas.errors import LabflowError, PlacementError
from schemas.records import digest_of
from schemas.settings import StagePlacement

LOST = {StateType.FAILED, StateType.CRASHED, StateType.CANCELLED, StateType.CANCELLING}
POLL_SECONDS = 1.0
RECORDING_SECONDS = 10.0
SERVER_PATIENCE_SECONDS = 600.0
"""How long the Prefect server may be away, to be restarted or updated, before waiting for a stage is given up."""
_RAISED = re.compile(r"exception: (?:[\w.]*\.)?(?P<kind>\w+): (?P<message>.*)", re.DOTALL)
"""How Prefect words what a flow raised in its state's message."""


def child_tags(stage: str, key: str, storage: str) -> list[str]:
    """What tells a stage's run from others: the stage, the work and the code that does it, and where the result goes."""
    return [f"stage:{stage}", f"work:{key}", f"storage:{digest_of(storage)[:8]}"]


def find_child(client: SyncPrefectClient, tags: list[str]) -> FlowRun | None:
    """A run for the same work that is under way: of this parent before it crashed, or of another that is dead."""
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=tags))
    for run in client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.START_TIME_DESC):
        if run.state and run.state.type not in LOST and not run.state.is_completed():
            return run
    return None


def start_child(
    client: SyncPrefectClient, stage: str, tags: list[str], parameters: dict[str, object], placement: StagePlacement
) -> FlowRun:
    """A new run of the stage's deployment.

    Raises:
        PlacementError: there is no such deployment.
    """
    name = str(placement.deployment)
    try:
        deployment = client.read_deployment_by_name(name)
    except ObjectNotFound as error:
        raise PlacementError(f"no deployment {name!r}: register it, or unset placement.{stage}.deployment.") from error
    attempts = len(client.read_flow_runs(flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=tags))))
    flow = FlowRunContext.get()
    parent = str(flow.flow_run.name) if flow and flow.flow_run else ""
    return client.create_flow_run_from_deployment(
        deployment.id,
        name=f"{stage} of {parent}" if parent else None,
        parameters=parameters,
        tags=tags,
        job_variables=placement.job_variables,
        parent_task_run_id=_recorded_task_run(client),
        # After a failure the same key would hand back the failed run.
        idempotency_key=f"{':'.join(tags)}:{attempts}",
    )


def _recorded_task_run(client: SyncPrefectClient) -> UUID | None:
    """The task that starts the child, once the server has it: it hears of tasks by events, and refuses a parent that it lacks."""
    context = TaskRunContext.get()
    if context is None:
        return None
    end = time.monotonic() + RECORDING_SECONDS
    while time.monotonic() < end:
        with suppress(ObjectNotFound):
            return client.read_task_run(context.task_run.id).id
        time.sleep(POLL_SECONDS / 10)
    return None  # the child is then shown beside its parent, not under it


def wait_for(client: SyncPrefectClient, run: FlowRun, placement: StagePlacement) -> FlowRun:
    """The run when it has ended.

    Raises:
        PlacementError: no worker took it in time, it ran too long, or the Prefect server was away for too long.
    """
    began = seen = time.monotonic()
    started_at: float | None = None
    while not (run.state and run.state.is_final()):
        time.sleep(POLL_SECONDS)
        now = time.monotonic()
        try:
            run, seen = client.read_flow_run(UUID(str(run.id))), now
        except HTTPError as error:
            if now - seen > SERVER_PATIENCE_SECONDS:
                raise PlacementError(f"the Prefect server has not answered for {now - seen:.0f} s: {error}") from error
            continue
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


def cancel_child(client: SyncPrefectClient, run: FlowRun) -> None:
    """Ends a run that nobody waits for any more: a stage without a parent must not keep a GPU."""
    with suppress(HTTPError, ObjectNotFound):
        state = client.read_flow_run(UUID(str(run.id))).state
        if state and state.is_scheduled():  # nobody has it yet, so nobody would confirm the end of it
            client.set_flow_run_state(run.id, Cancelled(), force=True)
        elif state and not state.is_final():
            client.set_flow_run_state(run.id, Cancelling())


def waited_seconds(run: FlowRun) -> float:
    """From the wish for a run to its start; 0 where the server does not say."""
    if run.start_time is None or run.expected_start_time is None:
        return 0.0
    return max(0.0, (run.start_time - run.expected_start_time).total_seconds())


def raise_failure(run: FlowRun, placement: StagePlacement) -> None:
    """A child that failed fails the parent with the same error; one that was lost (crashed, cancelled) may be tried again."""
    if run.state is None or run.state.is_completed():
        return
    message = run.state.message or "no reason given"
    if not run.state.is_failed():
        raise PlacementError(f"{placement.deployment} {run.state.type.value.lower()}: {message}")
    raised = _RAISED.search(message)
    kind = getattr(errors, raised["kind"], None) if raised else None
    if raised and isinstance(kind, type) and issubclass(kind, LabflowError):
        raise kind(raised["message"].strip())
    raise LabflowError(f"{placement.deployment} failed: {message}")
