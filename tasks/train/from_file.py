"""Training by itself: a user's own file of conversations in, a student out, without the other stages.

Beside the DAG: what ``labflow model train`` does. The file's rows are checked and written beside the student as a dataset file,
and the stage is asked as a run would ask it. The same file and settings go on where an interrupted attempt stopped; a finished
training is read, not done again; another one needs another directory.

Files in the directory, besides those of ``worker.py``::

    data.jsonl      Conversation: the rows that were read
    request.json    TrainRequest: what the directory holds
    trained.json    Trained: written last

Not covered: examining the student (``labflow model evaluate``), and release.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from schemas.contracts import ReportProgress, StageFolders
from schemas.errors import LabflowError, UsageError
from schemas.records import Chunk, Conversation, Record, Sample, digest_of
from schemas.student_contracts import Trained, TrainPlan, TrainRequest
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import write_dataset, write_text_atomically
from tasks.student_model.checkpoint_files import describe_checkpoint, require_loadable
from tasks.student_model.conversation_file import file_digest, read_conversations
from tasks.student_model.worker_process import local_folder
from tasks.train.train import plan_training, train_student

R = TypeVar("R", bound=Record)


class Asked(Record):
    """Content of ``request.json``."""

    key: str
    request: TrainRequest


def train_file(settings: TrainSettings, data: Path, folders: StageFolders, progress: ReportProgress) -> Trained:
    """The student trained on the file's rows.

    Args:
        settings: of training; ``base`` is the model to begin with.
        data: JSONL, see ``conversation_file.py``.
        folders: ``folder`` is where everything goes.
        progress: is told the steps.

    Raises:
        UsageError: a row cannot be read, or the directory holds another training.
        The errors of ``train_student``.
    """
    folder = local_folder(folders.folder)
    request, key = _read_request(settings, data, folder)
    asked = _read(folder / "request.json", Asked)
    if asked is not None and asked.key != key:
        raise UsageError(f"{folder} holds another training (other data, model or settings). Name another directory with --out.")
    finished = _read(folder / "trained.json", Trained)
    if finished is not None and _is_there(finished):
        return finished
    request = _write_data(request, data, folder)
    write_text_atomically(folder / "request.json", Asked(key=key, request=request).model_dump_json(indent=2) + "\n")
    trained = train_student(request, folders, progress)
    write_text_atomically(folder / "trained.json", trained.model_dump_json(indent=2) + "\n")
    return trained


def plan_file(settings: TrainSettings, data: Path, folders: StageFolders, progress: ReportProgress) -> TrainPlan:
    """What ``train_file`` would do; nothing is kept but under ``folders.folder``.

    Raises:
        The errors of ``train_file``.
    """
    folder = local_folder(folders.folder)
    request, _ = _read_request(settings, data, folder)
    return plan_training(_write_data(request, data, folder), folders, progress)


def _read_request(settings: TrainSettings, data: Path, folder: Path) -> tuple[TrainRequest, str]:
    """The request without its rows, and a key that changes with the file, the base or a setting."""
    if settings.base != "scratch":
        require_loadable(settings.base)
        settings = settings.model_copy(update={"base": str(Path(settings.base).resolve())})
    nothing = {
        "samples": write_dataset(str(folder / "samples.jsonl"), Sample, []),
        "chunks": write_dataset(str(folder / "chunks.jsonl"), Chunk, []),
    }
    request = TrainRequest(train=settings, replay_file_sha256=file_digest(settings.replay_file), **nothing)
    base = "" if settings.base == "scratch" else describe_checkpoint(settings.base).sha256
    return request, digest_of([request.key(), base, file_digest(data)])[:16]


def _write_data(request: TrainRequest, data: Path, folder: Path) -> TrainRequest:
    rows = write_dataset(str(folder / "data.jsonl"), Conversation, read_conversations(data))
    if rows.rows == 0:
        raise UsageError(f"{data} has no rows. Write one JSON object on each line.")
    return request.model_copy(update={"conversations": rows})


def _is_there(finished: Trained) -> bool:
    """Whether the finished student is still what it was."""
    try:
        return describe_checkpoint(finished.checkpoint.path) == finished.checkpoint
    except LabflowError:  # gone or damaged: it is made anew
        return False


def _read(file: Path, record: type[R]) -> R | None:
    try:
        return record.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
