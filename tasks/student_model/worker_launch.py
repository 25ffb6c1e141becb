"""How a worker module is started: by itself, or once for each process by ``torch.distributed.run``.

Part of ``worker_process.py``, on the parent's side. One process needs no launcher, which costs seconds of imports. Several are
started by ``worker_launcher.py``, which runs PyTorch's launcher, or accelerate's where the settings name a configuration of it
(FSDP, DeepSpeed; it runs PyTorch's in turn).

Example::

    python -P -m tasks.student_model.worker_launcher --parent 4711 torch --standalone --nproc-per-node 2
        -m tasks.train.worker --config run.json

Machines that train together are each started with the same request on a shared directory; they meet at ``rendezvous``, and each
one's parent has a folder of its own for configuration, progress and log.

Not covered: starting the other machines.
"""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import UsageError

LAUNCHER = "tasks.student_model.worker_launcher"


@dataclass(frozen=True)
class Launch:
    """How many processes, and where they meet."""

    processes: int = 1
    """On this machine."""
    nodes: int = 1
    """Machines."""
    rendezvous: str | None = None
    """``HOST:PORT``, where there are several machines."""
    accelerate_config: str | None = None

    @property
    def is_alone(self) -> bool:
        """Whether the worker needs no launcher."""
        return self.processes == 1 and self.nodes == 1 and self.accelerate_config is None

    def require_possible(self) -> None:
        """Does nothing when the settings fit together.

        Raises:
            UsageError: several machines do not know where to meet, or the configuration file is absent.
        """
        if self.nodes > 1 and not self.rendezvous:
            raise UsageError("train.nodes is above 1, but train.rendezvous names no HOST:PORT where the machines meet. Set it.")
        if self.accelerate_config is not None and not Path(self.accelerate_config).is_file():
            raise UsageError(f"there is no file {self.accelerate_config}. Make one with 'accelerate config --config_file FILE'.")

    def command(self, module: str, config: Path) -> list[str]:
        """The command line that starts the worker.

        Args:
            module: what ``python -m`` runs.
            config: the run's configuration file.
        """
        python, parent = [sys.executable, "-P", "-m"], ["--parent", str(os.getpid())]
        worker = [module, "--config", str(config)]
        if self.is_alone:
            return [*python, *worker, *parent]
        if self.accelerate_config is not None:
            return [*python, LAUNCHER, *parent, "accelerate", *self._accelerate_options(), "--module", *worker]
        return [*python, LAUNCHER, *parent, "torch", *self._torch_options(), "-m", *worker]

    def _torch_options(self) -> list[str]:
        options = ["--nproc-per-node", str(self.processes), "--nnodes", str(self.nodes), "--max-restarts", "0"]
        if self.nodes == 1:
            return ["--standalone", *options]
        return [*options, "--rdzv-backend", "c10d", "--rdzv-endpoint", str(self.rendezvous), "--rdzv-id", "labflow"]

    def _accelerate_options(self) -> list[str]:
        options = ["--config_file", str(self.accelerate_config), "--num_processes", str(self.processes * self.nodes)]
        options += ["--num_machines", str(self.nodes), "--max_restarts", "0"]
        if self.nodes == 1:  # a free port: two runs on a machine must not meet each other
            return [*options, "--rdzv_backend", "static", "--main_process_port", "0"]
        host, _, port = str(self.rendezvous).rpartition(":")
        return [*options, "--rdzv_backend", "c10d", "--main_process_ip", host, "--main_process_port", port]


ALONE = Launch()


def folder_of_machine(folder: Path, launch: Launch) -> Path:
    """Where this machine's parent keeps configuration, progress and log: its own directory where machines share ``folder``."""
    return folder if launch.nodes == 1 else folder / "machines" / f"{socket.gethostname()}-{os.getpid()}"
