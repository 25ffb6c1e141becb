"""How a run is called, how it ends, and what it tells: seen through a real server, as a person would."""

import pytest

from schemas.contracts import Rename
from schemas.student_contracts import RunSummary
from tests.flows.report.example_run import ExampleRun


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    return ExampleRun(tmp_path_factory.mktemp("example")).summary


def test_a_run_is_called_after_what_changed(summary: RunSummary) -> None:
    from flows.outcome import run_name

    change = summary.change.model_copy(
        update={
            "head": "3f2a91c0" * 5,
            "added": ("a", "b"),
            "modified": ("c",),
            "deleted": (),
            "renamed": (Rename(from_path="d", to_path="e"),),
        }
    )
    assert run_name(change) == "retrain 3f2a91c: 2 added, 1 changed, 1 renamed"
    assert run_name(change, decided=True) == "retrain 3f2a91c: nothing changed"
    nothing = change.model_copy(update={"added": (), "modified": (), "renamed": ()})
    assert run_name(nothing) == "retrain 3f2a91c: same leaf nodes, other settings"


def test_a_run_that_is_taken_up_again_goes_on_with_its_commit_and_all_its_other_parameters() -> None:
    from flows.outcome import bound_to

    given = {"settings": {"taxonomy": {"path": "/srv/t.git", "head": "main"}, "train": {"seed": 7}}, "up_to": "release"}
    bound = bound_to("3f2a91c0", given)
    assert bound["settings"]["taxonomy"] == {"path": "/srv/t.git", "head": "3f2a91c0"}
    assert (bound["settings"]["train"], bound["up_to"]) == ({"seed": 7}, "release")
    assert given["settings"]["taxonomy"]["head"] == "main"
    assert bound_to("3f2a91c0", {"settings": {}}) == {"settings": {"taxonomy": {"head": "3f2a91c0"}}}


@pytest.mark.usefixtures("prefect_server")
def test_a_run_shows_its_name_and_ends_in_a_state_that_says_how(summary: RunSummary) -> None:
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.runtime import flow_run as running

    from flows.outcome import end_run, name_run

    ids: list[str] = []

    @flow
    def run_of(found: RunSummary, outcome: str) -> RunSummary:
        ids.append(str(running.id))
        name_run(found.change, decided=outcome == "nothing_changed")
        return end_run(found.model_copy(update={"outcome": outcome}))

    returned = run_of(summary, "nothing_changed")
    assert isinstance(returned, RunSummary)
    run_of(summary, "released")
    run_of(summary, "refused")
    with get_client(sync_client=True) as client:
        runs = [client.read_flow_run(each) for each in ids]  # type: ignore[arg-type]
    assert [run.state.name for run in runs if run.state] == [
        "Nothing changed",
        f"Released as {released_number(summary)}",
        "Refused",
    ]
    assert all(run.state and run.state.is_completed() for run in runs)
    assert runs[0].name == f"retrain {summary.change.head[:7]}: nothing changed"


def released_number(summary: RunSummary) -> int:
    assert summary.verdict
    assert summary.verdict.release
    return summary.verdict.release.number


def test_a_failure_names_the_run_in_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    from uuid import uuid4

    from prefect.client.schemas.objects import FlowRun
    from prefect.states import Failed

    import flows.outcome as outcome

    told: list[tuple[str, str]] = []
    monkeypatch.setattr(outcome, "emit_event", lambda event, resource, payload: told.append((event, payload["message"])))
    run = FlowRun(flow_id=uuid4(), name="retrain 3f2a91c: 2 added")
    outcome.tell_of_failure(None, run, Failed(message="TaxonomyError: no such commit"))  # type: ignore[arg-type]
    assert told == [("labflow.run.failed", "TaxonomyError: no such commit")]
