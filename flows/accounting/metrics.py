"""What one run did, as metrics: tokens, samples, rejections, queue time, GPU hours, scores.

Written when the run ends, as gauges of that run, by ``settings.observability``: ``metrics.prom`` in its folder, ``labflow.prom``
for the node exporter's textfile collector, a push to a Pushgateway, OpenTelemetry over OTLP (``otlp``). A monitoring system that
cannot be told never fails a run: it is one warning in the log.

    labflow_model_tokens{kind="completion",role="teacher"} 81920.0
    labflow_stage_queue_seconds{stage="train"} 12.4
    labflow_release_gpu_hours{release="12"} 3.5

Not covered: metrics while a stage goes on (its progress is in the Prefect UI), the server's own metrics
(PREFECT_SERVER_METRICS_ENABLED) and vLLM's (its /metrics).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, push_to_gateway

from flows.accounting.otlp import tell_collector
from schemas.contracts import ScanResult, Usage
from schemas.errors import WorkspaceError
from schemas.settings import ObservabilitySettings
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import write_text_atomically

LOGGER = logging.getLogger("labflow.metrics")
PUSH_TIMEOUT_SECONDS = 10.0
TOLD_GROUPS = ("all", "claimed", "changed", "unchanged")
"""Groups of exam questions whose scores are told: leaf nodes would be a label of any size."""


@dataclass(frozen=True)
class StageTime:
    """How long a stage took.

    Args:
        queued_seconds: From the wish to the start; 0 in the parent's process.
        gpus: What it held; None where nobody said.
    """

    stage: str
    seconds: float
    queued_seconds: float = 0.0
    gpus: int | None = None


def metrics_of(summary: RunSummary, stages: Iterable[StageTime] = ()) -> CollectorRegistry:
    """A registry of its own with the metrics of one run; what the run did not come to is absent."""
    registry = CollectorRegistry(auto_describe=False)
    gauges = Gauges(registry)
    run = summary.folder.rpartition("/")[2]
    gauges.set("run_info", "the run that these numbers are of", 1, run=run, outcome=summary.outcome, commit=summary.change.head)
    gauges.set("run_seconds", "wall time", summary.seconds)
    if summary.verdict and summary.verdict.release:
        gauges.set("release_number", "the release that it made", summary.verdict.release.number)
    _add_usage(gauges, summary)
    _add_samples(gauges, summary)
    _add_scores(gauges, summary)
    _add_stages(gauges, tuple(stages), summary)
    return registry


def tell_metrics(summary: RunSummary, settings: ObservabilitySettings, stages: Iterable[StageTime] = ()) -> None:
    """Writes and pushes the metrics as the settings say; what cannot be told is a warning."""
    registry = metrics_of(summary, stages)
    text = generate_latest(registry).decode()
    targets = [Path(summary.folder) / "metrics.prom"] if settings.metrics else []
    if settings.textfile_directory is not None:
        targets.append(Path(settings.textfile_directory).expanduser() / "labflow.prom")
    for target in targets:
        try:
            write_text_atomically(target, text)
        except WorkspaceError as error:
            LOGGER.warning("the metrics are not written: %s", error)
    if settings.pushgateway is not None:
        try:
            push_to_gateway(settings.pushgateway, job="labflow", registry=registry, timeout=PUSH_TIMEOUT_SECONDS)
        except OSError as error:  # urllib's errors are of this kind
            LOGGER.warning("cannot push the metrics to %s: %s", settings.pushgateway, " ".join(str(error).split()))
    if settings.otlp_endpoint is not None:
        tell_collector(registry, settings.otlp_endpoint)


class Gauges:
    """Gauges by name, each made when it is first set."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._made: dict[str, Gauge] = {}

    def set(self, name: str, description: str, value: float, **labels: str) -> None:
        if name not in self._made:
            self._made[name] = Gauge(f"labflow_{name}", description, tuple(sorted(labels)), registry=self._registry)
        gauge = self._made[name].labels(**labels) if labels else self._made[name]
        gauge.set(value)

    def set_each(self, name: str, description: str, label: str, values: Mapping[str, float], **labels: str) -> None:
        for key, value in values.items():
            self.set(name, description, value, **{label: key}, **labels)


def _add_usage(gauges: Gauges, summary: RunSummary) -> None:
    asked: dict[str, Usage] = {}
    if summary.generated:
        asked["teacher"] = summary.generated.usage
    if summary.filtered:
        asked["critic"] = summary.filtered.usage
    for role, usage in asked.items():
        tokens = {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens}
        gauges.set_each("model_tokens", "tokens of served models", "kind", tokens, role=role)
        requests = {"server": usage.requests, "cache": usage.cached}
        gauges.set_each("model_requests", "answers of served models, by where they came from", "source", requests, role=role)
    if summary.cost:
        gauges.set("model_cost", "of the served models, in the currency of the settings' prices", summary.cost.total)


def _add_samples(gauges: Gauges, summary: RunSummary) -> None:
    about = "samples after each step"
    if summary.generated:
        gauges.set("samples", about, summary.generated.samples.rows, step="generated")
    if summary.filtered:
        gauges.set("samples", about, summary.filtered.kept.rows, step="kept")
        rejected: dict[str, float] = {}
        for leaf in summary.filtered.leaf_counts:
            for reason, count in leaf.rejected.items():
                rejected[reason] = rejected.get(reason, 0) + count
        gauges.set_each("rejections", "samples that the critic rejected", "reason", rejected)
    for name, scan in (("sources", summary.sources), ("samples", summary.scanned)):
        if scan:
            gauges.set_each("scanned_rows", "rows by the scanner's verdict", "verdict", _verdicts(scan), scan=name)
    if summary.trained:
        gauges.set("samples", about, summary.trained.samples, step="trained")
        gauges.set("trained_tokens", "tokens trained on, over all epochs", summary.trained.tokens)
        gauges.set("train_seconds", "wall time of training alone", summary.trained.seconds)


def _verdicts(scan: ScanResult) -> dict[str, float]:
    return {"allowed": scan.allowed, "redacted": scan.redacted, "quarantined": scan.quarantined, "dropped": scan.dropped}


def _add_scores(gauges: Gauges, summary: RunSummary) -> None:
    for score in summary.report.scores if summary.report else ():
        if score.group in TOLD_GROUPS:
            labels = {"suite": score.suite, "group": score.group, "metric": score.metric}
            means = {"base": score.base, "student": score.student}
            gauges.set_each("exam_score", "mean over a group of exam questions, 0 to 1", "model", means, **labels)


def _add_stages(gauges: Gauges, stages: tuple[StageTime, ...], summary: RunSummary) -> None:
    for stage in stages:
        gauges.set("stage_seconds", "wall time of a stage", stage.seconds, stage=stage.stage)
        gauges.set("stage_queue_seconds", "wait for a worker", stage.queued_seconds, stage=stage.stage)
    held = [stage for stage in stages if stage.gpus is not None]
    if held:
        hours = sum((s.gpus or 0) * s.seconds for s in held) / 3600
        gauges.set("run_gpu_hours", "GPUs held, times hours", hours)
        if summary.verdict and summary.verdict.release:
            release = str(summary.verdict.release.number)
            gauges.set("release_gpu_hours", "GPU hours of the run that made a release", hours, release=release)
