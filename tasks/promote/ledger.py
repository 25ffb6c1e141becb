"""The ledger: every release and every refusal, one JSON line each, appended and never changed.

One record::

    {"released": true, "release": {"number": 1, ...}, "reasons": [...], "date": "2026-01-05T06:00:00Z", ...}

It is read once, by the flow; only ``promote`` writes it. A line is appended in one write and synced, so a kill leaves at most a
torn last line, which is not a decision: readers pass over it, and the next append starts on a line of its own.

Not covered: object storage. The ledger and its lock need a POSIX path.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from schemas.contracts import Release
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.student_contracts import Verdict


def read_ledger(path: str | Path) -> list[Verdict]:
    """All decisions, oldest first; empty where there is no ledger yet.

    Raises:
        DamagedFileError: a line other than a torn last one cannot be read.
    """
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    verdicts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            verdicts.append(Verdict.model_validate_json(line))
        except ValidationError as error:
            if _is_torn(line):
                continue
            raise DamagedFileError(f"{path}:{number} is not a decision. Restore the ledger from a backup.") from error
    return verdicts


def _is_torn(line: bytes) -> bool:
    """Whether a kill cut the line off: every whole line ends with its closing brace."""
    return not line.rstrip().endswith(b"}")


def append_verdict(path: str | Path, verdict: Verdict) -> None:
    """Writes one decision to the end of the ledger and syncs it.

    Raises:
        WorkspaceError: it cannot be written.
    """
    line = verdict.model_dump_json().encode() + b"\n"
    try:
        with Path(path).open("ab+") as ledger:
            if ledger.tell() and not _ends_with_newline(ledger.fileno(), ledger.tell()):
                line = b"\n" + line
            ledger.write(line)
            ledger.flush()
            os.fsync(ledger.fileno())
    except OSError as error:
        raise WorkspaceError(f"cannot write the ledger {path}: {error.strerror}. Free space and run again.") from error


def _ends_with_newline(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"


def current_release(ledger: list[Verdict]) -> Release | None:
    """The latest release; None before the first."""
    return next((verdict.release for verdict in reversed(ledger) if verdict.release), None)


def decision_on(ledger: list[Verdict], run_key: str) -> Verdict | None:
    """What was decided about the same content and settings; None where nothing was."""
    return next((verdict for verdict in reversed(ledger) if verdict.run_key == run_key), None)


def utc_now() -> str:
    """The time as the ledger writes it: ``2026-01-05T06:00:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
