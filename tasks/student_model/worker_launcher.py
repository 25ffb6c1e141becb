"""Starts the worker once for each process and dies with its parent: a thin layer over PyTorch's launcher, or accelerate's.

Started by ``worker_launch.py``; it hears SIGTERM, hands it on to the processes, and waits for them to save. It imports torch, and
nothing else of weight.

Exit codes: 0, 1 where a process failed, 137 where one was killed (most likely for want of memory).

Not covered: restarts; the stage runs again and goes on from the last saved step.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable

from tasks.student_model.worker_link import GRACE_SECONDS, LAUNCHER_PID, die_with

KILLED = 128 + signal.SIGKILL


def main(arguments: list[str] | None = None) -> int:
    """Runs the launcher named on the command line; returns the exit code.

    Args:
        arguments: the command line, for tests.
    """
    parser = argparse.ArgumentParser(prog="worker_launcher", description="Started by labflow; not meant to be started by hand.")
    parser.add_argument("--parent", type=int, default=0, help="process to die with; 0: none")
    parser.add_argument("launcher", choices=("torch", "accelerate"))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    os.environ["TORCH_ELASTIC_SHUTDOWN_TIMEOUT"] = str(GRACE_SECONDS)  # for the step to end and be saved
    os.environ[LAUNCHER_PID] = str(os.getpid())
    if options.parent:
        die_with(options.parent)
    return _run(_launcher(options.launcher), options.rest)


def _launcher(name: str) -> Callable[[list[str]], object]:
    if name == "torch":
        from torch.distributed.run import main as run_torch

        return run_torch

    def run_accelerate(arguments: list[str]) -> object:
        from accelerate.commands.launch import main as launch

        sys.argv = ["accelerate-launch", *arguments]
        return launch()

    return run_accelerate


def _run(launch: Callable[[list[str]], object], arguments: list[str]) -> int:
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    try:
        launch(arguments)
    except ChildFailedError as error:
        codes = {failure.exitcode for failure in error.failures.values()}
        return KILLED if -signal.SIGKILL in codes else 1
    except SignalException:
        return 128 + signal.SIGTERM
    return 0


if __name__ == "__main__":
    sys.exit(main())
