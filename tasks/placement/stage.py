"""What a worker does for a stage: read its result if it was finished before, else make it and record it.

A stage's files lie in ``<storage>/stages/<stage>/<key>/``; the key digests the request and the source of the rooms that do the
work. ``result.json`` is written last: a folder that has it is finished, and a stage that is asked the same again reads it. So a
re-run after any crash resumes. A lock in the folder keeps a second process from doing the same at the same time: it waits, and
reads what the first has made.

Where the storage is an fsspec URL, the stage works in a scratch directory of its machine (``LABFLOW_SCRATCH``, else
``~/.cache/labflow/scratch``): inputs come from the URL's objects, outputs go there, each checked by its digest (``objects``).

Not covered: a lock between machines that share no directory (there the parent looks for a run under way first, ``child_runs``),
and moving a half-trained checkpoint to another machine: without a shared directory it begins anew there.
"""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import fsspec
from filelock import FileLock
from pydantic import ValidationError

from schemas.contracts import Progress, ReportProgress, Request, StageFolders
from schemas.errors import LabflowError, WorkspaceError
from schemas.records import Record, digest_of
from tasks.dataset_files.jsonl import is_intact, write_text_atomically
from tasks.dataset_files.references import checkpoints_of, files_of
from tasks.placement.objects import copy_cache, fetch_inputs, publish_outputs
from tasks.placement.progress import report_progress

R = TypeVar("R", bound=Record)
Stage = Callable[[Any, StageFolders, ReportProgress], R]
SIGN = ".labflow-storage"
"""A file that the parent leaves in the storage and the worker looks for."""


def run_stage(
    stage: str,
    request: Request,
    storage: str,
    result_type: type[R],
    do: Stage[R],
    rooms: tuple[str, ...],
    source: str = "",
) -> R:
    """The stage's result: read if it was finished before, else made and recorded.

    Args:
        stage: Its name in the diagram.
        storage: Local path or fsspec URL that parent and worker share.
        do: The pure function that does the work.
        rooms: The rooms under ``tasks/`` whose source the result depends on.
        source: What the parent's source digest is; empty: the parent is this process.

    Raises:
        LabflowError: this machine has another version of the stage than the parent, or whatever the stage raises.
        WorkspaceError: the storage cannot be reached or written from this machine.
    """
    if source:
        require_agreement(stage, rooms, source, storage)
    if is_local(storage):
        return _do_once(stage, request, storage, result_type, do, rooms)
    there = stage_folder(stage, request, storage, rooms)
    finished = read_result(there, result_type)
    if finished is not None:
        report_progress(stage)(Progress(done=1, total=1, unit="stage", note="finished before"))
        return finished
    scratch = scratch_of(storage)
    copy_cache(f"{storage}/cache", f"{scratch}/cache")
    try:
        made = _do_once(stage, fetch_inputs(request, storage, scratch), scratch, result_type, do, rooms)
    finally:  # what was paid for is kept, however it ended
        copy_cache(f"{scratch}/cache", f"{storage}/cache")
    published = publish_outputs(made, storage)
    write_result(there, published)
    return published


def _do_once(stage: str, request: Request, storage: str, result_type: type[R], do: Stage[R], rooms: tuple[str, ...]) -> R:
    folder = stage_folder(stage, request, storage, rooms)
    with _alone_in(folder):
        finished = read_result(folder, result_type)
        if finished is not None:
            report_progress(stage)(Progress(done=1, total=1, unit="stage", note="finished before"))
            return finished
        report_progress(stage)(Progress(done=0))
        result = do(request, StageFolders(folder=folder, cache=f"{storage}/cache"), report_progress(stage))
        write_result(folder, result)
    return result


