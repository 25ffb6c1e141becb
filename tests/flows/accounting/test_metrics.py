"""Metrics of a run: what they say, where they are written, and that nobody who cannot be told stops a run."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from flows.accounting.metrics import StageTime, metrics_of, tell_metrics
from flows.accounting.stage_times import times_of
from schemas.contracts import Usage
from schemas.settings import ObservabilitySettings
from schemas.student_contracts import RunSummary
from tests.flows.report.example_run import ExampleRun, Options

START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    """A whole run, with what a served teacher was asked."""
    made = ExampleRun(tmp_path_factory.mktemp("run"), Options(hostile=False)).summary
    assert made.generated
    asked = Usage(requests=40, cached=8, prompt_tokens=9_000, completion_tokens=5_120)
    return made.model_copy(update={"generated": made.generated.model_copy(update={"usage": asked})})


def values(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """(name, labels) -> value, as a Prometheus server reads it."""
    families = text_string_to_metric_families(text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def told(summary: RunSummary, folder: Path, stages: tuple[StageTime, ...] = ()) -> dict[Any, float]:
    tell_metrics(summary, ObservabilitySettings(textfile_directory=str(folder)), stages)
    return values((folder / "labflow.prom").read_text())


def test_counts_are_those_of_the_run(summary: RunSummary, tmp_path: Path) -> None:
    found = told(summary, tmp_path)
    assert summary.generated
    assert summary.filtered
    assert summary.trained
    assert found["labflow_samples", (("step", "generated"),)] == summary.generated.samples.rows
    assert found["labflow_samples", (("step", "kept"),)] == summary.filtered.kept.rows
    assert found["labflow_trained_tokens", ()] == summary.trained.tokens
    rejected = sum(value for (name, _), value in found.items() if name == "labflow_rejections")
    assert rejected == sum(count for leaf in summary.filtered.leaf_counts for count in leaf.rejected.values())
    assert found["labflow_model_tokens", (("kind", "completion"), ("role", "teacher"))] == 5_120
    assert found["labflow_model_requests", (("role", "teacher"), ("source", "cache"))] == 8
    run = (("commit", summary.change.head), ("outcome", summary.outcome), ("run", Path(summary.folder).name))
    assert found["labflow_run_info", run] == 1


def test_every_scan_verdict_and_every_overall_score_is_told(summary: RunSummary, tmp_path: Path) -> None:
    found = told(summary, tmp_path)
    assert summary.report
    assert summary.scanned
    assert found["labflow_scanned_rows", (("scan", "samples"), ("verdict", "dropped"))] == summary.scanned.dropped
    overall = [score for score in summary.report.scores if score.group == "all"]
    for score in overall:
        labels = (("group", "all"), ("metric", score.metric), ("model", "student"), ("suite", score.suite))
        assert found["labflow_exam_score", labels] == pytest.approx(score.student)
    assert overall
    assert not [labels for (name, labels) in found if name == "labflow_exam_score" and "knowledge/" in str(labels)]


def test_queue_time_and_gpu_hours_are_summed_over_the_stages(summary: RunSummary, tmp_path: Path) -> None:
    stages = (StageTime("train", 1800, 12.5, gpus=4), StageTime("evaluate", 900, 3, gpus=2), StageTime("promote", 1))
    found = told(summary, tmp_path, stages)
    assert found["labflow_stage_queue_seconds", (("stage", "train"),)] == 12.5
    assert found["labflow_run_gpu_hours", ()] == pytest.approx(2.5)
    assert summary.verdict
    assert summary.verdict.release
    release = (("release", str(summary.verdict.release.number)),)
    assert found["labflow_release_gpu_hours", release] == pytest.approx(2.5)


def test_gpu_hours_that_nobody_knows_are_not_told(summary: RunSummary, tmp_path: Path) -> None:
    assert ("labflow_run_gpu_hours", ()) not in told(summary, tmp_path, (StageTime("train", 1800),))


def test_a_run_with_nothing_changed_tells_little(summary: RunSummary, tmp_path: Path) -> None:
    empty = dict.fromkeys(("sources", "generated", "filtered", "scanned", "trained", "report", "verdict"))
    found = told(summary.model_copy(update={**empty, "outcome": "nothing_changed"}), tmp_path)
    assert {name for name, _ in found} == {"labflow_run_info", "labflow_run_seconds"}


class Gateway(ThreadingHTTPServer):
    """A Pushgateway that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_PUT(self) -> None:
        self.server.told.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_metrics_are_pushed(summary: RunSummary, gateway: Gateway) -> None:
    tell_metrics(summary, ObservabilitySettings(pushgateway=f"http://127.0.0.1:{gateway.server_port}"))
    ((path, text),) = gateway.told
    assert path == "/metrics/job/labflow"
    assert ("labflow_run_seconds", ()) in values(text)


