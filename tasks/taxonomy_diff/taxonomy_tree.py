"""A taxonomy's repository, its commits, and where its leaf nodes are: nothing of what they say.

Place in the DAG: the beginning. Every way in which a directory can fail to be a taxonomy ends here, in one line that says
what to do.

    LeafFile(path="knowledge/birds", file="knowledge/birds/qna.yaml", object_id="5f71...", attribution="91ab...")

Not covered: the leaf nodes' content (``leaf_node.py``), uncommitted work (``worktree.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import TaxonomyError
from tasks.taxonomy_diff.git_repository import SUBMODULE, SYMLINK, GitRepository, TreeFile, open_repository
from tasks.taxonomy_diff.leaf_node import ROOTS
from tasks.taxonomy_diff.rules import FaultList, Severities, printable_path

LEAF_NAME = "qna.yaml"
QNA_YML = "qna.yml"
ATTRIBUTION_NAME = "attribution.txt"


@dataclass(frozen=True)
class LeafFile:
    """Where a leaf node's files are. ``mode`` is Git's; ids are those of blobs."""

    path: str
    object_id: str
    mode: str = "100644"
    attribution: str | None = None

    @property
    def file(self) -> str:
        return f"{self.path}/{LEAF_NAME}"


@dataclass(frozen=True)
class TaxonomyTree:
    """The leaf files of one commit by leaf node path, and the other entries that deserve a word.

    Args:
        commit: None for the empty tree.
        tree: What Git is asked to compare: the commit, or another tree's id.
    """

    commit: str | None
    tree: str
    leaves: dict[str, LeafFile] = field(default_factory=dict)
    oddities: tuple[TreeFile, ...] = ()


def open_taxonomy(path: str | None) -> GitRepository:
    """The taxonomy's repository.

    Raises:
        TaxonomyError: the path is missing, no directory, no Git repository, or only inside one.
    """
    if path is None:
        raise TaxonomyError("no taxonomy is set: set taxonomy.path to the directory of a taxonomy's Git repository.")
    place = Path(path).expanduser()
    if not place.exists():
        raise TaxonomyError(f"there is no taxonomy at {path}: set taxonomy.path to the directory of its Git repository.")
    if not place.is_dir():
        raise TaxonomyError(f"{path} is not a directory: set taxonomy.path to the directory of a taxonomy's Git repository.")
    repository = open_repository(place)
    if repository is not None:
        return repository
    for parent in place.resolve().parents:
        if (parent / ".git").exists():
            raise TaxonomyError(
                f"{path} is a directory inside the Git repository {parent}: set taxonomy.path or --taxonomy to {parent}."
            )
    raise TaxonomyError(f"{path} is not a Git repository: run 'git init' and commit there, or set taxonomy.path to one that is.")


def resolve_head(repository: GitRepository, name: str) -> str:
    """The commit that ``name`` means.

    Raises:
        TaxonomyError: there is none: no commit yet, or no such name.
    """
    found = repository.resolve_commit(name)
    if found is not None:
        return found
    if name == "HEAD" and repository.is_unborn():
        raise TaxonomyError(
            f"{repository.top} has no commit yet on its current branch: commit the taxonomy, or set taxonomy.head."
        )
    if name == "HEAD":
        raise TaxonomyError(f"the commit of {repository.top} cannot be read: run 'git fsck' there, or clone it anew.")
    raise TaxonomyError(
        f"{repository.top} has no commit, branch or tag {name!r}: see 'git branch -a' and 'git tag', or fetch it."
    )


def resolve_base(repository: GitRepository, name: str, what: str = "the base") -> str:
    """The commit to compare with.

    Raises:
        TaxonomyError: it is not there; in a shallow clone the message says how to fetch it.
    """
    found = repository.resolve_commit(name)
    if found is not None:
        return found
    if repository.is_shallow():
        raise TaxonomyError(f"{what} {name!r} is not in the shallow clone {repository.top}: run 'git fetch --unshallow' there.")
    raise TaxonomyError(f"{what} {name!r} is not in {repository.top}: fetch it, or name another base (was history rewritten?).")


def list_tree(repository: GitRepository, commit: str | None, tree: str | None = None) -> TaxonomyTree:
    """The leaf files of a commit (of ``tree``, if given, which then stands for it); None is the empty tree."""
    if commit is None and tree is None:
        return TaxonomyTree(None, repository.empty_tree())
    source = tree or commit or ""
    leaves, oddities = find_leaf_files(repository.list_files(source))
    return TaxonomyTree(commit, source, leaves, oddities)


def find_leaf_files(entries: Iterable[TreeFile]) -> tuple[dict[str, LeafFile], tuple[TreeFile, ...]]:
    """The leaf files below the three roots by path, and what looks like a leaf node but is not read."""
    found: list[TreeFile] = []
    attributions: dict[str, str] = {}
    oddities = []
    for entry in entries:
        folder, _, name = entry.path.rpartition("/")
        if name == ATTRIBUTION_NAME and entry.is_regular:
            attributions[folder] = entry.object_id
        elif name == LEAF_NAME and folder.split("/")[0] in ROOTS and entry.mode != SUBMODULE:
            found.append(entry)
        elif name in (LEAF_NAME, QNA_YML) or (entry.mode == SUBMODULE and entry.path.split("/")[0] in ROOTS):
            oddities.append(entry)
    leaves = {}
    for entry in found:
        folder = entry.path.rpartition("/")[0]
        leaves[folder] = LeafFile(folder, entry.object_id, entry.mode, attributions.get(folder))
    return leaves, tuple(oddities)


def check_oddities(oddities: Iterable[TreeFile], severities: Severities) -> FaultList:
    """Faults for entries that a contributor may take for leaf nodes, and that are not read."""
    faults = FaultList("", severities)
    for entry in oddities:
        inside = entry.path.split("/")[0] in ROOTS
        if entry.mode == SUBMODULE:
            message = "found a submodule; leaf nodes inside it are not read: add their files to this repository."
            faults.add("submodule", 1, 1, message, path=entry.path)
        elif entry.path.endswith(QNA_YML) and inside:
            faults.add("qna-yml", 1, 1, "found qna.yml, which is not read: rename it to qna.yaml.", path=entry.path)
        elif entry.path.endswith(LEAF_NAME) and not inside:
            message = (
                f"found a qna.yaml outside {', '.join(f'{root}/' for root in ROOTS)}: it is not read; move it below one of them."
            )
            faults.add("outside-roots", 1, 1, message, path=entry.path)
    return faults


def no_leaf_node(repository: GitRepository, tree: TaxonomyTree) -> TaxonomyError:
    """The error for a tree without a leaf node; it names the first file that its author may take for one."""
    found = check_oddities(tree.oddities, Severities()).faults
    nearest = f" ({found[0].path}: {found[0].message})" if found else ""
    return TaxonomyError(
        f"{repository.top} has no leaf node: add a directory with a qna.yaml below knowledge/, compositional_skills/ or "
        f"foundational_skills/, and commit it.{nearest}"
    )


def check_leaf_file(leaf: LeafFile, faults: FaultList) -> bool:
    """Whether the entry may be read at all; faults say why not."""
    if leaf.mode == SYMLINK:
        faults.add("file-symlink", 1, 1, "found a symbolic link; expected a file: copy the content here.")
        return False
    if printable_path(leaf.path) != leaf.path:
        faults.add("path-encoding", 1, 1, "found bytes in the path that are not UTF-8 text, or control characters: rename it.")
        return False
    return True


def inside(path: str, only: str | None) -> bool:
    """Whether a leaf node's path lies in the subtree ``only`` (None: everywhere)."""
    return only is None or path == only or path.startswith(f"{only}/")


