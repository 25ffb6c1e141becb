"""The answer of a suspended run that nobody answers: scheduled when the run is suspended, withdrawn when it goes on.

A suspended run has no process that could look at the clock. The server has one: a run of ``answer_for_nobody/labflow`` is due
when the time is over, and says what ``review.on_timeout`` says.

Not covered: a server without that deployment (``labflow deploy --apply`` registers it): it fails the run an hour later.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from prefect import flow, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterIdempotencyKey
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from flows.review.answering import answer, nobodys_answer
from schemas.errors import UsageError
from schemas.settings import ReviewSettings

DEPLOYMENT = "answer_for_nobody/labflow"
_logger = logging.getLogger("labflow.flow")


@flow(name="answer_for_nobody")
def answer_for_nobody(run: UUID, decision: Literal["approve", "reject"], hours: float) -> str:
    """Answers a run that still waits; returns what was done."""
    try:
        return f"{answer(str(run), nobodys_answer(decision, hours))}: {decision}, no answer within {hours:g} hours"
    except UsageError:  # somebody was quicker, or the run was cancelled
        return f"{run} waits no more"


def schedule_answer(run: UUID, key: str, review: ReviewSettings) -> None:
    """Has the run answered when its time is over.

    Args:
        key: what is asked; the same question is scheduled once.
    """
    due = datetime.now(UTC) + timedelta(hours=review.timeout_hours)
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(DEPLOYMENT)
        except ObjectNotFound:
            _logger.warning("there is no deployment %s: if nobody answers, the server fails this run", DEPLOYMENT)
            return
        client.create_flow_run_from_deployment(
            deployment.id,
            name=f"answer for nobody by {due:%Y-%m-%d %H:%M} UTC",
            parameters={"run": str(run), "decision": review.on_timeout, "hours": review.timeout_hours},
            state=Scheduled(scheduled_time=due),
            idempotency_key=_key(run, key),
        )


def withdraw_answer(run: UUID, key: str) -> None:
    """Takes the scheduled answer back, where it was not needed."""
    wanted = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[_key(run, key)]))
    with get_client(sync_client=True) as client:
        for scheduled in client.read_flow_runs(flow_run_filter=wanted):
            if scheduled.state and scheduled.state.is_scheduled():
                client.delete_flow_run(scheduled.id)


def _key(run: UUID, key: str) -> str:
    return f"answer:{run}:{key}"
