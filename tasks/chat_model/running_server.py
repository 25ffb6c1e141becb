"""One server process: its health, its last words, its second start.

Used by ``managed_server``, which decides what is started and for how long. A message in full::

    vllm stopped with exit code 3; its log /runs/x/server.log ends: ValueError: no such quantization

Not covered: which program and arguments (``managed_server``), and that nothing of it outlives labflow (``server_guard``).
"""

import logging
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from schemas.errors import ModelServerError
from schemas.served_model_settings import ServerSettings
from tasks.chat_model.wire import hide_keys

POLL_SECONDS = 0.1
_TAIL_LINES, _TAIL_CAUSES = 6, 2
_TAIL_BYTES = 65_536
_CAUSE = re.compile(r"\b\w*(?:Error|Exception): \S")
"""A server that shuts down in good order buries the exception under what it says on its way out."""

_logger = logging.getLogger("labflow.chat_model")


@dataclass
class RunningServer:
    """A server that was started: its guard, where it answers, and its log."""

    command: list[str]
    environment: dict[str, str]
    settings: ServerSettings
    url: str
    log: Path
    guard: "subprocess.Popen[bytes]"
    was_restarted: bool = False

    @property
    def has_ended(self) -> bool:
        return self.guard.poll() is not None

    def check(self) -> None:
        """Raises if the server has ended.

        Raises:
            ModelServerError: with the last lines of the server's log.
        """
        if self.has_ended:
            again = " after it had been started again" if self.was_restarted else ""
            name = Path(self.command[0]).name
            raise ModelServerError(f"{name} stopped with exit code {self.guard.returncode}{again}; {self.last_lines()}")

    def restart(self, given_up: threading.Event) -> None:
        """Starts a server that has ended once more, on the same port.

        Args:
            given_up: Set when nobody waits for it any more.

        Raises:
            ModelServerError: it was restarted before, or does not become healthy.
        """
        if self.was_restarted:
            self.check()
        _logger.warning("%s stopped and is started again; %s", Path(self.command[0]).name, self.last_lines())
        self.was_restarted = True
        self.log = self.log.with_name(f"{self.log.stem}-again.log")
        self.guard = start_guard(self.command, self.environment, self.settings.stop_timeout_seconds, self.log)
        self.wait_until_healthy(given_up)

    def wait_until_healthy(self, given_up: threading.Event) -> None:
        """Polls ``/health``, and stops a server that takes too long.

        Raises:
            ModelServerError: it ended, or was not healthy in time; with the last lines of its log.
        """
        seconds = self.settings.start_timeout_seconds
        deadline = time.monotonic() + seconds
        try:
            while not self.is_healthy():
                self.check()
                if time.monotonic() > deadline or given_up.wait(POLL_SECONDS):
                    name = Path(self.command[0]).name
                    raise ModelServerError(f"{name} was not healthy within {seconds:g} s; {self.last_lines()}")
        except BaseException:
            self.stop()
            raise

    def is_healthy(self) -> bool:
        """Asks ``/health``: unlike ``/v1/models`` it needs no key."""
        opener = build_opener(ProxyHandler({}))  # a proxy of the environment's has no business on the loopback interface
        try:
            with opener.open(f"{self.url}/health", timeout=5) as response:
                return bool(response.status == 200)
        except (URLError, OSError, HTTPException):
            return False  # not yet: a port that nobody listens on, or 503 while the model is loaded

    def last_lines(self) -> str:
        """Where the log is and how it ends, on one line; of what comes before the end, what looks like the cause."""
        with self.log.open("rb") as stream:
            stream.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            lines = [line.strip() for line in stream.read().decode("utf-8", "replace").splitlines() if line.strip()]
        causes = [line for line in lines[:-_TAIL_LINES] if _CAUSE.search(line)][-_TAIL_CAUSES:]
        tail = " | ".join([*causes, *lines[-_TAIL_LINES:]])
        return f"its log {self.log} ends: {hide_keys(tail, None) or '(empty)'}"

    def stop(self) -> None:
        """Stops the server's process group and waits for it."""
        assert self.guard.stdin is not None, "the guard is started with a pipe"
        self.guard.stdin.close()
        try:
            self.guard.wait(self.settings.stop_timeout_seconds + 10)
        except subprocess.TimeoutExpired:
            self.guard.kill()  # the server is told by the kernel
            self.guard.wait()


def start_guard(command: list[str], environment: dict[str, str], stop_seconds: float, log: Path) -> "subprocess.Popen[bytes]":
    """Starts a program under a guard, its output in ``log``.

    Args:
        stop_seconds: How long it is given to stop.
    """
    guard_file = Path(__file__).with_name("server_guard.py")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, str(guard_file), str(stop_seconds), *command],
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
