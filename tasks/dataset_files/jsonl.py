"""JSONL dataset files: one record type per file, complete or absent, recognised when damaged.

A file is written under a temporary name beside its place and renamed when its last row is on disk, so a reader never sees half of
one. Digest and row count are taken while writing, and checked while reading. Local paths and fsspec URLs (``s3://...``) alike.

Not covered: compression, and files that are appended to (the answer log of ``chat_model`` and the ledger are their rooms' own).
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

import fsspec
from pydantic import ValidationError

from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.records import Record

R = TypeVar("R", bound=Record)


class DatasetWriter:
    """Writes rows of one record type; ``file`` is the result once the ``with`` block of ``open_dataset`` has ended."""

    def __init__(self, stream: IO[bytes], path: str, record: type[Record]) -> None:
        self._stream, self._path, self._record = stream, path, record
        self._sha256 = hashlib.sha256()
        self.rows = 0

    def write(self, row: Record) -> None:
        """Appends one row.

        Raises:
            TypeError: the row is of another record type than the file.
        """
        if type(row) is not self._record:
            raise TypeError(f"{self._path} holds {self._record.__name__} rows, not {type(row).__name__}")
        self.write_line(row.model_dump_json(exclude_none=True).encode("utf-8", "surrogatepass") + b"\n")

    def write_line(self, line: bytes) -> None:
        """Appends a row that is JSON of the record type already, with its line end."""
        self._sha256.update(line)
        with _naming_the_place(self._path):
            self._stream.write(line)
        self.rows += 1

    @property
    def file(self) -> DatasetFile:
        return DatasetFile(path=self._path, sha256=self._sha256.hexdigest(), rows=self.rows, record=self._record.__name__)


@contextmanager
def open_dataset(path: str, record: type[Record]) -> Iterator[DatasetWriter]:
    """A writer for the dataset file at ``path``, which appears when the block ends without an error.

    Raises:
        WorkspaceError: the place cannot be written (no permission, no space left).
    """
    fs, local = fsspec.core.url_to_fs(path)
    temporary = f"{local}.{os.getpid()}.part"
    try:
        with _naming_the_place(path):
            fs.makedirs(os.path.dirname(local), exist_ok=True)
            stream = fs.open(temporary, "wb")
        writer = DatasetWriter(stream, path, record)
        yield writer
        with _naming_the_place(path):
            stream.flush()
            if _is_local(fs):
                os.fsync(stream.fileno())
            stream.close()
            _replace(fs, temporary, local)
    except BaseException:
        _remove(fs, temporary)
        raise


def write_dataset(path: str, record: type[Record], rows: Iterable[Record]) -> DatasetFile:
    """Writes all rows and returns the finished file."""
    with open_dataset(path, record) as writer:
        for row in rows:
            writer.write(row)
    return writer.file


def read_dataset(file: DatasetFile, record: type[R]) -> Iterator[R]:
    """The rows in order, one at a time; digest and count are checked when the last has been read.

    Raises:
        TypeError: the file holds another record type.
        DamagedFileError: the file is absent, is not what was recorded, or a row cannot be parsed.
    """
    if file.record != record.__name__:
        raise TypeError(f"{file.path} holds {file.record} rows, not {record.__name__}")
    for number, line in enumerate(read_lines(file), 1):
        try:
            yield record.model_validate_json(line)
        except ValidationError as error:
            raise DamagedFileError(f"{file.path}:{number} is not a {file.record}: {error.errors()[0]['msg']}") from error


def read_lines(file: DatasetFile) -> Iterator[bytes]:
    """The rows in order as they are written, with their line ends; digest and count are checked when the last has been read.

    Raises:
        DamagedFileError: the file is absent, or is not what was recorded.
    """
    sha256, rows = hashlib.sha256(), 0
    try:
        with fsspec.open(file.path, "rb") as stream:
            for line in stream:
                sha256.update(line)
                rows += 1
                yield line
    except FileNotFoundError as error:
        raise DamagedFileError(f"{file.path} is gone. Run again: what is missing is made anew.") from error
    if (sha256.hexdigest(), rows) != (file.sha256, file.rows):
        raise DamagedFileError(
            f"{file.path} is not the file that was recorded ({rows} rows of {file.rows}). Delete it and run again."
        )


def is_intact(file: DatasetFile) -> bool:
    """Whether the file is there with the digest that it was recorded with."""
    try:
        with fsspec.open(file.path, "rb") as stream:
            sha256 = hashlib.sha256()
            while block := stream.read(1 << 20):
                sha256.update(block)
    except OSError:
        return False
    return sha256.hexdigest() == file.sha256


def write_text_atomically(path: str | Path, text: str) -> None:
    """Writes a small local file under a temporary name and renames it.

    Raises:
        WorkspaceError: the place cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    with _naming_the_place(str(path)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def _naming_the_place(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorkspaceError(f"cannot write {path}: {error.strerror or error}. Free space or choose another place.") from error


def _is_local(fs: fsspec.AbstractFileSystem) -> bool:
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


def _replace(fs: fsspec.AbstractFileSystem, temporary: str, path: str) -> None:
    if _is_local(fs):
        os.replace(temporary, path)  # fsspec's mv copies across an existing target
    else:
        fs.mv(temporary, path)


def _remove(fs: fsspec.AbstractFileSystem, path: str) -> None:
    if fs.exists(path):
        fs.rm(path)
