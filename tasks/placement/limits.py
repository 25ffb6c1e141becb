"""Slots of Prefect's global concurrency limits, which a stage holds while it runs, in this process or on a work pool.

Work pools and queues limit what is placed. These limits count whatever runs anywhere on one server: GPUs that several machines'
runs share, or requests that a teacher is to get at once. ``labflow deploy`` creates them, with their sizes (``prefect.yaml``)::

    labflow-gpus               placement.train.limits: {labflow-gpus: 2}                           a slot is a GPU
    labflow-teacher-requests   placement.teacher_generate.limits: {labflow-teacher-requests: 64}   a slot is a request under way

Whoever waits for the stage takes its slots, from before it starts until it has ended: the run's process, also for a placed stage.
It takes as many as the settings say: 64 where ``teacher.model.concurrency`` is 64 and there is one endpoint. A stage that was
finished before takes none.

Slots are lent: the server takes them back from a process that was killed. What bit us in Prefect 3.8's own ``concurrency``: where
three tries to renew fail, it never tries again; and a server that keeps leases in memory, as it does by default, forgets them
when it is restarted, and the slots stay taken for ever. So the lease is renewed here for as long as the stage runs, and what the
server has forgotten is given back without it. Where both are killed, only leases on disk help
(PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE, ``deployments/README.md``).

Not covered: a limit for each single request; the client's own ``concurrency`` bounds what a stage has under way.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID

from httpx import HTTPError, HTTPStatusError
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient

from schemas.errors import PlacementError, UsageError
from schemas.settings import StagePlacement

LEASE_SECONDS = 120.0
"""How long the server may be away before it lends the slots to others, and how long a killed process keeps them."""
RENEW_SECONDS = 15.0
POLL_SECONDS = 2.0
LOCKED, UNPROCESSABLE = 423, 422
_logger = logging.getLogger("labflow.placement")


@contextmanager
def holding_slots(stage: str, placement: StagePlacement) -> Iterator[None]:
    """Inside the block the stage has its slots of all limits.

    Raises:
        PlacementError: they did not become free within ``queue_timeout_seconds``.
        UsageError: there is no limit of that name, or it has fewer slots.
    """
    if not placement.limits:
        yield
        return
    with ExitStack() as stack:
        client = stack.enter_context(get_client(sync_client=True))
        for name, slots in sorted(placement.limits.items()):  # always in one order: two stages never wait for each other
            lease = Lease(client, name, slots)
            _wait_for(lease, stage, name, slots, placement.queue_timeout_seconds)
            stack.enter_context(_kept(lease))
        yield


def _wait_for(lease: "Lease", stage: str, name: str, slots: int, timeout_seconds: float) -> None:
    end = time.monotonic() + timeout_seconds
    while not lease.take():
        if time.monotonic() > end:
            raise PlacementError(
                f"{slots} slots of the limit {name!r} did not become free for {stage} within {timeout_seconds:.0f} s: raise the "
                f"limit, or queue_timeout_seconds; where no run holds them: prefect gcl update {name} --active-slots 0."
            )
        time.sleep(min(POLL_SECONDS, timeout_seconds / 10))
    if not lease.exists:
        raise UsageError(
            f"the limit {name!r} of {stage} does not exist, or has fewer than {slots} slots: "
            f"labflow deploy --apply, or prefect gcl create {name} --limit {slots}."
        )


class Lease:
    """Slots that a server lends. One thread at a time uses it."""

    def __init__(self, client: SyncPrefectClient, name: str, slots: int) -> None:
        self._client = client
        self._name, self._slots = name, slots
        self._id: UUID | None = None
        self._renewed = self._began = time.monotonic()
        self._forgotten = False
        self.exists = True
        """False where the server has no such limit; True as well for one that is switched off, which takes nothing."""

    def take(self) -> bool:
        """Whether there is nothing more to wait for."""
        try:
            answer = self._client.increment_concurrency_slots_with_lease([self._name], self._slots, "concurrency", LEASE_SECONDS)
        except HTTPStatusError as error:
            if error.response.status_code == UNPROCESSABLE:  # more than there are
                self.exists = False
                return True
            if error.response.is_client_error and error.response.status_code != LOCKED:
                raise
            return False
        except HTTPError:  # the server is away, perhaps for a moment
            return False
        lent: dict[str, Any] = answer.json()
        self.exists = bool(lent["limits"])
        self._id, self._renewed = (UUID(lent["lease_id"]) if self.exists else None), time.monotonic()
        return True

    def renew(self) -> None:
        """Asks for more time; where the server took the slots back meanwhile, asks for them again."""
        try:
            if self._id is not None:
                self._client.renew_concurrency_lease(self._id, LEASE_SECONDS)
                self._renewed = time.monotonic()
            elif not self._forgotten:
                self.take()
        except HTTPStatusError as error:
            if error.response.is_client_error:
                self._lose()
        except HTTPError:  # the server is away
            return

    def _lose(self) -> None:
        self._id = None
        self._forgotten = time.monotonic() - self._renewed < LEASE_SECONDS
        if self._forgotten:
            _logger.warning("the Prefect server forgot who holds %s, but counts the slots: see deployments/README.md", self._name)
        else:
            _logger.warning("the Prefect server was away for long and may have lent the slots of %s to others", self._name)

    def give_back(self) -> None:
        """Gives the slots back, with the lease or without one."""
        if self._id is not None:
            self.renew()  # the server says nothing where it is given back a lease that it has forgotten
        try:
            if self._id is not None:
                self._client.release_concurrency_slots_with_lease(self._id)
            elif self._forgotten:
                seconds = max(0.001, time.monotonic() - self._began)
                self._client.release_concurrency_slots([self._name], self._slots, seconds)
        except HTTPError as error:
            _logger.warning("the slots of %s could not be given back: %s", self._name, error)


@contextmanager
def _kept(lease: Lease) -> Iterator[None]:
    """Renews the lease inside the block, whatever happens to the server, and gives it back after it."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(RENEW_SECONDS):
            lease.renew()

    keeper = threading.Thread(target=keep, daemon=True, name="labflow-slots")
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        lease.give_back()
