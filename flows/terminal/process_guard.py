"""Leaves no process behind when the command is killed: not Prefect's embedded server, nor a stage's worker.

A small process waits at a pipe that the command holds. When the pipe closes, for whatever reason (``kill -9`` too), it ends
every process that carries the command's mark in its environment. It runs by its file's path and needs the standard library alone.

Not covered: systems without ``/proc``; there the embedded server of a killed command has to be stopped by hand.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = "LABFLOW_COMMAND"
GRACE_SECONDS = 5.0
_guards: list["subprocess.Popen[bytes]"] = []
"""Held so that their pipes stay open."""


@contextmanager
def guard_processes() -> Iterator[None]:
    """Everything that is started inside the block ends with this process at the latest."""
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    guard = subprocess.Popen([sys.executable, "-S", __file__, mark], stdin=subprocess.PIPE, start_new_session=True)
    os.environ[MARK] = mark
    try:
        yield
    finally:  # the pipe stays open until this process ends: Prefect stops its embedded server only then
        _guards.append(guard)
        del os.environ[MARK]


def main(mark: str) -> None:
    """Waits for the end of the command, then ends what carries the mark."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end comes through the pipe
    while os.read(0, 64):
        pass
    deadline = time.monotonic() + GRACE_SECONDS
    while marked := processes_with(mark):
        number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        for process in marked:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                continue
        time.sleep(0.2)


def processes_with(mark: str) -> list[int]:
    """Ids of the living processes that were started with the mark in their environment."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                wanted in (folder / "environ").read_bytes().split(b"\0")
                and b"\nState:\tZ" not in (folder / "status").read_bytes()
            ):
                found.append(int(folder.name))
        except OSError:  # it has ended, or is another user's
            continue
    return found


if __name__ == "__main__":
    main(sys.argv[1])
