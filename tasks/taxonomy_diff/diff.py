"""What ``labflow taxonomy diff`` and ``labflow taxonomy check`` tell: changes between two states with their faults, and faults
alone.

Place in the DAG: beside the stage, for people and other programs; no document is fetched and no file written.

    {"base": "4be1...", "head": "9c0d...", "added": ["knowledge/birds"], "modified": [], "renamed": [{"from": "a", "to": "b"}],
     "deleted": [], "faults": [{"path": "knowledge/birds/qna.yaml", "line": 3, "column": 9, "rule": "...", ...}]}

Not covered: how it looks in a terminal (``flows/commands/taxonomy/commands.py``, with ``fault_output.py``).
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.contracts import Fault, ReportProgress, ignore_progress
from schemas.errors import TaxonomyError
from schemas.settings import Severity, TaxonomySettings
from tasks.taxonomy_diff.check import check_faults
from tasks.taxonomy_diff.git_repository import GitRepository
from tasks.taxonomy_diff.leaf_node import ROOTS, LeafSource, parse_leaf_node
from tasks.taxonomy_diff.rules import FaultList, Severities, is_valid, printable_path
from tasks.taxonomy_diff.safe_yaml import MAX_BYTES
from tasks.taxonomy_diff.taxonomy_tree import (
    ATTRIBUTION_NAME,
    LEAF_NAME,
    QNA_YML,
    TaxonomyTree,
    check_oddities,
    clean_only,
    inside,
    list_tree,
    no_leaf_node,
    open_taxonomy,
    resolve_base,
    resolve_head,
)
from tasks.taxonomy_diff.tree_changes import Changes, find_changes
from tasks.taxonomy_diff.worktree import snapshot_worktree


@dataclass(frozen=True)
class TaxonomyDiff:
    """The changes between two states, and the faults of the leaf nodes that are new or different in the second.

    Args:
        base: Full commit id; None for the empty base.
        head: Full commit id; None for a work tree without a commit.
        worktree: Whether the second state is the work tree on top of ``head``.
    """

    base: str | None
    head: str | None
    worktree: bool
    changes: Changes
    faults: tuple[Fault, ...]

    @property
    def valid(self) -> bool:
        return is_valid(self.faults)

    def as_json(self) -> dict[str, Any]:
        """The structure for other programs."""
        return {
            "base": self.base,
            "head": self.head,
            "added": list(self.changes.added),
            "modified": list(self.changes.modified),
            "renamed": [{"from": rename.from_path, "to": rename.to_path} for rename in self.changes.renamed],
            "deleted": list(self.changes.deleted),
            "faults": [fault.model_dump() for fault in self.faults],
        }


def diff_taxonomy(settings: TaxonomySettings, base: str | None, worktree: bool = False) -> TaxonomyDiff:
    """The changes from ``base`` to ``settings.head``, or to the work tree.

    Args:
        settings: ``path``, ``head``, ``only`` and ``rules`` count.
        base: A commit, a branch, a tag; None is the empty base. The commit of the latest release is the caller's to name.
        worktree: Uncommitted and untracked work too.

    Raises:
        TaxonomyError: the taxonomy or one of the commits cannot be read, or there is no leaf node in either state.
        UsageError: ``rules`` names a rule that does not exist.
    """
    severities, only = Severities(settings.rules), clean_only(settings.only)
    repository = open_taxonomy(settings.path)
    before = list_tree(repository, resolve_base(repository, base) if base else None)
    with _second_state(repository, settings, worktree) as (reader, after):
        if not before.leaves and not after.leaves:
            raise no_leaf_node(repository, after)
        changes = find_changes(reader, before, after, only)
        touched = {*changes.by_path(), *_touched_attributions(before, after)}
        suspects = [leaf for path, leaf in after.leaves.items() if path in touched and inside(path, only)]
        faults = check_faults(reader, suspects, severities)
    odd = [entry for entry in after.oddities if entry not in before.oddities and inside(entry.path, only)]
    faults += check_oddities(odd, severities).faults
    return TaxonomyDiff(before.commit, after.commit, worktree, changes.printable(), _sorted(faults))


def has_uncommitted_work(settings: TaxonomySettings) -> bool:
    """Whether leaf nodes lie in the work tree otherwise than in its commit, which is what a run reads.

    False where there is no work tree, where another commit is chosen, and for the built-in sample, which nobody edits.

    Raises:
        TaxonomyError: the taxonomy cannot be read.
    """
    if settings.path is None or settings.head != "HEAD":
        return False
    repository = open_taxonomy(settings.path)
    if repository.top == repository.git_dir or repository.is_unborn():
        return False
    return bool(diff_taxonomy(settings, "HEAD", worktree=True).changes.by_path())


@contextmanager
def _second_state(
    repository: GitRepository, settings: TaxonomySettings, worktree: bool
) -> Iterator[tuple[GitRepository, TaxonomyTree]]:
    if not worktree:
        yield repository, list_tree(repository, resolve_head(repository, settings.head))
        return
    with snapshot_worktree(repository) as (snapshot, tree):
        yield snapshot, list_tree(snapshot, repository.resolve_commit("HEAD"), tree)


def _touched_attributions(before: TaxonomyTree, after: TaxonomyTree) -> set[str]:
    """Leaf nodes whose attribution is another: no change of the leaf node, but a reason to check it."""
    return {
        path
        for path, leaf in after.leaves.items()
        if path in before.leaves and before.leaves[path].attribution != leaf.attribution
    }


def check_taxonomy(
    settings: TaxonomySettings, worktree: bool = True, progress: ReportProgress = ignore_progress
) -> tuple[int, tuple[Fault, ...]]:
    """How many leaf nodes there are, and the faults of all; large trees use all processors.

    Args:
        worktree: Files as they lie in the work tree; otherwise those of ``settings.head``.

    Raises:
        TaxonomyError: the taxonomy cannot be read or has no leaf node.
    """
    severities, only = Severities(settings.rules), clean_only(settings.only)
    repository = open_taxonomy(settings.path)
    bare = repository.top == repository.git_dir
    with _second_state(repository, settings, worktree and not bare) as (reader, tree):
        leaves = [leaf for path, leaf in tree.leaves.items() if inside(path, only)]
        if not leaves and only is None:
            raise no_leaf_node(repository, tree)
        if not leaves:
            where = f"under {only!r} in {repository.top}"
            raise TaxonomyError(f"there is no leaf node {where}: a leaf node is a directory with a qna.yaml below a root.")
        faults = check_faults(reader, leaves, severities, progress)
    faults += check_oddities((entry for entry in tree.oddities if inside(entry.path, only)), severities).faults
    return len(leaves), _sorted(faults)


def check_files(
    paths: Sequence[str], rules: Mapping[str, Severity] | None = None, taxonomy: str | None = None
) -> tuple[int, tuple[Fault, ...]]:
    """How many leaf nodes the paths name, and their faults: files as they lie on disk, in a repository or not.

    Args:
        paths: ``qna.yaml`` files, or directories, in which every ``qna.yaml`` is checked.
        taxonomy: Top directory that paths in faults are relative to, and that tells the root (knowledge or skill); None: paths
            are as given, and the root is found by its name in each.
    """
    severities = Severities(rules)
    faults: list[Fault] = []
    checked = 0
    for given in paths:
        for file in _leaf_files(Path(given)):
            checked += 1
            faults.extend(_check_file(file, Path(taxonomy) if taxonomy else None, severities))
    return checked, _sorted(faults)


def _leaf_files(path: Path) -> Iterable[Path]:
    if not path.is_dir() or path.is_symlink():
        return [path]
    walk = [(Path(folder), names) for folder, _, names in os.walk(path)]  # symlinks are not followed
    found = [folder / name for folder, names in walk for name in (LEAF_NAME, QNA_YML) if name in names]
    return sorted(found) or [path / LEAF_NAME]


def _check_file(file: Path, taxonomy: Path | None, severities: Severities) -> list[Fault]:
    name = _name_in_taxonomy(file, taxonomy)
    shown = name if taxonomy is not None and name is not None else str(file)
    faults = FaultList(shown, severities)
    if file.is_symlink():
        faults.add("file-symlink", 1, 1, "found a symbolic link; expected a file: copy the content here.")
    elif not file.is_file():
        faults.add("file-missing", 1, 1, "found no such file; expected a qna.yaml, or a directory with one.")
    elif file.name != LEAF_NAME:
        faults.add("qna-yml", 1, 1, f"found {file.name}, which is not read: the name of a leaf node's file is qna.yaml.")
    elif name is None:
        faults.add("outside-roots", 1, 1, "found a qna.yaml outside the three roots: it is not read; move it below one of them.")
    else:
        attribution = _read_file(file.with_name(ATTRIBUTION_NAME))
        source = LeafSource(name, _read_file(file) or b"", attribution)
        folder = printable_path(shown)[: -len(LEAF_NAME)]
        return [
            fault.model_copy(update={"path": folder + fault.path.rpartition("/")[2]})
            for fault in parse_leaf_node(source, severities)[1]
        ]
    return faults.faults


def _read_file(file: Path) -> bytes | None:
    """As much of a file as is ever looked at; None where there is none, or a symlink."""
    if file.is_symlink() or not file.is_file():
        return None
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise TaxonomyError(f"cannot read {file}: {error.strerror}. Make it readable.") from error


def _name_in_taxonomy(file: Path, taxonomy: Path | None) -> str | None:
    """The file's POSIX path from the root's name on: the last directory that is called like a root."""
    absolute = Path(os.path.abspath(file))
    if taxonomy is not None and absolute.is_relative_to(os.path.abspath(taxonomy)):
        parts = absolute.relative_to(os.path.abspath(taxonomy)).parts
        return "/".join(parts) if parts[0] in ROOTS else None
    places = [i for i, part in enumerate(absolute.parts[:-1]) if part in ROOTS]
    return "/".join(absolute.parts[places[-1] :]) if places else None


def _sorted(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.path, fault.line, fault.column, fault.rule)))
