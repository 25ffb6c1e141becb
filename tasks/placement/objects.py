"""Files on their way between machines that share a storage and nothing else, checked by digest on leaving and on arriving.

    <storage>/objects/<sha256>/samples.jsonl        a dataset file
    <storage>/objects/<sha256>/student/...          a checkpoint's files; COMPLETE beside them is written last

An object's name is its content's digest, so it is written once, never changed, and shared by whoever needs the same. What arrives
damaged is not used: ``DamagedFileError``.

Not covered: deleting objects that no release needs any more (the bucket's own life-cycle rules), and models or policy files that
settings name by path: those must lie on the worker's machine.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import fsspec

from schemas.contracts import Checkpoint, DatasetFile
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.records import Record
from tasks.dataset_files.jsonl import is_intact
from tasks.dataset_files.references import checkpoints_of, files_of
from tasks.student_model.checkpoint_files import digest_directory

R = TypeVar("R", bound=Record)
Placed = DatasetFile | Checkpoint
COMPLETE = "COMPLETE"
BLOCK = 1 << 20
SHARED_CACHES = ("generations",)
"""What of a cache is immutable under its key, and so may be copied between machines."""


def publish_outputs(result: R, storage: str) -> R:
    """The record with all its files and checkpoints uploaded, naming where they lie.

    Raises:
        DamagedFileError: a file is not what was recorded.
        WorkspaceError: the storage cannot be written.
    """
    return with_places(result, lambda placed: _upload(placed, f"{storage}/objects/{placed.sha256}"))


def fetch_inputs(request: R, storage: str, scratch: str) -> R:
    """The record with all its files and checkpoints on this machine.

    Raises:
        DamagedFileError: a file did not arrive as it was recorded.
        WorkspaceError: a file is not in the storage, or this machine's disk cannot be written.
    """

    def fetch(placed: Placed) -> str:
        if not placed.path.startswith(f"{storage}/"):
            raise WorkspaceError(f"{placed.path} is not in the storage {storage}: parent and worker must share it.")
        return _download(placed, Path(scratch) / "objects" / placed.sha256 / Path(placed.path).name)

    return with_places(request, fetch)


def bring_home(result: R, request: Record, folder: str) -> R:
    """A placed stage's result with its files in a local folder; what the request had brought along is not copied again.

    Raises:
        DamagedFileError: a file did not arrive as it was recorded.
    """
    brought: list[Placed] = [*files_of(request), *checkpoints_of(request)]
    here = {placed.sha256: placed.path for placed in brought}
    taken: set[str] = set()

    def fetch(placed: Placed) -> str:
        if placed.sha256 not in here:
            name = Path(placed.path).name
            target = Path(folder) / (f"{placed.sha256[:8]}-{name}" if name in taken else name)
            taken.add(name)
            here[placed.sha256] = _download(placed, target)
        return here[placed.sha256]

    return with_places(result, fetch)


def with_places(value: Any, place: Callable[[Placed], str]) -> Any:
    """The record with the path of every dataset file and checkpoint in it, at any depth, replaced."""
    if isinstance(value, (DatasetFile, Checkpoint)):
        return value.model_copy(update={"path": place(value)})
    if isinstance(value, Record):
        return value.model_copy(update={name: with_places(field, place) for name, field in value})
    if isinstance(value, tuple):
        return tuple(with_places(item, place) for item in value)
    return value


def copy_cache(source: str, target: str) -> None:
    """Copies what one cache has and the other lacks: what a teacher was paid for anywhere is not paid for again."""
    (from_fs, from_root), (to_fs, to_root) = fsspec.core.url_to_fs(source), fsspec.core.url_to_fs(target)
    for name in SHARED_CACHES:
        if not from_fs.isdir(f"{from_root}/{name}"):
            continue
        for path in sorted(from_fs.find(f"{from_root}/{name}"), key=_marker_last):
            wanted = f"{to_root}/{name}{str(path)[len(f'{from_root}/{name}') :]}"
            if not to_fs.exists(wanted) and not str(path).endswith(".part"):
                _copy(from_fs, str(path), to_fs, wanted)


def _marker_last(path: str) -> tuple[str, bool, str]:
    """``drafts.jsonl`` says that its folder is complete."""
    folder, _, name = str(path).rpartition("/")
    return folder, name == "drafts.jsonl", name


def _upload(placed: Placed, target: str) -> str:
    fs, root = fsspec.core.url_to_fs(target)
    name = Path(placed.path).name
    try:
        if isinstance(placed, DatasetFile):
            if not fs.exists(f"{root}/{name}"):
                if not is_intact(placed):
                    raise DamagedFileError(f"{placed.path} is not the file that was recorded. Delete it and run again.")
                _copy(fsspec.filesystem("file"), placed.path, fs, f"{root}/{name}")
        elif not fs.exists(f"{root}/{COMPLETE}"):
            source = Path(placed.path)
            if not source.is_dir() or digest_directory(source) != placed.sha256:
                raise DamagedFileError(f"the checkpoint {source} is not the one that was recorded. Delete it and run again.")
            for file in sorted(path for path in source.rglob("*") if path.is_file()):
                _copy(fsspec.filesystem("file"), str(file), fs, f"{root}/{name}/{file.relative_to(source).as_posix()}")
            fs.pipe_file(f"{root}/{COMPLETE}", b"")
    except OSError as error:
        raise WorkspaceError(f"cannot write {target}: {error}. Check the storage and its credentials.") from error
    return f"{target}/{name}"


def _download(placed: Placed, target: Path) -> str:
    local = placed.model_copy(update={"path": str(target)})
    fs, root = fsspec.core.url_to_fs(placed.path)
    here = fsspec.filesystem("file")
    try:
        if isinstance(local, DatasetFile):
            if not is_intact(local):
                _copy(fs, root, here, str(target))
            arrived = is_intact(local)
        else:
            arrived = target.is_dir() and digest_directory(target) == placed.sha256
            if not arrived:
                shutil.rmtree(target, ignore_errors=True)
                for path in fs.find(root):
                    _copy(fs, str(path), here, str(target / _inside(target, str(path)[len(root) :].lstrip("/"))))
                arrived = digest_directory(target) == placed.sha256
    except FileNotFoundError as error:
        raise DamagedFileError(f"{placed.path} is gone. Run again: what is missing is made anew.") from error
    except OSError as error:
        raise WorkspaceError(f"cannot fetch {placed.path}: {error}. Check the storage, its credentials and the disk.") from error
    if not arrived:
        raise DamagedFileError(f"{placed.path} did not arrive as it was recorded. Delete it and run again.")
    return str(target)


def _inside(folder: Path, name: str) -> str:
    """The name, which comes from a storage and may be anything, where it stays inside the folder.

    Raises:
        DamagedFileError: it leads out of the folder.
    """
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise DamagedFileError(f"the storage holds a file named {name!r}, which leads out of its checkpoint.")
    return name


def _copy(source: Any, path: str, target: Any, wanted: str) -> None:
    """One file, block by block; on a file system it appears whole."""
    is_file_system = "file" in ((target.protocol,) if isinstance(target.protocol, str) else target.protocol)
    part = f"{wanted}.{os.getpid()}.part" if is_file_system else wanted
    target.makedirs(wanted.rpartition("/")[0], exist_ok=True)
    with source.open(path, "rb") as reader, target.open(part, "wb") as writer:
        while block := reader.read(BLOCK):
            writer.write(block)
    if is_file_system:
        os.replace(part, wanted)
