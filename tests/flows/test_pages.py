"""The Prefect UI in a real browser: the run's page and its artifacts open, figures are drawn, and no secret is on them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.failure_machines import Machines, machines

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
SECRET = "sk-not-to-be-seen-0123456789"
RUN = """
import sys
from pathlib import Path
from prefect import flow
from prefect.runtime import flow_run
from flows.artifacts import publish_curriculum, publish_outcome
from flows.outcome import end_run, name_run
from schemas.settings import Settings
from tests.flows.report.example_run import ExampleRun

@flow
def retrain(settings: Settings):
    summary = ExampleRun(Path(sys.argv[1])).summary
    name_run(summary.change)
    publish_curriculum(summary)
    publish_outcome(summary, "match")
    print(flow_run.id)
    return end_run(summary)

retrain(Settings.model_validate({"teacher": {"model": {"api_key_env": "TEACHER_KEY"}}}))
"""


def page(server: Machines, path: str, folder: Path) -> str:
    """The page's elements once it has loaded what it loads."""
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder}",
        "--virtual-time-budget=20000",
    ]
    url = f"http://127.0.0.1:{server.port}{path}"
    return subprocess.run([*command, "--dump-dom", url], capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(BROWSER is None, reason="there is no browser here")
def test_a_person_sees_the_run_and_its_artifacts_and_no_secret(tmp_path: Path) -> None:
    with machines(tmp_path / "machines", TEACHER_KEY=SECRET) as server:
        command = [sys.executable, "-c", RUN, str(tmp_path / "example")]
        ran = subprocess.run(command, env={**os.environ, **server.environment}, check=True, capture_output=True, text=True)
        run = ran.stdout.split()[-1]
        found = server.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
        shown = {each["key"]: page(server, f"/artifacts/artifact/{each['id']}", tmp_path / "browser") for each in found}
        shown["run"] = page(server, f"/runs/flow-run/{run}", tmp_path / "browser")
    assert re.search(r"retrain [0-9a-f]{7}", shown["run"])
    assert "Released as" in shown["run"]
    assert {"labflow-leaf-nodes", "labflow-funnel", "labflow-samples", "labflow-outcome"} <= set(shown)
    assert "leaf node" in shown["labflow-leaf-nodes"]
    for key in ("labflow-funnel", "labflow-outcome"):
        assert re.search(r'<img[^>]+src="data:image/svg', shown[key])
    assert "at commit" in shown["labflow-samples"]
    assert not [key for key, text in shown.items() if SECRET in text]
    assert not [key for key, text in shown.items() if re.search(r"<img[^>]+src=.https?://(?!127)", text)]
