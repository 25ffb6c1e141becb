"""Benchmarks of the user's own: JSONL files in the shapes that people have.

Part of ``evaluate``, in the parent process. One row per line, by the kind in the settings::

    questions        {"question": "...", "context": "...", "reference": "..."}           "answer" for "reference"; context
    optional {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "the reference"}]}
    conversations    {"id": "81", "turns": ["...", "..."], "reference": ["...", "..."]}   as in MT-Bench; reference optional
    multiple_choice  {"question": "...", "choices": ["...", "..."], "answer": 2}          place from 0, letter, or the text itself

After the formats of MT-Bench's questions (Zheng et al. 2023, "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena") and of the
``messages`` files that trainers read. Other keys of a row are left alone.

A row that cannot be read is set aside with file, line and reason; a file without one readable row is an error.
**rows in = questions + set aside.** Digests of the files are part of the request (``inputs_of``): a changed file is another
request.

Not covered: remote files, other formats, references with several right answers.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from schemas.benchmarks import Kind
from schemas.errors import DamagedFileError, UsageError
from schemas.evaluate_settings import BenchmarkKind, BenchmarkSettings
from schemas.records import Rejected, digest_of
from schemas.student_settings import EvaluateSettings
from tasks.student_model.messages import Message, render_question

FEWEST_CHOICES, MOST_CHOICES = 2, 26
ROLES = ("system", "user", "assistant")
SHOWN_FAULTS = 3


class RowError(ValueError):
    """Why a row cannot be asked, in a few words."""


@dataclass(frozen=True)
class Item:
    """One question of a benchmark, whatever its kind."""

    benchmark: str
    kind: Kind
    id: str
    messages: tuple[Message, ...]
    """Up to the user's first question; empty for multiple choice."""
    further: tuple[str, ...] = ()
    """What the user says next."""
    reference: tuple[str, ...] = ()
    """Expected answers, one per turn; empty where there are none."""
    choices: tuple[str, ...] = ()
    answer: int = 0
    """Place of the right choice."""
    subject: str = ""
    prefix: str = ""
    chat: bool = True

    @property
    def turns(self) -> tuple[str, ...]:
        """What the user says, by turn; what came before the first question is part of it."""
        first = "\n\n".join(
            message["content"] if message["role"] == "user" else f"[{message['role']}] {message['content']}"
            for message in self.messages
        )
        return (first, *self.further)


def read_benchmark(settings: BenchmarkSettings) -> tuple[list[Item], list[Rejected]]:
    """The questions of a file, and the rows that cannot be asked.

    Raises:
        UsageError: the file cannot be read, or none of its rows can be asked.
    """
    items, bad = list[Item](), list[Rejected]()
    read = _READERS[settings.kind]
    seen: set[str] = set()
    for number, line in _lines(settings):
        try:
            item = read(settings.name, _parse(line))
            if item.id in seen:
                raise RowError("the same id or question stands in an earlier row")
            seen.add(item.id)
            items.append(item)
        except RowError as error:
            bad.append(_rejected(settings, number, line, str(error)))
    if not items:
        faults = "; ".join(row.detail for row in bad[:SHOWN_FAULTS]) or "it is empty"
        raise UsageError(f"benchmark {settings.name}: no row of {settings.path} can be asked as {settings.kind}: {faults}.")
    return items, bad


def guess_kind(path: str) -> BenchmarkKind:
    """The kind that the keys of a file's first row speak for.

    Raises:
        UsageError: the file cannot be read.
    """
    settings = BenchmarkSettings(name="questions", path=path)
    for _, line in _lines(settings):
        try:
            row = _parse(line)
        except RowError:
            continue
        if "choices" in row:
            return "multiple_choice"
        return "conversations" if "turns" in row else "questions"
    return "questions"


def inputs_of(settings: EvaluateSettings) -> dict[str, str]:
    """Digests of all files that the settings name, for ``EvaluateRequest.inputs_sha256``.

    Raises:
        UsageError: one of them cannot be read.
    """
    digests = {
        f"benchmark {each.name}": digest_files([Path(each.path)], f"benchmark {each.name}") for each in settings.benchmarks
    }
    if settings.mmlu:
        files = sorted(path for path in Path(settings.mmlu).rglob("*") if path.suffix in (".csv", ".parquet"))
        digests["mmlu"] = digest_files(files, "evaluate.mmlu")
    if settings.judge.is_set and settings.judge.prompts:
        digests["judge prompts"] = digest_files(sorted(Path(settings.judge.prompts).glob("*.jinja")), "evaluate.judge.prompts")
    return digests


def require_inputs(expected: dict[str, str], settings: EvaluateSettings) -> None:
    """Does nothing when the files are still those that the request was made for; what it does not name is not looked at.

    Raises:
        DamagedFileError: a file was changed since.
    """
    changed = [name for name, digest in inputs_of(settings).items() if expected.get(name, digest) != digest] if expected else []
    if changed:
        raise DamagedFileError(f"{changed[0]} was changed since this run began. Run again.")


