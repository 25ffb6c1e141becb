"""The Prefect UI in a real browser: a run's page, its artifacts and the form for a new run open, and no secret is on them."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.flows.failure_machines import ROOT, Machines, machines
from tests.flows.headless_browser import BROWSER, Page, headless_browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(BROWSER is None, reason="there is no browser here"),
]
DEPLOY = "from flows.cli import main; main()"
SECRET = "sk-not-to-be-seen-0123456789"
RUN = """
import sys
from pathlib import Path
from prefect import flow
from prefect.runtime import flow_run
from flows.artifacts import publish_curriculum, publish_outcome
from flows.outcome import end_run, name_run
from flows.report.page import render_report
from schemas.settings import Settings
from tests.flows.report.example_run import ExampleRun

@flow
def retrain(settings: Settings):
    summary = ExampleRun(Path(sys.argv[1])).summary
    folder = Path(summary.folder)
    (folder / "train" / "student").mkdir(parents=True)
    (folder / "report.html").write_text(render_report(summary, settings, {}))
    name_run(summary.change)
    publish_curriculum(summary)
    publish_outcome(summary, "match", sys.argv[2])
    print(flow_run.id)
    return end_run(summary)

retrain(Settings.model_validate({"teacher": {"model": {"api_key_env": "TEACHER_KEY"}}}))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with machines(tmp_path_factory.mktemp("machines"), TEACHER_KEY=SECRET) as there:
        yield there


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with headless_browser(tmp_path_factory.mktemp("browser")) as there:
        yield there


def opened(page: Page, server: Machines, path: str, wanted: str) -> str:
    """The page's elements, once a person can read that text on it and nothing more comes."""
    page.open(f"http://127.0.0.1:{server.port}{path}")
    page.wait_for(wanted)
    page.wait_until_quiet()
    return page.html()


def test_a_person_sees_the_run_and_its_artifacts_and_no_secret(server: Machines, page: Page, tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, str(tmp_path / "example"), "https://files.example.org/runs"]
    ran = subprocess.run(command, env={**os.environ, **server.environment}, check=True, capture_output=True, text=True)
    run = ran.stdout.split()[-1]
    found = server.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
    shown = {each["key"]: opened(page, server, f"/artifacts/artifact/{each['id']}", each["key"]) for each in found}
    shown["run"] = opened(page, server, f"/runs/flow-run/{run}", "Released as")
    assert re.search(r"retrain [0-9a-f]{7}", shown["run"])
    assert {"labflow-leaf-nodes", "labflow-funnel", "labflow-samples", "labflow-outcome", "labflow-report"} <= set(shown)
    assert "leaf node" in shown["labflow-leaf-nodes"]
    for key in ("labflow-funnel", "labflow-outcome"):
        assert re.search(r'<img[^>]+src="data:image/svg', shown[key])
    assert "at commit" in shown["labflow-samples"]
    links = set(re.findall(r'<a [^>]*href="(https://files[^"]+)"', shown["labflow-outcome"]))
    assert {link.rpartition("/runs/")[2].partition("/")[2] for link in links} == {"report.html", "train/student/"}
    assert re.search(r'<a [^>]*href="https://files[^"]+/report.html"', shown["labflow-report"])
    assert not [key for key, text in shown.items() if SECRET in text]
    assert not [key for key, text in shown.items() if re.search(r"<img[^>]+src=.https?://(?!127)", text)]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[str]:
    """The address of a web server of the team's, which shows the workspace's runs."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing."""

    (tmp_path / "runs").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "runs")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_click_on_its_link_opens_the_report_and_another_the_model(
    server: Machines, page: Page, files: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", RUN, str(tmp_path / "runs"), files]
    ran = subprocess.run(command, env={**os.environ, **server.environment}, check=True, capture_output=True, text=True)
    found = server.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [ran.stdout.split()[-1]]}}})
    ids = {each["key"]: each["id"] for each in found}
    for key, what, title in (
        ("labflow-report", "report.html", "labflow"),
        ("labflow-outcome", "report.html", "labflow"),
        ("labflow-outcome", "train/student/", "Directory listing"),
    ):
        opened(page, server, f"/artifacts/artifact/{ids[key]}", key)
        address = f"{files}/run/{what}"
        page.click(f'a[href="{address}"]')
        assert title in page.wait_for_tab(address)


def test_the_form_for_a_new_run_has_groups_descriptions_bounds_and_choices(server: Machines, page: Page) -> None:
    command = [sys.executable, "-c", DEPLOY, "deploy", "--apply", "--profile", "cluster", "--set", "taxonomy.path=/srv/t.git"]
    subprocess.run(command, env=server.environment, cwd=ROOT, check=True, capture_output=True)
    (deployment,) = server.post("/deployments/filter", {"flows": {"name": {"any_": ["retrain"]}}})
    opened(page, server, f"/deployments/deployment/{deployment['id']}/run", "Which taxonomy, and how strictly")
    page.wait_for("What a run tells a monitoring system")  # the last group: a form of this size is drawn piece by piece
    html, text = page.html(), page.text()
    for group in ("Taxonomy", "Scan", "Teacher", "Critic", "Train", "Evaluate", "Gate", "Review", "Placement", "Observability"):
        assert re.search(rf"(?m)^{group}\b", text), group
    assert "least share of human seed examples kept for the exam (0.05 to 0.9)" in text
    for choice in ("suspend", "extractive", "qlora"):
        assert re.search(rf"(?m)^{choice}$", text), choice
    values = page.value("[...document.querySelectorAll('input, textarea')].map(each => each.value)")
    assert "/srv/t.git" in values
    assert "LABFLOW_MODEL_API_KEY" in values  # the name of the variable; its value is nowhere
    assert SECRET not in html
