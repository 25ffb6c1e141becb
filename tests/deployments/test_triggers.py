"""What tells the server of a merge: the event, the Git hook and the GitHub workflow."""

import json
import os
import shutil
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema import Draft7Validator
from prefect.client.schemas.objects import StateType
from prefect.events import Event, ResourceSpecification

from deployments.triggers.post_event import event_of

TRIGGERS = Path(__file__).parents[2] / "deployments" / "triggers"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Listener(ThreadingHTTPServer):
    """Takes events, and keeps them with the login that came along."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.heard: list[tuple[str, str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api"


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        login = b64decode(self.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode()
        self.server.heard.append((self.path, login, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def post_event(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TRIGGERS / "post_event.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_the_event_is_one_that_prefect_takes_and_the_automation_waits_for() -> None:
    event = Event.model_validate(event_of(COMMIT, "team-taxonomy"))
    automations = yaml.safe_load((TRIGGERS.parent / "automations.yaml").read_text())["automations"]
    (waiting,) = (a for a in automations if "taxonomy.merged" in a["trigger"]["expect"])
    assert event.event == "taxonomy.merged"
    assert ResourceSpecification.model_validate(waiting["trigger"]["match"]).matches(event.resource)
    assert event.payload == {"commit": COMMIT}


def test_the_same_commit_is_the_same_event() -> None:
    assert event_of(COMMIT, "a")["id"] == event_of(COMMIT, "a")["id"]
    assert len({event_of(COMMIT, "a")["id"], event_of(COMMIT, "b")["id"], event_of(COMMIT[::-1], "a")["id"]}) == 3


def test_the_server_is_told_with_the_login_and_nothing_is_printed(listener: Listener) -> None:
    done = post_event(COMMIT, "team/taxonomy", PREFECT_API_URL=listener.url, PREFECT_API_AUTH_STRING="labflow:secret")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    ((path, login, (event,)),) = listener.heard
    assert (path, login) == ("/api/events", "labflow:secret")
    assert event["resource"]["prefect.resource.id"] == "labflow.taxonomy.team-taxonomy"


@pytest.mark.parametrize(
    ("arguments", "url", "code", "message"),
    [
        ((), "https://x/api", 2, "usage"),
        (("main",), "https://x/api", 2, "usage"),
        ((COMMIT[:10],), "https://x/api", 2, "usage"),
        ((COMMIT,), "http://labflow.example.org/api", 2, "does not go over plain http"),
        ((COMMIT,), "", 2, "set PREFECT_API_URL"),
        ((COMMIT,), "http://127.0.0.1:9/api", 1, "cannot reach"),
    ],
)
def test_a_mistake_is_one_line_without_the_password(arguments: tuple[str, ...], url: str, code: int, message: str) -> None:
    done = post_event(*arguments, PREFECT_API_URL=url, PREFECT_API_AUTH_STRING="labflow:secret")
    assert done.returncode == code
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_a_server_that_refuses_is_a_failure(listener: Listener) -> None:
    listener.status = 401
    done = post_event(COMMIT, PREFECT_API_URL=listener.url)
    assert (done.returncode, done.stderr.strip()) == (1, f"{listener.url} answers 401")


def git(folder: Path, *arguments: str, **environment: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout.strip()


def with_hook(repository: Path, name: str, hooks: str) -> None:
    (repository / hooks).mkdir(parents=True, exist_ok=True)
    shutil.copy(TRIGGERS / "post-merge", repository / hooks / name)
    shutil.copy(TRIGGERS / "post_event.py", repository / hooks)


def settings_file(folder: Path, listener: Listener) -> str:
    file = folder / "server.env"
    file.write_text(f"PREFECT_API_URL={listener.url}\nPREFECT_API_AUTH_STRING=labflow:secret\n")
    return str(file)


def test_a_merge_into_the_branch_tells_the_server(listener: Listener, tmp_path: Path) -> None:
    repository = tmp_path / "taxonomy"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    git(repository, "commit", "-q", "--allow-empty", "-m", "one")
    with_hook(repository, "post-merge", ".git/hooks")
    git(repository, "checkout", "-q", "-b", "feature")
    git(repository, "commit", "-q", "--allow-empty", "-m", "two")
    git(repository, "checkout", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "-m", "merged", "feature", LABFLOW_SERVER_ENV=settings_file(tmp_path, listener))
    ((_, _, (event,)),) = listener.heard
    assert event["payload"] == {"commit": git(repository, "rev-parse", "main")}
    assert event["resource"]["prefect.resource.id"] == "labflow.taxonomy.taxonomy"


def test_a_push_to_the_branch_tells_the_server_and_a_push_elsewhere_does_not(listener: Listener, tmp_path: Path) -> None:
    bare, clone = tmp_path / "taxonomy.git", tmp_path / "clone"
    git(tmp_path, "init", "-q", "--bare", str(bare))
    with_hook(bare, "post-receive", "hooks")
    git(tmp_path, "clone", "-q", str(bare), str(clone))
    git(clone, "checkout", "-q", "-b", "main")
    git(clone, "commit", "-q", "--allow-empty", "-m", "one")
    environment = {"LABFLOW_SERVER_ENV": settings_file(tmp_path, listener)}
    git(clone, "push", "-q", "origin", "main:feature", **environment)
    assert listener.heard == []
    git(clone, "push", "-q", "origin", "main", **environment)
    ((_, _, (event,)),) = listener.heard
    assert event["payload"] == {"commit": git(clone, "rev-parse", "main")}
    assert event["resource"]["prefect.resource.id"] == "labflow.taxonomy.taxonomy"


def test_a_server_that_cannot_be_told_does_not_stop_a_merge(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "one")
    with_hook(tmp_path, "post-merge", ".git/hooks")
    git(tmp_path, "checkout", "-q", "-b", "feature")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "two")
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "merge", "-q", "feature", LABFLOW_SERVER_ENV=str(tmp_path / "none"))
    assert git(tmp_path, "log", "-1", "--format=%s") == "two"


def test_the_workflow_is_valid_and_gives_the_password_to_merges_alone() -> None:
    workflow = yaml.safe_load((TRIGGERS / "github_workflow.yaml").read_text())
    as_written = {"on" if key is True else key: value for key, value in workflow.items()}  # YAML 1.1 reads on as true
    faults = list(Draft7Validator(get_builtin_schema("vendor.github-workflows")).iter_errors(as_written))
    assert [fault.message for fault in faults] == []
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in json.dumps(jobs["check"])
    assert (jobs["tell"]["environment"], jobs["tell"]["if"]) == ("labflow", "github.event_name == 'push'")
    for job in jobs.values():
        assert "timeout-minutes" in job
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]  # nothing of the event reaches a shell


def test_the_zombie_automation_counts_every_word_of_a_run_as_a_sign_of_life() -> None:
    automations = yaml.safe_load((TRIGGERS.parent / "automations.yaml").read_text())["automations"]
    (zombies,) = (a for a in automations if "prefect.flow-run.heartbeat" in a["trigger"].get("after", ()))
    assert zombies["trigger"]["expect"] == ["prefect.flow-run.*"]  # runs end in states named Released as 3, Nothing changed ...
    assert zombies["actions"][0]["state"] == StateType.CRASHED.value
