"""Which replica takes the next request: the least loaded one that is alive.

An endpoint that cannot be reached is ejected, tried again with one request after a while, and taken back when that succeeds::

    alive --3 failed connections in a row, or 10 failures of any kind--> ejected for 1 s, 2 s, 4 s ... 30 s --> one trial

A request honours its Retry-After itself (``door.py``); a server that answers 429 three times in a row gets no request at all
until then. Requests wait in order of their priority (the age of the work that they belong to), so that old work is finished
before new work is begun, and memory stays bounded.

Not covered: health checks beside the requests themselves, and weights for replicas of different speed.
"""

import asyncio
import heapq
from urllib.parse import urlsplit, urlunsplit

CONNECTION_FAILURES_TO_EJECT = 3
FAILURES_TO_EJECT = 10
"""In a row. At 15 % of random faults of a single live server ten in a row happen once in 170 million requests."""
PAUSES_TO_CLOSE = 3
LONGEST_EJECTION_SECONDS = 30.0


class Endpoint:
    """One replica and how it is doing.

    Args:
        url: Base URL, for example http://127.0.0.1:8000/v1
        concurrency: Most requests under way at once.
    """

    def __init__(self, url: str, concurrency: int) -> None:
        self.url, self.concurrency = url.rstrip("/"), concurrency
        self.name = name_of(self.url)
        self.in_flight = 0
        self.last_failure = ""
        self._failures = self._connection_failures = self._ejections = self._pauses = 0
        self._closed_until = 0.0

    @property
    def ejected(self) -> bool:
        """Whether it is out of service, be it that a trial is due or under way."""
        return self._ejections > 0

    def opens_at(self, now: float) -> float:
        """When it may take a request (clock of the event loop, seconds); infinity while all its slots are used."""
        limit = 1 if self.ejected else self.concurrency
        return max(now, self._closed_until) if self.in_flight < limit else float("inf")

    def pause(self, until: float) -> None:
        """The server asked for a pause; a single 429 among answers is one request's affair."""
        self._pauses += 1
        if self._pauses >= PAUSES_TO_CLOSE:
            self._closed_until = max(self._closed_until, until)

    def note_success(self) -> None:
        self._failures = self._connection_failures = self._ejections = self._pauses = 0

    def reopen(self) -> None:
        """Forgets all failures."""
        self.note_success()
        self._closed_until = 0.0

    def note_failure(self, reason: str, connection: bool, now: float) -> None:
        """Counts a failure, and ejects the endpoint when there were too many in a row."""
        self.last_failure = reason
        self._failures += 1
        self._connection_failures = self._connection_failures + 1 if connection else 0
        dead = self._connection_failures >= CONNECTION_FAILURES_TO_EJECT or self._failures >= FAILURES_TO_EJECT
        if (dead or self.ejected) and now >= self._closed_until:
            self._closed_until = now + min(LONGEST_EJECTION_SECONDS, 2.0**self._ejections)
            self._ejections += 1


class Replicas:
    """Hands out slots of several endpoints; used within one event loop."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        self.endpoints = endpoints
        self.all_ejected_since: float | None = None
        self._waiting: list[tuple[int, int, asyncio.Future[Endpoint]]] = []
        self._arrivals = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def capacity(self) -> int:
        """Requests that can be under way at once."""
        return sum(endpoint.concurrency for endpoint in self.endpoints)

    async def take(self, priority: int) -> Endpoint:
        """Waits for a slot; the lowest priority number goes first."""
        if not self._waiting and (endpoint := self._choose()) is not None:
            endpoint.in_flight += 1
            return endpoint
        future: asyncio.Future[Endpoint] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (priority, self._arrivals, future))
        self._hand_out()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._free(future.result())
            raise

    def give_back(self, endpoint: Endpoint, failure: str | None = None, connection: bool = False, pause: float = 0.0) -> None:
        """Frees a slot and notes how it went.

        Args:
            failure: None, or why the server is to blame.
            connection: Whether the server could not even be reached.
            pause: Seconds for which the server wants to be left alone.
        """
        now = asyncio.get_running_loop().time()
        if pause:
            endpoint.pause(now + pause)
        elif failure is None:
            endpoint.note_success()
        else:
            endpoint.note_failure(failure, connection, now)
        if not all(each.ejected for each in self.endpoints):
            self.all_ejected_since = None
        elif self.all_ejected_since is None:
            self.all_ejected_since = now
        self._free(endpoint)

    def reopen(self) -> None:
        """All endpoints are as good as new: their server was started again."""
        for endpoint in self.endpoints:
            endpoint.reopen()
        self.all_ejected_since = None
        self._hand_out()

    def _free(self, endpoint: Endpoint) -> None:
        endpoint.in_flight -= 1
        self._hand_out()

    def _choose(self) -> Endpoint | None:
        now = asyncio.get_running_loop().time()
        open_ones = [endpoint for endpoint in self.endpoints if endpoint.opens_at(now) <= now]
        # A trial comes before a slot of a live endpoint, or an ejected one would never be taken back while others suffice.
        return min(open_ones, key=lambda each: (not each.ejected, each.in_flight / each.concurrency), default=None)

    def _hand_out(self) -> None:
        while self._waiting:
            if self._waiting[0][2].done():
                heapq.heappop(self._waiting)
                continue
            endpoint = self._choose()
            if endpoint is None:
                self._wake_later()
                return
            endpoint.in_flight += 1
            heapq.heappop(self._waiting)[2].set_result(endpoint)

    def _wake_later(self) -> None:
        """Nobody calls when a pause or an ejection ends: a timer does."""
        loop = asyncio.get_running_loop()
        opens = min(endpoint.opens_at(loop.time()) for endpoint in self.endpoints)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if opens == float("inf") else loop.call_at(opens + 0.001, self._hand_out)


def name_of(url: str) -> str:
    """The URL as messages may show it: without user name, password and query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
