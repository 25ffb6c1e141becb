"""The chat against real servers: whole, side by side, and with servers that die."""

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console

from flows.chat.session import Session
from flows.chat.terminal import chat
from flows.models.names import FoundModel
from flows.models.serving import Address, serve_models
from schemas.errors import ModelServerError, TrainingError, UsageError
from tasks.chat_model.streaming import ChattingModel, stream_answer
from tests.flows.chat.test_chat_session import reader
from tests.tasks.chat_model.test_chat_model_managed_server import wait_until_gone
from tests.tasks.chat_model.tiny_model import make_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("chat") / "tiny")


@pytest.fixture(scope="module")
def server(tiny: Path, tmp_path_factory: pytest.TempPathFactory):
    """Two names for the tiny model, behind the student server."""
    models = (FoundModel("new", tiny, "path"), FoundModel("old", tiny, "path"))
    log = tmp_path_factory.mktemp("log") / "server.log"
    with serve_models(models, log, "student", Address(key="sesame")) as running:
        yield running
        assert "sesame" not in str(running.command)
        assert b"sesame" not in log.read_bytes()


def model_at(server, name: str = "new", **changes) -> ChattingModel:
    return ChattingModel(f"{server.url}/v1", name, **{"key": "sesame", "max_tokens": 12, **changes})


def talk(models: list[ChattingModel], *lines: str, **more) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False)
    chat(Session(tuple(model.name for model in models)), models, console, reader(*lines), **more)
    return console.file.getvalue()


def test_an_answer_comes_in_pieces_and_is_the_same_each_time(server) -> None:
    pieces = list(stream_answer(model_at(server), [{"role": "user", "content": "the document"}]))
    assert len(pieces) > 1
    again = list(stream_answer(model_at(server), [{"role": "user", "content": "the document"}]))
    assert "".join(pieces) == "".join(again)


def test_a_warm_sampled_answer_depends_on_nothing_but_its_seed(server) -> None:
    model = model_at(server, temperature=1.0)
    one, two = ("".join(stream_answer(model, [{"role": "user", "content": "the question"}])) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "not-it"}, "API key is missing or wrong"),
        ({"name": "other"}, "there is no model 'other' here, only new, old"),
    ],
)
def test_a_refusal_is_one_line(server, changes: dict, message: str) -> None:
    with pytest.raises(ModelServerError, match=message) as caught:
        list(stream_answer(model_at(server, **changes), [{"role": "user", "content": "x"}]))
    assert "\n" not in str(caught.value)
    assert "not-it" not in str(caught.value)


def test_a_conversation_too_long_for_the_model_is_said(server) -> None:
    said = talk([model_at(server)], "word " * 9000, "the document")
    assert "leaves no room for an answer" in said
    assert said.count("labflow:") == 1  # the next question is answered


def test_two_models_stand_side_by_side_in_a_terminal(server) -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, _environ={"TERM": "xterm"})
    chat(Session(("new", "old")), [model_at(server), model_at(server, "old")], console, reader("the document"))
    assert re.search(r"new\S*\s+.*┃.*old", console.file.getvalue())


@pytest.mark.parametrize(
    ("terminal", "term", "columns"),
    [(False, "xterm", 100), (True, "xterm", 20), (True, "dumb", 100)],
    ids=["a file", "a narrow terminal", "a terminal that cannot move its cursor"],
)
def test_where_two_do_not_fit_beside_each_other_they_stand_below(server, terminal: bool, term: str, columns: int) -> None:
    environment = {"TERM": term, "NO_COLOR": "1"}
    console = Console(file=io.StringIO(), width=columns, force_terminal=terminal, _environ=environment, color_system=None)
    models = [model_at(server), model_at(server, "old")]
    chat(Session(("new", "old")), models, console, reader("the document"))
    one, two = console.file.getvalue().strip().splitlines()
    assert (one.removeprefix("new: "), one[:5]) == (two.removeprefix("old: "), "new: ")
    assert "\x1b[3" not in console.file.getvalue()  # no colour


