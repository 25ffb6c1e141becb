"""Seconds until the Prefect UI shows a run: ``python -m tests.benchmarks.run_page [LEAF_NODES]`` (default 1,000).

Starts a server of its own, makes a run up to its samples over so many new leaf nodes, and opens the run's page in a headless
Chromium, first with an empty cache and then again. ``shown``: the run's name is on the page; ``complete``: its last answer from
the server has come. Prints what it does on standard error, and one JSON object last.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.orchestration import say
from tests.flows.failure_machines import Machines, machines
from tests.flows.headless_browser import Page, headless_browser

OPENED = 3


def main() -> None:
    leaf_nodes = int(sys.argv[1]) if sys.argv[1:] else 1000
    with tempfile.TemporaryDirectory() as name, machines(Path(name) / "machines") as server:
        before = database_bytes(server)
        measured = run_over(leaf_nodes, server)
        measured["database_bytes"] = database_bytes(server) - before
        (run,) = server.runs("retrain")
        say(f"{run['name']}: {measured['seconds']} s")
        with headless_browser(Path(name) / "browser") as page:
            opened = [seconds_of(page, server, run["id"], run["name"]) for _ in range(OPENED)]
    print(json.dumps({"run": measured, "first_time": opened[0], "again": opened[1:]}))


def run_over(leaf_nodes: int, server: Machines) -> dict[str, float | int]:
    """What ``orchestration.measure_many`` says of a run on the server."""
    code = f"import json; from tests.benchmarks.orchestration import measure_many as m; print(json.dumps(m({leaf_nodes})))"
    environment = {**os.environ, **server.environment}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float | int] = json.loads(ran.stdout.splitlines()[-1])
    return measured


def database_bytes(server: Machines) -> int:
    """What the server's database and its write-ahead log take on disk."""
    return sum(file.stat().st_size for file in Path(server.environment["PREFECT_HOME"]).glob("prefect.db*"))


def seconds_of(page: Page, server: Machines, run: str, name: str) -> dict[str, float]:
    page.open(f"http://127.0.0.1:{server.port}/runs/flow-run/{run}")
    shown = page.wait_for(name)
    return {"shown": round(shown, 2), "complete": round(max(shown, page.wait_until_quiet()), 2)}


if __name__ == "__main__":
    main()
