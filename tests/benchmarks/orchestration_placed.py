"""What it costs to place a stage: ``python -m tests.benchmarks.orchestration_placed [QUERY_SECONDS]``.

A Prefect server of its own, a process worker for each of the two pools of ``deployments/``, and a run of the sample through the
REST API with every GPU stage placed, a student of a few steps. For each stage, in seconds, from the server's own record:

    queue    from the wish until a worker has taken it (the worker looks every PREFECT_WORKER_QUERY_SECONDS)
    start    until its flow runs: a Python process, Prefect, the stage's imports
    own      the stage itself
    notice   until the run that waits for it goes on

``placed_seconds`` is all but ``own``: what placing costs beside running the stage in the run's process. Without an argument,
QUERY_SECONDS is 3, as deployments/ has it. Prints one JSON object last.

Not covered: containers and Kubernetes Jobs, whose images have to come first.
"""

import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from taxonomy_sample.materialise import materialise
from tests.deployments.running_service import Service, running

SMALL = {
    "train.epochs": 0.2,
    "train.hidden_size": 32,
    "train.layers": 1,
    "evaluate.max_new_tokens": 4,
    "scan.blocked_share_limit": 1,
}


def main() -> None:
    query_seconds = sys.argv[1] if sys.argv[1:] else "3"
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        materialise(folder / "sample")
        service = Service(folder)
        service.environment["PREFECT_WORKER_QUERY_SECONDS"] = query_seconds
        stack.enter_context(running(service.server(), service.environment, folder / "server.log"))
        service.wait_until_healthy(600)
        sets = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]
        applied = service.deploy("--apply", *sets)
        assert applied.returncode == 0, applied.stderr
        for pool in ("labflow-cpu", "labflow-gpu"):
            stack.enter_context(running(service.worker(pool), service.environment, folder / f"{pool}.log"))
        run = service.retrain({"parameters": {**_parameters(service), "up_to": "release"}}).json()["id"]
        ended = service.wait_for(run, seconds=3000)
        assert ended["state_type"] == "COMPLETED", ended["state"]["message"]
        stages = {stage: _seconds_of(service, child) for stage, child in service.children().items()}
    placed = [each["queue"] + each["start"] + each["notice"] for each in stages.values()]
    report = {
        "query_seconds": float(query_seconds),
        "stages": stages,
        "placed_seconds_per_stage": {"median": round(statistics.median(placed), 1), "most": round(max(placed), 1)},
    }
    print(json.dumps(report))


def _parameters(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.api.get("deployments/name/retrain/labflow").json()["parameters"]
    return found


def _seconds_of(service: Service, child: dict[str, Any]) -> dict[str, float]:
    """The stage's way through its states, and when its parent's task ended."""
    states = service.api.get("flow_run_states/", params={"flow_run_id": child["id"]}).json()
    at = {state["type"]: datetime.fromisoformat(state["timestamp"]) for state in states}
    moments = [at["SCHEDULED"], at["PENDING"], at["RUNNING"], at["COMPLETED"]]
    if child["parent_task_run_id"]:
        task = service.api.get(f"task_runs/{child['parent_task_run_id']}").json()
        moments.append(datetime.fromisoformat(task["end_time"]))
    names = ("queue", "start", "own", "notice")
    steps = zip(names, moments, moments[1:], strict=False)
    found = dict.fromkeys(names, 0.0)
    return found | {name: round((after - before).total_seconds(), 2) for name, before, after in steps}


if __name__ == "__main__":
    main()
