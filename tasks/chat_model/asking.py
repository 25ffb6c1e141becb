"""The face that stages see: work goes in, results come out in the same order, memory stays bounded.

A stage is synchronous; thousands of requests under way are not. So an event loop runs in a thread of its own for as long as the
results are read. ``work_through`` takes *jobs*: small coroutines that ask as often as they like (summary, then questions, then
an answer each), of which as many are begun as it takes to keep every slot of the servers used. ``ask_all`` is the plain case,
one request per job::

    for answer in ask_all(requests, settings, cache="/workspace/cache/teacher"):
        ...

The jobs are drawn from their iterator in the caller's thread, only as fast as they can be worked on; results that finished
early wait for their turn, at most ``worker.JOBS_AHEAD_PER_SLOT`` per slot. Leaving the loop early stops everything.

Not covered: running jobs in several processes.
"""

import queue
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.contracts import Progress, ReportProgress, ignore_progress
from schemas.settings import ModelSettings
from tasks.chat_model.chat import ChatAnswer, ChatRequest
from tasks.chat_model.door import DEFAULT_LIMITS, Accounts, Limits
from tasks.chat_model.managed_server import ServedModel, serve_model
from tasks.chat_model.wire import Wire
from tasks.chat_model.worker import Connect, Job, Worker

_PROGRESS_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True)
class Watch:
    """Who watches, and what is counted.

    Args:
        report: Told about once a second.
        unit: What one job makes, for example "chunks".
        limits: When the run gives up.
    """

    report: ReportProgress = ignore_progress
    unit: str = "requests"
    limits: Limits = DEFAULT_LIMITS


UNWATCHED = Watch()


def ask_all(
    requests: Iterable[ChatRequest], settings: ModelSettings, cache: str, watch: Watch = UNWATCHED
) -> Iterator[ChatAnswer]:
    """The answers to all requests, in their order; failures are among them.

    Args:
        cache: Local folder of the answer log.

    Raises:
        ModelServerError: no server answers, or more requests failed than the limits allow.
    """

    def job_of(request: ChatRequest) -> Job[ChatAnswer]:
        return lambda ask: ask(request)

    return work_through(map(job_of, requests), settings, cache, watch)


def work_through(
    jobs: Iterable[Job[T]], settings: ModelSettings, cache: str, watch: Watch = UNWATCHED, connect: Connect = Wire
) -> Iterator[T]:
    """The results of all jobs, in their order. A model without endpoints is served for as long as that takes.

    Args:
        cache: Local folder of the answer log, and of the log of a server that is started.
        connect: What sends requests, where it is not HTTP.

    Raises:
        ModelServerError: no server answers, or more requests failed than the limits allow.
        Exception: whatever a job raised; all others are cancelled.
    """
    source = iter(jobs)
    first = _take(source, 1)
    if first is None:
        return  # nothing to ask needs no server
    with serve_model(settings, cache) as served:
        worker: Worker[T] = Worker(served.settings, cache, watch.limits, connect)
        try:
            worker.start()
            worker.feed(first)
            yield from _read_results(worker, source, watch, served)
        finally:
            worker.stop()


def _read_results(worker: Worker[T], source: Iterator[Job[T]], watch: Watch, served: ServedModel) -> Iterator[T]:
    """Feeds the worker and hands its results on until the last."""
    clock, in_order, yielded = _ProgressClock(watch, worker.accounts, served.settings), _InOrder[T](), 0
    while True:
        event, payload = clock.wait_for(worker.events, yielded, served)
        match event:
            case "hungry":
                worker.feed(_take(source, payload))
            case "result":
                for result in in_order.add(*payload):
                    yielded += 1
                    yield result
                worker.note_yielded(yielded)
            case "error":
                served.check()  # a server of ours that has ended explains more than its closed port
                raise payload
            case _:
                break
    worker.accounts.check(watch.limits, finished=True)
    clock.report(yielded)


def _take(source: Iterator[T], most: int) -> list[T] | None:
    """Up to ``most`` items, or None at the end."""
    taken = [item for _, item in zip(range(most), source, strict=False)]
    return taken or None


class _InOrder(Generic[T]):
    """Holds results back until it is their turn."""

    def __init__(self) -> None:
        self._next, self._early = 0, dict[int, T]()

    def add(self, number: int, result: T) -> Iterator[T]:
        """The results whose turn it is now."""
        self._early[number] = result
        while self._next in self._early:
            yield self._early.pop(self._next)
            self._next += 1


class _ProgressClock:
    """Reports about once a second, whether or not something was finished."""

    def __init__(self, watch: Watch, accounts: Accounts, settings: ModelSettings) -> None:
        self._watch, self._accounts, self._settings = watch, accounts, settings
        self._started = self._last = time.monotonic()

    def wait_for(self, events: "queue.SimpleQueue[tuple[str, Any]]", done: int, served: ServedModel) -> tuple[str, Any]:
        """The next event of the worker; meanwhile looks after the server."""
        while True:
            if time.monotonic() - self._last >= _PROGRESS_SECONDS:
                served.check()
                self.report(done)
            try:
                return events.get(timeout=_PROGRESS_SECONDS)
            except queue.Empty:
                continue

    def report(self, done: int) -> None:
        self._last = time.monotonic()
        accounts, seconds = self._accounts, max(1e-9, self._last - self._started)
        note = f"{accounts.answered} answered ({accounts.answered / seconds:.1f}/s), {accounts.cached} from the log, "
        note += f"{accounts.retries} retries, {accounts.failed} failed, "
        note += f"{accounts.prompt_tokens} + {accounts.completion_tokens} tokens"
        cost = accounts.cost(self._settings)
        note += "" if cost is None else f", cost {cost:.4f}"
        self._watch.report(Progress(done=done, unit=self._watch.unit, note=note))
