"""Which leaf nodes were added, modified, renamed and deleted between two trees: Git's own answer, filtered to leaf nodes.

``git diff-tree -M`` compares the whole trees, as ``git diff --name-status -M`` does, so that a leaf node is paired with the
file that Git pairs it with. A rename from or to something that is no leaf node is an addition or a deletion.

Place in the DAG: beside validation; needs no file's content.

    Changes(added=("knowledge/a",), modified=(), renamed=(Rename(from_path="knowledge/b", to_path="knowledge/c"),), deleted=())

Not covered: changes of documents behind a branch's name, which show in a leaf node's key.
"""

from dataclasses import dataclass

from schemas.contracts import Rename
from schemas.records import Change
from tasks.taxonomy_diff.git_repository import GitRepository
from tasks.taxonomy_diff.rules import printable_path
from tasks.taxonomy_diff.taxonomy_tree import LEAF_NAME, TaxonomyTree, inside

RENAME_LIMIT = "-l1000"
"""Git's default, whatever the repository's configuration and Git's age say: the answer is the same on every machine."""


@dataclass(frozen=True)
class Changes:
    """Leaf node paths, each sorted."""

    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()
    deleted: tuple[str, ...] = ()

    def by_path(self) -> dict[str, Change]:
        """What happened to each leaf node that is there and not unchanged."""
        found: dict[str, Change] = dict.fromkeys(self.added, "added")
        found.update(dict.fromkeys(self.modified, "modified"))
        found.update({rename.to_path: "renamed" for rename in self.renamed})
        return found

    def printable(self) -> "Changes":
        """The same with paths that a terminal, JSON and UTF-8 can hold."""
        return Changes(
            added=tuple(map(printable_path, self.added)),
            modified=tuple(map(printable_path, self.modified)),
            renamed=tuple(Rename(from_path=printable_path(r.from_path), to_path=printable_path(r.to_path)) for r in self.renamed),
            deleted=tuple(map(printable_path, self.deleted)),
        )


def find_changes(repository: GitRepository, base: TaxonomyTree, head: TaxonomyTree, only: str | None = None) -> Changes:
    """The changes from ``base`` to ``head``, inside the subtree ``only``."""
    if base.tree == head.tree:
        return Changes()
    options = ("-r", "-z", "-M", RENAME_LIMIT, "--name-status", "--no-ext-diff", "--no-textconv")
    added, modified, deleted = set(), set(), set()
    renamed = []
    for status, old, new in _parse(repository.run("diff-tree", *options, base.tree, head.tree)):
        before = _leaf_path(old, base, only) if status not in "AC" else None
        after = _leaf_path(new, head, only) if status != "D" else None
        if before is not None and after is not None:
            if status == "R":
                renamed.append(Rename(from_path=before, to_path=after))
            else:
                modified.add(after)
        elif before is not None:
            deleted.add(before)
        elif after is not None:
            added.add(after)
    return Changes(
        tuple(sorted(added)), tuple(sorted(modified)), tuple(sorted(renamed, key=lambda r: r.to_path)), tuple(sorted(deleted))
    )


def _parse(listing: bytes) -> list[tuple[str, str, str]]:
    """(status letter, old path, new path) of each line of ``diff-tree -z --name-status``."""
    words = [word.decode("utf-8", "surrogateescape") for word in listing.split(b"\0")]
    found, position = [], 0
    while position < len(words) - 1:
        status = words[position][:1]
        paths = 2 if status in "RC" else 1
        old, new = words[position + 1], words[position + paths]
        found.append((status, old, new))
        position += 1 + paths
    return found


def _leaf_path(file: str, tree: TaxonomyTree, only: str | None) -> str | None:
    folder, _, name = file.rpartition("/")
    return folder if name == LEAF_NAME and folder in tree.leaves and inside(folder, only) else None
