"""How long each stage of this run took and waited, as the Prefect server saw it; and the run's last word to a monitoring system.

A stage in the parent's process is a task run; a placed one is a flow run of its own, whose wait and GPUs are known. Two requests
at the end of a run; a server that does not answer then costs the stage times, not the run.

Not covered: a task whose end the server has not heard of yet, since task runs are told in the background: as a rule ``promote``,
and after a short exam ``evaluate``, are absent or short there. Placed stages are exact.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from httpx import HTTPError
from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId, TaskRunFilter, TaskRunFilterFlowRunId
from prefect.context import FlowRunContext

from flows.accounting.metrics import LOGGER, StageTime, tell_metrics
from schemas.settings import ObservabilitySettings
from schemas.student_contracts import RunSummary

STAGE_TAG = "stage:"
GPU_STAGES = frozenset({"train", "evaluate"})
"""What holds the GPUs of a run's own machine, where they are not placed."""


class TimedRun(Protocol):
    """What is asked of a task run or a flow run."""

    @property
    def name(self) -> str: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def total_run_time(self) -> Any: ...
    @property
    def start_time(self) -> Any: ...
    @property
    def expected_start_time(self) -> Any: ...


def observe_run(summary: RunSummary, settings: ObservabilitySettings) -> RunSummary:
    """Tells the metrics of a run that ends, where the settings want them; returns the summary as it is."""
    if settings.wanted:
        tell_metrics(summary, settings, _stage_times(settings.gpus_per_stage))
    return summary


def _stage_times(gpus_per_stage: int | None) -> list[StageTime]:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return []
    wanted = [context.flow_run.id]
    try:
        with get_client(sync_client=True) as client:
            tasks = client.read_task_runs(task_run_filter=TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=wanted)))
            children = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=wanted))
            )
    except (HTTPError, RuntimeError) as error:
        LOGGER.warning("no stage times in the metrics: %s", " ".join(str(error).split()))
        return []
    return times_of(tasks, children, gpus_per_stage)


def times_of(tasks: Iterable[TimedRun], children: Iterable[TimedRun], gpus_per_stage: int | None) -> list[StageTime]:
    """One time for each stage: a placed stage's own, where there is one, else its task's; tries are summed up.

    Args:
        tasks: Task runs of the parent: ``train-0``, or ``train-3f2`` in older servers.
        children: Flow runs of placed stages, tagged ``stage:NAME``.
    """
    seconds: dict[str, float] = {}
    queued: dict[str, float] = {}
    gpus: dict[str, int | None] = {}
    for child in children:
        stage = next((tag.removeprefix(STAGE_TAG) for tag in child.tags if tag.startswith(STAGE_TAG)), None)
        if stage is None:
            continue
        seconds[stage] = seconds.get(stage, 0.0) + child.total_run_time.total_seconds()
        if child.start_time and child.expected_start_time:
            wait = (child.start_time - child.expected_start_time).total_seconds()
            queued[stage] = queued.get(stage, 0.0) + max(0.0, wait)
        variables: Mapping[str, Any] = getattr(child, "job_variables", None) or {}
        gpus[stage] = variables.get("gpus", gpus_per_stage)
    placed = frozenset(gpus)
    for task in tasks:
        stage = task.name.rpartition("-")[0]
        if stage and stage not in placed:
            seconds[stage] = seconds.get(stage, 0.0) + task.total_run_time.total_seconds()
            gpus[stage] = gpus_per_stage if stage in GPU_STAGES else None
    return [StageTime(stage, time, queued.get(stage, 0.0), gpus.get(stage)) for stage, time in sorted(seconds.items())]
