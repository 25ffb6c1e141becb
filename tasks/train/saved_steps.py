"""Checkpoints of a run under way: complete or ignored.

Part of ``train``, inside the worker process. The Trainer writes a checkpoint's files one after the other; a process that is
killed in between leaves a torn directory. So the last file to be written is ``complete.json`` with a digest of all others: a
directory without it, or of another request, is removed, and the one before is used. A checkpoint that names an earlier one as the
best so far counts only together with that one.

Example of ``complete.json``::

    {"request": "3f2a91c07be4d615", "step": 400, "best": 320, "sha256": "9b1f..."}

Not covered: files in object storage.
"""

import json
import shutil
from pathlib import Path

from tasks.dataset_files.jsonl import write_text_atomically
from tasks.student_model.checkpoint_files import digest_directory

MARK = "complete.json"


def step_folder(folder: Path, step: int) -> Path:
    """Where the Trainer saves a step."""
    return folder / f"checkpoint-{step}"


def mark_complete(checkpoint: Path, request: str, step: int, best: int | None = None) -> None:
    """Declares a checkpoint's files to be all there.

    Args:
        checkpoint: the Trainer's directory.
        request: key of the request that is trained for.
        step: optimizer steps done.
        best: the step that did best on the validation part so far, where there is one.
    """
    content = {"request": request, "step": step, "best": best, "sha256": digest_directory(checkpoint, frozenset({MARK}))}
    write_text_atomically(checkpoint / MARK, json.dumps(content) + "\n")


def is_complete(checkpoint: Path, request: str) -> bool:
    """Whether a checkpoint of this request is all there."""
    return _read_mark(checkpoint, request) is not None


def last_complete(folder: Path, request: str) -> Path | None:
    """The complete checkpoint with the most steps for this request; everything else, but for its best, is removed."""
    marks = {path: _read_mark(path, request) for path in (sorted(folder.iterdir()) if folder.is_dir() else [])}
    steps = {mark[0]: path for path, mark in marks.items() if mark is not None}
    usable = [(mark[0], path, mark[1]) for path, mark in marks.items() if mark and (mark[1] is None or mark[1] in steps)]
    chosen = max(usable, default=None)
    kept = {chosen[1], steps.get(chosen[2] or -1)} if chosen else set()
    for path in marks:
        if path not in kept:
            shutil.rmtree(path, ignore_errors=True)
    return chosen[1] if chosen else None


def _read_mark(checkpoint: Path, request: str) -> tuple[int, int | None] | None:
    """Step and best step of a checkpoint, or None where it is torn, damaged or of another request."""
    try:
        content = json.loads((checkpoint / MARK).read_text("utf-8"))
        intact = content["sha256"] == digest_directory(checkpoint, frozenset({MARK}))
        best = content.get("best")
        return (int(content["step"]), best) if intact and content["request"] == request else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
