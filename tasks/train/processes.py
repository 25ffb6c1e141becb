"""The processes that train together: who this one is, and what they agree on.

Part of ``train``, inside the worker process. ``torch.distributed.run`` tells each process its number through the environment; a
worker that was started by itself is the only one. Each step they agree whether to save or to stop, so that all do it after the
same step: a signal reaches them at different moments.

Not covered: elastic numbers of processes; when one dies, all end, and the next attempt goes on from the last saved step.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import distributed

WAIT = timedelta(hours=6)
"""How long the others wait while the first one tokenises a curriculum."""


@dataclass(frozen=True)
class Processes:
    """This process among those that train together."""

    number: int = 0
    """From 0, over all machines."""
    local_number: int = 0
    """From 0, on this machine."""
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.number == 0

    def wait(self) -> None:
        """Returns when all have come here."""
        if self.count > 1:
            distributed.barrier()

    def agree(self, *wishes: bool) -> tuple[bool, ...]:
        """For each wish, whether any process has it."""
        if self.count == 1:
            return wishes
        wished = torch.tensor([int(wish) for wish in wishes], device=_device(self.local_number))
        distributed.all_reduce(wished, op=distributed.ReduceOp.MAX)
        return tuple(bool(wish) for wish in wished.tolist())

    def sum_up(self, *numbers: float) -> list[float]:
        """The sums of the numbers over all processes."""
        if self.count == 1:
            return list(numbers)
        total = torch.tensor(numbers, dtype=torch.float64, device=_device(self.local_number))
        distributed.all_reduce(total)
        return [float(number) for number in total.tolist()]


ALONE = Processes()


def join_processes() -> Processes:
    """Meets the other processes of this run, where there are any."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return ALONE
    this = Processes(int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"]), count)
    options: dict[str, Any] = {}
    if torch.cuda.is_available():
        torch.cuda.set_device(this.local_number)
        options["device_id"] = torch.device("cuda", this.local_number)
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=WAIT, **options)
    return this


def leave_processes(this: Processes) -> None:
    """Ends what ``join_processes`` began."""
    if this.count > 1 and distributed.is_initialized():
        distributed.destroy_process_group()


def _device(local_number: int) -> torch.device:
    return torch.device("cuda", local_number) if torch.cuda.is_available() else torch.device("cpu")
