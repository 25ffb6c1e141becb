"""A service on the sample whose runs ask people: how one is started, waited for, answered and looked at."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tasks.promote.ledger import read_ledger
from tests.deployments.running_service import FINAL, Service
from tests.flows.failure_machines import children_of

SMALL = {
    "scan": {"blocked_share_limit": 1},
    "train": {"epochs": 0.2, "hidden_size": 32, "layers": 1},
    "evaluate": {"max_new_tokens": 4},
}
WAITING = frozenset({"PAUSED"})


class ReviewedService(Service):
    """Runs of the sample that ask people."""

    def start(self, review: dict[str, Any], seed: int = 7, **parameters: Any) -> str:
        """The id of a new run. Another seed is another curriculum, so that nothing was decided before."""
        settings = {
            **SMALL,
            "workspace": str(self.folder / "workspace"),
            "taxonomy": {"path": str(self.folder / "sample" / "taxonomy"), "documents": {"local": "siblings"}},
            "train": {**SMALL["train"], "seed": seed},
            "review": review,
        }
        answer = self.retrain({"parameters": {"settings": settings, **parameters}})
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def wait_until_asked(self, run: str, state: str) -> dict[str, Any]:
        """The run, once it waits in that state: Suspended or Paused."""
        while True:
            found = self.wait_for(run, WAITING | FINAL, 240)
            assert found["state_type"] in WAITING, found["state"]["message"]
            if found["state_name"] == state:
                return found
            time.sleep(1)

    def start_worker(self, pool: str = "labflow-cpu") -> subprocess.Popen[bytes]:
        """A worker that is not ended by anybody but ``kill``."""
        log = (self.folder / "worker.log").open("ab")
        command = [sys.executable, "-m", *self.worker(pool)]
        with log:
            return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def kill(self, worker: subprocess.Popen[bytes], *, machine: bool) -> None:
        """SIGKILL for what the worker has started, and where the whole machine dies, for the worker before that."""
        runs = children_of(worker.pid)
        assert runs or machine, "the worker has started nothing"
        if machine:
            worker.kill()
            worker.wait()
        for process in runs:
            if Path(f"/proc/{process}").exists():
                os.kill(process, signal.SIGKILL)

    def approve(self, run: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from flows.cli import main; main()", "approve", run, *options]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)

    def finished_stages(self) -> dict[str, int]:
        """Results up to the samples, with the file that holds them: a stage that ran again would have written another."""
        results = (self.folder / "workspace" / "stages").rglob("result.json")
        return {str(path): path.stat().st_ino for path in results if not {"train", "evaluate"} & set(path.parts)}

    def approvals(self) -> list[tuple[str, str, str, str]]:
        """Who said what, in the ledger's last line."""
        (*_, last) = read_ledger(str(self.folder / "workspace" / "ledger.jsonl"))
        return [(said.step, said.decision, said.by, said.comment) for said in last.approvals]

    def scheduled_answers(self) -> list[dict[str, Any]]:
        """Answers in nobody's name that are still to come."""
        return [
            run
            for run in self.post("flow_runs/filter", {"flows": {"name": {"any_": ["answer_for_nobody"]}}})
            if run["state_type"] == "SCHEDULED"
        ]
