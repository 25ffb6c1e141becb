"""What a person at a terminal sees while a run goes on: stages as they pass, progress with ETA for the long ones.

In a terminal the lines are live and coloured; elsewhere each stage is one plain line when it has ended, and a long one says every
ten seconds how far it is. All of it goes to stderr, so that ``--json`` on stdout stays a document.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from flows.process_guard import guard_processes
from schemas.contracts import Progress
from schemas.settings import Settings
from schemas.student_contracts import RunSummary

PLAIN_SECONDS = 10.0


def run_watched(settings: Settings, console: Console, up_to: Literal["samples", "release"] = "release") -> RunSummary:
    """Runs the flow, shows its progress, and leaves no process behind even when it is killed."""
    from flows.retrain import retrain  # imports Prefect: after the environment says how quiet it is

    with guard_processes(), stage_lines(console):
        return retrain(settings, up_to)


class StageLines(logging.Handler):
    """Shows the ``Progress`` records of the logger ``labflow.progress``."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self._console = console
        self._stage: str | None = None
        self._last: Progress | None = None
        self._began = self._next = 0.0
        self._bar: TaskID | None = None
        self._bars = Bars(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<16}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[amount]}", justify="right"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("[dim]{task.fields[note]}"),
            console=console,
        )

    def emit(self, record: logging.LogRecord) -> None:
        self.show(record.__dict__["stage"], record.__dict__["progress"])

    def show(self, stage: str, progress: Progress) -> None:
        """Draws how far a stage is; a stage other than the current one begins, and the current one has ended."""
        if stage != self._stage:
            self.end_stage()
            self._stage, self._began, self._next = stage, time.monotonic(), time.monotonic() + PLAIN_SECONDS
            if self._console.is_terminal:
                self._bars.start()
                self._bar = self._bars.add_task(stage, total=None, amount="", note="")
        self._last = progress
        if self._bar is not None:
            self._bars.update(
                self._bar, completed=progress.done, total=progress.total, amount=_amount(progress), note=escape(progress.note)
            )
        elif time.monotonic() >= self._next:
            self._print_line()
            self._next = time.monotonic() + PLAIN_SECONDS

    def end_stage(self) -> None:
        """The current stage is over: ticks it off."""
        if self._last is not None and self._bar is not None:
            total = self._last.total or self._last.done or 1
            self._bars.update(self._bar, completed=total, total=total)
            self._bars.refresh()
        elif self._last is not None:
            self._print_line(f"{time.monotonic() - self._began:.1f} s")
        self._stage = self._last = self._bar = None

    def close_bars(self) -> None:
        if self._console.is_terminal:  # elsewhere stopping would print an empty line
            self._bars.stop()

    def _print_line(self, took: str = "") -> None:
        if self._stage is not None and self._last is not None:
            parts = (f"{self._stage:<16}", _amount(self._last), self._last.note, took)
            self._console.print("  ".join(part for part in parts if part), markup=False, highlight=False, soft_wrap=True)


@contextmanager
def stage_lines(console: Console) -> Iterator[None]:
    """Shows the stages' progress while the block runs."""
    lines = StageLines(console)
    logger = logging.getLogger("labflow.progress")
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        lines.show("prefect", Progress(done=0, unit="", note="starting"))
        yield
        lines.end_stage()
    finally:
        lines.close_bars()
        logger.removeHandler(lines)


def _amount(progress: Progress) -> str:
    if not progress.unit:
        return ""
    of = f" of {progress.total:,}" if progress.total else ""
    return f"{progress.done:,}{of} {progress.unit}"
