"""What is told while a run goes on: the end of each stage and log lines to a collector, and log lines as JSON to a file.

Both by ``settings.observability``; the run's own numbers follow at its end (``metrics``). One example line of the log::

    {"time": "2026-01-05T06:12:44.120Z", "level": "info", "logger": "labflow.stages", "message": "critic_filter ended ...",
     "stage": "critic_filter", "seconds": 41.0, "queued_seconds": 3.2, "rows": {"kept": 460, "rejected": 35}, ...}

Texts of samples, keys and settings are in none of them: counts only, and what labflow's own warnings say.

Not covered: Prefect's own logs (PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER=json makes lines of JSON of all that goes to a
worker's console), and what placed stages log on their machines.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from flows.accounting.metrics import Gauges
from flows.accounting.otlp import LOGGER, tell_collector
from flows.accounting.otlp_lines import CollectorLines
from flows.accounting.stage_times import GPU_STAGES
from schemas.contracts import DatasetFile, ScanResult, Usage
from schemas.records import Record
from schemas.settings import ObservabilitySettings
from tasks.placement.progress import STAGES_LOGGER, StageEnd


@contextmanager
def observing(settings: ObservabilitySettings) -> Iterator[None]:
    """Listens to labflow for the length of a run, as the settings say."""
    listening: list[tuple[logging.Logger, logging.Handler]] = []
    if settings.otlp_endpoint is not None:
        told = CollectorLines(settings.otlp_endpoint, line_of)
        listening.append((STAGES_LOGGER, _StageTeller(settings.otlp_endpoint, settings.gpus_per_stage)))
        listening += [(STAGES_LOGGER, told), (logging.getLogger("labflow"), told)]
    if settings.log_file is not None and (lines := _open_lines(Path(settings.log_file).expanduser())):
        listening += [(STAGES_LOGGER, lines), (logging.getLogger("labflow"), lines)]
    before = STAGES_LOGGER.level, STAGES_LOGGER.propagate
    if listening:
        STAGES_LOGGER.setLevel(logging.INFO)
        STAGES_LOGGER.propagate = False  # to those who asked, and not to a terminal besides
    for logger, handler in listening:
        logger.addHandler(handler)
    try:
        yield
    finally:
        STAGES_LOGGER.setLevel(before[0])
        STAGES_LOGGER.propagate = before[1]
        for logger, handler in listening:
            logger.removeHandler(handler)
            handler.close()


class _StageTeller(logging.Handler):
    """Tells a collector of each stage that ends."""

    def __init__(self, endpoint: str, gpus_per_stage: int | None) -> None:
        super().__init__(logging.INFO)
        self._endpoint, self._gpus = endpoint, gpus_per_stage

    def emit(self, record: logging.LogRecord) -> None:
        end = getattr(record, "stage_end", None)
        if isinstance(end, StageEnd):
            tell_collector(metrics_of_stage(end, self._gpus), self._endpoint)


def metrics_of_stage(end: StageEnd, gpus_per_stage: int | None) -> CollectorRegistry:
    """What a stage took and made: seconds, wait, GPU hours, rows of its files, requests and tokens of served models."""
    registry = CollectorRegistry(auto_describe=False)
    gauges = Gauges(registry)
    stage = end.stage
    gauges.set("stage_seconds", "wall time of a stage", end.seconds, stage=stage)
    gauges.set("stage_queue_seconds", "wait for a worker", end.queued_seconds, stage=stage)
    gpus = end.gpus if end.gpus is not None else gpus_per_stage if stage in GPU_STAGES else None
    if gpus is not None:
        hours = gpus * (end.seconds - end.queued_seconds) / 3600
        gauges.set("stage_gpu_hours", "GPUs held, times hours", hours, stage=stage)
    facts = facts_of(end.result)
    gauges.set_each("stage_rows", "rows of a stage's files", "file", facts.pop("rows"), stage=stage)
    gauges.set_each("stage_count", "what else a stage counted", "what", facts, stage=stage)
    return registry


def facts_of(result: Record) -> dict[str, Any]:
    """A stage's result in numbers: rows by file, and what the served models were asked."""
    files = {name: value.rows for name, value in result if isinstance(value, DatasetFile)}
    facts: dict[str, Any] = {"rows": files}
    if isinstance(result, ScanResult):
        facts |= result.model_dump(include={"allowed", "redacted", "quarantined", "dropped"})
    usage = getattr(result, "usage", None)
    if isinstance(usage, Usage):
        facts |= usage.model_dump()
    return facts


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; texts that cannot be UTF-8 are escaped."""
        return json.dumps(line_of(record))


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    """What is told of a record: when, how grave, by whom, and the facts of a stage that has ended."""
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line: dict[str, Any] = {"time": time, "level": record.levelname.lower(), "logger": record.name}
    line["message"] = " ".join(record.getMessage().split())
    end = getattr(record, "stage_end", None)
    if isinstance(end, StageEnd):
        line |= {"stage": end.stage, "seconds": round(end.seconds, 3), "queued_seconds": round(end.queued_seconds, 3)}
        line |= facts_of(end.result)
    return line


def _open_lines(path: Path) -> logging.Handler | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        LOGGER.warning("no log lines in %s: %s", path, error.strerror)
        return None
    handler.setLevel(logging.INFO)
    handler.addFilter(lambda record: not hasattr(record, "progress"))  # the terminal's: many a second
    handler.setFormatter(JsonLines())
    return handler