@contextmanager
def _alone_in(folder: str) -> Iterator[None]:
    """Nobody else on this machine does the same meanwhile; the lock ends with the process that holds it."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{folder}/.lock")
        lock.acquire()
    except OSError as error:
        reason = error.strerror or error
        raise WorkspaceError(f"cannot write {folder}: {reason}. Is the storage mounted and writable on this machine?") from error
    try:
        yield
    finally:
        lock.release()


def is_local(storage: str) -> bool:
    """Whether a storage is a directory of this machine, not a URL."""
    return "://" not in storage


def scratch_of(storage: str) -> str:
    """The directory of this machine in which stages of a URL's storage work."""
    root = os.environ.get("LABFLOW_SCRATCH") or Path.home() / ".cache" / "labflow" / "scratch"
    return str(Path(root).expanduser().absolute() / digest_of(storage)[:16])


def stage_folder(stage: str, request: Request, storage: str, rooms: tuple[str, ...]) -> str:
    """``<storage>/stages/<stage>/<16 hex digits>``."""
    return f"{storage}/stages/{stage}/{stage_key(request, rooms)}"


def stage_key(request: Request, rooms: tuple[str, ...]) -> str:
    """16 hex digits of what the result depends on: the request and the code."""
    return digest_of([request.key(), [source_digest(room) for room in rooms]])[:16]


@cache
def source_digest(room: str) -> str:
    """Digest of the files of a room under ``tasks/``: another version of the code is another key."""
    sha256 = hashlib.sha256()
    for path in sorted((Path(__file__).parents[1] / room).rglob("*")):
        if path.suffix in {".py", ".jinja", ".yaml", ".json", ".jsonl"} and path.name != "task.py":
            sha256.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return sha256.hexdigest()


def source_of(rooms: tuple[str, ...]) -> str:
    """16 hex digits of all the rooms' source: what parent and worker must agree on."""
    return digest_of([source_digest(room) for room in rooms])[:16]


def mark_storage(storage: str) -> None:
    """Leaves a sign in the storage that a worker looks for: a machine that does not share it has none there.

    Raises:
        WorkspaceError: it cannot be written.
    """
    try:
        fs, path = fsspec.core.url_to_fs(f"{storage}/{SIGN}")
        if not fs.exists(path):
            fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            fs.pipe_file(path, b"files of labflow stages\n")
    except OSError as error:
        raise WorkspaceError(f"cannot write {storage}: {error}. Check the storage and its credentials.") from error


def require_agreement(stage: str, rooms: tuple[str, ...], source: str, storage: str) -> None:
    """Does nothing where this worker has the parent's code of the stage and the parent's storage.

    Args:
        source: the parent's ``source_of(rooms)``.

    Raises:
        LabflowError: its code is another version.
        WorkspaceError: the storage is not there.
    """
    if source != source_of(rooms):
        raise LabflowError(
            f"this worker has another version of {stage} ({source_of(rooms)}) than the run that asks for it ({source}): "
            "install the same version of labflow on both."
        )
    fs, path = fsspec.core.url_to_fs(f"{storage}/{SIGN}")
    if not fs.exists(path):
        raise WorkspaceError(
            f"the storage {storage} is not shared with {socket.gethostname()}, where a worker took {stage}: "
            "mount it there, or set placement.storage to a URL."
        )


def read_result(folder: str, result_type: type[R]) -> R | None:
    """What a finished stage returned; None where it is unfinished or its files are damaged.

    Raises:
        WorkspaceError: the storage cannot be reached.
    """
    try:
        with fsspec.open(f"{folder}/result.json", "r", encoding="utf-8") as stream:
            result = result_type.model_validate_json(stream.read())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
    except OSError as error:
        raise WorkspaceError(f"cannot read {folder}: {error}. Check the storage and its credentials.") from error
    return result if all(is_intact(file) for file in files_of(result)) and _has_checkpoints(result) else None


def _has_checkpoints(result: Record) -> bool:
    return all(fsspec.core.url_to_fs(c.path)[0].exists(c.path) for c in checkpoints_of(result))


def write_result(folder: str, result: Record) -> None:
    """Marks a stage as finished."""
    fs, path = fsspec.core.url_to_fs(f"{folder}/result.json")
    text = result.model_dump_json(indent=2)
    if "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol):
        write_text_atomically(path, text)
    else:  # an object appears whole or not at all
        fs.pipe_file(path, text.encode())
