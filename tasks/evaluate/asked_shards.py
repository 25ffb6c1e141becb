"""Which files of the answer cache an evaluation uses: noted before the first question, so that pruning knows.

Part of ``evaluate``, in the parent process, and read by ``labflow data prune``. The cache's files are named by digests that
nobody can read back (a model and the way it was served; a judge and its form). So each evaluation leaves their names in its own
folder::

    asked.json    {"exam": ["5f0c...", "91ab..."], "judge": ["77ab..."], "models": ["/.../stages/train/3f2a.../student", ...]}

A file that no evaluation in use names holds answers of models that nobody compares any more.

Not covered: which lines of a file are still of use.
"""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationError

from schemas.records import Record
from tasks.dataset_files.jsonl import write_text_atomically

ASKED = "asked.json"


class AskedShards(Record):
    """Content of ``asked.json``."""

    exam: tuple[str, ...] = Field((), description="files under answers/exam, without their ending")
    judge: tuple[str, ...] = Field((), description="files under answers/judge")
    models: tuple[str, ...] = Field((), description="directories of the models that were examined: what the folder depends on")


def note_shards(folder: Path, exam: Iterable[str] = (), judge: Iterable[str] = (), models: Iterable[str] = ()) -> None:
    """Adds names to the folder's ``asked.json``.

    Raises:
        WorkspaceError: it cannot be written.
    """
    known = read_shards(folder) or AskedShards()
    together = AskedShards(
        exam=tuple(sorted({*known.exam, *exam})),
        judge=tuple(sorted({*known.judge, *judge})),
        models=tuple(sorted({*known.models, *models})),
    )
    write_text_atomically(folder / ASKED, together.model_dump_json() + "\n")


def read_shards(folder: Path) -> AskedShards | None:
    """What a folder's evaluation has asked; None where it has not said so."""
    try:
        return AskedShards.model_validate_json((folder / ASKED).read_bytes())
    except (OSError, ValidationError):
        return None
