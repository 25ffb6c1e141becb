"""How a run is called and how it ends, for whoever sees it among others: names, states and events.

    retrain 3f2a91c: 2 added, 1 changed       Completed, "Released as 3"     labflow.run.released
    retrain 3f2a91c: nothing changed          Completed, "Nothing changed"   labflow.run.nothing_changed
    retrain 9b0e411: 1 deleted                Completed, "Refused"           labflow.run.refused

A refusal is a decision and not a failure: the state is Completed. Failures and crashes say ``labflow.run.failed``. An automation
may listen to the events; each carries outcome, message, run key and folder.

Not covered: what is told to whom (``deployments/automations.yaml``).
"""

from contextlib import suppress
from typing import Any, cast

from httpx import HTTPError
from prefect import Flow, State, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.states import Completed

from schemas.contracts import TaxonomyChange
from schemas.student_contracts import RunSummary

STATES = {
    "released": "Released",
    "refused": "Refused",
    "nothing_changed": "Nothing changed",
    "already_refused": "Already refused",
    "generated": "Samples made",
}
EVENTS = {"released": "released", "refused": "refused", "already_refused": "nothing_changed", "generated": "samples_made"}


def name_run(change: TaxonomyChange, decided: bool = False) -> None:
    """Names the flow run after what it found; one of a deployment is bound to the commit as well.

    A worker may take it up again, after a review or a crash: what was merged meanwhile is the next run's.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    name, run = run_name(change, decided), context.flow_run
    parameters = bound_to(change.head, run.parameters) if run.deployment_id else None
    with suppress(HTTPError), get_client(sync_client=True) as client:
        client.update_flow_run(run.id, name=name, parameters=parameters)
        run.name = name


def bound_to(commit: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The run's parameters with ``settings.taxonomy.head`` set to the commit."""
    settings = dict(parameters.get("settings") or {})
    return {**parameters, "settings": {**settings, "taxonomy": {**(settings.get("taxonomy") or {}), "head": commit}}}


def run_name(change: TaxonomyChange, decided: bool = False) -> str:
    """``retrain 3f2a91c: 2 added, 1 changed``.

    Args:
        decided: the same content and settings were released or refused before.
    """
    counts = {
        "added": len(change.added),
        "changed": len(change.modified),
        "renamed": len(change.renamed),
        "deleted": len(change.deleted),
    }
    found = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    what = "nothing changed" if decided else found or "same leaf nodes, other settings"
    return f"retrain {change.head[:7]}: {what}"


def end_run(summary: RunSummary) -> RunSummary:
    """What the flow returns: Prefect unwraps the state, so that a caller gets the summary, and shows the state's name."""
    name = STATES[summary.outcome]
    if summary.outcome == "released" and summary.verdict and summary.verdict.release:
        name = f"Released as {summary.verdict.release.number}"
    event = EVENTS.get(summary.outcome, summary.outcome)
    release = summary.verdict.release.number if summary.verdict and summary.verdict.release else None
    facts = {"outcome": summary.outcome, "run_key": summary.run_key, "folder": summary.folder, "release": release}
    tell(event, summary.folder.rpartition("/")[2], {"message": summary.message, **facts})
    return cast(RunSummary, Completed(name=name, message=summary.message, data=cast(Any, summary)))


def tell_of_failure(flow: Flow, flow_run: FlowRun, state: State) -> None:  # noqa: ARG001
    """A hook for runs that failed or crashed."""
    tell("failed", str(flow_run.name), {"outcome": "failed", "message": state.message or ""})


def tell(event: str, run: str, facts: dict[str, Any]) -> None:
    """Emits ``labflow.run.<event>``; the flow run is among the event's related resources."""
    emit_event(f"labflow.run.{event}", resource={"prefect.resource.id": f"labflow.run.{run}"}, payload=facts)
