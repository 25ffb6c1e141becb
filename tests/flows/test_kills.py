"""Kills at seeded random moments over the sample run: whatever was cut off, the end is that of the undisturbed run.

A kill counts where it hits a run at work. Five by default; fifty with
``LABFLOW_KILLS=50 pytest -m slow tests/flows/test_kills.py``.
"""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from taxonomy_sample.materialise import materialise
from tests.flows.failure_machines import Machines, machines, wait_until
from tests.flows.test_interruption import processes_of

KILLS = int(os.environ.get("LABFLOW_KILLS", "5"))
KILLS_PER_WORKSPACE = 5
DEADLINE_SECONDS = 300
DECIDED = (0, 3)
SMALL = (
    "train.epochs=1",
    "train.hidden_size=32",
    "train.layers=1",
    "evaluate.max_new_tokens=4",
    "taxonomy.documents.local=siblings",
)
FILES = (("generated", "samples"), ("filtered", "kept"), ("trained", "checkpoint"), ("report", "answers"))


class Runs:
    """Runs of the command on one taxonomy, on a server that stays."""

    def __init__(self, server: Machines, taxonomy: Path) -> None:
        self._server, self._taxonomy = server, taxonomy

    def start(self, workspace: Path) -> subprocess.Popen[str]:
        values = [part for value in (*SMALL, f"taxonomy.path={self._taxonomy}") for part in ("--set", value)]
        command = ["from flows.cli import main; main()", "retrain", "--json", "--workspace", str(workspace), *values]
        return self._server.start([sys.executable, "-c", *command])

    def finish(self, workspace: Path) -> dict[str, Any]:
        """The digests of the files that a run which is not disturbed ends with."""
        process = self.start(workspace)
        assert process.wait(timeout=DEADLINE_SECONDS) in DECIDED
        (manifest,) = workspace.glob("runs/*/manifest.json")
        found = json.loads(manifest.read_text(encoding="utf-8"))
        return {f"{stage}.{field}": found[stage][field]["sha256"] for stage, field in FILES}


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_runs_that_were_killed_at_any_moment_end_like_the_undisturbed_one(tmp_path: Path) -> None:
    moments, workspaces = random.Random(7), itertools.count()
    with machines(tmp_path / "machines") as server:
        runs = Runs(server, materialise(tmp_path / "sample"))
        began = time.monotonic()
        undisturbed = runs.finish(tmp_path / "undisturbed")
        length = time.monotonic() - began
        killed = 0
        while killed < KILLS:
            workspace = tmp_path / f"killed-{next(workspaces)}"
            for _ in range(min(KILLS_PER_WORKSPACE, KILLS - killed)):
                if not killed_after(moments.uniform(1, length), runs.start(workspace)):
                    break  # it came to its end first, which is no kill: the next one is in a new workspace
                killed += 1
                wait_until(lambda place=str(workspace): not processes_of(Path(place)), "orphans to end")
            assert runs.finish(workspace) == undisturbed


def killed_after(seconds: float, process: subprocess.Popen[str]) -> bool:
    """Whether the process was at work at that moment, and is not any more."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False
