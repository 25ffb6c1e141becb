"""The deployment files on a real server with two pools and real workers; then the sample is retrained through the REST API alone.

What a platform team does in its first afternoon, without Docker: a server with a password, `labflow deploy --apply`, two workers,
one POST. Server, database and workers are this test's own, on the loopback interface.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from taxonomy_sample.materialise import materialise
from tests.deployments.running_service import LOGIN, STAGES, Service, running
from tests.deployments.test_triggers import git, with_hook

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1000)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"))
    materialise(service.folder / "sample")
    with running(service.server(), service.environment, service.folder / "server.log"):
        service.wait_until_healthy()
        yield service
        service.api.close()


def test_without_the_password_nothing_is_said_or_done(service: Service) -> None:
    refused = service.deploy("--apply", login="labflow:wrong")
    assert refused.returncode == 1
    assert "refuses the credentials: set PREFECT_API_AUTH_STRING" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "wrong" not in refused.stderr
    assert httpx.get(f"{service.environment['PREFECT_API_URL']}/work_pools/labflow-cpu").status_code == 401


def test_a_dry_run_changes_nothing_then_all_is_made_then_there_is_nothing_to_change(service: Service) -> None:
    dry = json.loads(service.deploy("--dry-run", "--json").stdout)
    assert dry["applied"] is False
    assert {change["action"] for change in dry["changes"]} == {"created"}
    assert service.post("work_pools/filter", {}) == []

    first = json.loads(service.deploy("--apply", "--json").stdout)
    assert [change["name"] for change in first["changes"]] == [change["name"] for change in dry["changes"]]
    again = service.deploy("--apply")
    assert again.stdout.splitlines()[-1] == "nothing to change"
    assert "no worker polls labflow-gpu" in again.stderr
    assert {change["action"] for change in json.loads(service.deploy("--dry-run", "--json").stdout)["changes"]} == {"unchanged"}


def test_what_others_made_and_what_operators_switched_stays(service: Service) -> None:
    service.post("work_pools/", {"name": "another-team", "type": "process"})
    deployment = service.api.get("deployments/name/retrain/labflow").json()
    assert deployment["paused"] is True
    assert service.api.post(f"deployments/{deployment['id']}/resume_deployment").is_success
    changed = service.deploy("--apply", "--set", "train.epochs=11")
    assert changed.returncode == 0, changed.stderr
    assert "retrain/labflow                              updated   parameters" in changed.stdout
    assert re.search(r"parameters\.settings\.train\.epochs: \S+ -> 11\.0", changed.stdout)
    assert service.deploy("--apply").returncode == 0
    after = service.api.get("deployments/name/retrain/labflow").json()
    assert after["paused"] is False
    assert service.api.get("work_pools/another-team").is_success
    assert service.api.post(f"deployments/{deployment['id']}/pause_deployment").is_success


def test_an_edited_copy_is_taken_over_field_by_field(service: Service, tmp_path: Path) -> None:
    copy = tmp_path / "ours"
    assert service.deploy("--export", str(copy)).returncode == 0
    edits = {
        "prefect.yaml": (("30 1 * * *", "0 4 * * 1-5"), ("Etc/UTC", "Europe/Berlin"), ("limit: 1 # GPUs", "limit: 8 # GPUs")),
        "work_pools.yaml": (("concurrency_limit: 1 # jobs", "concurrency_limit: 4 # jobs"), ("a served model.", "a model.")),
        "automations.yaml": (("within: 100", "within: 120"),),
        "job_templates/process.yaml": (("default: false", "default: true"),),
    }
    for name, replacements in edits.items():
        text = (copy / name).read_text()
        for old, new in replacements:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        (copy / name).write_text(text)
    done = json.loads(service.deploy("--apply", "--json", "--from", str(copy)).stdout)
    changed = {change["name"]: change["fields"] for change in done["changes"] if change["action"] == "updated"}
    assert changed == {
        "labflow-cpu": ["base_job_template"],
        "labflow-gpu": ["description", "concurrency_limit", "base_job_template"],
        "labflow-gpus": ["limit"],
        "retrain/labflow": ["schedules"],
        "labflow: a run without heartbeats has crashed": ["trigger"],
    }
    assert service.deploy("--apply", "--from", str(copy)).stdout.endswith("nothing to change\n")
    deployment = service.api.get("deployments/name/retrain/labflow").json()
    (schedule,) = deployment["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("0 4 * * 1-5", "Europe/Berlin")
    assert service.deploy("--apply").returncode == 0  # as it was, for the tests that follow


def test_a_push_to_the_taxonomy_starts_a_run_on_its_commit(service: Service, tmp_path: Path) -> None:
    bare, clone = tmp_path / "team-taxonomy.git", tmp_path / "clone"
    git(tmp_path, "init", "-q", "--bare", str(bare))
    with_hook(bare, "post-receive", "hooks")
    git(tmp_path, "clone", "-q", str(bare), str(clone))
    git(clone, "checkout", "-q", "-b", "main")
    git(clone, "commit", "-q", "--allow-empty", "-m", "one")
    file = tmp_path / "server.env"
    names = ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING")
    file.write_text("".join(f"{name}={service.environment[name]}\n" for name in names))
    git(clone, "push", "-q", "origin", "main", LABFLOW_SERVER_ENV=str(file))
    commit = git(clone, "rev-parse", "main")
    deadline = time.monotonic() + 60
    runs: list[dict[str, Any]] = []
    while not runs and time.monotonic() < deadline:
        time.sleep(1)
        runs = service.post("flow_runs/filter", {})
    (run,) = runs
    assert run["parameters"]["settings"]["taxonomy"]["head"] == commit
    assert run["parameters"]["settings"]["placement"]["train"]["deployment"] == "train/labflow"
    assert run["state_type"] == "SCHEDULED"  # the taxonomy's mirror fetches first
    assert service.api.delete(f"flow_runs/{run['id']}").is_success


class Inbox(ThreadingHTTPServer):
    """A webhook of the team's."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    server = Inbox()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


