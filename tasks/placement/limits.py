"""Slots of Prefect's global concurrency limits, which a stage holds while it runs, in this process or on a work pool.

Work pools and queues limit what is placed. These limits count whatever runs anywhere on one server: GPUs that several machines'
runs share, or requests that a teacher is to get at once::

    prefect gcl create labflow-gpus --limit 4               placement.train.limits: {labflow-gpus: 2}
    prefect gcl create teacher-requests --limit 256         placement.teacher_generate.limits: {teacher-requests: 64}

A stage takes as many slots as the settings say: 64 where ``teacher.model.concurrency`` is 64 and there is one endpoint. Slots of
a process that was killed are free again when their lease ends. A stage that was finished before takes none.

Not covered: a limit for each single request; the client's own ``concurrency`` bounds what a stage has under way.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency

from schemas.errors import PlacementError, UsageError
from schemas.settings import StagePlacement

LEASE_SECONDS = 60.0
"""The shortest that Prefect grants; it is renewed while the process lives."""


@contextmanager
def holding_slots(stage: str, placement: StagePlacement) -> Iterator[None]:
    """Inside the block the stage has its slots of all limits.

    Raises:
        PlacementError: they did not become free within ``queue_timeout_seconds``.
        UsageError: there is no limit of that name.
    """
    with ExitStack() as stack:
        for name, slots in sorted(placement.limits.items()):  # always in one order: two stages never wait for each other
            try:
                stack.enter_context(_slots_of(name, slots, placement.queue_timeout_seconds))
            except TimeoutError as error:
                raise PlacementError(
                    f"{slots} slots of the limit {name!r} did not become free for {stage} within "
                    f"{placement.queue_timeout_seconds:.0f} s: raise the limit, or queue_timeout_seconds."
                ) from error
            except ConcurrencySlotAcquisitionError as error:
                raise UsageError(
                    f"the limit {name!r} of {stage} does not exist, or has fewer than {slots} slots: "
                    f"prefect gcl create {name} --limit {slots}, or correct placement.{stage}.limits."
                ) from error
        yield


@contextmanager
def _slots_of(name: str, slots: int, timeout_seconds: float) -> Iterator[None]:
    with concurrency(
        name,
        slots,
        timeout_seconds=timeout_seconds,
        lease_duration=LEASE_SECONDS,
        strict=True,
        raise_on_lease_renewal_failure=False,  # a server that is restarted must not end a training
    ):
        yield
