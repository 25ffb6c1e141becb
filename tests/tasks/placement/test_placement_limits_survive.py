"""Slots when the Prefect server or their holder is killed: real processes, SIGKILL. None of them stays taken by nobody."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.failure_machines import Machines, machines, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
NAME = "survive-test-gpus"
LEASES = "prefect.server.concurrency.lease_storage"
HOLDER = """
import sys
from pathlib import Path
from time import sleep
from schemas.settings import StagePlacement
from tasks.placement import limits

limits.LEASE_SECONDS, limits.RENEW_SECONDS = 60.0, 1.0  # Prefect grants no less
with limits.holding_slots("train", StagePlacement(limits={sys.argv[1]: 2}, queue_timeout_seconds=60)):
    print("holds", flush=True)
    while not Path("go").exists():
        sleep(0.1)
"""


def taken(server: Machines) -> int:
    return int(server.post("/v2/concurrency_limits/filter", {})[0]["active_slots"])


def hold(server: Machines) -> subprocess.Popen[str]:
    """A process that holds both slots until there is a file ``go``."""
    server.post("/v2/concurrency_limits/", {"name": NAME, "limit": 2})
    command = [sys.executable, "-c", HOLDER, NAME]
    environment = {**os.environ, **server.environment}
    holder = subprocess.Popen(command, env=environment, cwd=server.folder, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holds\n"
    assert taken(server) == 2
    return holder


def restart(server: Machines) -> None:
    server.kill_server()
    server.start_server()


def test_a_server_that_forgot_who_holds_slots_is_given_them_back_all_the_same(tmp_path: Path) -> None:
    with machines(tmp_path / "machines", PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=f"{LEASES}.memory") as server:
        holder = hold(server)
        restart(server)
        assert taken(server) == 2  # it counts them still, and the stage goes on
        (server.folder / "go").touch()
        assert holder.wait(timeout=60) == 0
        assert taken(server) == 0


def test_slots_of_a_killed_process_are_free_again_after_its_lease_though_the_server_was_killed_too(tmp_path: Path) -> None:
    with machines(tmp_path / "machines", PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=f"{LEASES}.filesystem") as server:
        holder = hold(server)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        restart(server)
        assert taken(server) == 2
        wait_until(lambda: taken(server) == 0, "the lease to end")
