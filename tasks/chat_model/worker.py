"""The event loop behind ``asking``: begins as many jobs as keep the servers' slots used, and no more.

A job is begun while fewer requests are waiting or under way than there are slots (and a quarter more, so that a freed slot
finds the next request ready). How many jobs that takes depends on what they do; nobody has to guess a number. Requests of older
jobs go first. The thread lives from ``start`` to ``stop`` and speaks to its owner through ``events``::

    ("hungry", n)  hand over up to n more jobs      ("result", (number, value))      ("error", exception)      ("end", None)

Not covered: the order of results (``asking`` restores it).
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import SecretStr

from schemas.served_model_settings import ModelSettings
from tasks.chat_model.answer_log import AnswerLog
from tasks.chat_model.chat import Ask, ChatAnswer, ChatRequest
from tasks.chat_model.door import Accounts, Door, Limits
from tasks.chat_model.endpoints import Endpoint, Replicas
from tasks.chat_model.probe import decide_dialect
from tasks.chat_model.wire import Wire

JOBS_AHEAD_PER_SLOT = 8
"""How far the newest job may be ahead of the oldest unfinished one: bounds the results that wait for a straggler."""
_JOBS_PER_TURN = 64
"""Jobs begun before the loop looks after its sockets again."""

T = TypeVar("T")
Connect: TypeAlias = Callable[[ModelSettings, tuple[str, ...], SecretStr | None], Wire]
"""How requests are sent, with which API key: over HTTP, or to a model in this process."""
Job: TypeAlias = Callable[[Ask], Awaitable[T]]


class Worker(Generic[T]):
    """A thread with an event loop that works on jobs.

    Args:
        settings: The model and its endpoints.
        cache: Local folder of the answer log.
        limits: When the run gives up.
        open_wire: Makes what sends requests.
    """

    def __init__(self, settings: ModelSettings, cache: str, limits: Limits, open_wire: Callable[[], Wire]) -> None:
        self.events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.accounts = Accounts()
        self._settings, self._cache, self._limits, self._open_wire = settings, cache, limits, open_wire
        self.revive: Callable[[], bool] | None = None
        self._thread = threading.Thread(target=self._run_loop, name="labflow-chat", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main_task: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self._door: Door | None = None
        self._capacity = 1
        self._backlog: deque[Job[T]] = deque()
        self._begun = self._active = self._unasked = self._yielded = 0
        self._hungry, self._source_ended, self._held_back = False, False, False
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Starts the thread; jobs are asked for through ``events``."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Cancels what is under way and waits for the thread."""
        if not self._thread.is_alive():
            return
        self._ready.wait()
        self._call(lambda: self._main_task and self._main_task.cancel())
        self._thread.join()

    def feed(self, jobs: list[Job[T]] | None) -> None:
        """Hands over jobs; None: there are no more."""
        self._call(self._take_over, jobs)

    def note_yielded(self, count: int) -> None:
        """Tells how many results the caller has taken."""
        self._yielded = count
        if self._held_back:
            self._call(self._begin_jobs)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> None:
        assert self._loop is not None, "start() comes first"
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            return  # the loop has just ended by itself: the event that says so is on its way

    # -- in the thread ---------------------------------------------------------------------------------------------------

    def _run_loop(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass  # stop(): nobody listens any more
        except BaseException as error:
            self.events.put(("error", error))
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._main_task = asyncio.get_running_loop(), asyncio.current_task()
        self._finished: asyncio.Future[None] = self._loop.create_future()
        self._ready.set()
        settings, log = self._settings, AnswerLog(self._cache)
        endpoints = [Endpoint(url, settings.concurrency) for url in settings.endpoints]
        try:
            async with self._open_wire() as wire:
                dialect = await decide_dialect(settings, endpoints, wire, self._cache)
                replicas = Replicas(endpoints)
                self._capacity = replicas.capacity
                self._door = Door(settings, replicas, wire, log, dialect, self._limits)
                self._door.accounts, self._door.revive = self.accounts, self.revive
                self._begin_jobs()
                try:
                    await self._finished
                finally:
                    await self._cancel_jobs()
        finally:
            log.close()
        self.events.put(("end", None))

    async def _cancel_jobs(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take_over(self, jobs: list[Job[T]] | None) -> None:
        self._hungry = False
        if jobs is None:
            self._source_ended = True
        else:
            self._backlog.extend(jobs)
        self._begin_jobs()

    def _begin_jobs(self) -> None:
        """Begins what the slots have room for, and asks for more jobs in good time."""
        if self._door is None or self._finished.done():
            return
        begun_now = 0
        while self._backlog and self._has_room():
            if begun_now == _JOBS_PER_TURN:
                assert self._loop is not None, "runs in the loop"
                self._loop.call_soon(self._begin_jobs)
                return
            begun_now += 1
            self._begin(self._backlog.popleft())
        if not self._hungry and not self._source_ended and len(self._backlog) <= self._capacity // 2:
            self._hungry = True
            self.events.put(("hungry", self._capacity))
        if self._source_ended and not self._backlog and not self._active:
            self._finished.set_result(None)

    def _has_room(self) -> bool:
        assert self._door is not None, "called with a door only"
        self._held_back = True  # before the count is read: note_yielded() writes the count before it reads this
        self._held_back = self._begun - self._yielded >= JOBS_AHEAD_PER_SLOT * self._capacity
        return not self._held_back and self._door.pending + self._unasked <= self._capacity + self._capacity // 4

    def _begin(self, job: Job[T]) -> None:
        task = asyncio.get_running_loop().create_task(self._work(self._begun, job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._begun += 1
        self._active += 1
        self._unasked += 1

    async def _work(self, number: int, job: Job[T]) -> None:
        door, asked = self._door, False
        assert door is not None, "jobs begin with a door only"

        async def ask(request: ChatRequest) -> ChatAnswer:
            nonlocal asked
            self._unasked -= not asked
            asked = True
            try:
                return await door.ask(request, number)
            finally:
                self._begin_jobs()

        try:
            result = await job(ask)
        except Exception as error:
            if not self._finished.done():
                self._finished.set_exception(error)
            return
        finally:
            self._unasked -= not asked
            self._active -= 1
        self.events.put(("result", (number, result)))
        self._begin_jobs()
