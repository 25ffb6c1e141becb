"""A Git repository as untrusted bytes: commits resolved, trees listed, blobs read; nothing checked out, nothing executed.

Every call is a ``git`` process with an argument list and an environment of its own: no system or user configuration, no
hooks, no filters, no credential helpers, no prompts, no transport (``git_fetching.py`` opens https for its fetches alone), no
replacement objects. Only plumbing that reads objects is used (``ls-tree``, ``cat-file --batch``, ``diff-tree``,
``rev-parse``), so neither ``.gitattributes`` nor LFS pointers nor a clean or smudge filter ever takes effect.

Place in the DAG: the lowest layer of ``taxonomy_diff``. Documentation leaned on: git-ls-tree(1), git-cat-file(1), git(1).

    TreeFile(path="knowledge/vehicles/delorean/qna.yaml", mode="100644", object_id="5f71...")

Not covered: writing (``worktree.py`` makes objects, in a directory of its own), and fetching (``git_fetching.py``).
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import TaxonomyError

HARDENED_OPTIONS = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.untrackedCache=false",
    "-c", "core.splitIndex=false",  # or an index of our own would leave half of itself in the user's .git
    "-c", "core.attributesFile=/dev/null",
    "-c", "core.quotePath=false",
    "-c", "core.pager=cat",
    "-c", "diff.external=",
    "-c", "credential.helper=",
    "-c", "protocol.allow=never",
    "-c", "submodule.recurse=false",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "safe.directory=*",
    "-c", "advice.detachedHead=false",
)  # fmt: skip
PASSED_ON = ("PATH", "TMPDIR", "SYSTEMROOT")
READ_TIMEOUT_SECONDS = 300.0
SYMLINK, SUBMODULE = "120000", "160000"


class GitFailedError(TaxonomyError):
    """A ``git`` process failed; ``stderr`` is what it said."""

    def __init__(self, arguments: tuple[str, ...], code: int, stderr: str) -> None:
        said = " ".join("".join(c if c.isprintable() else " " for c in stderr).split())[:300] or f"exit code {code}"
        partial = "promisor" in stderr or "lazy fetch" in stderr
        advice = (
            "This is a partial clone: run 'git fetch --refetch --no-filter' there, which brings all files."
            if partial
            else "Run 'git fsck' there, which tells what is damaged."
        )
        super().__init__(f"git {arguments[0]} cannot read the repository: {said}. {advice}")
        self.stderr = stderr


@dataclass(frozen=True)
class TreeFile:
    """One entry of a tree, recursively listed. Submodules and symlinks are entries too: see ``mode``."""

    path: str
    mode: str
    object_id: str

    @property
    def is_regular(self) -> bool:
        return self.mode not in (SYMLINK, SUBMODULE)


@dataclass(frozen=True)
class Blob:
    """A blob's bytes, or None where it is larger than asked for or absent (``size`` -1)."""

    size: int
    content: bytes | None


