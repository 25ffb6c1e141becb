"""A person's word before the run goes on: shown what there is, asked, and remembered with name and reason.

    settings.review.before_training: pause      the run waits in its process; its place in the workspace stays taken
    settings.review.before_promotion: suspend   the run ends; when somebody has answered, a worker takes it up again, and the
                                                finished stages are read

The answer comes from the form in the Prefect UI (Resume), or from ``labflow approve``. It stands in the ledger, in the verdict's
``approvals``. A rejection is a refusal that is remembered: the same content and settings are not trained or asked about again.

An answer is to what was shown. A run that was suspended goes on with its commit (``outcome.name_run``). Where it would show
another thing all the same, because there was a release meanwhile or labflow was updated, it asks again.

After ``timeout_hours`` the run is answered by ``on_timeout``: a paused one by its own process, a suspended one by a run of
``answer_for_nobody``, which is scheduled when it is suspended.

Not covered: who may answer (whoever may use the Prefect API), several answers to one question; and a schedule that comes round
while a suspended run still waits: that run asks the same, and the one that is answered last finds what was decided in the ledger.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal
from uuid import UUID

from filelock import FileLock
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.exceptions import Pause
from prefect.flow_runs import pause_flow_run, suspend_flow_run

from flows.review.answering import ReviewAnswer, answer, nobodys_answer
from flows.review.overdue import schedule_answer, withdraw_answer
from schemas.errors import UsageError
from schemas.records import digest_of
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
    shown = f"# {TITLES[step]}\n\n{preview()}"
    form = ReviewAnswer.with_initial_data(description=shown)
    key = f"{step.replace('_', '-')}-{digest_of(shown)[:12]}"
    seconds = int(review.timeout_hours * 3600)
    if how == "suspend":
        run = _require_deployment(step)
        schedule_answer(run, key, review)
        try:
            said = suspend_flow_run(wait_for_input=form, timeout=seconds + MARGIN_SECONDS, key=key)
        except Pause:
            # A heartbeat may have left this process after the state: if it were the last word, the run would be taken for lost.
            emit_event("prefect.flow-run.asks-a-person", resource={"prefect.resource.id": f"prefect.flow-run.{run}"})
            raise
        withdraw_answer(run, key)
    else:
        with _answered_in_time(seconds, review.on_timeout):
            said = pause_flow_run(
                wait_for_input=form,
                timeout=seconds + MARGIN_SECONDS,
                poll_interval=POLL_SECONDS,
                key=key,
            )
    assert said is not None, "a form was asked for"
    decision: Literal["approved", "rejected"] = "approved" if said.decision == "approve" else "rejected"
    return (Approval(step=step, decision=decision, by=said.by or "somebody", comment=said.comment, date=utc_now()),)


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
    timer = threading.Timer(seconds, answer, (str(run), nobodys_answer(decision, seconds / 3600)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _require_deployment(step: Step) -> UUID:
    """The id of this flow run."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or context.flow_run.deployment_id is None:
        raise UsageError(
            f"review.{step}=suspend: this run belongs to no deployment, so nobody could take it up again. "
            f"Set review.{step}=pause, or start the run through its deployment."
        )
    return context.flow_run.id
