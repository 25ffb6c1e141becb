"""A server for a model that has a path and no endpoint, for the length of a stage.

``vllm serve`` for a model directory, ``llama-server`` for a GGUF file; on a free port of the loopback interface, healthy before
the first request, stopped with its whole process group afterwards, however the stage ends (``server_guard``)::

    with serve_model(settings.model, "/workspace/cache/answers/teacher") as served:
        served.settings.endpoints  # ("http://127.0.0.1:40213/v1",)

Teacher and critic that are the same model share one server inside a ``keep_servers()`` block, in one process. A server that dies
while it is asked is started again, once; its second log is ``server-again.log``.

Not covered: choosing which GPUs by number (set CUDA_VISIBLE_DEVICES), several replicas on one machine (give them as endpoints).
"""

import os
import shutil
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import UsageError
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.running_server import POLL_SECONDS, RunningServer, start_guard

_RESERVED = ("--host", "--port", "--api-key", "--model")
_NOTICE_SECONDS = 2.0
"""For the guard to see that its server has ended."""


@dataclass(frozen=True)
class ServedModel:
    """Settings that point to a server that runs, and the server if it is ours."""

    settings: ModelSettings
    server: RunningServer | None = None
    given_up: threading.Event = field(default_factory=threading.Event)
    """Set when the caller wants nothing any more: nobody shall wait for a restart then."""

    def check(self) -> None:
        """Raises ModelServerError if a server of ours has ended."""
        if self.server is not None:
            self.server.check()

    def revive(self) -> bool:
        """Starts a server of ours again if it has ended, and says whether that was so; for whoever could not reach it.

        Raises:
            ModelServerError: it ended for the second time, or does not start again.
        """
        server = self.server
        assert server is not None, "only a server of ours can be revived"
        # Its guard ends when all its processes have, up to a stop's time after the first of them.
        deadline = time.monotonic() + server.settings.stop_timeout_seconds + _NOTICE_SECONDS
        while not server.has_ended:
            if server.is_healthy() or time.monotonic() > deadline or self.given_up.wait(POLL_SECONDS):
                return False
        server.restart(self.given_up)
        return True


@dataclass
class _Kept:
    """Servers that outlive their block, and how many blocks use each."""

    servers: dict[str, RunningServer] = field(default_factory=dict)
    users: Counter[str] = field(default_factory=Counter)

    def stop_idle(self) -> None:
        """Two models need not fit onto the GPUs at once."""
        for key in [key for key in self.servers if not self.users[key]]:
            self.servers.pop(key).stop()


_kept_lock = threading.Lock()
_kept: _Kept | None = None


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
    server = _take_server(settings, folder)
    endpoints = (f"{server.url}/v1",)
    served = ServedModel(settings.model_copy(update={"endpoints": endpoints, "name": name_of_model(settings)}), server)
    try:
        yield served
    finally:
        served.given_up.set()
        _leave_server(settings, server)


@contextmanager
def keep_servers() -> Iterator[None]:
    """A server started inside the block runs until its end, or until another model is to be served: stages share one."""
    global _kept
    with _kept_lock:
        outermost, _kept = _kept is None, _kept if _kept is not None else _Kept()
    try:
        yield
    finally:
        if outermost:
            with _kept_lock:
                kept, _kept = _kept, None
            for server in kept.servers.values():
                server.stop()


def _take_server(settings: ModelSettings, folder: str) -> RunningServer:
    """The kept server of this model, or a new one."""
    key = _key_of(settings)
    with _kept_lock:
        if _kept is None:
            return _start(settings, folder)
        server = _kept.servers.get(key)
        if server is None or server.has_ended:
            _kept.stop_idle()
            server = _kept.servers[key] = _start(settings, folder)
        _kept.users[key] += 1
        return server


def _leave_server(settings: ModelSettings, server: RunningServer) -> None:
    key = _key_of(settings)
    with _kept_lock:
        if _kept is not None and _kept.servers.get(key) is server:
            _kept.users[key] -= 1
            return
    server.stop()


def _key_of(settings: ModelSettings) -> str:
    """What makes two roles' models the same."""
    return settings.model_dump_json(include={"name", "path", "server"})


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
    command, environment = server_command(settings, port), _environment(settings)
    log = Path(folder) / "server.log"
    guard = start_guard(command, environment, settings.server.stop_timeout_seconds, log)
    server = RunningServer(command, environment, settings.server, f"http://127.0.0.1:{port}", log, guard)
    server.wait_until_healthy(threading.Event())
    return server


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
