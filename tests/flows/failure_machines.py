"""Real processes to be killed: a Prefect server, workers, parents; all of them end with the test."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
PREFECT = [sys.executable, "-m", "prefect"]
DEADLINE_SECONDS = 240
QUICK = {
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "OMP_NUM_THREADS": "1",
    "PYTHONPATH": str(ROOT),
}


def wait_until(found: Callable[[], Any], what: str, parent: subprocess.Popen[str] | None = None) -> Any:
    """The first true value of ``found``; a parent that ended meanwhile is a failure."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not (value := found()):
        assert time.monotonic() < end, f"waited for {what}"
        assert parent is None or parent.poll() is None, f"the parent ended, waiting for {what}"
        time.sleep(0.1)
    return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Machines:
    """A server with its workers and runs, on a folder of its own."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", **environment: str) -> None:
        self.folder, self.host, self.port = folder, host, free_port()
        self.url = f"http://{host}:{self.port}/api"
        home = {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_API_URL": self.url, "PREFECT_UI_API_URL": self.url}
        self.environment = {**os.environ, **QUICK, **home, **environment}
        self._processes: list[subprocess.Popen[str]] = []
        self.server: subprocess.Popen[str] | None = None

    def start(self, command: list[str], **environment: str) -> subprocess.Popen[str]:
        """A process in a session of its own; what it says goes to a file."""
        log = (self.folder / f"{len(self._processes)}.log").open("w")
        process = subprocess.Popen(
            command,
            env={**self.environment, **environment},
            cwd=self.folder,
            stdout=subprocess.PIPE if "placed_stage" in " ".join(command) else log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def start_server(self) -> None:
        """Starts the server, or starts it again on the same database."""
        command = [*PREFECT, "server", "start", "--host", self.host, "--port", str(self.port)]
        self.server = self.start(command)
        wait_until(self._is_healthy, "the server")

    def kill_server(self) -> None:
        assert self.server is not None
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def _is_healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/health", timeout=10) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What the REST API answers."""
        request = Request(f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urlopen(request, timeout=DEADLINE_SECONDS) as answer:
            return json.load(answer)

    def deploy(self, pool: str, entrypoint: str, name: str) -> str:
        """A process pool and a deployment on it; the deployment's name."""
        code = (
            "import sys; from importlib import import_module; from prefect.deployments.runner import EntrypointType\n"
            "from prefect import get_client; from prefect.client.schemas.actions import WorkPoolCreate\n"
            "module, flow = sys.argv[2].split(':')\n"
            "with get_client(sync_client=True) as client:\n"
            "    client.create_work_pool(WorkPoolCreate(name=sys.argv[1], type='process'), overwrite=True)\n"
            "flow = getattr(import_module(module), flow)\n"
            "there = flow.to_deployment(sys.argv[3], work_pool_name=sys.argv[1], entrypoint_type=EntrypointType.MODULE_PATH)\n"
            "there.apply()\n"
            "print(flow.name)\n"
        )
        command = [sys.executable, "-c", code, pool, entrypoint, name]
        ran = subprocess.run(command, env=self.environment, cwd=self.folder, check=True, capture_output=True, text=True)
        return f"{ran.stdout.split()[-1]}/{name}"

    def start_worker(self, pool: str, prefix: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[str]:
        """A worker that listens to a pool."""
        command = [*prefix, *PREFECT, "worker", "start", "--pool", pool, "--name", f"{pool}-{len(self._processes)}"]
        return self.start(command, **environment)

    def start_parent(
        self, storage: Path, deployment: str, timeout_seconds: float = 60, *more: str, prefix: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        """A run of the parent flow in a process of its own."""
        storage.mkdir(parents=True, exist_ok=True)
        arguments = [str(storage), deployment, str(timeout_seconds), *more]
        return self.start([*prefix, sys.executable, "-m", "tests.flows.placed_stage", *arguments])

    def runs(self, flow: str) -> list[dict[str, Any]]:
        """All runs of a flow, oldest first."""
        found = self.post("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}, "sort": "EXPECTED_START_TIME_ASC"})
        return list(found)

    def stop(self) -> None:
        """Ends everything that was started, with what it had started itself."""
        for process in reversed(self._processes):
            for member in (process.pid, *children_of(process.pid)):
                try:
                    os.kill(member, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            process.wait()
            if process.stdout:
                process.stdout.close()


@contextmanager
def machines(folder: Path, host: str = "127.0.0.1", **environment: str) -> Iterator[Machines]:
    """A server that runs for the length of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    there = Machines(folder, host, **environment)
    try:
        there.start_server()
        yield there
    finally:
        there.stop()


def children_of(process: int) -> list[int]:
    """Processes below a process, at any depth."""
    found = []
    for child in (
        Path(f"/proc/{process}/task/{process}/children").read_text().split() if Path(f"/proc/{process}").exists() else []
    ):
        found += [int(child), *children_of(int(child))]
    return found


def lines_of(storage: Path, what: str) -> list[int]:
    """Processes that began or ended the work, in order."""
    log = storage / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[1]) for line in lines if line.startswith(what)]


def is_alive(process: int) -> bool:
    """Whether a process runs, and is not only waiting to be reaped."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ended(parent: subprocess.Popen[str]) -> dict[str, str]:
    """How a parent's run ended: error and message, both empty where it completed."""
    out, _ = parent.communicate(timeout=DEADLINE_SECONDS)
    return dict(json.loads(out.splitlines()[-1]))
