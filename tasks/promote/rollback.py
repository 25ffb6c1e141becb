"""An earlier release becomes current again: a line of its own in the ledger, and the link that servers follow.

Part of ``promote``, called by ``labflow release rollback``. The release that was current stays in the ledger; a run that comes
upon its content says who took it back and why. The next run starts from the release that is current then: its commit is the base
of the diff, its samples are replayed, its student is what the new one is compared with.

A rollback may come while a run is under way. That run is told when it promotes, since it was compared with another release.

    Rollback(rollback_to=1, rollback_from=2, date="2026-01-06T09:30:00Z", by="ada", reason="invents prices")

Not covered: telling a server that has loaded the student; it follows the link when it loads again.
"""

from pathlib import Path

from filelock import FileLock

from schemas.errors import UsageError, WorkspaceError
from schemas.student_contracts import Rollback
from tasks.promote.ledger import append_line, current_release, point_current_at, read_ledger, release_verdicts, utc_now
from tasks.student_model.checkpoint_files import require_intact


def roll_back(ledger_path: str | Path, number: int, by: str, reason: str) -> Rollback:
    """Makes release ``number`` current, and returns the ledger's line.

    Raises:
        UsageError: there is no such release, it is current already, or no reason is given.
        DamagedFileError: its checkpoint is gone or was changed.
        WorkspaceError: the ledger cannot be written.
    """
    if not reason.strip():
        raise UsageError("a rollback needs a reason: whoever finds the ledger wants to know. Give --reason TEXT.")
    if not Path(ledger_path).is_file():
        raise UsageError(f"there is no ledger at {ledger_path}, so nothing was released. Choose with --workspace DIR.")
    try:
        with FileLock(f"{ledger_path}.lock"):
            return _roll_back(ledger_path, number, by, reason)
    except OSError as error:
        raise WorkspaceError(f"cannot lock the ledger {ledger_path}: {error.strerror or error}.") from error


def _roll_back(ledger_path: str | Path, number: int, by: str, reason: str) -> Rollback:
    ledger = read_ledger(ledger_path)
    verdicts, current = release_verdicts(ledger), current_release(ledger)
    release = verdicts[number].release if number in verdicts else None
    if release is None or current is None:
        known = ", ".join(map(str, verdicts)) or "none"
        raise UsageError(f"there is no release {number}. Releases: {known}.")
    if current.number == number:
        point_current_at(ledger_path, current)
        raise UsageError(f"release {number} is current already.")
    require_intact(release.checkpoint)
    line = Rollback(rollback_to=number, rollback_from=current.number, date=utc_now(), by=by, reason=" ".join(reason.split()))
    append_line(ledger_path, line)
    point_current_at(ledger_path, release)
    return line
