"""What a chat remembers, and what its commands do: no terminal, no server.

A line is a question, or a command that begins with a slash. ``Session.take`` says which::

    session.take("/system You answer in one word.")  ->  Said("system prompt set")
    session.take("How long is the warranty?")        ->  Question("How long is the warranty?")

A saved chat is a JSON file with the messages as the API has them::

    {"models": ["release-3"], "system": "", "messages": [{"role": "user", "content": "..."}, ...]}

Not covered: how lines are read and answers shown (``terminal``).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import UsageError
from tasks.chat_model.chat import Message
from tasks.chat_model.streaming import without_thinking
from tasks.dataset_files.jsonl import write_text_atomically

HELP = """\
  /system TEXT     what every conversation begins with; without a text: none
  /history on|off  whether earlier turns are sent along
  /clear           begin a new conversation
  /retry           ask the last question again
  /trace on|off    after each answer, the training samples nearest to the question
  /save FILE       write the conversation to a JSON file
  /load FILE       go on with a saved conversation
  /help            this
  /exit            leave; so do exit, quit, and Ctrl-D

A line that ends with \\ goes on in the next one. \"\"\" on a line of its own begins and ends a text of several lines."""


@dataclass(frozen=True)
class Question:
    """A line that is asked."""

    text: str


@dataclass(frozen=True)
class Said:
    """What a command has to say."""

    text: str


@dataclass(frozen=True)
class Leave:
    """The end of the chat."""


Taken = Question | Said | Leave


@dataclass
class Session:
    """A conversation.

    Args:
        models: Who is asked, the first one's answers are the history.
        history: Whether earlier turns are sent along.
        can_trace: Whether there are training samples to look in.
    """

    models: tuple[str, ...]
    history: bool = True
    can_trace: bool = False
    trace: bool = False
    system: str = ""
    turns: list[Message] = field(default_factory=list)
    _last: str = ""

    def take(self, line: str) -> Taken:
        """What a line means. A command that cannot be done says why, and the chat goes on."""
        text = line.strip()
        if text.lower() in ("exit", "quit", "/exit", "/quit"):
            return Leave()
        if not text.startswith("/"):
            return Question(text)
        name, _, argument = text[1:].partition(" ")
        try:
            return self._command(name, argument.strip())
        except UsageError as error:
            return Said(str(error))

    def messages_for(self, question: str) -> list[Message]:
        """What is sent for a question."""
        system: list[Message] = [{"role": "system", "content": self.system}] if self.system else []
        earlier = self.turns if self.history else []
        return [*system, *earlier, {"role": "user", "content": question}]

    def keep(self, question: str, answer: str) -> None:
        """Adds a turn; thinking aloud is not sent back."""
        self._last = question
        self.turns += [{"role": "user", "content": question}, {"role": "assistant", "content": without_thinking(answer)}]

    def note_failed(self, question: str) -> None:
        """A question without an answer is no turn, and can be asked again."""
        self._last = question

    def _command(self, name: str, argument: str) -> Taken:
        match name:
            case "help" | "h" | "?":
                return Said(HELP)
            case "system":
                self.system = argument
                return Said("system prompt set" if argument else "no system prompt")
            case "history":
                self.history = _switch(argument, "/history")
                return Said("earlier turns are sent along" if self.history else "each question is asked alone")
            case "trace":
                wanted = _switch(argument, "/trace")
                if wanted and not self.can_trace:
                    raise UsageError("this model is no release of the workspace: there are no training samples to look in.")
                self.trace = wanted
                return Said("nearest training samples are shown" if wanted else "no samples are shown")
            case "clear":
                self.turns.clear()
                return Said("a new conversation")
            case "retry":
                if not self._last:
                    raise UsageError("nothing was asked yet.")
                self._forget_last()
                return Question(self._last)
            case "save":
                return self._save(_path(argument, "/save"))
            case "load":
                return self._load(_path(argument, "/load"))
        raise UsageError(f"there is no command /{name}. /help shows all.")

    def _forget_last(self) -> None:
        if self.turns and self.turns[-2]["content"] == self._last:
            del self.turns[-2:]

    def _save(self, path: Path) -> Said:
        saved = {"models": list(self.models), "system": self.system, "messages": self.turns}
        if path.is_dir():
            raise UsageError(f"{path} is a directory: name a file.")
        write_text_atomically(path, json.dumps(saved, indent=2, ensure_ascii=False) + "\n")
        return Said(f"{len(self.turns) // 2} turns -> {path}")

    def _load(self, path: Path) -> Said:
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            turns = [{"role": str(each["role"]), "content": str(each["content"])} for each in saved["messages"]]
            roles = [turn["role"] for turn in turns]
            if roles != ["user", "assistant"] * (len(turns) // 2):
                raise ValueError
            self.turns, self.system = turns, str(saved.get("system", ""))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no saved chat"
            raise UsageError(f"cannot load {path}: {reason}.") from None
        return Said(f"{len(self.turns) // 2} turns from {path}")


def _switch(argument: str, command: str) -> bool:
    if argument not in ("on", "off"):
        raise UsageError(f"{command} on, or {command} off.")
    return argument == "on"


def _path(argument: str, command: str) -> Path:
    if not argument:
        raise UsageError(f"{command} FILE: name a file.")
    return Path(argument).expanduser()
