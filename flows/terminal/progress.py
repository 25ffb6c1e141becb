"""What a person at a terminal sees while a run goes on: stages as they pass, progress with ETA for the long ones.

In a terminal the lines are live and coloured; elsewhere each stage is one plain line when it has ended, and a long one says every
ten seconds how far it is and how long it will take yet. All of it goes to stderr, so that ``--json`` on stdout stays a document.

    train             219 of 336 steps  loss 0.065  about 9 s left

A narrow terminal has no bar; what a stage notes is cut before its name and its numbers are.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from flows.commands.data.printing import safe
from flows.report.wording import duration
from flows.terminal.process_guard import guard_processes
from schemas.contracts import Progress
from schemas.settings import Settings
from schemas.student_contracts import RunSummary

PLAIN_SECONDS = 10.0
NARROW = 90
"""Columns below which there is no bar."""
NAME_WIDTH, AMOUNT_WIDTH = 16, 20


def run_watched(settings: Settings, console: Console, up_to: Literal["samples", "release"] = "release") -> RunSummary:
    """Runs the flow, shows its progress, and leaves no process behind even when it is killed."""
    from flows.retrain import retrain  # imports Prefect: after the environment says how quiet it is

    with guard_processes(), stage_lines(console):
        return retrain(settings, up_to)


class StageLines(logging.Handler):
    """Shows the ``Progress`` records of the logger ``labflow.progress``."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.INFO)
        self._console, self._now = console, clock
        self._stage: str | None = None
        self._last: Progress | None = None
        self._began = self._next = 0.0
        self._pace: tuple[float, int] | None = None
        """When the first of the stage's work was done, and how much."""
        self._bar: TaskID | None = None
        self._bars = Bars(*_columns(console.width), console=console, expand=True)

    def emit(self, record: logging.LogRecord) -> None:
        self.show(record.__dict__["stage"], record.__dict__["progress"])

    def show(self, stage: str, progress: Progress) -> None:
        """Draws how far a stage is; a stage other than the current one begins, and the current one has ended."""
        if stage != self._stage:
            self.end_stage()
            self._stage, self._began, self._next = stage, self._now(), self._now() + PLAIN_SECONDS
            self._pace = None
            if self._console.is_terminal:
                self._bars.start()
                self._bar = self._bars.add_task(stage, total=None, amount="", note="", left="")
        self._last = progress
        if self._pace is None and progress.done:
            self._pace = (self._now(), progress.done)
        if self._bar is not None:
            self._bars.update(
                self._bar,
                completed=progress.done,
                total=progress.total,
                amount=_amount(progress),
                note=escape(safe(progress.note)),
                left=self._time_left(),
            )
        elif self._now() >= self._next:
            self._print_line(f"about {self._time_left()} left" if self._time_left() else "")
            self._next = self._now() + PLAIN_SECONDS

    def end_stage(self) -> None:
        """The current stage is over: ticks it off."""
        if self._last is not None and self._bar is not None:
            total = self._last.total or self._last.done or 1
            self._bars.update(self._bar, completed=total, total=total)
            self._bars.refresh()
        elif self._last is not None:
            self._print_line(duration(self._now() - self._began))
        self._stage = self._last = self._bar = None

    def close_bars(self) -> None:
        if self._console.is_terminal:  # elsewhere stopping would print an empty line
            self._bars.stop()

    def _time_left(self) -> str:
        """``40 s``, at the pace since the first work was done; empty where it cannot be told, or the stage tells it itself."""
        if self._pace is None or self._last is None or not self._last.total or "ETA" in self._last.note:
            return ""
        since, first = self._pace
        done, left = self._last.done - first, self._last.total - self._last.done
        seconds = self._now() - since
        return duration(left * seconds / done) if done > 0 and left > 0 and seconds > 1 else ""

    def _print_line(self, took: str = "") -> None:
        if self._stage is not None and self._last is not None:
            parts = (f"{self._stage:<{NAME_WIDTH}}", _amount(self._last), safe(self._last.note), took)
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


class TimeColumn(ProgressColumn):
    """``12 s, 40 s left``, and how long it took when it is done."""

    def render(self, task: Task) -> Text:
        """The text of one line."""
        seconds = task.finished_time if task.finished_time is not None else task.elapsed or 0.0
        left = task.fields["left"] if task.finished_time is None else ""
        return Text(duration(seconds) + (f", {left} left" if left else ""), style="default", no_wrap=True)


def _columns(width: int) -> Iterator[ProgressColumn]:
    yield SpinnerColumn(finished_text="[green]✓")
    yield TextColumn("{task.description}", table_column=Column(no_wrap=True, min_width=NAME_WIDTH))
    if width >= NARROW:
        yield BarColumn(bar_width=20)
    yield TextColumn("{task.fields[amount]}", table_column=Column(no_wrap=True, min_width=AMOUNT_WIDTH))
    yield TimeColumn(table_column=Column(no_wrap=True, min_width=6))
    yield TextColumn("[dim]{task.fields[note]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1))


def _amount(progress: Progress) -> str:
    if not progress.unit:
        return ""
    of = f" of {progress.total:,}" if progress.total else ""
    return f"{progress.done:,}{of} {progress.unit}"