MAKE_BLOCK = """
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock
told = {"subject": "{{subject}}", "body": "{{body}}"}
CustomWebhookNotificationBlock(name="x", url=sys.argv[1], method="POST", json_data=told).save("team")
"""


def test_a_verdict_and_a_failure_are_told_to_a_person(service: Service, inbox: Inbox) -> None:
    missing = service.deploy("--apply", "--notify", "custom-webhook/team")
    assert (missing.returncode, len(missing.stderr.strip().splitlines())) == (2, 1)
    assert "there is no notification block 'custom-webhook/team'" in missing.stderr
    url = f"http://127.0.0.1:{inbox.server_port}/"
    subprocess.run([sys.executable, "-c", MAKE_BLOCK, url], env=service.environment, check=True, timeout=120)
    assert "3 created" in service.deploy("--apply", "--notify", "custom-webhook/team").stdout
    assert "nothing to change" in service.deploy("--apply", "--notify", "custom-webhook/team").stdout

    refusal = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "labflow.run.refused",
        "resource": {"prefect.resource.id": "labflow.run.20260105T060000Z-3f2a91c0"},
        "payload": {"message": "refused: worse on what did not change"},
    }
    service.post("events", [refusal])
    run = service.retrain({}).json()["id"]
    service.post(f"flow_runs/{run}/set_state", {"state": {"type": "FAILED", "message": "made up"}, "force": True})
    deadline = time.monotonic() + 60
    while len(inbox.told) < 2 and time.monotonic() < deadline:
        time.sleep(0.5)
    told = {message["subject"].split()[-1]: message["body"].splitlines() for message in inbox.told}
    assert told["refused"] == ["refused: worse on what did not change", "20260105T060000Z-3f2a91c0"]
    assert told["failed"][0].endswith(": made up")
    assert service.api.delete(f"flow_runs/{run}").is_success


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"settings": {"train": {"epochs": -1}}}, "settings.train.epochs"),
        ({"settings": {"trian": {}}}, "trian"),
        ({"up_to": "the moon"}, "up_to"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_run_is_asked_for(
    service: Service, parameters: dict[str, Any], message: str
) -> None:
    refused = service.retrain({"parameters": parameters})
    assert refused.status_code == 409
    assert message in refused.json()["detail"]


def wait_until_queued(service: Service, run: str) -> None:
    """The run is due, nobody takes it, and the server says so: it waits until the one before it has ended."""
    deadline = time.monotonic() + 120
    while service.api.get(f"flow_runs/{run}").json()["state_name"] != "Late":
        assert time.monotonic() < deadline
        time.sleep(1)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_one_post_retrains_the_sample_on_two_pools(service: Service) -> None:
    with ExitStack() as workers:
        for pool in ("labflow-cpu", "labflow-gpu"):
            workers.enter_context(running(service.worker(pool), service.environment, service.folder / f"{pool}.log"))
        asked = service.documented("create_flow_run")
        assert asked.returncode == 0, asked.stderr
        first = json.loads(asked.stdout)["id"]
        assert service.retrain({"idempotency_key": "first"}).json()["id"] == first  # asked twice, run once
        service.wait_for(first, {"RUNNING"})
        overlapping = service.retrain({"idempotency_key": "second", "parameters": {"up_to": "samples"}}).json()["id"]
        wait_until_queued(service, overlapping)
        run = service.wait_for(first)
        assert service.wait_for(overlapping)["state_name"] == "Nothing changed"
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert run["work_pool_name"] == "labflow-cpu"
    children = service.children()
    assert set(children) == set(STAGES)
    assert {child["state_type"] for child in children.values()} == {"COMPLETED"}
    assert {child["work_pool_name"] for child in children.values()} == {"labflow-gpu"}
    queues = {stage: child["work_queue_name"] for stage, child in children.items()}
    assert queues == {"teacher_generate": "teacher", "critic_filter": "teacher", "train": "student", "evaluate": "student"}
    ledger = (service.folder / "workspace" / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["released"] for line in ledger] == [True]
    assert ":".join(LOGIN) not in json.dumps([run, children])


def test_the_commands_of_the_readme_are_taken(service: Service) -> None:
    done = service.documented("labflow deploy --dry-run")
    assert done.returncode == 0, done.stderr
    assert "retrain/labflow                              updated   parameters" in done.stdout
