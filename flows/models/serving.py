"""Starts a server for models of this machine: vLLM or llama-server where there is one, else the student server.

    model directory   vllm serve, or tasks/student_model/student_server.py
    GGUF file         llama-server

The server runs under a guard, in a process group of its own, and is gone when the block ends, however it ends. It listens on the
loopback interface; any other needs an API key, which travels in the environment and never stands among a process's arguments.

Not covered: TLS (put a proxy in front), several machines.
"""

import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flows.models.names import FoundModel
from schemas.errors import UsageError
from schemas.served_model_settings import ServerSettings
from tasks.chat_model.running_server import RunningServer, start_guard
from tasks.student_model.checkpoint_files import require_loadable

Engine = Literal["auto", "vllm", "llama", "student"]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEY_VARIABLE = "LABFLOW_API_KEY"
_WAYS_TO_GET = {
    "llama-server": "It comes with llama.cpp: its releases, Homebrew, conda-forge.",
    "vllm": "pip install 'labflow[vllm]', best in an environment of its own.",
}


@dataclass(frozen=True)
class Address:
    """Where to listen.

    Args:
        host: An address of this machine.
        port: 0 for a free one.
        key: What requests must bring; empty: nothing, on the loopback interface alone.
    """

    host: str = "127.0.0.1"
    port: int = 0
    key: str = ""


LOCAL = Address()


@contextmanager
def serve_models(
    models: tuple[FoundModel, ...],
    log: Path,
    engine: Engine = "auto",
    address: Address = LOCAL,
    extra: tuple[str, ...] = (),
) -> Iterator[RunningServer]:
    """A server that is healthy, for as long as the block.

    Args:
        models: What to serve; more than one only with the student server.
        log: Where the server's output goes.
        extra: More options for the server's command.

    Raises:
        UsageError: the port is in use, a key is missing, or the engine is not there or cannot serve this.
        TrainingError: a directory is no model, or holds pickled weights.
        ModelServerError: the server ended, or was not healthy in time; with the last lines of its log.
    """
    if address.host not in LOOPBACK and not address.key:
        raise UsageError(
            f"{address.host} can be reached by others: name the variable that holds an API key with --api-key-env, "
            "or keep to 127.0.0.1."
        )
    for model in models:
        if model.path.suffix != ".gguf":
            require_loadable(model.path)
    port = _take_port(address)
    command, keys = _command(models, choose_engine(models, engine), address.host, port)
    command += extra
    environment = {**os.environ, **{name: address.key for name in keys if address.key}, **_quiet_environment()}
    settings = ServerSettings(start_timeout_seconds=900)
    guard = start_guard(command, environment, settings.stop_timeout_seconds, log)
    server = RunningServer(command, environment, settings, f"http://{_reachable(address.host)}:{port}", log, guard)
    server.wait_until_healthy(threading.Event())
    try:
        yield server
    finally:
        server.stop()


def choose_engine(models: tuple[FoundModel, ...], engine: Engine) -> Literal["vllm", "llama", "student"]:
    """What serves these models.

    Raises:
        UsageError: the engine is not installed, or cannot serve them.
    """
    gguf = [model.path for model in models if model.path.suffix == ".gguf"]
    if gguf and engine not in ("auto", "llama"):
        raise UsageError(f"{gguf[0].name} is a GGUF file, which llama-server serves: leave out --engine.")
    if gguf or engine == "llama":
        if not gguf:
            raise UsageError("llama-server serves GGUF files: labflow model export --gguf f16 makes one.")
        if len(models) > 1:
            raise UsageError("llama-server serves one model at a time.")
        return "llama"
    if engine == "auto":
        return "vllm" if len(models) == 1 and find_program("vllm") and _has_gpu() else "student"
    return engine


def _command(
    models: tuple[FoundModel, ...], engine: Literal["vllm", "llama", "student"], host: str, port: int
) -> tuple[list[str], tuple[str, ...]]:
    """The command, and the variables in which it looks for its API key."""
    place = ["--host", host, "--port", str(port)]
    first = models[0]
    if engine == "llama":
        return [_program("llama-server"), "--model", str(first.path), "--alias", first.name, *place], ("LLAMA_API_KEY",)
    if engine == "vllm":
        return [_program("vllm"), "serve", str(first.path), "--served-model-name", first.name, *place], ("VLLM_API_KEY",)
    named = [part for model in models for part in ("--model", f"{model.name}={model.path}")]
    # -P: nothing of the directory that the user stands in is imported
    return [sys.executable, "-P", "-m", "tasks.student_model.student_server", *place, *named], (KEY_VARIABLE,)


def _quiet_environment() -> Mapping[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", "")))),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def _program(name: str) -> str:
    found = find_program(name)
    if found is None:
        raise UsageError(
            f"{name} is not installed: neither beside {sys.executable} nor on PATH. {_WAYS_TO_GET.get(name, '')}".strip()
        )
    return found


def find_program(name: str) -> str | None:
    """Where a program lies: beside this interpreter, else on PATH; None where it is not installed."""
    return shutil.which(str(Path(sys.executable).parent / name)) or shutil.which(name)


def _has_gpu() -> bool:
    from flows.models.gpus import find_gpus

    return bool(find_gpus())


def _take_port(address: Address) -> int:
    """The port, or a free one; whoever takes it between here and the server's start makes the server say so in its log."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            raise UsageError(
                f"cannot listen on {address.host} port {address.port}: {(error.strerror or 'it is taken').lower()}. "
                "Choose another with --port, or 0 for a free one."
            ) from error
        return int(probe.getsockname()[1])


def _reachable(host: str) -> str:
    """Where this machine reaches a server that listens there."""
    plain = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"[{plain}]" if ":" in plain else plain
