"""What persons decided about quarantined rows: written once, never changed, honoured by later scans.

Part of ``safety_scan``. A decision is about a row's content, under a policy, for the rule that quarantined it. A later scan that
would quarantine the same content for the same rule under the same policy lets it pass (*release*; its findings stay, with
``allowed_because``) or drops it (*deny*). Changed content, another rule or another policy ask a person again.

The file is append-only JSONL, one ``QuarantineDecision`` a line, the latest counts. A torn last line (a machine that lost power)
is ignored, and cut off before the next one is written::

    {"row":"1f0c...","leaf_node":"knowledge/cars","rule":"credential.jwt","decision":"release","contents":["9b..."],
     "policy_sha256":"4e...","by":"ann","date":"2026-01-05T06:00:00Z","reason":"a worked example, expired in 2019"}

No raw value and no digest that a short value could be guessed from: contents are scrypt digests (RFC 7914) of the row's texts,
salted with its id. They cost 30 ms each, and are made only for rows whose id and rule were decided upon.

Not covered: who may decide; that is the business of whoever may write the workspace.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import fsspec
from filelock import FileLock
from pydantic import ValidationError

from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.records import QuarantineDecision
from tasks.dataset_files.jsonl import write_text_atomically


def content_digest(row: str, texts: Mapping[str, str]) -> str:
    """32 hex digits of all that a row says, slow to guess.

    Args:
        row: The row's id in the quarantine.
        texts: Its texts by field.
    """
    content = json.dumps(dict(texts), sort_keys=True, ensure_ascii=True).encode()
    return hashlib.scrypt(content, salt=row.encode(), n=2**14, r=8, p=1, dklen=16).hex()


class Decisions:
    """The decisions that count under one policy.

    Args:
        decisions: All, in the order in which they were made.
        policy_sha256: The policy of this scan.
    """

    def __init__(self, decisions: Iterable[QuarantineDecision] = (), policy_sha256: str = "") -> None:
        self._latest: dict[tuple[str, str], list[QuarantineDecision]] = {}
        for decision in decisions:
            if decision.policy_sha256 == policy_sha256:
                self._latest.setdefault((decision.row, decision.rule), []).append(decision)

    def __bool__(self) -> bool:
        return bool(self._latest)

    def on(self, row: str, rule: str, texts: Mapping[str, str]) -> QuarantineDecision | None:
        """The latest decision on this very content; None where there is none."""
        made = self._latest.get((row, rule))
        if not made:
            return None
        content = content_digest(row, texts)
        return next((decision for decision in reversed(made) if content in decision.contents), None)


def because_of(decision: QuarantineDecision) -> str:
    """The words that stand on a released row's findings."""
    return f"released by {decision.by} on {decision.date[:10]}: {decision.reason} (policy {decision.policy_sha256[:12]})"


def append_decision(path: str | Path, decision: QuarantineDecision) -> None:
    """Adds one line; once this returns, it is on disk.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    path = Path(path)
    line = decision.model_dump_json().encode("utf-8", "replace") + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=30):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                whole = len(_whole_lines(path.read_bytes()))
                os.ftruncate(handle, whole)
                os.lseek(handle, whole, os.SEEK_SET)
                while line:
                    line = line[os.write(handle, line) :]
                os.fsync(handle)
            finally:
                os.close(handle)
    except OSError as error:
        raise WorkspaceError(f"cannot write {path}: {error.strerror or error}. Free space or mend its permissions.") from error


def read_decisions(path: str | Path) -> tuple[QuarantineDecision, ...]:
    """All decisions of a file, in order; none where it is absent.

    Raises:
        DamagedFileError: a line other than a torn last one cannot be read.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return ()
    return _parsed(_whole_lines(content), str(path))


def decisions_file(path: str | Path, keep_in: str | Path | None = None) -> DatasetFile | None:
    """The decisions made so far, for a request; None where there are none. Later ones are not part of it.

    Args:
        path: The file that decisions are added to.
        keep_in: A folder for a copy of what there is now, which no later decision changes; None: no copy, ``path`` itself.
    """
    try:
        lines = _whole_lines(Path(path).read_bytes())
    except FileNotFoundError:
        return None
    rows, digest = lines.count(b"\n"), hashlib.sha256(lines).hexdigest()
    if not rows:
        return None
    place = Path(path)
    if keep_in is not None:
        place = Path(keep_in) / f"decisions-{digest[:16]}.jsonl"
        write_text_atomically(place, lines.decode())
    return DatasetFile(path=str(place), sha256=digest, rows=rows, record="QuarantineDecision")


def decisions_of(file: DatasetFile | None) -> tuple[QuarantineDecision, ...]:
    """The decisions that a request names, whatever was added since.

    Raises:
        DamagedFileError: the file is gone, or no longer begins with them.
    """
    if file is None:
        return ()
    try:
        with fsspec.open(file.path, "rb") as stream:
            lines = stream.read().splitlines(keepends=True)[: file.rows]
    except FileNotFoundError as error:
        raise DamagedFileError(f"{file.path} is gone: restore it, for it holds what persons decided.") from error
    content = b"".join(lines)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise DamagedFileError(f"{file.path} is not the file that was recorded: decisions are added to it, never changed.")
    return _parsed(content, file.path)


def _whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


def _parsed(content: bytes, path: str) -> tuple[QuarantineDecision, ...]:
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            found.append(QuarantineDecision.model_validate_json(line))
        except ValidationError as error:
            raise DamagedFileError(f"{path}:{number} is no decision: restore the file from a backup.") from error
    return tuple(found)
