"""Limits and automations of the deployment files on a real server, and what doctor says of one: who would take a run, and how."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployments.running_service import Service, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"))
    with serving(service):
        yield service


def limits_of(service: Service) -> dict[str, int]:
    found = service.post("v2/concurrency_limits/filter", {})
    return {limit["name"]: limit["limit"] for limit in found if not limit["name"].startswith("deployment:")}


def doctor(service: Service, *options: str, **environment: str) -> list[dict[str, str]]:
    command = [sys.executable, "-c", "from flows.cli import main; main()", "doctor", "--json", *options]
    done = subprocess.run(command, env=service.environment | environment, capture_output=True, text=True, timeout=120)
    return list(json.loads(done.stdout))


def test_doctor_says_whether_a_run_would_be_taken_and_who_is_refused(service: Service) -> None:
    found = {check["name"]: check for check in doctor(service)}
    assert (found["pool of retrain"]["status"], "no live worker" in found["pool of retrain"]["found"]) == ("fail", True)
    assert "is paused" in found["schedule"]["found"]
    refused = {check["name"]: check for check in doctor(service, PREFECT_API_AUTH_STRING="labflow:wrong")}
    assert (refused["login"]["status"], refused["login"]["way_out"]) == ("fail", "correct PREFECT_API_AUTH_STRING")


def test_limits_are_made_once_as_large_as_they_must_be_and_doctor_names_what_is_missing(service: Service) -> None:
    shipped = {"labflow-gpus": 1, "labflow-teacher-requests": 256}
    assert limits_of(service) == shipped
    ours = ("--set", "placement.train.limits={labflow-gpus: 1, ours: 3}")
    (missing,) = (check for check in doctor(service, *ours) if check["status"] == "fail" and "limit" in check["name"])
    assert missing["way_out"] == "labflow deploy --apply, or prefect gcl create ours --limit 3"
    made = service.deploy("--apply", *ours)
    assert re.search(r"(?m)^limit +ours +created$", made.stdout), made.stdout
    assert "1 slot, each one GPU; train takes 1" in made.stdout
    assert limits_of(service) == {**shipped, "ours": 3}
    assert service.deploy("--apply", *ours).stdout.endswith("nothing to change\n")
    assert service.api.patch("v2/concurrency_limits/ours", json={"limit": 2}).is_success
    assert "limit: 2 -> 3" in service.deploy("--apply", *ours).stdout
    found = {check["name"]: check for check in doctor(service, *ours)}
    assert found["limit of train"]["found"] == "ours has 3 slots, 0 taken"
    assert "LEASE_STORAGE" in found["slots of limits"]["way_out"]  # this server was started without
    assert service.deploy("--apply").returncode == 0  # as it was, for the tests that follow


def test_a_limit_of_the_deployment_which_earlier_versions_made_is_taken_away(service: Service) -> None:
    deployment = service.api.get("deployments/name/retrain/labflow").json()["id"]
    assert service.api.patch(f"deployments/{deployment}", json={"concurrency_limit": 1}).is_success
    assert "concurrency_limit: 1 -> null" in service.deploy("--apply").stdout
    assert service.api.get(f"deployments/{deployment}").json()["global_concurrency_limit"] is None


def test_a_run_that_a_killed_worker_left_pending_crashes(service: Service, tmp_path: Path) -> None:
    copy = tmp_path / "ours"
    assert service.deploy("--export", str(copy)).returncode == 0
    text = (copy / "automations.yaml").read_text()
    assert text.count("within: 1200") == 1
    (copy / "automations.yaml").write_text(text.replace("within: 1200", "within: 10"))
    assert service.deploy("--apply", "--from", str(copy)).returncode == 0
    for names in (("Pending",), ("Pending", "Submitting")):  # what a worker says one after the other
        run = service.retrain({}).json()["id"]
        for name in names:
            service.post(f"flow_runs/{run}/set_state", {"state": {"type": "PENDING", "name": name}})
        ended = service.wait_for(run, seconds=120)
        assert (ended["state_type"], "its worker is gone" in ended["state"]["message"]) == ("CRASHED", True)
        assert service.api.delete(f"flow_runs/{run}").is_success
    assert service.deploy("--apply").returncode == 0
