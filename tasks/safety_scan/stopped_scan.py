"""What a scan that was stopped leaves beside its refused rows, so that a person can still decide on them.

Part of ``safety_scan``. Where more of a leaf node is blocked than the settings allow, the stage fails, and there is no run to
look into. Then ``stopped.json`` lies beside ``refused.jsonl`` in the stage's folder, where ``labflow data quarantine list --run
stopped`` finds it::

    {"message": "75% of knowledge/cars was blocked ...", "given": [{"path": ...}], "refused": {...}, "policy_sha256": "4e..."}

Not covered: stages that work in object storage; their folder is on the worker's machine, and the message names it.
"""

from pathlib import Path

from pydantic import ValidationError

from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError
from schemas.records import Record
from tasks.dataset_files.jsonl import write_text_atomically

FILE = "stopped.json"


class StoppedScan(Record):
    """A scan that ended with more refused than the settings allow."""

    message: str
    given: tuple[DatasetFile, ...]
    refused: DatasetFile
    policy_sha256: str


def leave_stopped(folder: str, stopped: StoppedScan) -> None:
    """Writes ``stopped.json`` into the stage's folder."""
    write_text_atomically(Path(folder) / FILE, stopped.model_dump_json(indent=2))


def latest_stopped(stages: Path) -> tuple[str, StoppedScan] | None:
    """The scan that was stopped last, with the name of its folder; None where none was.

    Args:
        stages: The folder of all stages of a workspace.

    Raises:
        DamagedFileError: its file cannot be read.
    """
    left = (path for path in (stages / "safety_scan").glob(f"*/{FILE}") if not (path.parent / "result.json").exists())
    found = sorted(left, key=lambda path: (path.stat().st_mtime_ns, path))
    if not found:
        return None
    try:
        return found[-1].parent.name, StoppedScan.model_validate_json(found[-1].read_bytes())
    except (OSError, ValidationError) as error:
        raise DamagedFileError(f"{found[-1]} cannot be read ({type(error).__name__}). Remove it, and run again.") from error
