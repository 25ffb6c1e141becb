"""Runs that are killed while they wait for a person: SIGKILL for the process, or for worker and process together.

A paused run dies with its process, and says so; the next run reads its finished stages and asks the same question. A suspended
one has no process that could be killed: it goes on wherever a worker is.
"""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.deployments.running_service import serving
from tests.flows.review.reviewed_service import ReviewedService

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
HEARTBEATS = "labflow: a run without heartbeats has crashed"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewedService]:
    service = ReviewedService(tmp_path_factory.mktemp("service"))
    with serving(service):
        yield service


@pytest.fixture
def worker(service: ReviewedService) -> Iterator[subprocess.Popen[bytes]]:
    process = service.start_worker()
    yield process
    process.terminate()
    process.wait(timeout=60)


def ask_again_and_approve(service: ReviewedService, seed: int) -> None:
    """Another run of the same settings asks the same, is approved, and ends well."""
    run = service.start({"before_training": "pause"}, seed)
    service.wait_until_asked(run, "Paused")
    assert service.approve(run, "--by", "grace", "--comment", "again").returncode == 0
    ended = service.wait_for(run)
    assert ended["state_type"] == "COMPLETED", ended["state"]["message"]
    assert service.approvals() == [("before_training", "approved", "grace", "again")]


def test_a_paused_run_whose_process_is_killed_ends_and_the_next_one_asks_again(
    service: ReviewedService, worker: subprocess.Popen[bytes]
) -> None:
    run = service.start({"before_training": "pause"}, seed=21)
    service.wait_until_asked(run, "Paused")
    finished = service.finished_stages()
    service.kill(worker, machine=False)
    ended = service.wait_for(run, seconds=60)
    assert ended["state_type"] == "CRASHED"
    assert ended["state"]["message"]
    late = service.approve(run, "--comment", "too late")
    assert (late.returncode, len(late.stderr.strip().splitlines())) == (2, 1)
    assert "waits for an answer" in late.stderr
    ask_again_and_approve(service, 21)
    assert service.finished_stages() == finished


def test_a_paused_run_whose_machine_is_killed_does_not_run_for_ever_once_it_is_answered(service: ReviewedService) -> None:
    shorten_patience(service, 40)
    lost = service.start_worker()
    run = service.start({"before_promotion": "pause"}, seed=22)
    service.wait_until_asked(run, "Paused")
    finished = service.finished_stages()
    service.kill(lost, machine=True)
    assert service.approve(run, "--comment", "to nobody").returncode == 0  # the server cannot know yet that nobody hears it
    ended = service.wait_for(run, seconds=150)
    assert (ended["state_type"], "No heartbeat" in ended["state"]["message"]) == ("CRASHED", True)
    assert service.finished_stages() == finished


def test_a_suspended_run_goes_on_where_its_machine_was_killed(service: ReviewedService) -> None:
    lost = service.start_worker()
    run = service.start({"before_training": "suspend"}, seed=23)
    while service.api.get(f"flow_runs/{run}").json()["state_name"] != "Suspended":
        time.sleep(0.02)
    finished = service.finished_stages()
    service.kill(lost, machine=True)  # its process may not have ended yet
    worker = service.start_worker()
    assert service.approve(run, "--by", "ada", "--comment", "looked at twenty").returncode == 0
    ended = service.wait_for(run)
    assert ended["state_type"] == "COMPLETED", ended["state"]["message"]
    assert service.approvals() == [("before_training", "approved", "ada", "looked at twenty")]
    assert service.finished_stages() == finished
    assert service.scheduled_answers() == []
    worker.terminate()
    worker.wait(timeout=60)


def shorten_patience(service: ReviewedService, seconds: int) -> None:
    """The automation's, which labflow does not let anybody shorten: heartbeats come every 30 s, and none is late here."""
    (automation,) = (each for each in service.post("automations/filter", {}) if each["name"] == HEARTBEATS)
    automation["trigger"]["within"] = seconds
    kept = ("name", "description", "enabled", "trigger", "actions")
    body = {key: automation[key] for key in kept}
    assert service.api.put(f"automations/{automation['id']}", json=body).is_success
