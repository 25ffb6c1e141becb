"""The answers that were paid for, in append-only files: one per shard, one line per answer.

A stage that is killed at any moment and started again asks only what was in flight. One line, as written::

    {"id":"6c1f...32 hex digits","text":"Paris","reasoning":"","finish":"stop","prompt_tokens":12,"completion_tokens":2}

A line counts when it ends with a newline, parses, and names its id; a torn last line is cut off when the file is next opened,
and a damaged one is asked again. Only offsets are held in memory (about 32 bytes per answer of an open shard).

Not covered: two processes that write one shard at once (the workspace's lock prevents that), object storage (it cannot append),
and a machine that loses power before the system wrote its cache: what is lost is asked again.
"""

import json
import os
from array import array
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import WorkspaceError

_ID_AT = slice(7, 39)
"""Where the id's digits stand in a line: it comes first, so that opening a shard parses no JSON."""
_READ_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """What a server answered, before it was held against a form."""

    id: str
    text: str
    reasoning: str = ""
    finish: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0


class OffsetTable:
    """Offsets by 128-bit id in two flat arrays: a dict would take six times the memory.

    Open addressing with linear probing on the first 64 bits of the id. Two ids that agree in those are told apart by whoever
    reads the line; at a million answers that happens once in 30 million runs, and costs one more request.
    """

    def __init__(self) -> None:
        self._size, self._mask = 0, 1023
        self._keys, self._offsets = array("Q", bytes(8 * 1024)), array("Q", bytes(8 * 1024))

    def __len__(self) -> int:
        return self._size

    def put(self, key: int, offset: int) -> None:
        """Sets the offset of a 64-bit key; a later one replaces an earlier one."""
        if self._size * 5 > self._mask * 3:
            self._grow()
        slot = self._slot(key)
        if not self._offsets[slot]:
            self._size += 1
        self._keys[slot], self._offsets[slot] = key, offset + 1  # 0 marks a free slot

    def get(self, key: int) -> int | None:
        """The offset, or None."""
        stored = self._offsets[self._slot(key)]
        return stored - 1 if stored else None

    def _slot(self, key: int) -> int:
        slot = key & self._mask
        while self._offsets[slot] and self._keys[slot] != key:
            slot = (slot + 1) & self._mask
        return slot

    def _grow(self) -> None:
        keys, offsets = self._keys, self._offsets
        capacity = 2 * (self._mask + 1)
        self._size, self._mask = 0, capacity - 1
        self._keys, self._offsets = array("Q", bytes(8 * capacity)), array("Q", bytes(8 * capacity))
        for key, stored in zip(keys, offsets, strict=True):
            if stored:
                self.put(key, stored - 1)


class _Shard:
    """One open file of the log."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._offsets = OffsetTable()
        self._end = self._index()
        if self._end != os.fstat(self._fd).st_size:
            os.ftruncate(self._fd, self._end)

    def _index(self) -> int:
        """Notes where each line begins; returns the offset after the last whole one."""
        offset = 0
        with os.fdopen(os.dup(self._fd), "rb", buffering=_READ_BLOCK) as stream:
            stream.seek(0)
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                key = _key_of(line[_ID_AT])
                if key is not None:
                    self._offsets.put(key, offset)
                offset += len(line)
        return offset

    def find(self, request_id: str) -> LoggedAnswer | None:
        offset = self._offsets.get(int(request_id[:16], 16))
        if offset is None:
            return None
        try:
            answer = LoggedAnswer(**json.loads(self._line_at(offset)))
        except (ValueError, TypeError):
            return None  # a damaged line: asked again
        return answer if answer.id == request_id else None

    def _line_at(self, offset: int) -> bytes:
        line = os.pread(self._fd, 8192, offset)
        while b"\n" not in line:
            more = os.pread(self._fd, _READ_BLOCK, offset + len(line))
            if not more:
                break
            line += more
        return line.split(b"\n", 1)[0]

    def append(self, answer: LoggedAnswer) -> None:
        line = json.dumps(_fields_of(answer), separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        written = 0
        while written < len(line):
            written += os.write(self._fd, line[written:] if written else line)
        self._offsets.put(int(answer.id[:16], 16), self._end)
        self._end += len(line)

    def close(self) -> None:
        os.close(self._fd)


class AnswerLog:
    """All shards under one folder; the least recently used are closed.

    Args:
        folder: A local directory; it is made when the first answer is logged or sought.
        open_shards: Most files open at once.
    """

    def __init__(self, folder: str, open_shards: int = 32) -> None:
        if "://" in folder:
            raise WorkspaceError(f"{folder}: answers are appended to a log, which needs a local path. Use a local workspace.")
        self._folder, self._most = Path(folder), open_shards
        self._shards: OrderedDict[str, _Shard] = OrderedDict()

    def find(self, shard: str, request_id: str) -> LoggedAnswer | None:
        """The answer to a request, or None where it has yet to be asked."""
        return self._open(shard).find(request_id)

    def append(self, shard: str, answer: LoggedAnswer) -> None:
        """Writes an answer; once this returns, killing the process does not lose it.

        Raises:
            WorkspaceError: no space left, or the folder cannot be written.
        """
        try:
            self._open(shard).append(answer)
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Closes all files."""
        while self._shards:
            self._shards.popitem()[1].close()

    def _open(self, name: str) -> _Shard:
        if name in self._shards:
            self._shards.move_to_end(name)
            return self._shards[name]
        if not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"{name!r} cannot name a shard: letters, digits, '-' and '_' only")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._shards[name] = _Shard(self._folder / f"{name}.jsonl")
        except OSError as error:
            raise self._unwritable(error) from error
        if len(self._shards) > self._most:
            self._shards.popitem(last=False)[1].close()
        return self._shards[name]

    def _unwritable(self, error: OSError) -> WorkspaceError:
        reason = error.strerror or error
        return WorkspaceError(f"cannot write the answer log in {self._folder}: {reason}. Free space or choose another workspace.")


def _fields_of(answer: LoggedAnswer) -> dict[str, str | int]:
    """The id comes first (``_ID_AT``). ``dataclasses.asdict`` would copy each value and take ten times as long."""
    return {name: getattr(answer, name) for name in LoggedAnswer.__slots__}


def _key_of(digits: bytes) -> int | None:
    try:
        return int(digits[:16], 16) if len(digits) == 32 else None
    except ValueError:
        return None