def test_whoever_cannot_be_told_is_a_warning(summary: RunSummary, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    nobody = ObservabilitySettings(textfile_directory=str(tmp_path / "file"), pushgateway="http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING, logger="labflow.metrics"):
        tell_metrics(summary, nobody)
    assert ["not written: cannot write" in record.getMessage() for record in caplog.records] == [True, False]
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_nothing_is_written_that_was_not_asked_for(summary: RunSummary) -> None:
    tell_metrics(summary, ObservabilitySettings())
    assert not ObservabilitySettings().wanted
    assert not (Path(summary.folder) / "metrics.prom").exists()


@pytest.mark.parametrize("address", ["gateway:9091", "ftp://gateway", "http://user:password@gateway"])
def test_an_address_with_a_password_or_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        ObservabilitySettings(pushgateway=address)


@dataclass
class Observed:
    """A task run or a flow run, as the server tells it."""

    name: str
    run_seconds: float
    tags: list[str] = field(default_factory=list)
    waited_seconds: float = 0
    job_variables: dict[str, Any] = field(default_factory=dict)

    @property
    def total_run_time(self) -> timedelta:
        return timedelta(seconds=self.run_seconds)

    @property
    def expected_start_time(self) -> datetime:
        return START

    @property
    def start_time(self) -> datetime:
        return START + timedelta(seconds=self.waited_seconds)


def test_a_placed_stage_is_timed_where_it_ran_and_its_tries_are_summed() -> None:
    tasks = [Observed("taxonomy_diff-0", 2), Observed("train-0", 999), Observed("safety_scan-0", 1), Observed("safety_scan-1", 3)]
    children = [
        Observed("train of retrain", 60, ["stage:train", "labflow"], waited_seconds=5, job_variables={"gpus": 2}),
        Observed("train of retrain", 100, ["stage:train"], waited_seconds=7, job_variables={"gpus": 2}),
        Observed("something else", 50, ["labflow"]),
    ]
    assert times_of(tasks, children, None) == [
        StageTime("safety_scan", 4),
        StageTime("taxonomy_diff", 2),
        StageTime("train", 160, 12, gpus=2),
    ]


@pytest.mark.usefixtures("prefect_server")
def test_a_placed_stage_is_found_below_its_parent() -> None:
    from prefect import flow, task

    from flows.accounting.stage_times import _stage_times

    @flow
    def train_stage() -> None:
        """Stands for the run of a deployment."""

    @task(name="train")
    def train() -> None:
        from prefect import tags

        with tags("stage:train"):
            train_stage()

    @flow
    def parent() -> list[StageTime]:
        train()
        return _stage_times(2)

    (found,) = (time for time in parent() if time.stage == "train")
    assert found.gpus == 2
    assert found.seconds > 0


def test_the_setting_says_what_a_stage_holds_where_its_job_variables_do_not() -> None:
    child = Observed("evaluate of retrain", 60, ["stage:evaluate"])
    assert times_of([], [child], 8) == [StageTime("evaluate", 60, 0, gpus=8)]


STAGES = st.builds(
    StageTime, st.sampled_from(["train", "evaluate"]), st.floats(0, 1e6), st.floats(0, 1e6), st.none() | st.integers(0, 64)
)


@given(stages=st.lists(STAGES))
@settings(deadline=None)
def test_metrics_of_any_times_can_be_read(summary: RunSummary, stages: list[StageTime]) -> None:
    found = values(generate_latest(metrics_of(summary, stages)).decode())
    assert {name for name, _ in found} >= {"labflow_run_info", "labflow_run_seconds"}
