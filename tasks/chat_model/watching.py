"""What a person sees while a model is asked: how far, how fast, how long yet, and what it costs.

A stage that knows beforehand how much it will ask says so in its ``Watch``; then there is a time of arrival. One line::

    1,200 of 4,600 requests  1032 answered (112.3/s), 168 from the log, 3 retries, 0 failed, 412300 + 51200 tokens, ETA 0:00:31,
    cost 0.1250 of about 0.4796

Not covered: how it is drawn (``flows/terminal/progress.py``).
"""

import queue
import time
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from schemas.contracts import Progress, ReportProgress, ignore_progress
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.door import DEFAULT_LIMITS, Accounts, Limits

_PROGRESS_SECONDS = 1.0
_WINDOW_SECONDS = 30.0
"""How far back the pace is measured: answers from the log come at another pace than those that are paid for."""


@dataclass(frozen=True)
class Watch:
    """Who watches, and what is counted.

    Args:
        report: Told about once a second.
        unit: What is counted: ``requests``, or what one job makes, for example "samples judged".
        planned: How many of them there are to do; None where nobody knows.
        limits: When the run gives up.
    """

    report: ReportProgress = ignore_progress
    unit: str = "requests"
    planned: int | None = None
    limits: Limits = DEFAULT_LIMITS


UNWATCHED = Watch()


class ProgressClock:
    """Reports about once a second, whether or not something was finished."""

    def __init__(self, watch: Watch, accounts: Accounts, settings: ModelSettings) -> None:
        self._watch, self._accounts, self._settings = watch, accounts, settings
        self._started = self._last = time.monotonic()
        self._pace = Pace(self._started)

    def wait_for(self, events: "queue.SimpleQueue[tuple[str, Any]]", jobs_done: int) -> tuple[str, Any]:
        """The next event of the worker."""
        while True:
            if time.monotonic() - self._last >= _PROGRESS_SECONDS:
                self.report(jobs_done)
            try:
                return events.get(timeout=_PROGRESS_SECONDS)
            except queue.Empty:
                continue

    def report(self, jobs_done: int, finished: bool = False) -> None:
        """Tells how far it is. What was planned turns out to be more where answers had to be asked for twice."""
        self._last = time.monotonic()
        done = self._accounts.settled if self._watch.unit == "requests" else jobs_done
        planned = self._watch.planned
        total = done if finished and planned is not None else None if planned is None else max(planned, done)
        self._watch.report(Progress(done=done, total=total, unit=self._watch.unit, note=self._note(done, total)))

    def _note(self, done: int, total: int | None) -> str:
        accounts, seconds = self._accounts, max(1e-9, self._last - self._started)
        note = f"{accounts.answered} answered ({accounts.answered / seconds:.1f}/s), {accounts.cached} from the log, "
        note += f"{accounts.retries} retries, {accounts.failed} failed, "
        note += f"{accounts.prompt_tokens} + {accounts.completion_tokens} tokens"
        left = self._pace.seconds_left(self._last, done, total)
        note += "" if left is None else f", ETA {timedelta(seconds=round(left))}"
        cost = accounts.cost(self._settings)
        if cost is None:
            return note
        note += f", cost {cost:.4f}"
        if total is not None and total > done > accounts.cached:
            note += f" of about {cost * (1 + (total - done) / (done - accounts.cached)):.4f}"
        return note


class Pace:
    """How fast it went lately.

    Args:
        now: Seconds of a clock.
    """

    def __init__(self, now: float) -> None:
        self._seen: deque[tuple[float, int]] = deque([(now, 0)])

    def seconds_left(self, now: float, done: int, total: int | None) -> float | None:
        """Seconds until all is done at this pace; None where there is nothing left, or nothing to tell it from.

        Args:
            now: Seconds of the same clock, later than before.
        """
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _WINDOW_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        if total is None or total <= done or done <= before:
            return None
        return (total - done) * (now - since) / (done - before)
