"""A person's word before the run goes on: shown what there is, asked, and remembered with name and reason.

    settings.review.before_training: pause      the run waits in its process; its place in the workspace stays taken
    settings.review.before_promotion: suspend   the run ends; when somebody has answered, a worker takes it up again, and the
                                                finished stages are read

The answer comes from the form in the Prefect UI (Resume), or from ``labflow approve``. It stands in the ledger, in the verdict's
``approvals``. A rejection is a refusal that is remembered: the same content and settings are not trained or asked about again.

After ``timeout_hours`` a paused run is answered by ``on_timeout``; a suspended one has no process, so the server fails it.

Not covered: who may answer (whoever may use the Prefect API), several answers to one question.
"""

import getpass
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal
from uuid import UUID

from filelock import FileLock
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.context import FlowRunContext
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from pydantic import Field

from schemas.errors import LabflowError, UsageError
from schemas.settings import ReviewSettings
from schemas.student_contracts import Approval, Reason, RunSummary, Verdict
from tasks.promote.ledger import append_line, decision_on, read_ledger, utc_now

Step = Literal["before_training", "before_promotion"]
TITLES = {
    "before_training": "May a student be trained on these samples?",
    "before_promotion": "May this student be judged and released?",
}
MARGIN_SECONDS = 3600
"""The server fails a run whose pause is over; it is answered before that."""
POLL_SECONDS = 2


class ReviewAnswer(RunInput):
    """The form in the UI."""

    decision: Literal["approve", "reject"] = Field(description="what is decided")
    by: str = Field("", max_length=200, description="your name, for the ledger")
    comment: str = Field("", max_length=2000, description="why, for the ledger")


def ask(step: Step, review: ReviewSettings, preview: Callable[[], str]) -> tuple[Approval, ...]:
    """What a person decided; empty where nobody is to be asked.

    Args:
        preview: writes what is shown above the form, Markdown.

    Raises:
        UsageError: the run cannot be suspended, since no deployment can take it up again.
    """
    how = getattr(review, step)
    if how == "off":
        return ()
    form = ReviewAnswer.with_initial_data(description=f"# {TITLES[step]}\n\n{preview()}")
    seconds = int(review.timeout_hours * 3600)
    if how == "suspend":
        _require_deployment(step)
        answer = suspend_flow_run(wait_for_input=form, timeout=seconds, key=step.replace("_", "-"))
    else:
        with _answered_in_time(seconds, review.on_timeout):
            answer = pause_flow_run(
                wait_for_input=form,
                timeout=seconds + MARGIN_SECONDS,
                poll_interval=POLL_SECONDS,
                key=step.replace("_", "-"),
            )
    assert answer is not None, "a form was asked for"
    decision: Literal["approved", "rejected"] = "approved" if answer.decision == "approve" else "rejected"
    return (Approval(step=step, decision=decision, by=answer.by or "somebody", comment=answer.comment, date=utc_now()),)


def record_rejection(ledger: str, so_far: RunSummary, run: str, approvals: tuple[Approval, ...], parent: int | None) -> Verdict:
    """Writes a person's refusal to the ledger and returns it; a decision that stands there already is returned."""
    with FileLock(f"{ledger}.lock"):
        decided = decision_on(read_ledger(ledger), so_far.run_key)
        if decided is not None:
            return decided
        last = approvals[-1]
        message = f"rejected by {last.by} {last.step.replace('_', ' ')}" + (f": {last.comment}" if last.comment else "")
        verdict = Verdict(
            released=False,
            release=None,
            reasons=(Reason(rule="approval", passed=False, message=message),),
            date=utc_now(),
            run_key=so_far.run_key,
            run=run,
            taxonomy_commit=so_far.change.head,
            parent=parent,
            approvals=approvals,
        )
        append_line(ledger, verdict)
    return verdict


@contextmanager
def _answered_in_time(seconds: float, decision: str) -> Iterator[None]:
    """Answers in nobody's name when the time is over."""
    context = FlowRunContext.get()
    run = context.flow_run.id if context and context.flow_run else None
    assert run is not None, "a review is part of a flow run"
    timer = threading.Timer(seconds, _answer_for_nobody, (run, decision, seconds))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _answer_for_nobody(run: UUID, decision: str, seconds: float) -> None:
    answer(str(run), ReviewAnswer(decision=decision, by="nobody", comment=f"no answer within {seconds / 3600:g} hours"))


def _require_deployment(step: Step) -> None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or context.flow_run.deployment_id is None:
        raise UsageError(
            f"review.{step}=suspend: this run belongs to no deployment, so nobody could take it up again. "
            f"Set review.{step}=pause, or start the run through its deployment."
        )


# -- from the command line -------------------------------------------------------------------------------------------


def answer(run: str, given: ReviewAnswer) -> str:
    """Answers a run that waits, and returns its name.

    Args:
        run: its id or its name.

    Raises:
        UsageError: there is no such run, or it does not wait for an answer.
        LabflowError: the server does not take the answer.
    """
    with get_client(sync_client=True) as client:
        found = _find_waiting(client, run)
        result = client.resume_flow_run(found.id, run_input=given.model_dump(mode="json"))
    if result.status.value != "ACCEPT":
        reason = getattr(result.details, "reason", None) or "no reason given"
        raise LabflowError(f"{found.name} was not resumed: {reason}")
    return str(found.name)


def _find_waiting(client: SyncPrefectClient, run: str) -> FlowRun:
    paused = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])))
    waiting = client.read_flow_runs(flow_run_filter=paused)
    chosen = [each for each in waiting if run in (str(each.id), each.name) or str(each.name).startswith(run)]
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
