"""Checkpoints of a run under way: complete or ignored.

Part of ``train``, inside the worker process. The Trainer writes a checkpoint's files one after the other; a process that is
killed in between leaves a torn directory. So the last file to be written is ``complete.json`` with a digest of all others: a
directory without it, or of another request, is removed, and the one before is used.

Example of ``complete.json``::

    {"request": "3f2a91c07be4d615", "step": 400, "sha256": "9b1f..."}

Not covered: sharded checkpoints of several processes.
"""

import json
import shutil
from pathlib import Path

from tasks.dataset_files.jsonl import write_text_atomically
from tasks.student_model.checkpoint_files import digest_directory

MARK = "complete.json"


def mark_complete(checkpoint: Path, request: str, step: int) -> None:
    """Declares a checkpoint's files to be all there.

    Args:
        checkpoint: the Trainer's directory.
        request: key of the request that is trained for.
        step: optimizer steps done.
    """
    content = {"request": request, "step": step, "sha256": digest_directory(checkpoint, frozenset({MARK}))}
    write_text_atomically(checkpoint / MARK, json.dumps(content) + "\n")


def last_complete(folder: Path, request: str) -> Path | None:
    """The complete checkpoint with the most steps for this request; everything else in ``folder`` is removed."""
    best: tuple[int, Path] | None = None
    for checkpoint in sorted(folder.iterdir()) if folder.is_dir() else []:
        step = _completed_step(checkpoint, request)
        if step is not None and (best is None or step > best[0]):
            best = (step, checkpoint)
    for checkpoint in list(folder.iterdir()) if folder.is_dir() else []:
        if best is None or checkpoint != best[1]:
            shutil.rmtree(checkpoint, ignore_errors=True)
    return best[1] if best else None


def _completed_step(checkpoint: Path, request: str) -> int | None:
    """The step of a checkpoint, or None where it is torn, damaged or of another request."""
    try:
        content = json.loads((checkpoint / MARK).read_text("utf-8"))
        intact = content["sha256"] == digest_directory(checkpoint, frozenset({MARK}))
        return int(content["step"]) if intact and content["request"] == request else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
