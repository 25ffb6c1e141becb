"""Two releases tuned with LoRA, one after the other in a real vLLM that is never restarted, and the first one again.

Needs a vllm program: ``LABFLOW_VLLM``, else beside this Python, else on PATH. Takes about a minute.
"""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.models.names import find_model
from schemas.served_model_settings import ServerSettings
from schemas.student_contracts import Trained
from tasks.chat_model.running_server import RunningServer, start_guard
from tasks.chat_model.streaming import ChattingModel, stream_answer
from tests.flows.commands.release_workspace import two_releases
from tests.tasks.chat_model import test_chat_model_real_vllm as real_vllm
from tests.tasks.chat_model.test_chat_model_real_vllm import ON_A_SMALL_CPU, VLLM
from tests.tasks.train.train_rows import FACTS, SMALL, make_request, make_sample
from tests.tasks.train.train_runs import run

pytestmark = real_vllm.pytestmark
ARGUMENTS = ("--enforce-eager", "--kv-cache-memory-bytes", "67108864", "--max-num-seqs", "4", "--max-model-len", "512",
             "--dtype", "float32", "--enable-lora", "--max-lora-rank", "8")  # fmt: skip
QUESTIONS = tuple(f"What is the {name} of the Heron?" for name in FACTS)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Trained, Path]:
    """A base that knows the boat, and two adapters that each know another one of that name."""
    folder = tmp_path_factory.mktemp("tuned")
    learnt = SMALL.model_copy(update={"hidden_size": 64, "epochs": 30, "batch_tokens": 256})
    base = run(make_request(folder, train=learnt), folder / "base").checkpoint
    tune = SMALL.model_copy(update={"base": base.path, "method": "lora", "lora_rank": 8, "epochs": 60, "learning_rate": 1e-2})
    made = []
    for number, facts in enumerate((list(FACTS.values())[1:] + list(FACTS.values())[:1], list(FACTS.values())[::-1])):
        taught = [make_sample(question, answer) for question, answer in zip(QUESTIONS, facts, strict=True)]
        (folder / str(number)).mkdir()
        made.append(run(make_request(folder / str(number), taught, train=tune), folder / f"run-{number}"))
    return made[0], made[1], Path(base.path)


@pytest.fixture(scope="module")
def server(tuned: tuple[Trained, Trained, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """vLLM with the base alone."""
    log = tmp_path_factory.mktemp("log") / "vllm.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [
        str(VLLM),
        "serve",
        str(tuned[2]),
        "--served-model-name",
        "base",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        *ARGUMENTS,
    ]
    environment = {**os.environ, **ON_A_SMALL_CPU, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True", "HF_HUB_OFFLINE": "1",
                   "VLLM_NO_USAGE_STATS": "1"}  # fmt: skip
    settings = ServerSettings(start_timeout_seconds=400)
    guard = start_guard(command, environment, settings.stop_timeout_seconds, log)
    running = RunningServer(command, environment, settings, f"http://127.0.0.1:{port}", log, guard)
    running.wait_until_healthy(threading.Event())
    try:
        yield running
    finally:
        running.stop()


def answers(server: RunningServer, name: str) -> list[str]:
    model = ChattingModel(f"{server.url}/v1", name, max_tokens=16)
    return ["".join(stream_answer(model, [{"role": "user", "content": question}])).strip() for question in QUESTIONS]


def test_releases_change_places_in_a_server_that_goes_on_running(
    tuned: tuple[Trained, Trained, Path], server: RunningServer, tmp_path: Path
) -> None:
    root = two_releases(tmp_path / "workspace").root
    for number, trained in enumerate(tuned[:2], 1):
        assert trained.adapter is not None
        shutil.copytree(trained.adapter.path, find_model(root, str(number)).path.parent / "adapter")

    def serve(release: str) -> Result:
        arguments = ["model", "serve", release, "--into", server.url, "--workspace", str(root)]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.stderr
        return result

    before = answers(server, "base")
    serve("1")
    first = answers(server, "student")
    serve("2")
    second = answers(server, "student")
    serve("1")
    print(f"base {before}\nrelease 1 {first}\nrelease 2 {second}")
    assert answers(server, "student") == first
    assert sum(one != other for one, other in zip(first, second, strict=True)) >= len(QUESTIONS) // 2
    assert sum(one != other for one, other in zip(before, first, strict=True)) >= len(QUESTIONS) // 2
    assert answers(server, "base") == before
    assert not server.has_ended


def test_an_adapter_that_is_none_is_refused_and_the_server_goes_on(server: RunningServer, tmp_path: Path) -> None:
    root = two_releases(tmp_path / "workspace").root
    adapter = find_model(root, "1").path.parent / "adapter"
    adapter.mkdir()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (adapter / name).write_text("{}")
    result = CliRunner().invoke(app, ["model", "serve", "1", "--into", server.url, "--workspace", str(root)])
    assert result.exit_code == 1
    assert "refuses the adapter student" in result.stderr
    assert len(answers(server, "base")) == len(QUESTIONS)
