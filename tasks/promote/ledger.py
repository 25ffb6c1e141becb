"""The ledger: every release, every refusal and every rollback, one JSON line each, appended and never changed.

Two records::

    {"released": true, "release": {"number": 2, ...}, "reasons": [...], "date": "2026-01-05T06:00:00Z", ...}
    {"rollback_to": 1, "rollback_from": 2, "date": "2026-01-06T09:30:00Z", "by": "ada", "reason": "invents prices"}

It is read once, by the flow; only ``promote`` and a rollback write it. A line is appended in one write and synced, so a kill
leaves at most a torn last line, which is not a decision: readers pass over it, and the next append starts on a line of its own.
The link ``current`` beside it follows the line; should a kill come between, the next decision or rollback sets it right.

Lines of earlier versions have fewer fields and stay readable.

Not covered: object storage. The ledger and its lock need a POSIX path.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from schemas.contracts import Release
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.student_contracts import LedgerLine, Rollback, Verdict

_LINE: TypeAdapter[Verdict | Rollback] = TypeAdapter(LedgerLine)


def read_ledger(path: str | Path) -> list[LedgerLine]:
    """All decisions and rollbacks, oldest first; empty where there is no ledger yet.

    Raises:
        DamagedFileError: a line other than a torn last one cannot be read.
    """
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found: list[LedgerLine] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_LINE.validate_json(line))
        except ValidationError as error:
            if _is_torn(line):
                continue
            raise DamagedFileError(f"{path}:{number} is not a decision. Restore the ledger from a backup.") from error
    return found


def _is_torn(line: bytes) -> bool:
    """Whether a kill cut the line off: every whole line ends with its closing brace."""
    return not line.rstrip().endswith(b"}")


def append_line(path: str | Path, entry: LedgerLine) -> None:
    """Writes one decision or rollback to the end of the ledger and syncs it.

    Raises:
        WorkspaceError: it cannot be written.
    """
    line = entry.model_dump_json().encode() + b"\n"
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


def current_release(ledger: Sequence[LedgerLine]) -> Release | None:
    """The release that is current: the latest, or the one that the latest rollback made current; None before the first.

    Raises:
        DamagedFileError: a rollback names a release that is not there.
    """
    for line in reversed(ledger):
        if isinstance(line, Verdict) and line.release:
            return line.release
        if isinstance(line, Rollback):
            verdict = release_verdicts(ledger).get(line.rollback_to)
            if verdict is None:
                raise DamagedFileError(f"the ledger went back to release {line.rollback_to}, but has none. Restore a backup.")
            return verdict.release
    return None


def release_verdicts(ledger: Sequence[LedgerLine]) -> dict[int, Verdict]:
    """The decisions that made the releases, by number, oldest first."""
    return {line.release.number: line for line in ledger if isinstance(line, Verdict) and line.release}


def next_number(ledger: Sequence[LedgerLine]) -> int:
    """The number of the next release: no number is given twice, also after a rollback."""
    return max(release_verdicts(ledger), default=0) + 1


def decision_on(ledger: Sequence[LedgerLine], run_key: str) -> Verdict | None:
    """What was decided about the same content and settings; None where nothing was."""
    return next((line for line in reversed(ledger) if isinstance(line, Verdict) and line.run_key == run_key), None)


def explain_decision(ledger: Sequence[LedgerLine], decided: Verdict) -> str:
    """One line for a run that finds its content decided: nothing changed, rolled back, or refused and why."""
    if decided.release is None:
        failed = "; ".join(reason.message for reason in decided.reasons if not reason.passed)
        return f"already refused on {decided.date[:10]}: {failed}"
    number, current = decided.release.number, current_release(ledger)
    if current and current.number == number:
        return f"nothing changed since release {number}"
    rollback = rolled_back(ledger, number)
    if rollback is None:
        return f"this content is already release {number}; the current one is release {current.number if current else None}"
    return (
        f"this content is release {number}, rolled back by {rollback.by} on {rollback.date[:10]} because: {rollback.reason}. "
        f"'labflow release rollback {number}' makes it current again"
    )


def rolled_back(ledger: Sequence[LedgerLine], number: int) -> Rollback | None:
    """The latest rollback that took this release out of use; None where it is current or was followed by a later release."""
    for line in reversed(ledger):
        if isinstance(line, Rollback) and line.rollback_from == number:
            return line
        if isinstance(line, Rollback) and line.rollback_to == number:
            return None
        if isinstance(line, Verdict) and line.release and line.release.number == number:
            return None
    return None


def point_current_at(ledger: str | Path, release: Release) -> None:
    """Replaces the link ``current`` in one step, so that a server which follows it never finds nothing."""
    link = Path(ledger).parent / "current"
    temporary = link.with_name(f"{link.name}.part")
    try:
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(release.checkpoint.path)
        temporary.replace(link)
    except OSError as error:
        raise WorkspaceError(f"cannot set the link {link}: {error.strerror}. Remove what is there and run again.") from error


def utc_now() -> str:
    """The time as the ledger writes it: ``2026-01-05T06:00:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
