"""Metrics over OTLP: a receiver of the protocol is told what Prometheus is told, at the end of each stage and of the run."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest, ExportMetricsServiceResponse
from pydantic import ValidationError

from flows.accounting.metrics import StageTime, metrics_of, tell_metrics
from flows.accounting.observing import observing
from flows.accounting.otlp import tell_collector
from schemas.contracts import Filtered, Usage
from schemas.settings import ObservabilitySettings
from schemas.student_contracts import RunSummary
from tasks.placement.progress import PROGRESS_LOGGER, StageEnd, tell_end
from tests.flows.report.example_run import ExampleRun, Options

KEY = "sk-secret-0123456789"
Points = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Collector(ThreadingHTTPServer):
    """A collector that keeps what it is told; it refuses whoever has not the key, where it has one."""

    def __init__(self, key: str | None = None) -> None:
        self.told: list[ExportMetricsServiceRequest] = []
        self.lines: list[ExportLogsServiceRequest] = []
        self.paths: list[str] = []
        self.key = key
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def points(self) -> Points:
        """(name, attributes) -> value, as the protocol says it."""
        found: Points = {}
        for request in self.told:
            for resource in request.resource_metrics:
                for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                    for point in metric.gauge.data_points:
                        labels = sorted((each.key, each.value.string_value) for each in point.attributes)
                        found[metric.name, tuple(labels)] = point.as_double
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        lines = self.path == "/v1/logs"
        if self.server.key is not None and self.headers.get("authorization") != f"Bearer {self.server.key}":
            self.send_response(403)
        else:
            self.send_response(200)
            if lines:
                self.server.lines.append(ExportLogsServiceRequest.FromString(body))
            else:
                self.server.told.append(ExportMetricsServiceRequest.FromString(body))
        answer = (ExportLogsServiceResponse() if lines else ExportMetricsServiceResponse()).SerializeToString()
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    return ExampleRun(tmp_path_factory.mktemp("run"), Options(hostile=False)).summary


def filtered_of(summary: RunSummary) -> Filtered:
    assert summary.filtered
    return summary.filtered.model_copy(update={"usage": Usage(requests=40, prompt_tokens=900, completion_tokens=51)})


def test_a_run_is_told_with_the_numbers_that_prometheus_is_told(summary: RunSummary, collector: Collector) -> None:
    stages = (StageTime("train", 1800, 12.5, gpus=4), StageTime("promote", 1))
    tell_metrics(summary, ObservabilitySettings(otlp_endpoint=collector.url), stages)
    expected = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in metrics_of(summary, stages).collect()
        for sample in family.samples
    }
    assert collector.paths == ["/v1/metrics"]
    assert collector.points == pytest.approx(expected)
    assert collector.points["labflow_run_gpu_hours", ()] == pytest.approx(2.0)
    assert collector.points["labflow_stage_queue_seconds", (("stage", "train"),)] == 12.5
    (resource,) = collector.told[0].resource_metrics
    assert [(each.key, each.value.string_value) for each in resource.resource.attributes] == [("service.name", "labflow")]


def test_each_stage_is_told_when_it_ends(summary: RunSummary, collector: Collector) -> None:
    filtered = filtered_of(summary)
    with observing(ObservabilitySettings(otlp_endpoint=f"{collector.url}/v1/metrics", gpus_per_stage=8)):
        tell_end(StageEnd("critic_filter", 41.0, 3.5, 2, filtered))
    tell_end(StageEnd("train", 1, 0, None, filtered))  # nobody listens any more
    assert collector.paths == ["/v1/metrics"]
    stage = ("stage", "critic_filter")
    assert collector.points["labflow_stage_seconds", (stage,)] == 41.0
    assert collector.points["labflow_stage_queue_seconds", (stage,)] == 3.5
    assert collector.points["labflow_stage_gpu_hours", (stage,)] == pytest.approx(2 * 37.5 / 3600)
    assert collector.points["labflow_stage_rows", (("file", "kept"), stage)] == filtered.kept.rows
    assert collector.points["labflow_stage_count", (stage, ("what", "completion_tokens"))] == 51


def test_log_lines_are_told_with_their_facts_and_without_progress(summary: RunSummary, collector: Collector) -> None:
    filtered = filtered_of(summary)
    with observing(ObservabilitySettings(otlp_endpoint=collector.url)):
        tell_end(StageEnd("critic_filter", 41.0, 3.5, 2, filtered))
        PROGRESS_LOGGER.info("critic_filter", extra={"stage": "critic_filter", "progress": object()})
        logging.getLogger("labflow.flow").warning("disk: %s", "2 GiB\nfree")
    stage, warning = (
        line for told in collector.lines for each in told.resource_logs for scope in each.scope_logs for line in scope.log_records
    )
    facts = {each.key: each.value for each in stage.attributes}
    assert (facts["stage"].string_value, facts["rows.kept"].int_value) == ("critic_filter", filtered.kept.rows)
    assert facts["queued_seconds"].double_value == 3.5
    assert (stage.severity_text, warning.severity_text) == ("INFO", "WARNING")
    assert warning.body.string_value == "disk: 2 GiB free"
    assert stage.time_unix_nano > 0
    assert [
        (each.key, each.value.string_value) for told in collector.lines[:1] for each in told.resource_logs[0].resource.attributes
    ] == [("service.name", "labflow")]


def test_a_collector_that_refuses_log_lines_is_one_warning_however_many_there_are(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.key = KEY
    with caplog.at_level(logging.WARNING), observing(ObservabilitySettings(otlp_endpoint=collector.url)):
        for number in range(3):
            logging.getLogger("labflow.flow").warning("number %s", number)
    warnings = [record.getMessage() for record in caplog.records if record.name == "labflow.metrics"]
    assert len(warnings) == 1
    assert "cannot tell log lines to" in warnings[0]
    assert collector.paths == ["/v1/logs"]


def test_a_key_comes_from_the_environment_and_a_refusal_is_one_warning_without_it(
    summary: RunSummary, collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    collector.key = KEY
    with caplog.at_level(logging.WARNING):
        tell_collector(metrics_of(summary), collector.url)
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "refuses them" in warning
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization=Bearer%20{KEY}")
    tell_collector(metrics_of(summary), collector.url)
    assert len(collector.told) == 1
    assert KEY.encode() not in collector.told[0].SerializeToString()


def test_a_collector_that_is_away_is_one_warning(
    summary: RunSummary, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.accounting.otlp.TIMEOUT_SECONDS", 0.5)
    with caplog.at_level(logging.WARNING):
        tell_collector(metrics_of(summary), "http://127.0.0.1:9")
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning.startswith("cannot tell the metrics to http://127.0.0.1:9")
    assert "\n" not in warning


@pytest.mark.parametrize("address", ["collector:4318", "http://user:password@collector", "http://collector?key=1"])
def test_an_address_that_could_hold_a_secret_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        ObservabilitySettings(otlp_endpoint=address)


def test_the_log_file_has_a_line_of_json_for_each_stage_and_warning(summary: RunSummary, tmp_path: Path) -> None:
    path = tmp_path / "logs" / "labflow.jsonl"
    filtered = filtered_of(summary)
    with observing(ObservabilitySettings(log_file=str(path))):
        tell_end(StageEnd("critic_filter", 41.0, 3.5, None, filtered))
        PROGRESS_LOGGER.info("critic_filter", extra={"stage": "critic_filter", "progress": object()})
        logging.getLogger("labflow.flow").warning("disk: %s", "2 GiB\nfree")
    logging.getLogger("labflow.flow").warning("afterwards")
    stage, warning = (json.loads(line) for line in path.read_text().splitlines())
    assert (stage["stage"], stage["queued_seconds"], stage["rows"]["kept"]) == ("critic_filter", 3.5, filtered.kept.rows)
    assert (warning["level"], warning["logger"], warning["message"]) == ("warning", "labflow.flow", "disk: 2 GiB free")
    assert warning["time"].endswith("Z")


def test_a_log_file_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    with (
        caplog.at_level(logging.WARNING, logger="labflow.metrics"),
        observing(ObservabilitySettings(log_file=str(tmp_path / "file" / "log"))),
    ):
        pass
    assert "no log lines in" in caplog.text
