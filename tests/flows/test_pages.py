"""The Prefect UI in a real browser: a run's page, its artifacts and the form for a new run open, and no secret is on them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
from schemas.settings import Settings
from tests.flows.report.example_run import ExampleRun

@flow
def retrain(settings: Settings):
    summary = ExampleRun(Path(sys.argv[1])).summary
    name_run(summary.change)
    publish_curriculum(summary)
    publish_outcome(summary, "match", "https://files.example.org/runs")
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
    command = [sys.executable, "-c", RUN, str(tmp_path / "example")]
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


def test_the_form_for_a_new_run_has_groups_descriptions_bounds_and_choices(server: Machines, page: Page) -> None:
    command = [sys.executable, "-c", DEPLOY, "deploy", "--apply", "--profile", "cluster", "--set", "taxonomy.path=/srv/t.git"]
    subprocess.run(command, env=server.environment, cwd=ROOT, check=True, capture_output=True)
    (deployment,) = server.post("/deployments/filter", {"flows": {"name": {"any_": ["retrain"]}}})
    html = opened(page, server, f"/deployments/deployment/{deployment['id']}/run", "Which taxonomy, and how strictly")
    text = page.text()
    for group in ("Taxonomy", "Scan", "Teacher", "Critic", "Train", "Evaluate", "Gate", "Review", "Placement", "Observability"):
        assert re.search(rf"(?m)^{group}\b", text), group
    assert "least share of human seed examples kept for the exam (0.05 to 0.9)" in text
    for choice in ("suspend", "extractive", "qlora"):
        assert re.search(rf"(?m)^{choice}$", text), choice
    values = page.value("[...document.querySelectorAll('input, textarea')].map(each => each.value)")
    assert "/srv/t.git" in values
    assert "LABFLOW_MODEL_API_KEY" in values  # the name of the variable; its value is nowhere
    assert SECRET not in html
