"""What happens to a placed stage when something dies: real server, workers and processes, killed for good.

After each: the run completes or ends with a clear word, the work is done once, and no process is left at it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.failure_machines import ROOT, Machines, ended, is_alive, lines_of, machines, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]
FINE = {"error": "", "message": ""}
STAGE = "tests.flows.placed_stage:placed_stage"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with machines(tmp_path_factory.mktemp("machines")) as there:
        there.deploy("stage-pool", STAGE, "here")
        yield there


@pytest.fixture
def worker(server: Machines) -> Iterator[subprocess.Popen[str]]:
    process = server.start_worker("stage-pool")
    yield process
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"


def working(storage: Path, times: int = 1, parent: subprocess.Popen[str] | None = None) -> int:
    """The process at work, once it is."""
    return int(wait_until(lambda: lines_of(storage, "began")[times - 1 :], "the stage to begin", parent)[0])


def test_a_killed_stage_is_tried_again(server: Machines, worker: subprocess.Popen[str], storage: Path) -> None:
    parent = server.start_parent(storage, "placed_stage/here")
    os.kill(working(storage, 1, parent), signal.SIGKILL)
    working(storage, 2, parent)
    (storage / "go").touch()
    assert ended(parent) == FINE
    assert len(lines_of(storage, "ended")) == 1


def test_a_killed_worker_does_not_take_its_stage_along(server: Machines, worker: subprocess.Popen[str], storage: Path) -> None:
    parent = server.start_parent(storage, "placed_stage/here")
    stage = working(storage, 1, parent)
    os.kill(worker.pid, signal.SIGKILL)
    assert is_alive(stage)
    (storage / "go").touch()
    assert ended(parent) == FINE
    assert (len(lines_of(storage, "began")), len(lines_of(storage, "ended"))) == (1, 1)


def test_a_killed_machine_is_replaced_by_another(server: Machines, worker: subprocess.Popen[str], storage: Path) -> None:
    parent = server.start_parent(storage, "placed_stage/here", 8)  # nobody tells of the death: the time-out does
    stage = working(storage, 1, parent)
    os.kill(worker.pid, signal.SIGKILL)
    os.kill(stage, signal.SIGKILL)
    second = server.start_worker("stage-pool")
    working(storage, 2, parent)
    (storage / "go").touch()
    assert ended(parent) == FINE
    assert len(lines_of(storage, "ended")) == 1
    second.terminate()
    second.wait(timeout=60)


def test_a_parent_that_was_killed_finds_the_stage_it_had_started(
    server: Machines, worker: subprocess.Popen[str], storage: Path
) -> None:
    first = server.start_parent(storage, "placed_stage/here")
    working(storage, 1, first)
    os.kill(first.pid, signal.SIGKILL)
    second = server.start_parent(storage, "placed_stage/here")
    wait_until(lambda: server.runs("parent")[-1]["state"]["type"] == "RUNNING", "the second parent")
    (storage / "go").touch()
    assert ended(second) == FINE
    assert (len(lines_of(storage, "began")), len(lines_of(storage, "ended"))) == (1, 1)


def test_a_server_that_was_killed_and_came_back_is_waited_for(
    server: Machines, worker: subprocess.Popen[str], storage: Path
) -> None:
    parent = server.start_parent(storage, "placed_stage/here")
    working(storage, 1, parent)
    server.kill_server()
    (storage / "almost").touch()
    server.start_server()
    (storage / "go").touch()
    assert ended(parent) == FINE
    assert (len(lines_of(storage, "began")), len(lines_of(storage, "ended"))) == (1, 1)


def test_a_cancelled_run_takes_its_stage_along(server: Machines, worker: subprocess.Popen[str], storage: Path) -> None:
    storage.mkdir()
    name = server.deploy("parent-pool", "tests.flows.placed_stage:parent", "here")
    second = server.start_worker("parent-pool")
    deployment = server.post(
        "/deployments/filter", {"deployments": {"name": {"any_": ["here"]}}, "flows": {"name": {"any_": ["parent"]}}}
    )
    assert name == "parent/here"
    parameters = {"storage": str(storage), "deployment": "placed_stage/here"}
    run = server.post(f"/deployments/{deployment[0]['id']}/create_flow_run", {"parameters": parameters})
    stage = working(storage)
    server.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "CANCELLING"}})
    wait_until(lambda: not is_alive(stage), "the stage to end")
    wait_until(lambda: server.runs("parent")[-1]["state"]["type"] == "CANCELLED", "the run to be cancelled")
    wait_until(lambda: server.runs("placed_stage")[-1]["state"]["type"] == "CANCELLED", "the stage to be cancelled")
    assert not lines_of(storage, "ended")
    second.terminate()
    second.wait(timeout=60)


def test_a_worker_with_another_version_does_nothing_and_says_so(server: Machines, storage: Path, tmp_path: Path) -> None:
    other = tmp_path / "other version"
    for part in ("tasks", "schemas", "tests/flows"):
        shutil.copytree(ROOT / part, other / part, ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "tasks" / "dataset_files" / "jsonl.py").open("a") as source:
        source.write("# changed\n")
    server.deploy("other-pool", STAGE, "other")
    process = server.start_worker("other-pool", PYTHONPATH=str(other))
    said = ended(server.start_parent(storage, "placed_stage/other"))
    assert said["error"] == "LabflowError"
    assert "this worker has another version of placed_stage" in said["message"]
    assert not lines_of(storage, "began")
    process.terminate()
    process.wait(timeout=60)


def test_a_machine_without_the_shared_storage_does_nothing_and_says_so(server: Machines, storage: Path) -> None:
    storage.mkdir()
    elsewhere = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(storage))
    if subprocess.run([*elsewhere, "true"], capture_output=True).returncode:
        pytest.skip("mounts of its own for a process need a privilege that is not here")
    server.deploy("elsewhere-pool", STAGE, "elsewhere")
    process = server.start_worker("elsewhere-pool", elsewhere)
    said = ended(server.start_parent(storage, "placed_stage/elsewhere"))
    assert said["error"] == "WorkspaceError"
    assert "is not shared with" in said["message"]
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """A PostgreSQL server on a Unix socket, and what starts and stops it."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    place = Path(tempfile.mkdtemp(prefix="labflow-pg-"))
    as_owner = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    if as_owner:
        shutil.chown(place, "postgres", "postgres")

    def control(*arguments: str) -> None:
        subprocess.run([*as_owner, *arguments], check=True, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def server(action: str) -> None:
        options = ("-o", f"-c listen_addresses= -c unix_socket_directories={place} -c fsync=off", "-l", f"{place}/log", "-w")
        control(f"{programs[-1]}/pg_ctl", "-D", f"{place}/data", *action.split(), *(options if action == "start" else ()))

    control(f"{programs[-1]}/initdb", "-D", f"{place}/data", "-U", "labflow", "-A", "trust")
    server("start")
    control(f"{programs[-1]}/createdb", "-h", str(place), "-U", "labflow", "prefect")
    server.place = place  # type: ignore[attr-defined]
    yield server
    server("stop -m immediate")
    shutil.rmtree(place)


def test_a_database_that_was_restarted_is_waited_for(database: Callable[[str], None], storage: Path, tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://labflow@/prefect?host={database.place}"  # type: ignore[attr-defined]
    with machines(tmp_path / "machines", PREFECT_SERVER_DATABASE_CONNECTION_URL=url) as server:
        server.deploy("stage-pool", STAGE, "here")
        server.start_worker("stage-pool")
        parent = server.start_parent(storage, "placed_stage/here")
        working(storage, 1, parent)
        database("stop -m immediate")
        database("start")
        (storage / "go").touch()
        assert ended(parent) == FINE
        assert (len(lines_of(storage, "began")), len(lines_of(storage, "ended"))) == (1, 1)