def clean_only(only: str | None) -> str | None:
    """``./knowledge//birds/`` -> ``knowledge/birds``.

    Raises:
        TaxonomyError: it leaves the taxonomy.
    """
    if only is None:
        return None
    parts = [part for part in only.split("/") if part not in ("", ".")]
    if only.startswith("/") or ".." in parts or not parts:
        raise TaxonomyError(f"taxonomy.only is {only!r}: expected a directory inside the taxonomy, such as knowledge/vehicles.")
    return "/".join(parts)


def select_subtree(base: TaxonomyTree, head: TaxonomyTree, only: str | None) -> dict[str, LeafFile]:
    """The leaf files of the curriculum: the head's inside ``only``, the base's outside.

    Raises:
        TaxonomyError: neither has a leaf node inside ``only``.
    """
    if only is None:
        return dict(head.leaves)
    if not any(inside(path, only) for tree in (base, head) for path in tree.leaves):
        tops = ", ".join(sorted({path.split("/")[0] for path in head.leaves})) or "none at all"
        raise TaxonomyError(f"taxonomy.only: there is no leaf node under {only!r}. The taxonomy has leaf nodes under: {tops}.")
    chosen = {path: leaf for path, leaf in base.leaves.items() if not inside(path, only)}
    return chosen | {path: leaf for path, leaf in head.leaves.items() if inside(path, only)}
