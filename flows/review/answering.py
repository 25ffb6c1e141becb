"""The answer to a run that waits for a person's word: what may be said, and how the run hears of it.

    POST /api/flow_runs/{id}/resume    {"run_input": {"decision": "reject", "by": "ada", "comment": "half of them are wrong"}}

is what the form in the Prefect UI sends, and what ``labflow approve`` and the time-out send.

Not covered: asking (``asking``).
"""

import getpass
import time
from typing import Literal

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import OrchestrationResult
from prefect.input import RunInput
from pydantic import Field

from schemas.errors import LabflowError, UsageError

FORM_SECONDS = 15
"""A run waits a moment before its form is there: Prefect stores the state first."""


class ReviewAnswer(RunInput):
    """The form in the UI."""

    decision: Literal["approve", "reject"] = Field(description="what is decided")
    by: str = Field("", max_length=200, description="your name, for the ledger")
    comment: str = Field("", max_length=2000, description="why, for the ledger")


def nobodys_answer(decision: str, hours: float) -> ReviewAnswer:
    """What stands in the ledger when nobody has answered in time."""
    return ReviewAnswer.model_validate({"decision": decision, "by": "nobody", "comment": f"no answer within {hours:g} hours"})


def answer(run: str, given: ReviewAnswer) -> str:
    """Answers a run that waits, and returns its name.

    Args:
        run: its id, its name or the beginning of its name.

    Raises:
        UsageError: there is no such run, or it does not wait for an answer.
        LabflowError: the server does not take the answer.
    """
    end = time.monotonic() + FORM_SECONDS
    with get_client(sync_client=True) as client:
        found = _find_waiting(client, run)
        while True:
            result = client.resume_flow_run(found.id, run_input=given.model_dump(mode="json"))
            if result.status.value == "ACCEPT":
                return str(found.name)
            reason = _reason(result)
            if "schema not found" not in reason or time.monotonic() > end:
                raise LabflowError(f"{found.name} was not resumed: {reason}")
            time.sleep(0.2)


def _reason(result: OrchestrationResult) -> str:
    return " ".join(str(getattr(result.details, "reason", None) or "no reason given").split())


def _find_waiting(client: SyncPrefectClient, run: str) -> FlowRun:
    paused = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])))
    waiting = client.read_flow_runs(flow_run_filter=paused)
    chosen = [each for each in waiting if run in (str(each.id), each.name)]
    chosen = chosen or [each for each in waiting if run and str(each.name).startswith(run)]
    if len(chosen) == 1:
        return chosen[0]
    names = "; ".join(f"{each.name} ({each.id})" for each in (chosen or waiting))
    if chosen:
        raise UsageError(f"several runs that wait are called {run!r}: {names}. Give the id.")
    raise UsageError(f"no run {run!r} waits for an answer." + (f" Waiting: {names}." if names else ""))


def whoever_runs_this() -> str:
    """The name of the person at this terminal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
