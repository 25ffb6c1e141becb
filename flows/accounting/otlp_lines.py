"""What labflow logs while a run goes on, for an OpenTelemetry collector over OTLP/HTTP: ends of stages, warnings, errors.

One log record for each line that ``settings.observability.log_file`` would get, with the same facts as attributes::

    severity INFO  body "critic_filter ended after 41.0 s"  {logger: labflow.stages, stage: critic_filter, rows.kept: 460, ...}

A collector that cannot be told is one warning, and is told nothing more in this run: a line must not cost a time-out each. Where
the address is that of the metrics alone (``.../v1/metrics``), no lines are sent.

Not covered: traces, and Prefect's own logs.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flows.accounting.otlp import LOGGER, PATH, TIMEOUT_SECONDS, silent

LOG_PATH = "/v1/logs"
Facts = Callable[[logging.LogRecord], dict[str, Any]]
"""A record as a line's keys and values."""


class CollectorLines(logging.Handler):
    """Tells a collector each line."""

    def __init__(self, endpoint: str, facts_of_line: Facts) -> None:
        super().__init__(logging.INFO)
        self._endpoint, self._facts = endpoint.rstrip("/"), facts_of_line
        self._gone = self._endpoint.endswith(PATH)
        # A warning that the collector is away is not for the collector; progress comes many times a second.
        self.addFilter(lambda record: record.name != LOGGER.name and not hasattr(record, "progress"))

    def emit(self, record: logging.LogRecord) -> None:
        if self._gone:
            return
        try:
            from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
            from opentelemetry.sdk._logs.export import LogRecordExportResult

            line = _as_otlp(record, self._facts(record))
        except ImportError:
            self._gone = True
            LOGGER.warning("no log lines for %s: the extra is missing or old: pip install -U 'labflow[otel]'", self._endpoint)
            return
        reason = "it does not answer, or refuses them"
        exporter = OTLPLogExporter(endpoint=f"{self._endpoint}{LOG_PATH}", timeout=TIMEOUT_SECONDS)
        try:
            with silent("opentelemetry"):
                self._gone = exporter.export([line]) is LogRecordExportResult.FAILURE
        except OSError as error:  # requests' errors are of this kind
            self._gone, reason = True, " ".join(str(error).split())
        finally:
            exporter.shutdown()
        if self._gone:
            LOGGER.warning("cannot tell log lines to %s: %s", self._endpoint, reason)


def _as_otlp(record: logging.LogRecord, facts: Mapping[str, Any]) -> Any:
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.resources import Resource

    told = {key: value for key, value in facts.items() if key not in ("time", "level", "message")}
    line = LogRecord(
        timestamp=int(record.created * 1e9),
        severity_number={"WARNING": SeverityNumber.WARN, "ERROR": SeverityNumber.ERROR, "CRITICAL": SeverityNumber.FATAL}.get(
            record.levelname, SeverityNumber.INFO
        ),
        severity_text=record.levelname,
        body=facts["message"],
        attributes=_flat(told),
    )
    # A resource of our own: the detected one would tell the process's arguments.
    return ReadableLogRecord(line, Resource({"service.name": "labflow"}))


def _flat(facts: Mapping[str, Any]) -> dict[str, Any]:
    """``{"rows": {"kept": 460}}`` -> ``{"rows.kept": 460}``."""
    flat: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}.{inner}": each for inner, each in _flat(value).items()}
        elif value is not None:
            flat[key] = value
    return flat
