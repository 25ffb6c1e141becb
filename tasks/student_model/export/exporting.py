"""Exports a checkpoint: as one GGUF file, or as a directory of safetensors; model card and licence go along.

What ``labflow model export`` does, beside the question whether the file still answers as the checkpoint does (``parity.py``).
Nothing is left half: files are written beside their place and renamed, and the room on the disk is looked at first. Memory holds
a tensor at a time.

Example (one GGUF file, and what lies beside it)::

    out/release-3-f16.gguf   out/release-3-f16.json   out/README.md   out/LICENSE

Not covered: uploads.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import DamagedFileError, UsageError, WorkspaceError
from tasks.dataset_files.disk_room import require_room
from tasks.student_model.checkpoint_files import digest_directory, replace_directory, require_loadable
from tasks.student_model.export.architecture import plan_model
from tasks.student_model.export.gguf_file import Facts, bytes_needed, count_formats, write_gguf
from tasks.student_model.export.quantize import note_odd_widths, quantize_file, require_quantizer
from tasks.student_model.export.reading_back import compare_tensors
from tasks.student_model.export.vocabulary import Vocabulary, read_vocabulary
from tasks.student_model.model_card import CARD

PAPERS = ("LICENSE*", "LICENCE*", "NOTICE*", "COPYING*", "USE_POLICY*")

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Exported:
    """A model to export.

    Args:
        folder: The checkpoint.
        papers: Where licence files may lie, the nearest first: the checkpoint's own directory, its base's.
        sha256: Digest that was recorded of the checkpoint; empty where none was.
        adapter: Directory of the adapter that was merged into it; None where there is none.
        adapter_sha256: Digest that was recorded of it.
    """

    folder: Path
    papers: tuple[Path, ...] = ()
    sha256: str = ""
    adapter: Path | None = None
    adapter_sha256: str = ""


@dataclass(frozen=True)
class GgufFile:
    """A file that was written and read back.

    Args:
        formats: Tensors by number format.
        error: The largest relative error of any tensor.
    """

    path: Path
    formats: dict[str, int]
    error: float
    vocabulary: Vocabulary
    architecture: str
    context: int
    notes: tuple[str, ...]


def require_recorded(folder: Path, sha256: str) -> str:
    """The digest of a directory, which is the recorded one where one was recorded.

    Raises:
        DamagedFileError: the directory is not what was recorded.
    """
    found = digest_directory(folder)
    if sha256 and found != sha256:
        raise DamagedFileError(f"{folder} is not what was recorded (sha256 {found[:12]}, not {sha256[:12]}): it is not exported.")
    return found


def write_gguf_file(exported: Exported, target: Path, kind: str, facts: Facts, quantizer: str | None, report: Report) -> GgufFile:
    """Writes a GGUF file and reads it back.

    Args:
        target: Its place; the directory is made.
        kind: ``f32``, ``f16``, ``bf16``, ``q8_0`` or ``q4_k_m``.
        quantizer: Path of ``llama-quantize``; None where there is none.
        report: Is told how many of how many tensors are written.

    Raises:
        UsageError: the model cannot be written as GGUF, or needs a program that is not there.
        TrainingError: the model is incomplete or damaged.
        WorkspaceError: there is no room, or the place cannot be written.
    """
    require_loadable(exported.folder)
    program = require_quantizer(quantizer) if kind == "q4_k_m" else ""
    plan = plan_model(exported.folder)
    vocabulary = read_vocabulary(exported.folder, plan.vocabulary)
    first = "f16" if program else kind
    with explaining(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        require_room(target.parent, bytes_needed(plan, first) * (2 if program else 1))
        if program:
            whole = target.with_name(f"{target.name}.f16")
            try:
                write_gguf(whole, plan, vocabulary, facts, first, report)
                quantize_file(program, whole, target, os.cpu_count() or 1)
            finally:
                whole.unlink(missing_ok=True)
        else:
            write_gguf(target, plan, vocabulary, facts, kind, report)
    formats = count_formats(target)
    odd = note_odd_widths(plan, formats) if program else ""
    notes = (*plan.notes, *vocabulary.notes, *((odd,) if odd else ()))
    error = compare_tensors(target, plan, kind)
    return GgufFile(target, formats, error, vocabulary, plan.architecture, plan.context, notes)


def copy_directory(exported: Exported, out: Path, report: Report) -> str:
    """Copies the whole checkpoint, its adapter and its papers into a new directory; returns the digest of the checkpoint's files.

    Raises:
        UsageError: ``out`` is there already.
        TrainingError: the model is incomplete, or holds pickled weights.
        DamagedFileError: what lies in the copy is not what lay in the checkpoint.
        WorkspaceError: there is no room, or the place cannot be written.
    """
    require_loadable(exported.folder)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already: choose another --out, or remove it.")
    added: dict[str, Path] = {}
    if exported.adapter is not None:
        added = {f"adapter/{path.relative_to(exported.adapter).as_posix()}": path for path in _files_below(exported.adapter)}
    added |= {paper.name: paper for paper in find_papers((exported.folder, *exported.papers)) if paper.parent != exported.folder}
    files = {path.relative_to(exported.folder).as_posix(): path for path in _files_below(exported.folder)} | added

    def copy(part: Path) -> None:
        for done, (inside, source) in enumerate(files.items(), 1):
            (part / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, part / inside)
            report(done, len(files))
        if digest_directory(part, leave_out=frozenset(added)) != digest_directory(exported.folder):
            raise DamagedFileError(f"{exported.folder} changed while it was copied: run again.")

    with explaining(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
        require_room(out.parent, sum(source.stat().st_size for source in files.values()))
        replace_directory(out, copy)
    return digest_directory(out)


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def find_papers(folders: Sequence[Path]) -> list[Path]:
    """Licence and notice files: those of the first directory that has any."""
    for folder in folders:
        found = sorted({path for pattern in PAPERS for path in folder.glob(pattern) if path.is_file()})
        if found:
            return found
    return []


def copy_papers(exported: Exported, out: Path) -> list[str]:
    """Puts model card and licence beside an exported file; returns their names.

    Raises:
        UsageError: another model's card or licence lies there.
        WorkspaceError: they cannot be written.
    """
    card = exported.folder / CARD
    papers = [*([card] if card.is_file() else []), *find_papers((exported.folder, *exported.papers))]
    for paper in papers:
        there = out / paper.name
        if there.exists() and (not there.is_file() or there.read_bytes() != paper.read_bytes()):
            raise UsageError(f"{there} belongs to another model: choose an --out of its own.")
    with explaining(out):
        out.mkdir(parents=True, exist_ok=True)
        for paper in papers:
            shutil.copyfile(paper, out / paper.name)
    return [paper.name for paper in papers]


def digest_file(path: Path) -> str:
    """The SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def explaining(folder: Path) -> Iterator[None]:
    """Says of a disk that is full, or a place that cannot be written, what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, None)  # numpy names none when a write falls short
        way = "Free space and run again" if full else "Choose another --out"
        raise WorkspaceError(f"cannot write {folder}: {error.strerror or error}. {way}.") from error
