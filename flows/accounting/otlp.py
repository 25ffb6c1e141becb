"""A run's metrics for an OpenTelemetry collector, over OTLP/HTTP (the OpenTelemetry protocol's specification, 1.x).

The gauges are those that Prometheus is told, under the same names; the resource says that labflow tells them::

    resource {service.name: labflow}  metric labflow_model_tokens  point {role: teacher, kind: completion} 81920

One request for all of them. What a collector wants besides, a key for instance, is read from ``OTEL_EXPORTER_OTLP_HEADERS`` by
the library itself: no setting holds it. A collector that cannot be told is one warning.

Log lines are told by ``otlp_lines``.

Not covered: traces, gRPC.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

LOGGER = logging.getLogger("labflow.metrics")
TIMEOUT_SECONDS = 10.0
PATH = "/v1/metrics"


def tell_collector(registry: CollectorRegistry, endpoint: str) -> None:
    """Sends all gauges of the registry; what cannot be sent is a warning.

    Args:
        endpoint: Base URL of the collector, or of its metrics.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
        from opentelemetry.sdk.resources import Resource
    except ImportError:
        LOGGER.warning("no metrics for %s: the extra is missing: pip install 'labflow[otel]'", endpoint)
        return
    reader = InMemoryMetricReader()
    # A resource of our own: the detected one would tell the process's arguments.
    provider = MeterProvider([reader], resource=Resource({"service.name": "labflow"}), shutdown_on_exit=False)
    meter = provider.get_meter("labflow")
    for family in registry.collect():
        gauge = meter.create_gauge(family.name, description=family.documentation)
        for sample in family.samples:
            gauge.set(sample.value, dict(sample.labels))
    told = reader.get_metrics_data()
    exporter = OTLPMetricExporter(endpoint=_url(endpoint), timeout=TIMEOUT_SECONDS)
    try:
        with silent("opentelemetry"):
            result = None if told is None else exporter.export(told, timeout_millis=TIMEOUT_SECONDS * 1000)
    except OSError as error:  # requests' errors are of this kind
        LOGGER.warning("cannot tell the metrics to %s: %s", endpoint, " ".join(str(error).split()))
        return
    finally:
        exporter.shutdown()
        provider.shutdown()
    if result is MetricExportResult.FAILURE:
        LOGGER.warning("cannot tell the metrics to %s: it does not answer, or refuses them", endpoint)


def _url(endpoint: str) -> str:
    base = endpoint.rstrip("/")
    return base if base.endswith(PATH) else base + PATH


@contextmanager
def silent(name: str) -> Iterator[None]:
    """Nothing is heard of a library that words its failures over many lines; ours is one."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
