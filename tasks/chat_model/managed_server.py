"""A server for a model that has a path and no endpoint, for the length of a stage.

``vllm serve`` for a model directory, ``llama-server`` for a GGUF file; on a free port of the loopback interface, healthy before
the first request, stopped with its whole process group afterwards, however the stage ends (``server_guard``)::

    with serve_model(settings.model, "/workspace/cache/answers/teacher") as served:
        served.settings.endpoints  # ("http://127.0.0.1:40213/v1",)

Teacher and critic that are the same model share one server inside a ``keep_servers()`` block, in one process.

Not covered: choosing which GPUs by number (set CUDA_VISIBLE_DEVICES), several replicas on one machine (give them as endpoints).
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from schemas.errors import ModelServerError, UsageError
from schemas.settings import ModelSettings
from tasks.chat_model.wire import hide_keys

_TAIL_LINES, _TAIL_CAUSES = 6, 2
_TAIL_BYTES = 65_536
_CAUSE = re.compile(r"\b\w*(?:Error|Exception): \S")
"""A server that shuts down in good order buries the exception under what it says on its way out."""
_RESERVED = ("--host", "--port", "--api-key", "--model")
_POLL_SECONDS = 0.1

_kept_lock = threading.Lock()
_kept: "dict[str, RunningServer] | None" = None


@dataclass
class RunningServer:
    """A started server: its guard, where it answers, and its log."""

    guard: "subprocess.Popen[bytes]"
    url: str
    log: Path
    program: str
    stop_seconds: float

    def check(self) -> None:
        """Raises if the server has ended.

        Raises:
            ModelServerError: with the last lines of the server's log.
        """
        code = self.guard.poll()
        if code is not None:
            raise ModelServerError(f"{self.program} stopped with exit code {code}; {self.last_lines()}")

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
            self.guard.wait(self.stop_seconds + 10)
        except subprocess.TimeoutExpired:
            self.guard.kill()  # the server is told by the kernel
            self.guard.wait()


@dataclass(frozen=True)
class ServedModel:
    """Settings that point to a server that runs, and the server if it is ours."""

    settings: ModelSettings
    server: RunningServer | None = None

    def check(self) -> None:
        """Raises ModelServerError if a server of ours has ended."""
        if self.server is not None:
            self.server.check()


@contextmanager
def serve_model(settings: ModelSettings, folder: str) -> Iterator[ServedModel]:
    """A model that can be asked: as it is where endpoints are set, else with a server that runs as long as the block.

    Args:
        folder: Local directory for the server's log.

    Raises:
        UsageError: neither endpoint nor path is set, the path does not exist, or no program to serve it is found.
        ModelServerError: the server ended, or was not healthy in time; with the last lines of its log.
    """
    if settings.endpoints:
        yield ServedModel(settings)
        return
    key = settings.model_dump_json(include={"name", "path", "server"})
    with _kept_lock:
        server = (_kept or {}).get(key)
        if server is None:
            server = _start(settings, folder)
            if _kept is not None:
                _kept[key] = server
        ours_alone = _kept is None
    try:
        endpoints = (f"{server.url}/v1",)
        yield ServedModel(settings.model_copy(update={"endpoints": endpoints, "name": name_of_model(settings)}), server)
    finally:
        if ours_alone:
            server.stop()


@contextmanager
def keep_servers() -> Iterator[None]:
    """Servers started inside the block run until its end, so that stages with the same model share one."""
    global _kept
    with _kept_lock:
        outermost, _kept = _kept is None, _kept if _kept is not None else {}
    try:
        yield
    finally:
        if outermost:
            with _kept_lock:
                servers, _kept = _kept, None
            for server in servers.values():
                server.stop()


def name_of_model(settings: ModelSettings) -> str:
    """How the model is called in requests and provenance."""
    return settings.name or (Path(settings.path).name if settings.path else "")


def server_command(settings: ModelSettings, port: int) -> list[str]:
    """The program and its arguments.

    Raises:
        UsageError: no program is found, or an argument is one that labflow sets itself.
    """
    server, path = settings.server, settings.path or ""
    for argument in server.arguments:
        if argument.split("=")[0] in _RESERVED:
            raise UsageError(f"server.arguments: {argument.split('=')[0]} is set by labflow; remove it")
    name = name_of_model(settings)
    place = ["--host", "127.0.0.1", "--port", str(port)]
    if path.endswith(".gguf"):
        command = [_find_program(settings, "llama-server"), "--model", path, *place, "--alias", name]
        command += ["--parallel", str(settings.concurrency)]
        if server.max_model_len:  # llama-server divides its context among the slots
            command += ["--ctx-size", str(server.max_model_len * settings.concurrency)]
        command += [part for file in server.lora.values() for part in ("--lora", file)]
        return [*command, *server.arguments]
    command = [_find_program(settings, "vllm"), "serve", path, *place, "--dtype", server.dtype]
    command += ["--served-model-name", f"{name}-base" if name in server.lora else name]
    command += ["--tensor-parallel-size", str(server.tensor_parallel_size)]
    command += ["--quantization", server.quantization] if server.quantization else []
    command += ["--max-model-len", str(server.max_model_len)] if server.max_model_len else []
    if server.lora:
        command += ["--enable-lora", "--lora-modules", *(f"{adapter}={files}" for adapter, files in server.lora.items())]
    return [*command, *server.arguments]


def _find_program(settings: ModelSettings, name: str) -> str:
    candidates = [settings.server.program] if settings.server.program else [str(Path(sys.executable).parent / name), name]
    for candidate in candidates:
        if found := shutil.which(candidate):
            return found
    where = settings.server.program or f"{name}, neither beside {sys.executable} nor on PATH"
    raise UsageError(f"no program to serve {settings.path}: {where}. Install it, set server.program, or set endpoints.")


def _start(settings: ModelSettings, folder: str) -> RunningServer:
    if not settings.path:
        raise UsageError("the model has neither endpoints nor a path: set 'endpoints', for example [http://127.0.0.1:8000/v1]")
    if not Path(settings.path).exists():
        raise UsageError(f"the model {settings.path} does not exist")
    port = _free_port()
    command = server_command(settings, port)
    log = Path(folder) / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    guard_file = Path(__file__).with_name("server_guard.py")
    with log.open("wb") as stream:
        guard = subprocess.Popen(
            [sys.executable, str(guard_file), str(settings.server.stop_timeout_seconds), *command],
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=_environment(settings),
            start_new_session=True,
        )
    stop_seconds = settings.server.stop_timeout_seconds
    server = RunningServer(guard, f"http://127.0.0.1:{port}", log, Path(command[0]).name, stop_seconds)
    try:
        _wait_until_healthy(server, settings.server.start_timeout_seconds)
    except BaseException:
        server.stop()
        raise
    return server


def _wait_until_healthy(server: RunningServer, seconds: float) -> None:
    """Polls ``/health``: unlike ``/v1/models`` it needs no key."""
    opener = build_opener(ProxyHandler({}))  # a proxy of the environment's has no business on the loopback interface
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        server.check()
        try:
            with opener.open(f"{server.url}/health", timeout=5) as response:
                if response.status == 200:
                    return
        except (URLError, OSError):
            pass  # not yet: a port that nobody listens on, or 503 while the model is loaded
        time.sleep(_POLL_SECONDS)
    raise ModelServerError(f"{server.program} was not healthy within {seconds:g} s; {server.last_lines()}")


def _environment(settings: ModelSettings) -> dict[str, str]:
    """The environment of labflow without its API keys, and without a network that a local model does not need."""
    unwanted = {settings.api_key_env, "OPENAI_API_KEY"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    if settings.server.gpus is not None:
        visible = environment.get("CUDA_VISIBLE_DEVICES")
        devices = visible.split(",") if visible else [str(number) for number in range(settings.server.gpus)]
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(devices[: settings.server.gpus])
    environment |= {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    return environment | settings.server.environment


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
