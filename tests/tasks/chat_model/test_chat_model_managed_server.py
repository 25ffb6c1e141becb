import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from schemas.errors import ModelServerError, UsageError
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.asking import Support, ask_all, work_through
from tasks.chat_model.managed_server import keep_servers, serve_model, server_command
from tests.tasks.chat_model.test_chat_model_asking import ask

PRETEND = Path(__file__).parent / "pretend_vllm.py"


@pytest.fixture
def model(tmp_path):
    """A model directory beside a program that serves it."""
    program = tmp_path / "vllm"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {PRETEND} "$@"\n')
    program.chmod(0o755)
    (tmp_path / "tiny").mkdir()
    return tmp_path / "tiny"


def settings_of(model: Path, **server) -> ModelSettings:
    server = {"program": str(model.parent / "vllm"), "stop_timeout_seconds": 2, "start_timeout_seconds": 30, **server}
    return ModelSettings(path=str(model), server=server, timeout_seconds=2, max_retries=3)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pids_of(model: Path) -> list[int]:
    return [int(pid) for pid in (model / "pids").read_text().split()]


def wait_until_gone(pids: list[int], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(map(is_alive, pids)):
        time.sleep(0.05)
    return not any(map(is_alive, pids))


def test_a_model_without_endpoints_is_served_as_long_as_it_is_asked(model, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6")
    settings = settings_of(model, environment={"MARK": "hello"}, gpus=2, tensor_parallel_size=2, arguments=["--seed", "1"])
    answers = list(ask_all([ask("a"), ask("b")], settings, str(tmp_path / "cache")))
    assert [answer.text for answer in answers] == ["tiny says hello"] * 2
    assert wait_until_gone(pids_of(model), 1)
    log = (tmp_path / "cache/server.log").read_text()
    assert "--host 127.0.0.1 --port" in log
    assert "--tensor-parallel-size 2 --seed 1" in log
    assert "False 4,5" in log  # no key of ours, two GPUs


def test_answers_of_an_earlier_run_are_found_although_the_port_is_another(model, tmp_path):
    first = list(ask_all([ask("a")], settings_of(model), str(tmp_path / "cache")))
    second = list(ask_all([ask("a")], settings_of(model), str(tmp_path / "cache")))
    assert (first[0].usage.requests, second[0].usage.cached) == (1, 1)


def test_nothing_is_left_when_the_caller_stops_early_or_fails(model, tmp_path):
    answers = ask_all((ask(str(n)) for n in range(10_000)), settings_of(model), str(tmp_path / "cache"))
    next(answers)
    answers.close()
    assert wait_until_gone(pids_of(model), 1)
    with pytest.raises(KeyError), serve_model(settings_of(model), str(tmp_path / "cache")):
        raise KeyError
    assert wait_until_gone(pids_of(model), 1)


def test_a_stubborn_server_is_killed(model, tmp_path):
    (model / "stubborn").touch()
    with serve_model(settings_of(model, stop_timeout_seconds=0.5), str(tmp_path)):
        pids = pids_of(model)
        assert all(map(is_alive, pids))
    assert wait_until_gone(pids, 1)


@pytest.mark.parametrize("victim", ["labflow", "guard"])
def test_nothing_is_left_after_kill_9(model, tmp_path, victim):
    script = (
        "import sys, time; from schemas.settings import ModelSettings; from tasks.chat_model.managed_server import serve_model\n"
        "with serve_model(ModelSettings.model_validate_json(sys.argv[1]), sys.argv[2]) as served:\n"
        "    print(served.server.guard.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, settings_of(model).model_dump_json(), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}) as labflow:
        guard = int(labflow.stdout.readline())
        pids = pids_of(model)
        assert all(map(is_alive, [guard, *pids]))
        os.kill(labflow.pid if victim == "labflow" else guard, signal.SIGKILL)
        if victim == "labflow":
            assert wait_until_gone([guard, *pids])
        else:
            assert wait_until_gone(pids[:1])  # its own children see that it is gone; these of the test do not look
            os.kill(pids[1], signal.SIGKILL)
            labflow.kill()


def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(model, tmp_path):
    (model / "crash").touch()
    with pytest.raises(
        ModelServerError, match=r"vllm stopped with exit code 3; its log .*server.log ends: .*no such quantization"
    ):
        list(ask_all([ask("a")], settings_of(model), str(tmp_path)))


def test_a_server_that_is_never_healthy_is_an_error_and_stopped(model, tmp_path):
    (model / "slow").touch()
    with pytest.raises(ModelServerError, match=r"vllm was not healthy within 1 s; its log .*loading the model"):
        list(ask_all([ask("a")], settings_of(model, start_timeout_seconds=1), str(tmp_path)))
    assert wait_until_gone(pids_of(model), 1)


def test_a_server_that_dies_in_mid_run_is_started_again_and_nothing_is_lost(model, tmp_path, caplog):
    (model / "fragile_once").touch()
    answers = list(ask_all((ask(str(n)) for n in range(50)), settings_of(model), str(tmp_path)))
    assert [answer.text for answer in answers] == ["tiny says"] * 50
    assert all(answer.failure is None for answer in answers)
    assert "illegal memory access" in (tmp_path / "server.log").read_text()
    assert "illegal memory access" not in (tmp_path / "server-again.log").read_text()
    assert "vllm stopped and is started again; its log" in caplog.text
    assert wait_until_gone(pids_of(model), 1)


def test_a_server_that_dies_a_second_time_is_an_error_with_its_last_words(model, tmp_path):
    (model / "fragile").touch()
    complaint = (
        r"vllm stopped with exit code 9 after it had been started again; its log .*server-again.log.*illegal memory access"
    )
    with pytest.raises(ModelServerError, match=complaint):
        list(ask_all((ask(str(n)) for n in range(50)), settings_of(model), str(tmp_path)))
    assert wait_until_gone(pids_of(model), 1)


def test_nobody_waits_for_a_restart_when_the_caller_has_stopped(model, tmp_path):
    (model / "slow_again").touch()
    answers = ask_all((ask(str(n)) for n in range(50)), settings_of(model), str(tmp_path))
    interrupted = []

    def interrupt():
        while not (tmp_path / "server-again.log").exists():
            time.sleep(0.05)
        interrupted.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        list(answers)
    assert time.monotonic() - interrupted[0] < 10  # it would be waited for 30 seconds
    assert wait_until_gone(pids_of(model), 1)


def test_the_log_lies_where_the_stage_keeps_its_files(model, tmp_path):
    for logs, place in ((str(tmp_path / "stage"), "stage"), ("s3://bucket/stage", "cache")):
        jobs = [lambda ask_model: ask_model(ask("a", index=1)), lambda ask_model: ask_model(ask("b"))]
        answers = work_through(jobs, settings_of(model), str(tmp_path / "cache"), support=Support(server_logs=logs))
        assert len(list(answers)) == 2
        assert "loading the model" in (tmp_path / place / "server.log").read_text()


def test_two_stages_with_the_same_model_share_one_server_where_that_is_wanted(model, tmp_path):
    with keep_servers():
        with serve_model(settings_of(model), str(tmp_path)) as teacher:
            pids = pids_of(model)
        with serve_model(settings_of(model), str(tmp_path)) as critic:
            assert critic.settings.endpoints == teacher.settings.endpoints
            assert pids_of(model) == pids
    assert wait_until_gone(pids, 1)


def test_another_model_is_served_after_the_idle_one_has_made_room(model, tmp_path):
    with keep_servers():
        with serve_model(settings_of(model), str(tmp_path)):
            pids = pids_of(model)
        other = settings_of(model).model_copy(update={"name": "other"})
        with serve_model(other, str(tmp_path)):
            assert wait_until_gone(pids, 1)
            others = pids_of(model)
            assert all(map(is_alive, others))
    assert wait_until_gone(others, 1)


def test_a_kept_server_that_has_died_is_replaced(model, tmp_path):
    with keep_servers():
        with serve_model(settings_of(model), str(tmp_path)) as served:
            pids = pids_of(model)
            os.kill(pids[0], signal.SIGKILL)
            served.server.guard.wait(10)
        with serve_model(settings_of(model), str(tmp_path)) as served:
            served.check()
            assert pids_of(model) != pids


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"path": "/no/such/model"}, "the model /no/such/model does not exist"),
        ({"path": None}, "neither endpoints nor a path"),
        ({"server": {"program": "/no/such/vllm"}}, "no program to serve .*: /no/such/vllm"),
        ({"server": {"program": "/bin/true", "arguments": ["--host=0.0.0.0"]}}, "server.arguments: --host is set by labflow"),
    ],
)
def test_what_cannot_be_served_is_named(model, tmp_path, changes, complaint):
    settings = ModelSettings(**{"path": str(model), **changes})
    with pytest.raises(UsageError, match=complaint), serve_model(settings, str(tmp_path)):
        pass


