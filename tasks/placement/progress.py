"""How far a stage is, for whoever watches: the terminal through a logger, the Prefect UI through a progress artifact.

Not covered: drawing it (``flows/terminal/progress.py``).
"""

import logging
import time
from contextlib import suppress
from typing import Any

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import FlowRunContext

from schemas.contracts import Progress, ReportProgress

PROGRESS_LOGGER = logging.getLogger("labflow.progress")
"""Every ``Progress`` of a stage in this process, as ``record.progress`` and ``record.stage``: the terminal listens here."""
ARTIFACT_SECONDS = 5.0


def report_progress(stage: str) -> ReportProgress:
    """A reporter that tells the terminal at once and, in a flow run, a Prefect progress artifact every few seconds."""
    artifact: dict[str, Any] = {"id": None}
    began = time.monotonic()
    due = began + ARTIFACT_SECONDS

    def report(progress: Progress) -> None:
        nonlocal due
        PROGRESS_LOGGER.info("%s", stage, extra={"stage": stage, "progress": progress})
        if progress.total and time.monotonic() >= due and FlowRunContext.get():
            percent = min(100.0, 100.0 * progress.done / progress.total)
            words = f"{stage}: {describe(progress, time.monotonic() - began)}"
            with suppress(Exception):  # a server that is away for a while must not end a training
                if artifact["id"] is None:
                    artifact["id"] = create_progress_artifact(percent, description=words)
                else:
                    update_progress_artifact(artifact["id"], percent, description=words)
            due = time.monotonic() + ARTIFACT_SECONDS

    return report


def describe(progress: Progress, seconds: float) -> str:
    """``420 of 840 steps, about 3 min left; loss 1.2``.

    Args:
        seconds: since the work began.
    """
    words = f"{progress.done:,} of {progress.total:,} {progress.unit}" if progress.total else f"{progress.done:,} {progress.unit}"
    if progress.total and 0 < progress.done < progress.total:
        left = seconds * (progress.total - progress.done) / progress.done
        words += f", about {left:.0f} s left" if left < 100 else f", about {left / 60:.0f} min left"
    return f"{words}; {progress.note}" if progress.note else words
