"""Terminals without colour or width, and no terminal at all: every list is whole, and holds nothing that only a screen obeys."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.flows.commands.release_workspace import two_releases

ROOT = Path(__file__).parents[3]
LISTS = {
    "runs list": ("20260101T060000Z-00000001", "released", "1111111111"),
    "data list": ("20260102T060000Z-00000002", "2222222222"),
    "data show latest": ("knowledge/cars/gullwing", "$1,500"),
    "release list": ("reserved", "2026-01-02 06:00:00", "0.50", "current"),
    "model list": ("release-1", "taxonomy 2222222222, current"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_releases(tmp_path_factory.mktemp("plain") / "workspace").root


def started(command: str, root: Path, environment: dict[str, str], **streams: int) -> "subprocess.Popen[bytes]":
    program = [sys.executable, "-c", "from flows.cli import main; main()", *command.split(), "--workspace", str(root)]
    return subprocess.Popen(program, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, **streams)


def in_a_terminal(command: str, root: Path, environment: dict[str, str], columns: int) -> str:
    """What a terminal of so many columns is sent; 0: it does not say how wide it is."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 0, columns, 0, 0))
    process = started(command, root, environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    try:
        while part := os.read(master, 65_536):
            shown += part
    except OSError:  # the other side was closed
        pass
    os.close(master)
    assert process.wait(60) == 0, shown
    return shown.decode()


@pytest.mark.parametrize("command", LISTS)
def test_a_dumb_terminal_without_width_or_colour(command: str, root: Path) -> None:
    shown = in_a_terminal(command, root, {"TERM": "dumb", "COLUMNS": "20", "NO_COLOR": "1"}, 0)
    assert "\x1b" not in shown
    assert not [part for part in LISTS[command] if part not in shown], shown
    assert "…" not in shown


@pytest.mark.parametrize("command", ["release list", "doctor"])
def test_no_color_is_obeyed_in_a_terminal_that_has_colours(command: str, root: Path) -> None:
    coloured = in_a_terminal(command, root, {"TERM": "xterm-256color", "NO_COLOR": ""}, 40)
    plain = in_a_terminal(command, root, {"TERM": "xterm-256color", "NO_COLOR": "1"}, 40)
    assert "\x1b[3" in coloured or "\x1b[1" in coloured
    assert "\x1b[3" not in plain


def test_a_pipe_gets_every_column(root: Path) -> None:
    process = started("release list", root, {"COLUMNS": "20"}, stdout=subprocess.PIPE)
    shown = process.communicate(timeout=60)[0].decode()
    assert "\x1b" not in shown
    assert not [part for part in LISTS["release list"] if part not in shown], shown