def digest_files(files: list[Path], purpose: str) -> str:
    """The digest of the files' names and contents.

    Raises:
        UsageError: there are none, or one cannot be read.
    """
    if not files:
        raise UsageError(f"{purpose}: there are no files. Check the path.")
    try:
        return digest_of([[path.name, sha256(path.read_bytes()).hexdigest()] for path in files])
    except OSError as error:
        raise UsageError(f"{purpose}: cannot read {error.filename}: {error.strerror}.") from error


def _lines(settings: BenchmarkSettings) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        with Path(settings.path).open("rb") as stream:
            yield from ((number, line) for number, line in enumerate(stream, 1) if line.strip())
    except OSError as error:
        raise UsageError(f"benchmark {settings.name}: cannot read {settings.path}: {error.strerror}.") from error


def _parse(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
        json.dumps(row, ensure_ascii=False).encode("utf-8")  # half a surrogate pair cannot be written out again
    except (ValueError, RecursionError) as error:
        raise RowError("it is no JSON in UTF-8") from error
    if not isinstance(row, dict):
        raise RowError("it is no JSON object")
    return row


def _read_question(benchmark: str, row: dict[str, Any]) -> Item:
    if "messages" in row:
        return _read_messages(benchmark, row)
    question = _text(row, "question")
    context = _text(row, "context", optional=True)
    reference = _text(row, "reference" if "reference" in row else "answer", optional=True)
    messages = (Message(role="user", content=render_question(question, context or None)),)
    return Item(benchmark, "questions", _id(row, messages), messages, reference=(reference,) if reference else ())


def _read_messages(benchmark: str, row: dict[str, Any]) -> Item:
    """The conversation up to its last user's turn; an assistant's turn after it is the reference."""
    given = row["messages"]
    if not isinstance(given, list) or not all(isinstance(message, dict) for message in given):
        raise RowError("'messages' is no list of messages")
    messages = [Message(role=str(message.get("role")), content=_text(message, "content")) for message in given]
    if any(message["role"] not in ROLES for message in messages):
        raise RowError(f"a message's role is none of {', '.join(ROLES)}")
    reference = (messages.pop()["content"],) if messages and messages[-1]["role"] == "assistant" else ()
    if not messages or messages[-1]["role"] != "user":
        raise RowError("no message of the user's is left to answer")
    return Item(benchmark, "questions", _id(row, messages), tuple(messages), reference=reference)


def _read_conversation(benchmark: str, row: dict[str, Any]) -> Item:
    turns = _texts(row, "turns")
    reference = _texts(row, "reference") if row.get("reference") else ()
    if reference and len(reference) != len(turns):
        raise RowError(f"{len(turns)} turns, but {len(reference)} references")
    messages = (Message(role="user", content=turns[0]),)
    return Item(benchmark, "conversations", _id(row, turns), messages, further=turns[1:], reference=reference)


def _read_choice(benchmark: str, row: dict[str, Any]) -> Item:
    question, choices = _text(row, "question"), _texts(row, "choices")
    context = _text(row, "context", optional=True)
    if not FEWEST_CHOICES <= len(choices) <= MOST_CHOICES or len(set(choices)) != len(choices):
        raise RowError(f"'choices' are not {FEWEST_CHOICES} to {MOST_CHOICES} different texts")
    asked = render_question(question, context or None)
    answer = _place(row.get("answer"), choices)
    return Item(
        benchmark, "multiple_choice", _id(row, [asked, *choices]), (Message(role="user", content=asked),),
        reference=(choices[answer],), choices=choices, answer=answer,
    )  # fmt: skip


_READERS: dict[BenchmarkKind, Callable[[str, dict[str, Any]], Item]] = {
    "questions": _read_question,
    "conversations": _read_conversation,
    "multiple_choice": _read_choice,
}


def _place(answer: Any, choices: tuple[str, ...]) -> int:
    """The place that ``answer`` means: a number from 0, a choice's text, or a letter."""
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(choices):
        return answer
    if isinstance(answer, str) and answer in choices:
        return choices.index(answer)
    if isinstance(answer, str) and len(answer.strip()) == 1 and 0 <= ord(answer.strip().upper()) - ord("A") < len(choices):
        return ord(answer.strip().upper()) - ord("A")
    raise RowError("'answer' is neither a place from 0, nor a letter, nor one of the choices")


def _text(row: dict[str, Any], key: str, optional: bool = False) -> str:
    value = row.get(key)
    if value is None and optional:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise RowError(f"'{key}' is missing or no text")
    return value.strip()


def _texts(row: dict[str, Any], key: str) -> tuple[str, ...]:
    values = row.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value.strip() for value in values):
        raise RowError(f"'{key}' is no list of texts")
    return tuple(value.strip() for value in values)


def _id(row: dict[str, Any], content: Any) -> str:
    """The row's own id, else a digest of what is asked."""
    own = row.get("id", row.get("question_id"))
    return str(own) if isinstance(own, str | int) and str(own).strip() else digest_of(content)[:16]


def _rejected(settings: BenchmarkSettings, number: int, line: bytes, reason: str) -> Rejected:
    place = f"{settings.path}:{number}"
    return Rejected(
        id=digest_of([settings.name, number, line.hex()])[:16],
        leaf_node="",
        stage="evaluate",
        reason="bad_row",
        detail=f"{place}: {reason}",
        row={"benchmark": settings.name, "line": number, "text": line.decode("utf-8", "replace").strip()[:2000]},
    )
