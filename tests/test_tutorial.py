"""The tutorial as a person lives through it: each command in a terminal, from an installed wheel, in an empty directory.

A block of commands is run by one bash in a pseudo-terminal; the block of text after it is what must be seen, line by line and in
this order. In it ``...`` stands for anything, ``> text`` is typed when the chat asks for a line, and ``^C`` is Ctrl-C.
"""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from flows.cli import app

ROOT = Path(__file__).parent.parent
TUTORIAL = (ROOT / "taxonomy_sample" / "TUTORIAL.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```(?:\n\n```text\n(.*?)```)?", TUTORIAL, re.DOTALL)
SECONDS = 900
PROMPT = r">[ \x08]*$"
"""The line editor moves the cursor about, and may write its prompt in two pieces."""
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
_WHERE_IS_THE_CURSOR = b"\x1b[6n"


class Terminal:
    """A bash in a pseudo-terminal of 160 columns."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            ["bash", "--norc", "-euo", "pipefail", "-c", f"stty cols 160 rows 50 -echo; {command}"],
            cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(slave)
        self.seen, self.at = "", 0

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        os.close(self.master)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def expect(self, pattern: str) -> None:
        """Waits until something like it stands behind what was expected before."""
        deadline = time.monotonic() + SECONDS
        while not (found := re.compile(pattern).search(self.text(), self.at)):
            assert time.monotonic() < deadline, f"{pattern!r} is not in\n{self.text()[self.at :]}"
            assert self.read(), f"{pattern!r} is not in\n{self.text()[self.at :]}"
        self.at = found.end()

    def text(self) -> str:
        """What was seen so far, less colours and the frames of tables."""
        return re.sub(r"[│┃┏┓┗┛┡┩━─┌┐└┘╇┳┴┬\s]+", " ", _ESCAPES.sub("", self.seen))

    def read(self) -> bool:
        """Reads what there is; False at the end."""
        if not select.select([self.master], [], [], 5)[0]:
            return True
        try:
            new = os.read(self.master, 65_536)
        except OSError:  # the other side was closed
            return False
        if _WHERE_IS_THE_CURSOR in new:
            os.write(self.master, b"\x1b[1;1R")
        self.seen += new.decode(errors="replace")
        return bool(new)

    def end(self) -> int:
        while self.read():
            pass
        return self.process.wait(60)


def _take_terminal() -> None:
    """Makes the pseudo-terminal the one that Ctrl-C comes from."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """All commands that there are."""
    yield path
    for name, sub in getattr(command, "commands", {}).items():
        yield from commands(sub, (*path, name))


def test_every_command_that_the_page_names_exists() -> None:
    known = set(commands(typer.main.get_command(app)))
    groups = {path[:1] for path in known if len(path) > 1}
    prose = re.sub(r"```.*?```", "", TUTORIAL, flags=re.DOTALL)
    named = re.findall(r"\blabflow((?: [a-z]+)+)", "\n".join([*re.findall(r"`([^`]+)`", prose), *(run for run, _ in BLOCKS)]))
    assert len(named) > 30
    for words in (tuple(each.split()) for each in named):
        assert words[: 2 if words[:1] in groups else 1] in known, words


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a virtual environment in which labflow is installed from its wheel; what it depends on is seen through."""
    folder = tmp_path_factory.mktemp("installed")
    leave = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(ROOT, folder / "tree", ignore=leave)
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run([*pip, "wheel", str(folder / "tree"), "--no-deps", "--wheel-dir", str(folder)], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (wheel,) = folder.glob("*.whl")
    into = ["--python", str(folder / "venv" / "bin" / "python"), "install", "--no-deps", str(wheel)]
    subprocess.run([*pip, *into], check=True)
    shutil.rmtree(folder / "tree")
    return folder / "venv" / "bin"


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_person_goes_once_around_the_loop(programs: Path, tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "empty"
    home.mkdir()
    here.mkdir()
    keep = {name: os.environ[name] for name in ("LANG", "LC_ALL", "OMP_NUM_THREADS") if name in os.environ}
    environment = {**keep, "HOME": str(home), "TERM": "xterm", "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin"}
    for block, shown in BLOCKS:
        with Terminal(block, here, environment) as terminal:
            for line in shown.splitlines():
                if line.startswith("> "):
                    terminal.expect(PROMPT)
                    terminal.type(f"{line[2:]}\r")
                elif line == "^C":
                    terminal.type("\x03")
                else:
                    terminal.expect(as_pattern(line))
            assert terminal.end() in (0, 130, -signal.SIGINT), terminal.seen
    assert not (home / ".bashrc").exists()


def as_pattern(line: str) -> str:
    """The line as a regular expression: white space is alike, ``...`` is anything."""
    parts = (r"\s+".join(re.escape(word) for word in part.split()) for part in line.split("..."))
    return ".*?".join(part for part in parts)
