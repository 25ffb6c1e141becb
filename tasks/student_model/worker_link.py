"""The worker's side of ``worker_process.py``: reads its configuration, reports progress, answers, and dies with its parent.

A run of several processes has one worker in each: the first on each machine reports and answers.

A worker module is one function from a configuration to a result::

    if __name__ == "__main__":
        sys.exit(serve_worker(TrainRun, TrainResult, train))

Not covered: what the worker does; this module imports neither torch nor transformers.
"""

import argparse
import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from schemas.contracts import Progress
from schemas.errors import LabflowError
from schemas.records import Record
from tasks.dataset_files.jsonl import write_text_atomically

C = TypeVar("C", bound=Record)

LAUNCHER_PID = "LABFLOW_LAUNCHER_PID"
"""Environment variable: the process that has started the processes of one run, and that they die with."""
PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 55
"""After SIGTERM a step may end and be saved; then the kernel ends the process, whatever it is doing."""
REPORT_SECONDS = 0.25
"""Least time between two lines of progress."""


class WorkerLink:
    """What a worker may tell its parent, and learn from it.

    Args:
        folder: of the run's configuration.
        reports: whether this process is the one that tells; the others are silent.
    """

    def __init__(self, folder: Path, reports: bool = True) -> None:
        self.folder, self.reports = folder, reports
        self.interrupted = False
        """Set by SIGTERM: finish the step, save, and return."""
        self._stream = (folder / "progress.jsonl").open("a", encoding="utf-8", buffering=1)
        self._reported = 0.0

    def report(self, done: int, total: int | None, unit: str, note: str = "") -> None:
        """Tells the parent how far the work is; too frequent calls are left out, the last one never is."""
        now = time.monotonic()
        if not self.reports:
            return
        if now - self._reported < REPORT_SECONDS and done != total:
            return
        self._reported = now
        self._stream.write(Progress(done=done, total=total, unit=unit, note=note).model_dump_json() + "\n")


class Interrupted(Exception):
    """The worker was asked to stop, and has saved what it had."""


def serve_worker(config: type[C], work: Callable[[C, WorkerLink], Record], arguments: list[str] | None = None) -> int:
    """Runs ``work`` on the configuration file named on the command line; returns the exit code.

    Args:
        config: record type of the configuration.
        work: the worker; what it returns becomes ``result.json``.
        arguments: the command line, for tests.
    """
    parser = argparse.ArgumentParser(prog="worker", description="Started by labflow; not meant to be started by hand.")
    parser.add_argument("--config", type=Path, required=True, help="the run's configuration, JSON")
    parser.add_argument("--parent", type=int, default=0, help="process to die with; 0: none")
    options = parser.parse_args(arguments)
    folder = options.config.resolve().parent
    link = WorkerLink(folder, reports=os.environ.get("LOCAL_RANK", "0") == "0")
    _obey(link)
    if "TORCHELASTIC_RUN_ID" in os.environ:
        die_with(int(os.environ[LAUNCHER_PID]))
    elif options.parent:
        die_with(options.parent)
    try:
        result = work(config.model_validate_json(options.config.read_bytes()), link)
    except Interrupted:
        return 128 + signal.SIGTERM
    except LabflowError as error:
        traceback.print_exc()
        write_text_atomically(folder / "failure.txt", f"{type(error).__name__}: {error}\n")
        return 1
    except Exception:
        traceback.print_exc()  # into worker.log, whose last lines the parent shows
        return 1
    if link.reports:
        write_text_atomically(folder / "result.json", result.model_dump_json(indent=2) + "\n")
    return 0


def _obey(link: WorkerLink) -> None:
    """SIGTERM asks for an orderly end and sets a deadline for it; the terminal's SIGINT is the parent's business."""

    def stop(_number: int, _frame: object) -> None:
        link.interrupted = True
        signal.alarm(GRACE_SECONDS)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def die_with(parent: int) -> None:
    """Sends this process SIGTERM when ``parent`` ends: by the kernel on Linux, by looking every second elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it had ended before the kernel was told
        sys.exit(128 + signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
