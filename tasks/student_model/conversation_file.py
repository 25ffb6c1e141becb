"""A user's own JSONL file -> conversations: the door for rows that labflow did not make.

Beside the DAG: what ``labflow model train --data`` reads, and the replay file of ``train``. Two kinds of rows are taken, also
mixed in one file; ``unmask`` and the ``metadata`` of our own export (JSON text, or an object, with ``kind``) are optional::

    {"messages": [{"role": "user", "content": "Who styled it?"}, {"role": "assistant", "content": "Giugiaro"}]}
    {"question": "Who styled it?", "answer": "Giugiaro", "context": "Giugiaro styled the body."}

Source of the first form: TRL, "Dataset formats", conversational; InstructLab SDG, "Dataset Formats", messages.

Not covered: prompt and completion pairs, tools, images, Parquet: convert them to messages first.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from schemas.errors import UsageError
from schemas.records import Conversation, LeafKind, Turn, digest_of
from tasks.student_model.messages import render_question

ROLES = ("system", "user", "assistant")


def read_conversations(path: str | Path) -> Iterator[Conversation]:
    """The file's rows in order; empty lines are passed over.

    Raises:
        UsageError: the file cannot be read, or a row is none of the two kinds: names the line and what was expected.
    """
    try:
        with Path(path).open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield parse_conversation(line, f"{path}:{number}")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}. Name a JSONL file.") from error


def parse_conversation(line: bytes | str, place: str) -> Conversation:
    """One row.

    Args:
        line: JSON.
        place: for messages, for example ``rows.jsonl:12``.

    Raises:
        UsageError: it is none of the two kinds.
    """
    try:
        row = json.loads(line.decode("utf-8-sig") if isinstance(line, bytes) else line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place}: not a line of JSON ({error}). Write one JSON object on each line.") from error
    if not isinstance(row, dict):
        raise UsageError(f"{place}: a JSON object is expected, not {_name(row)}.")
    if "messages" in row:
        turns = _read_messages(row["messages"], place)
    elif "question" in row and "answer" in row:
        turns = _read_question(row, place)
    else:
        keys = ", ".join(sorted(map(str, row))[:6]) or "nothing"
        raise UsageError(f"{place}: 'messages', or 'question' and 'answer', are expected; the row has {keys}.")
    unmask = row.get("unmask", False)
    if not isinstance(unmask, bool):
        raise UsageError(f"{place}: 'unmask' is true or false, not {_name(unmask)}.")
    if not unmask and not any(turn.role == "assistant" for turn in turns):
        raise UsageError(f"{place}: no assistant turn, so there is nothing to learn. Add one, or set 'unmask' to true.")
    name = digest_of([[turn.model_dump() for turn in turns], unmask])[:16]
    return Conversation(id=name, messages=turns, unmask=unmask, kind=_kind(row.get("metadata")))


def file_digest(path: str | Path | None) -> str:
    """The SHA-256 (64 hex digits) of a file's content; empty for None.

    Raises:
        UsageError: the file cannot be read.
    """
    if path is None:
        return ""
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}. Name a JSONL file.") from error


def _read_messages(messages: Any, place: str) -> tuple[Turn, ...]:
    if not isinstance(messages, list) or not messages:
        raise UsageError(f"{place}: 'messages' is a list of turns, not {_name(messages)}.")
    turns = []
    for number, message in enumerate(messages, start=1):
        if not isinstance(message, dict):
            raise UsageError(f"{place}: turn {number} is an object with 'role' and 'content', not {_name(message)}.")
        role, content = message.get("role"), message.get("content")
        if role not in ROLES:
            raise UsageError(f"{place}: turn {number}: 'role' is system, user or assistant, not {json.dumps(role)[:40]}.")
        if not isinstance(content, str) or not content.strip():
            raise UsageError(f"{place}: turn {number}: 'content' is a text, not {_name(content)}.")
        turns.append(Turn(role=role, content=content))
    return tuple(turns)


def _read_question(row: dict[str, Any], place: str) -> tuple[Turn, ...]:
    for key in ("question", "answer"):
        if not isinstance(row[key], str) or not row[key].strip():
            raise UsageError(f"{place}: '{key}' is a text, not {_name(row[key])}.")
    context = row.get("context")
    if context is not None and not isinstance(context, str):
        raise UsageError(f"{place}: 'context' is a text, not {_name(context)}.")
    asked = render_question(row["question"], context)
    return Turn(role="user", content=asked), Turn(role="assistant", content=row["answer"].strip())


def _kind(metadata: Any) -> LeafKind | None:
    """The kind of leaf node that our own export writes into a row's metadata."""
    try:
        found = json.loads(metadata) if isinstance(metadata, str) else metadata
    except (ValueError, RecursionError):
        return None
    kind = found.get("kind") if isinstance(found, dict) else None
    return kind if kind in get_args(LeafKind) else None


def _name(value: Any) -> str:
    """What a JSON value is, in a person's words."""
    if value is None:
        return "nothing"
    if value == [] or value == {} or (isinstance(value, str) and not value.strip()):
        return "an empty list" if value == [] else "an empty object" if value == {} else "an empty text"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names[type(value)]
