"""The chat in a terminal: reads lines, shows answers as they are written.

With a terminal, prompt_toolkit edits the line and remembers earlier ones; without one, lines are read as they come, so that a
chat can be scripted::

    echo "How long is the warranty?" | labflow chat

Not covered: what a line means (``session``), where answers come from (``tasks/chat_model/streaming.py``).
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from flows.chat.session import Leave, Question, Said, Session
from schemas.errors import ModelServerError
from tasks.chat_model.chat import Message
from tasks.chat_model.streaming import ChattingModel, stream_answer

QUOTES = '"""'
NARROWEST_COLUMN = 24
"""Characters; where a model would have less, the answers stand below each other."""


class ReadLine(Protocol):
    """Reads one line; the argument is the prompt. Raises EOFError at the end."""

    def __call__(self, prompt: str, /) -> str: ...


def chat(
    session: Session,
    models: Sequence[ChattingModel],
    console: Console,
    read_line: ReadLine,
    trace: Callable[[str], str] | None = None,
    revive: Callable[[], bool] | None = None,
) -> None:
    """Talks until the person leaves.

    Args:
        models: Who answers; with two, side by side.
        trace: From a question to what the student learned about it.
        revive: Starts a server of ours again that has ended, and says whether it did.
    """
    while True:
        try:
            line = read_text(read_line)
        except EOFError:
            return
        except KeyboardInterrupt:
            continue  # a line thought better of
        if not line.strip():
            continue
        taken = session.take(line)
        match taken:
            case Leave():
                return
            case Said(text):
                console.print(Text(text), style="dim")
            case Question(question):
                _answer(session, models, question, console, revive)
                if session.trace and trace is not None:
                    console.print(Text(printable(trace(question))), style="dim", soft_wrap=True)


def read_text(read_line: ReadLine) -> str:
    """One line, or several: joined where a line ends with a backslash, or between triple quotes."""
    line = read_line("> ")
    if line.strip() == QUOTES:
        lines = []
        while (line := read_line("... ")).strip() != QUOTES:
            lines.append(line)
        return "\n".join(lines)
    lines = []
    while line.endswith("\\"):
        lines.append(line[:-1])
        line = read_line("... ")
    return "\n".join([*lines, line])


def line_reader(history: Path) -> ReadLine:
    """How lines are read: with an editor and a history in a terminal, plainly otherwise.

    Args:
        history: File of earlier lines.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return lambda _prompt: _plain_line()
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    history.parent.mkdir(parents=True, exist_ok=True)
    history.touch(mode=0o600)  # what a person asked is their own business
    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))
    return session.prompt


def _plain_line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _answer(
    session: Session,
    models: Sequence[ChattingModel],
    question: str,
    console: Console,
    revive: Callable[[], bool] | None,
) -> None:
    """Shows the answers; whatever goes wrong is said, and the chat goes on."""
    messages = session.messages_for(question)
    try:
        if len(models) > 1:
            show = _side_by_side if _has_room_beside(console, len(models)) else _below_each_other
            answer = show(models, messages, console)
        else:
            answer = _print_pieces(stream_answer(models[0], messages), console)
        session.keep(question, answer)
    except KeyboardInterrupt:
        console.print("(stopped)", style="dim")
        session.note_failed(question)
    except ModelServerError as error:
        console.print()
        console.print(Text(printable(f"labflow: {error}")), style="yellow", soft_wrap=True)
        session.note_failed(question)
        if revive is not None and revive():
            console.print("The server was started again: /retry asks once more.", style="dim")


def _print_pieces(pieces: Iterator[str], console: Console) -> str:
    """The answer, printed as it comes."""
    answer = ""
    for piece in pieces:
        piece = printable(piece if answer else piece.lstrip())
        answer += piece
        console.print(Text(piece), end="", soft_wrap=True)
    console.print()
    return answer


def _has_room_beside(console: Console, models: int) -> bool:
    """Whether the console can draw a growing table, and is wide enough for it."""
    return console.is_terminal and not console.is_dumb_terminal and console.width >= NARROWEST_COLUMN * models


def _below_each_other(models: Sequence[ChattingModel], messages: list[Message], console: Console) -> str:
    """One answer after another, each behind its model's name; returns the first model's."""
    answers = []
    for model in models:
        console.print(f"{model.name}: ", end="", style="bold", soft_wrap=True)
        answers.append(_print_pieces(stream_answer(model, messages), console))
    return answers[0]


def _side_by_side(models: Sequence[ChattingModel], messages: list[Message], console: Console) -> str:
    """All answers in a table, growing as they are written; returns the first model's."""
    answers = dict.fromkeys((model.name for model in models), "")
    with Live(_table(answers), console=console, auto_refresh=console.is_terminal, transient=False) as live:
        for model in models:
            for piece in stream_answer(model, messages):
                answers[model.name] += printable(piece)
                live.update(_table(answers))
    return answers[models[0].name]


def _table(answers: dict[str, str]) -> Table:
    table = Table(expand=True, show_lines=False)
    for name in answers:
        table.add_column(name, ratio=1, overflow="fold")
    table.add_row(*(Text(answer.strip()) for answer in answers.values()))
    return table


def printable(text: str) -> str:
    """The text without control characters: a model's answer shall not steer the terminal."""
    return "".join(each for each in text if each.isprintable() or each in "\n\t")