def test_endpoints_come_before_a_path(model, tmp_path):
    settings = settings_of(model).model_copy(update={"endpoints": ("http://127.0.0.1:1/v1",)})
    with serve_model(settings, str(tmp_path)) as served:
        assert served.settings is settings


def test_vllm_is_told_what_the_settings_say():
    server = {
        "program": "/bin/true",
        "dtype": "bfloat16",
        "quantization": "bitsandbytes",
        "max_model_len": 4096,
        "lora": {"student": "/adapters/student"},
    }
    command = server_command(ModelSettings(name="student", path="/models/granite", server=server), 4321)
    assert command == [
        "/bin/true", "serve", "/models/granite", "--host", "127.0.0.1", "--port", "4321", "--dtype", "bfloat16",
        "--served-model-name", "student-base", "--tensor-parallel-size", "1", "--quantization", "bitsandbytes",
        "--max-model-len", "4096", "--enable-lora", "--lora-modules", "student=/adapters/student",
    ]  # fmt: skip


def test_a_gguf_file_is_served_by_llama_server():
    server = {"program": "/bin/true", "max_model_len": 1024, "lora": {"a": "/a.gguf"}, "arguments": ["--n-gpu-layers", "99"]}
    command = server_command(ModelSettings(path="/models/tiny.gguf", concurrency=4, server=server), 4321)
    assert command == [
        "/bin/true", "--model", "/models/tiny.gguf", "--host", "127.0.0.1", "--port", "4321", "--alias", "tiny.gguf",
        "--parallel", "4", "--ctx-size", "4096", "--lora", "/a.gguf", "--n-gpu-layers", "99",
    ]  # fmt: skip