def test_what_a_sample_says_cannot_steer_the_terminal(server) -> None:
    console = Console(file=io.StringIO(), width=100)
    session = Session(("new",), can_trace=True, trace=True)
    chat(session, [model_at(server)], console, reader("the document"), lambda _: "  0.90  Which? -> \x1b]0;title\x07 grey")
    assert "grey" in console.file.getvalue()
    assert "\x1b" not in console.file.getvalue()


@pytest.mark.slow
def test_a_server_that_dies_in_the_middle_is_said_and_the_chat_goes_on(tiny: Path, tmp_path: Path) -> None:
    with serve_models((FoundModel("new", tiny, "path"),), tmp_path / "server.log", "student") as dying:
        model = model_at(dying, key="", max_tokens=4000)

        def revive() -> bool:
            dying.guard.wait(30)
            dying.restart(threading.Event())
            return True

        pieces = stream_answer(model, [{"role": "user", "content": "the document"}])
        next(pieces)
        [child] = Path(f"/proc/{dying.guard.pid}/task/{dying.guard.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        with pytest.raises(ModelServerError, match="new .*(stopped in the middle|did not answer)"):
            list(pieces)
        said = talk([model_at(dying, key="")], "the document", "/retry", revive=revive)
        assert "labflow: new did not answer" in said
        assert "The server was started again" in said
        assert said.strip().splitlines()[-1] != "The server was started again: /retry asks once more."
        guard = dying.guard.pid
    assert wait_until_gone([guard])


def test_others_are_served_only_with_a_key(tiny: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="--api-key-env"),
        serve_models((FoundModel("new", tiny, "path"),), tmp_path / "log", address=Address(host="0.0.0.0")),
    ):
        pass


def test_a_port_in_use_is_named(server, tiny: Path, tmp_path: Path) -> None:
    port = int(server.url.rpartition(":")[2])
    with (
        pytest.raises(UsageError, match=f"port {port}: address already in use"),
        serve_models((FoundModel("new", tiny, "path"),), tmp_path / "log", address=Address(port=port)),
    ):
        pass


def test_a_directory_that_is_no_model_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with (
        pytest.raises(TrainingError, match="config.json"),
        serve_models((FoundModel("empty", tmp_path / "empty", "path"),), tmp_path / "log", "student"),
    ):
        pass


def test_a_person_in_a_terminal(server, tmp_path: Path) -> None:
    """A pseudo-terminal: the line is edited, the answer is shown, Ctrl-C keeps the chat, Ctrl-D ends it."""
    master, slave = pty.openpty()
    command = [
        sys.executable,
        "-c",
        "from flows.cli import main; main()",
        "chat",
        "--endpoint",
        f"{server.url}/v1",
        "--model",
        "new",
    ]
    environment = {**os.environ, "SESAME": "sesame", "TERM": "dumb", "PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(
        [*command, "--api-key-env", "SESAME", "--max-tokens", "8", "--workspace", str(tmp_path)],
        stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    shown = wait_for(master, "> ")
    os.write(master, b"/nope\r")
    shown += wait_for(master, "there is no command /nope")
    os.write(master, b"half a line\x03")
    os.write(master, b"/help\r")
    shown += wait_for(master, r"several lines\.[^>]*> ")
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:  # a key may come before the line editor listens
        os.write(master, b"\x04")
        shown += read_now(master, 1.0)
    assert process.wait(10) == 0, shown
    os.close(master)
    assert (tmp_path / "chat_history").stat().st_mode & 0o077 == 0


def wait_for(master: int, pattern: str) -> str:
    shown, deadline = "", time.monotonic() + 60
    while not re.search(pattern, shown):
        assert time.monotonic() < deadline, shown
        shown += read_now(master, 1.0)
    return shown


def read_now(master: int, seconds: float) -> str:
    """What is shown within so many seconds; a terminal that nobody reads from holds up whoever writes to it."""
    if not select.select([master], [], [], seconds)[0]:
        return ""
    try:
        return os.read(master, 65_536).decode(errors="replace")
    except OSError:  # the other side was closed
        return ""
