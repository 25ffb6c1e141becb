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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from schemas.errors import ModelServerError
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.chat import ChatAnswer, ChatRequest
from tasks.chat_model.managed_server import ServedModel, serve_model
from tasks.chat_model.watching import UNWATCHED, ProgressClock, Watch
from tasks.chat_model.wire import ReadSecret, Wire, read_api_key
from tasks.chat_model.worker import Connect, Job, Worker

T = TypeVar("T")


@dataclass(frozen=True)
class Support:
    """What the caller lends, besides settings and cache.

    Args:
        server_logs: Folder for the log of a server that is started; None, or on object storage: the cache.
        read_secret: Reads a Secret block by its name; None where there are none.
        connect: What sends requests, where it is not HTTP.
    """

    server_logs: str | None = None
    read_secret: ReadSecret | None = None
    connect: Connect = Wire


NO_SUPPORT = Support()


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
    jobs: Iterable[Job[T]],
    settings: ModelSettings,
    cache: str,
    watch: Watch = UNWATCHED,
    support: Support = NO_SUPPORT,
) -> Iterator[T]:
    """The results of all jobs, in their order. A model without endpoints is served for as long as that takes.

    Args:
        cache: Local folder of the answer log.

    Raises:
        ModelServerError: no server answers, or more requests failed than the limits allow.
        UsageError: nothing says where the model is, or its API key is not to be found.
        Exception: whatever a job raised; all others are cancelled.
    """
    source = iter(jobs)
    first = _take(source, 1)
    if first is None:
        return  # nothing to ask needs no server
    key = read_api_key(settings, support.read_secret)
    logs = support.server_logs
    with serve_model(settings, cache if logs is None or "://" in logs else logs) as served:
        open_wire = partial(support.connect, served.settings, served.settings.endpoints, key)
        worker: Worker[T] = Worker(served.settings, cache, watch.limits, open_wire)
        worker.revive = served.revive if served.server is not None else None
        try:
            worker.start()
            worker.feed(first)
            yield from _read_results(worker, source, watch, served)
        finally:
            served.given_up.set()
            worker.stop()


def _read_results(worker: Worker[T], source: Iterator[Job[T]], watch: Watch, served: ServedModel) -> Iterator[T]:
    """Feeds the worker and hands its results on until the last."""
    clock, in_order, yielded = ProgressClock(watch, worker.accounts, served.settings), _InOrder[T](), 0
    while True:
        event, payload = clock.wait_for(worker.events, yielded)
        match event:
            case "hungry":
                worker.feed(_take(source, payload))
            case "result":
                for result in in_order.add(*payload):
                    yielded += 1
                    yield result
                worker.note_yielded(yielded)
            case "error":
                if isinstance(payload, ModelServerError):
                    served.check()  # a server of ours that has ended explains more than its closed port
                raise payload
            case _:
                break
    worker.accounts.check(watch.limits, finished=True)
    clock.report(yielded, finished=True)


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
