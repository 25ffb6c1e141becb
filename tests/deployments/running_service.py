"""A Prefect server with a password of its own, and the commands of a platform team, for tests that want the real thing."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from taxonomy_sample.materialise import materialise

README = (Path(__file__).parents[2] / "deployments" / "README.md").read_text()
LOGIN = ("labflow", "correct-horse-battery")
STAGES = ("teacher_generate", "critic_filter", "train", "evaluate")
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Service:
    """A server of its own, and the files and commands of a platform team."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **os.environ,
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
            "PREFECT_SERVER_API_AUTH_STRING": ":".join(LOGIN),
            "PREFECT_API_AUTH_STRING": ":".join(LOGIN),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "OMP_NUM_THREADS": "1",
        }
        self.api = httpx.Client(base_url=f"{self.environment['PREFECT_API_URL']}/", auth=LOGIN, timeout=60)

    def server(self) -> list[str]:
        return ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]

    def worker(self, pool: str) -> list[str]:
        return ["prefect", "worker", "start", "--pool", pool, "--type", "process", "--name", f"{pool}-1"]

    def wait_until_healthy(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.api.get("health").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.5)
        pytest.fail("the server did not start")

    def deploy(self, *options: str, login: str | None = None) -> subprocess.CompletedProcess[str]:
        """``labflow deploy`` of the sample, stages placed."""
        environment = self.environment | ({"PREFECT_API_AUTH_STRING": login} if login else {})
        settings = [f"taxonomy.path={self.folder / 'sample' / 'taxonomy'}"]
        settings += [f"placement.{stage}.deployment={stage}/labflow" for stage in STAGES]
        sets = [part for setting in settings for part in ("--set", setting)]
        options = ("--profile", "offline", "--workspace", str(self.folder / "workspace"), *sets, *options)
        command = [sys.executable, "-c", "from flows.cli import main; main()", "deploy", *options]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    def documented(self, word: str) -> subprocess.CompletedProcess[str]:
        """Runs the one block of the README that has this word, as it stands there."""
        (block,) = (block for block in re.findall(r"```bash\n(.*?)\n```", README, re.DOTALL) if word in block)
        environment = self.environment | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        shell = ["bash", "-euo", "pipefail", "-c", block]
        return subprocess.run(shell, env=environment, capture_output=True, text=True, timeout=240)

    def post(self, path: str, body: dict[str, Any] | list[Any]) -> Any:
        answer = self._ask(path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def _ask(self, path: str, body: dict[str, Any] | list[Any]) -> httpx.Response:
        for _ in range(10):
            answer = self.api.post(path, json=body)
            if answer.status_code != 503:  # SQLite was busy; with PostgreSQL it is not
                break
            time.sleep(1)
        return answer

    def retrain(self, body: dict[str, Any]) -> httpx.Response:
        deployment = self.api.get("deployments/name/retrain/labflow").json()["id"]
        return self._ask(f"deployments/{deployment}/create_flow_run", body)

    def wait_for(self, run: str, states: Set[str] = FINAL, seconds: float = 800) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.api.get(f"flow_runs/{run}").json()
            if found["state_type"] in states:
                return found
            time.sleep(1)
        pytest.fail(f"run {run} did not come to {', '.join(sorted(states))}")

    def children(self) -> dict[str, dict[str, Any]]:
        """The stages' flow runs by stage."""
        runs = self.post("flow_runs/filter", {})
        return {tag.removeprefix("stage:"): run for run in runs for tag in run["tags"] if tag.startswith("stage:")}


@contextmanager
def serving(service: Service) -> Iterator[None]:
    """Inside the block the service's server answers, with everything deployed and the sample beside it."""
    materialise(service.folder / "sample")
    with running(service.server(), service.environment, service.folder / "server.log"):
        service.wait_until_healthy()
        assert service.deploy("--apply").returncode == 0
        yield
        service.api.close()