@dataclass(frozen=True)
class GitRepository:
    """A repository by its Git directory.

    Args:
        git_dir: Where its objects lie.
        top: The work tree's top directory; for a bare repository the Git directory itself.
        extra_environment: For example another object directory, for ``worktree.py``.
    """

    git_dir: Path
    top: Path
    extra_environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: bytes = b"", timeout_seconds: float = READ_TIMEOUT_SECONDS) -> bytes:
        """The standard output of one hardened ``git`` call on this repository.

        Raises:
            GitFailedError: it failed, or took longer than ``timeout_seconds``.
        """
        command = ("git", f"--git-dir={self.git_dir}", *HARDENED_OPTIONS, *arguments)
        environment = git_environment() | dict(self.extra_environment)
        return run_process(command, arguments, environment, stdin, timeout_seconds)

    def resolve_commit(self, name: str) -> str | None:
        """The full id of the commit that ``name`` means (a commit, a branch, a tag), or None where there is none.

        ``name`` is untrusted: it cannot be taken for an option.
        """
        if not name or name[0] in "-^" or any(ord(c) < 32 for c in name):  # ^name means all but name
            return None
        try:
            found = self.run("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
        except GitFailedError:
            return None
        return found.decode("ascii").strip()

    def is_unborn(self) -> bool:
        """Whether the current branch has no commit; False where its commit is only unreadable."""
        try:
            self.run("rev-parse", "--quiet", "--verify", "HEAD")
        except GitFailedError:
            return True
        return False

    def is_shallow(self) -> bool:
        return self.run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def empty_tree(self) -> str:
        """The id of the tree without entries, in this repository's object format."""
        return self.run("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()

    def list_files(self, tree: str, *directories: str) -> list[TreeFile]:
        """All entries of a tree, or of some of its directories, in Git's order.

        Args:
            tree: A commit's or tree's full id.
            directories: POSIX paths; none means the whole tree.
        """
        return list(parse_tree_listing(self.run("ls-tree", "-r", "-z", "--full-tree", tree, "--", *directories)))

    def read_blobs(self, object_ids: Iterable[str], max_bytes: int) -> dict[str, Blob]:
        """The blobs by their ids; those larger than ``max_bytes`` come back without content and are never loaded.

        Raises:
            GitFailedError: ``git cat-file`` failed.
        """
        wanted = sorted(set(object_ids))
        if not wanted:
            return {}
        sizes: dict[str, int] = {}
        listing = self.run("cat-file", "--batch-check", "--buffer", stdin="".join(f"{i}\n" for i in wanted).encode("ascii"))
        for line in listing.decode("ascii").splitlines():
            words = line.split(" ")
            sizes[words[0]] = int(words[2]) if len(words) == 3 and words[1] == "blob" else -1
        blobs = {i: Blob(size, None) for i, size in sizes.items()}
        small = [i for i in wanted if 0 <= sizes[i] <= max_bytes]
        if small:
            output = self.run("cat-file", "--batch", "--buffer", stdin="".join(f"{i}\n" for i in small).encode("ascii"))
            blobs.update(_split_batch(output, small))
        return blobs


def git_environment() -> dict[str, str]:
    """An environment in which ``git`` reads no configuration but the repository's own, and asks nobody anything."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {
        "HOME": os.devnull,
        "XDG_CONFIG_HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def run_process(
    command: tuple[str, ...], arguments: tuple[str, ...], environment: Mapping[str, str], stdin: bytes, timeout_seconds: float
) -> bytes:
    """Runs one process and returns its output. ``arguments`` are those worth naming in an error."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, env=dict(environment), timeout=timeout_seconds)
    except FileNotFoundError as error:
        raise TaxonomyError("git was not found: install Git 2.30 or newer and put it on the PATH.") from error
    except subprocess.TimeoutExpired as error:
        raise GitFailedError(arguments, 124, f"no answer within {timeout_seconds:.0f} seconds") from error
    if done.returncode != 0:
        raise GitFailedError(arguments, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done.stdout


def parse_tree_listing(listing: bytes) -> Iterator[TreeFile]:
    """The entries of ``git ls-tree -r -z``. Paths that are not UTF-8 keep their bytes as surrogate escapes."""
    for line in listing.split(b"\0"):
        if line:
            meta, _, path = line.partition(b"\t")
            mode, _, object_id = meta.decode("ascii").split(" ")
            yield TreeFile(path.decode("utf-8", "surrogateescape"), mode, object_id)


def _split_batch(output: bytes, object_ids: list[str]) -> Iterator[tuple[str, Blob]]:
    position = 0
    for object_id in object_ids:
        end = output.index(b"\n", position)
        size = int(output[position:end].split(b" ")[2])
        yield object_id, Blob(size, output[end + 1 : end + 1 + size])
        position = end + 1 + size + 1


def open_repository(path: Path) -> GitRepository | None:
    """The repository whose top directory, or bare Git directory, is ``path``; None where there is none.

    A directory inside somebody else's repository is not taken for a repository: Git would otherwise look upwards.
    """
    place = path.resolve()
    environment = git_environment() | {"GIT_CEILING_DIRECTORIES": str(place.parent)}
    arguments = ("rev-parse", "--absolute-git-dir", "--is-bare-repository")
    command = ("git", "-C", str(place), *HARDENED_OPTIONS, *arguments)
    try:
        found = run_process(command, arguments, environment, b"", READ_TIMEOUT_SECONDS)
    except GitFailedError:
        return None
    git_dir, bare = found.decode("utf-8", "surrogateescape").rstrip("\n").rsplit("\n", 1)
    inside_git_dir = Path(git_dir) != place and Path(git_dir) in place.parents
    return None if inside_git_dir else GitRepository(Path(git_dir), Path(git_dir) if bare == "true" else place)
