"""Uncommitted and untracked work as a Git tree, without touching the checkout, its index or its objects.

The files below the three roots are read as they lie in the work tree (never through a symlink or a filter); changed ones
become blobs in an object directory of our own, which borrows the repository's objects, and so does the tree that is made of
them. What follows works on that tree as on any commit.

Place in the DAG: only behind ``labflow taxonomy diff --worktree`` and ``check``; a run trains on commits. Documentation
leaned on: ``GIT_OBJECT_DIRECTORY``, ``GIT_ALTERNATE_OBJECT_DIRECTORIES`` and ``GIT_INDEX_FILE`` in git(1), git-ls-files(1),
git-update-index(1).

    with snapshot_worktree(repository) as (snapshot, tree): list_tree(snapshot, None, tree)

Paths that a sparse checkout leaves out count as they are in the index; of a path in conflict the work tree's file counts.

Not covered: ignored files, work inside submodules, and files outside the roots (they count as they are in the index; those
in conflict do not count).
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.errors import TaxonomyError
from tasks.taxonomy_diff.git_repository import SUBMODULE, SYMLINK, GitRepository
from tasks.taxonomy_diff.leaf_node import ROOTS
from tasks.taxonomy_diff.safe_yaml import MAX_BYTES
from tasks.taxonomy_diff.taxonomy_tree import LEAF_NAME

MAX_KEPT_BYTES = 8 * MAX_BYTES
"""Larger files below the roots keep their index entry, or are left out; of a qna.yaml this much is kept, to be refused."""


@contextmanager
def snapshot_worktree(repository: GitRepository) -> Iterator[tuple[GitRepository, str]]:
    """The repository with the work tree's objects added, and the work tree's tree id; both are gone when the block ends.

    Raises:
        TaxonomyError: the repository is bare.
    """
    if repository.top == repository.git_dir:
        raise TaxonomyError(f"{repository.top} is a bare repository and has no work tree: compare commits instead.")
    with tempfile.TemporaryDirectory(prefix="labflow-worktree-") as folder:
        snapshot = _borrowing(repository, Path(folder))
        tracked = _index_entries(snapshot)
        lines = "".join(f"{mode} {object_id}\t{path}\0" for mode, object_id, path in _updates(snapshot, tracked, Path(folder)))
        if lines:
            snapshot.run("update-index", "-z", "--index-info", stdin=lines.encode("utf-8", "surrogateescape"))
        yield snapshot, snapshot.run("write-tree", "--missing-ok").decode("ascii").strip()


@dataclass(frozen=True)
class _Entry:
    """A path in the index. ``sparse``: not meant to be in the work tree. ``unmerged``: in conflict, no one version."""

    mode: str
    object_id: str
    sparse: bool
    unmerged: bool


def _borrowing(repository: GitRepository, folder: Path) -> GitRepository:
    """The repository with an object directory and an index of our own in front of its own."""
    objects, index = folder / "objects", folder / "index"
    objects.mkdir()
    own = Path(os.fsdecode(repository.run("rev-parse", "--git-path", "objects").rstrip(b"\n")))
    own_index = Path(os.fsdecode(repository.run("rev-parse", "--git-path", "index").rstrip(b"\n")))
    if (repository.git_dir / own_index).is_file():
        shutil.copyfile(repository.git_dir / own_index, index)
    environment = {
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(repository.git_dir / own),
        "GIT_INDEX_FILE": str(index),
        "GIT_WORK_TREE": str(repository.top),
    }
    return replace(repository, extra_environment=dict(repository.extra_environment) | environment)


def _quoted(path: Path) -> str:
    """A path as Git's list of object directories wants it: quoted, because it may hold the separator."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _index_entries(snapshot: GitRepository) -> dict[str, _Entry]:
    """Every path in the index."""
    entries = {}
    for line in snapshot.run("ls-files", "-t", "--stage", "-z").split(b"\0"):
        if line:
            meta, _, path = line.partition(b"\t")
            tag, mode, object_id, stage = meta.decode("ascii").split(" ")
            entries[path.decode("utf-8", "surrogateescape")] = _Entry(mode, object_id, tag == "S", stage != "0")
    return entries


def _worktree_files(snapshot: GitRepository, tracked: dict[str, _Entry]) -> list[str]:
    """Tracked and untracked paths below the roots, submodules left as they are."""
    listing = snapshot.run("ls-files", "--others", "--exclude-standard", "-z")
    untracked = [path.decode("utf-8", "surrogateescape") for path in listing.split(b"\0") if path and not path.endswith(b"/")]
    kept = [path for path, entry in tracked.items() if entry.mode != SUBMODULE]
    return sorted({path for path in (*kept, *untracked) if path.split("/")[0] in ROOTS})


def _updates(snapshot: GitRepository, tracked: dict[str, _Entry], folder: Path) -> list[tuple[str, str, str]]:
    """(mode, object id, path) that bring the index up to the work tree; mode 0 removes a path. New contents become blobs."""
    # a conflict is no tree: its sides go, and the work tree's file comes below
    lines = [("0", "0" * len(entry.object_id), path) for path, entry in tracked.items() if entry.unmerged]
    written: list[tuple[str, Path, str]] = []
    for path in _worktree_files(snapshot, tracked):
        entry, found = tracked.get(path), _read(snapshot.top, path)
        if found is None:
            if entry and not entry.sparse and not entry.unmerged:
                lines.append(("0", "0" * len(entry.object_id), path))
            continue
        mode, content = found
        if content is None or (entry and not entry.unmerged and _is_same(entry, mode, content)):
            continue
        place = folder / f"content-{len(written)}"
        place.write_bytes(content)
        written.append((mode, place, path))
    if written:
        places = "".join(f"{place}\n" for _, place, _ in written).encode()
        ids = snapshot.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=places).decode("ascii").split()
        lines += [(mode, object_id, path) for (mode, _, path), object_id in zip(written, ids, strict=True)]
    return lines


def _read(top: Path, path: str) -> tuple[str, bytes | None] | None:
    """(mode, content) of a file of the work tree; None where it is gone; content None where it is too large or no file.

    No directory on the way may be a symlink: what lies behind one is not the taxonomy's.
    """
    place = top
    for part in path.split("/")[:-1]:
        place = place / part
        if place.is_symlink() or not place.is_dir():
            return None
    place = place / path.rpartition("/")[2]
    try:
        info = place.lstat()
        if stat.S_ISDIR(info.st_mode):
            return None
        if stat.S_ISLNK(info.st_mode):
            return SYMLINK, os.fsencode(os.readlink(place))
        if not stat.S_ISREG(info.st_mode) or (info.st_size > MAX_KEPT_BYTES and place.name != LEAF_NAME):
            return "100644", None
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            return "100644", stream.read(MAX_KEPT_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TaxonomyError(f"cannot read {place}: {error.strerror}. Make it readable, or compare commits instead.") from error


def _is_same(entry: _Entry, mode: str, content: bytes) -> bool:
    """Whether Git has this content: as it is, or with the line ends that ``core.autocrlf`` stores."""
    make = hashlib.sha256 if len(entry.object_id) == 64 else hashlib.sha1
    variants = {content, content.replace(b"\r\n", b"\n")}
    ids = {make(b"blob %d\0" % len(c) + c).hexdigest() for c in variants}
    return entry.mode[:2] == mode[:2] and entry.object_id in ids
