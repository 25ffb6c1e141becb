"""What a run leans on by setting besides models and work pools: dask clusters, and collectors of metrics.

    Check("shards of critic_filter", "fail", "tls://dask:8786 does not answer (timed out)", "start the scheduler, or correct ...")

A cluster that cannot be reached stops a run: the stage would end there, after others were paid. A collector never does.

Not covered: whether the cluster has workers, and whether theirs is labflow's same version; each shard asks that itself.
"""

import importlib.util
import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from flows.readiness.check import SECONDS, Check
from schemas.settings import ObservabilitySettings, PlacementSettings, ShardedPlacement, ShardSettings


def check_sharding(placement: PlacementSettings) -> Iterator[Check]:
    """Whether the stages whose rows are shared out can be: in this process; a placed stage is its worker's affair."""
    for stage, place in placement:
        if isinstance(place, ShardedPlacement) and place.deployment is None and place.sharding.task_runner == "dask":
            yield from _check_dask(stage, place.sharding)


def _check_dask(stage: str, sharding: ShardSettings) -> Iterator[Check]:
    name, where = f"shards of {stage}", f"placement.{stage}.sharding"
    if importlib.util.find_spec("prefect_dask") is None:
        yield Check(name, "fail", "prefect-dask is not installed", f"pip install 'labflow[dask]', or unset {where}.task_runner")
        return
    if sharding.scheduler is None:
        yield Check(name, "ok", "a dask cluster is started on the loopback interface for the length of the stage")
        return
    address = urlsplit(sharding.scheduler)
    reason = _reason_not_reached(address.hostname or "", address.port or 8786)
    if reason:
        found = f"{sharding.scheduler} does not answer ({reason})"
        yield Check(name, "fail", found, f"start the scheduler, or correct {where}.scheduler")
    elif address.scheme not in ("tls", "wss") and not _is_loopback(address.hostname or ""):
        found = f"{sharding.scheduler} is not encrypted, and whoever reaches it may run code on its workers"
        yield Check(name, "fail", found, "give scheduler and workers certificates, and use tls://")
    else:
        yield Check(name, "ok", f"{sharding.scheduler} answers")


def check_collector(settings: ObservabilitySettings) -> Iterator[Check]:
    """Whether metrics and log lines will arrive; what does not is a warning."""
    if settings.otlp_endpoint is not None:
        yield _check_otlp(settings.otlp_endpoint)
    for name, place in (("metrics", settings.textfile_directory), ("log file", settings.log_file)):
        if place is None:
            continue
        folder = Path(place).expanduser()
        folder = folder if name == "metrics" else folder.parent
        if folder.is_dir() and not os.access(folder, os.W_OK):
            yield Check(name, "warn", f"{folder} cannot be written", "correct observability in the settings, or its permissions")


def _check_otlp(endpoint: str) -> Check:
    if importlib.util.find_spec("opentelemetry.exporter") is None:
        return Check("collector", "warn", "the OpenTelemetry exporter is not installed", "pip install 'labflow[otel]'")
    address = urlsplit(endpoint)
    reason = _reason_not_reached(address.hostname or "", address.port or (443 if address.scheme == "https" else 80))
    if reason:
        way_out = "start the collector, or correct observability.otlp_endpoint; runs go on without"
        return Check("collector", "warn", f"{endpoint} does not answer ({reason})", way_out)
    return Check("collector", "ok", f"{endpoint} answers")


def _reason_not_reached(host: str, port: int) -> str:
    try:
        with socket.create_connection((host, port), timeout=SECONDS):
            return ""
    except OSError as error:
        return error.strerror or str(error) or type(error).__name__


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
