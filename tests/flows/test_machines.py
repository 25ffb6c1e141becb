"""Several machines that share nothing but the server and the storage's URL: network namespaces with homes of their own.

A machine for the parents and two for stages, each with an address of its own on a bridge, on which the server listens. The bucket
is mounted on all; scratch directories and workspaces are not.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.placement.stage import scratch_of
from tests.flows.failure_machines import ended, lines_of, machines

BRIDGE, NETWORK = "labflow0", "10.213.77"
HOSTS = ("lf-cpu", "lf-gpu-a", "lf-gpu-b")
STAGE = "tests.flows.placed_stage:placed_stage"


def ip(*arguments: str) -> int:
    return subprocess.run(["ip", *arguments], capture_output=True).returncode


@pytest.fixture
def hosts() -> Iterator[tuple[str, ...]]:
    """Network namespaces on one bridge."""
    if sys.platform != "linux" or ip("netns", "add", HOSTS[0]):
        pytest.skip("network namespaces need Linux, iproute2 and a privilege that is not here")
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        if ip("link", "set", BRIDGE, "up"):
            pytest.skip("a bridge cannot be made here")
        for number, host in enumerate(HOSTS, 2):
            ip("netns", "add", host)
            ip("link", "add", f"lfv{number}", "type", "veth", "peer", "name", "eth0", "netns", host)
            ip("link", "set", f"lfv{number}", "master", BRIDGE, "up")
            ip("-n", host, "addr", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            ip("-n", host, "link", "set", "eth0", "up")
            ip("-n", host, "link", "set", "lo", "up")
        yield HOSTS
    finally:
        for host in HOSTS:
            ip("netns", "del", host)
        ip("link", "del", BRIDGE)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_stages_run_on_other_machines_through_a_url(
    hosts: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = f"file://{tmp_path}/bucket"
    with machines(tmp_path / "machines", f"{NETWORK}.1") as server:
        for host in hosts[1:]:
            server.deploy(f"pool-{host}", STAGE, host)
            home = tmp_path / host
            monkeypatch.setenv("LABFLOW_SCRATCH", str(home))
            scratch = Path(scratch_of(bucket))
            scratch.mkdir(parents=True)
            (scratch / "go").touch()
            own = {"HOME": str(home), "PREFECT_HOME": str(home / "prefect"), "LABFLOW_SCRATCH": str(home)}
            server.start_worker(f"pool-{host}", ("ip", "netns", "exec", host), **own)
        parents = [
            server.start_parent(
                tmp_path / f"workspace-{host}",
                f"placed_stage/{host}",
                300,
                bucket,
                share,
                prefix=("ip", "netns", "exec", hosts[0]),
            )
            for host, share in zip(hosts[1:], ("0.1", "0.2"), strict=True)
        ]
        assert [ended(parent) for parent in parents] == [{"error": "", "message": ""}] * 2
    assert [len(list((tmp_path / host).rglob("refused.jsonl"))) for host in hosts[1:]] == [1, 1]
    assert len(list((tmp_path / "bucket").rglob("result.json"))) == 2
    for host in hosts[1:]:
        assert list((tmp_path / f"workspace-{host}").rglob("refused.jsonl"))
        assert not lines_of(tmp_path / f"workspace-{host}", "began")
