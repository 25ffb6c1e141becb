"""How far a stage is, for whoever watches: the terminal through a logger, the Prefect UI through a progress artifact.

And that a stage has ended, for whoever counts: ``STAGES_LOGGER``.

Not covered: drawing it (``flows/terminal/progress.py``), telling it to a monitoring system (``flows/accounting``).
"""

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import FlowRunContext

from schemas.contracts import Progress, ReportProgress
from schemas.records import Record

PROGRESS_LOGGER = logging.getLogger("labflow.progress")
"""Every ``Progress`` of a stage in this process, as ``record.progress`` and ``record.stage``: the terminal listens here."""
STAGES_LOGGER = logging.getLogger("labflow.stages")
"""Every end of a stage that this process has placed, as ``record.stage_end``; at level INFO: who wants it sets the level."""
ARTIFACT_SECONDS = 5.0


@dataclass(frozen=True)
class StageEnd:
    """A stage that has ended well.

    Args:
        seconds: From the wish to the result; next to nothing where it was finished before.
        queued_seconds: Of these, until a worker had begun; 0 in this process.
        gpus: What its job variables ask for; None where they do not say.
        result: What it returned.
    """

    stage: str
    seconds: float
    queued_seconds: float
    gpus: int | None
    result: Record


def tell_end(end: StageEnd) -> None:
    """Tells whoever listens."""
    STAGES_LOGGER.info("%s ended after %.1f s", end.stage, end.seconds, extra={"stage_end": end})


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
