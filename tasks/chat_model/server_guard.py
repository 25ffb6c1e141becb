"""Runs a server and leaves nothing of it behind: not after success, failure, cancellation, nor ``kill -9`` of labflow.

A small process between labflow and the server. Its standard input is a pipe that labflow holds: when that closes, for whatever
reason, the server's whole process group is asked to stop, and killed when it does not. It runs by its file's path and needs the
standard library alone::

    python server_guard.py GRACE_SECONDS PROGRAM ARGUMENT...

Not covered: processes that the server moves to another process group (vLLM and llama-server do not).
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
"""From Linux' prctl.h: the kernel signals a child whose parent died; orphans of the server become the guard's children, so that
it can tell when the last one has ended even where no init process reaps them."""
_POLL_SECONDS = 0.2


def main() -> int:
    """Returns the server's exit code."""
    grace_seconds, command = float(sys.argv[1]), sys.argv[2:]
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end comes through the pipe
    try:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_the_guard)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    try:
        while server.poll() is None:
            readable, _, _ = select.select([0], [], [], _POLL_SECONDS)
            if readable and not os.read(0, 64):
                break
    finally:
        _stop_group(server, grace_seconds)
    return server.returncode if server.returncode >= 0 else 128 - server.returncode


def _die_with_the_guard() -> None:
    """If the guard itself is killed, the server's first process goes with it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)


def _stop_group(server: "subprocess.Popen[bytes]", grace_seconds: float) -> None:
    """SIGTERM, a while to comply, SIGKILL: to the group, for a server's workers outlive it at times."""
    deadline = time.monotonic() + grace_seconds
    if _signal_group(server.pid, signal.SIGTERM):
        while time.monotonic() < deadline and (server.poll() is None or _signal_group(server.pid, 0)):
            _reap_workers(server)
            time.sleep(_POLL_SECONDS / 4)
    _signal_group(server.pid, signal.SIGKILL)
    server.wait()


def _reap_workers(server: "subprocess.Popen[bytes]") -> None:
    """Takes note of the orphans that have ended; the server's own end is left for ``server.poll``."""
    while server.returncode is not None:
        try:
            if os.waitpid(-server.pid, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def _signal_group(group: int, number: int) -> bool:
    """Whether there was anyone to signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
