"""A service whose runs wait for a person: suspended and paused, answered from the command line, by the API and by nobody.

Real server, deployment and worker, on a pool of one slot: while a run waits suspended, another takes the slot.
"""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.deployments.running_service import running, serving
from tests.flows.review.reviewed_service import ReviewedService

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewedService]:
    service = ReviewedService(tmp_path_factory.mktemp("service"))
    with serving(service):
        assert service.api.patch("work_pools/labflow-cpu", json={"concurrency_limit": 1}).is_success
        with running(service.worker("labflow-cpu"), service.environment, service.folder / "worker.log"):
            yield service


def test_a_suspended_run_frees_its_worker_and_goes_on_with_its_finished_stages(service: ReviewedService) -> None:
    run = service.start({"before_training": "suspend", "before_promotion": "pause"})
    waiting = service.wait_until_asked(run, "Suspended")
    finished = service.finished_stages()
    assert finished

    meanwhile = service.start({}, up_to="samples")  # pool and queue allow one run at a time
    assert service.wait_for(meanwhile)["state_name"] == "Samples made"
    commit = waiting["parameters"]["settings"]["taxonomy"]["head"]
    taxonomy = service.folder / "sample" / "taxonomy"
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    subprocess.run(["git", "-C", str(taxonomy), *identity, "commit", "-q", "--allow-empty", "-m", "later"], check=True)

    done = service.approve(waiting["name"], "--comment", "looked at twenty samples", "--by", "ada")
    assert (done.returncode, done.stdout) == (0, f"{waiting['name']}: approved by ada\n"), done.stderr
    service.wait_until_asked(run, "Paused")
    answer = {"decision": "approve", "by": "grace", "comment": "better on the manual"}
    assert service.post(f"flow_runs/{run}/resume", {"run_input": answer})["status"] == "ACCEPT"  # what the form in the UI sends
    ended = service.wait_for(run)
    assert ended["state_type"] == "COMPLETED", ended["state"]["message"]
    assert service.approvals() == [
        ("before_training", "approved", "ada", "looked at twenty samples"),
        ("before_promotion", "approved", "grace", "better on the manual"),
    ]
    assert service.finished_stages() == finished
    (manifest,) = (service.folder / "workspace").glob("runs/*/train/../manifest.json")
    assert json.loads(manifest.read_text(encoding="utf-8"))["change"]["head"] == commit
    assert service.scheduled_answers() == []


def test_a_rejection_with_a_comment_ends_the_run_and_is_not_asked_again(service: ReviewedService) -> None:
    run = service.start({"before_training": "suspend"}, seed=8)
    service.wait_until_asked(run, "Suspended")
    done = service.approve(run, "--reject", "--comment", "half are wrong", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["decision"], said["comment"]) == ("reject", "half are wrong")
    ended = service.wait_for(run)
    assert (ended["state_type"], ended["state_name"]) == ("COMPLETED", "Refused")
    assert [(step, decision, comment) for step, decision, _, comment in service.approvals()] == [
        ("before_training", "rejected", "half are wrong")
    ]
    again = service.wait_for(service.start({"before_training": "suspend"}, seed=8))
    assert again["state_name"] == "Already refused"
    none = service.approve(run)
    assert (none.returncode, len(none.stderr.strip().splitlines())) == (2, 1)
    assert "waits for an answer" in none.stderr


def test_a_suspended_run_that_nobody_answers_is_answered_by_the_settings(service: ReviewedService) -> None:
    review = {"before_training": "suspend", "timeout_hours": 20 / 3600, "on_timeout": "reject"}
    run = service.start(review, seed=9)
    ended = service.wait_for(run)
    assert (ended["state_type"], ended["state_name"]) == ("COMPLETED", "Refused"), ended["state"]["message"]
    ((_, decision, by, comment),) = service.approvals()
    assert (decision, by) == ("rejected", "nobody")
    assert comment.startswith("no answer within")


def wait_for_event(service: ReviewedService, run: str, event: str) -> None:
    """The run's event, with the tag by which the automation on missing heartbeats knows it."""
    wanted = {"event": {"name": [event]}, "any_resource": {"id": [f"prefect.flow-run.{run}"]}}
    end = time.monotonic() + 60
    while not (found := service.post("events/filter", {"filter": wanted})["events"]):
        assert time.monotonic() < end
        time.sleep(1)
    assert {"prefect.resource.id": "prefect.tag.labflow", "prefect.resource.role": "tag"} in found[0]["related"]


def test_a_form_that_is_filled_in_wrongly_is_not_taken(service: ReviewedService) -> None:
    run = service.start({"before_training": "suspend"}, seed=10)
    service.wait_until_asked(run, "Suspended")
    wait_for_event(service, run, "prefect.flow-run.asks-a-person")
    refused = service.post(f"flow_runs/{run}/resume", {"run_input": {"decision": "perhaps"}})
    assert refused["status"] == "REJECT"
    service.post(f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLED"}})
    assert service.wait_for(run)["state_type"] == "CANCELLED"
