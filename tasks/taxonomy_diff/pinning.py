"""A document's repository and the commit that a leaf node pins: made for a new leaf, moved after an edit.

    Pin(repo="../robins-document", commit="4f2c...", patterns=("robins.md",))

A document that lies in no Git repository gets one beside the taxonomy; one in a repository beside the taxonomy is pinned where it
is. Only these commands write to a document's repository, and only when the user asks for it: with the user's own Git identity,
hooks switched off.

Not covered: fetching (``documents``), repositories that cannot be reached from this machine.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from schemas.errors import TaxonomyError, UsageError, WorkspaceError
from tasks.taxonomy_diff.git_repository import GitRepository, open_repository

_DOCUMENTS = (".md", ".markdown", ".pdf", ".docx", ".html", ".htm", ".txt")
_COMMIT_LINE = re.compile(
    r"""^(?P<before>[ ]+commit:[ \t]*)(?P<quote>["']?)(?P<commit>[^"'#\s]*)(?P=quote)(?P<after>[^\n]*)$""", re.MULTILINE
)
_SECONDS = 60


@dataclass(frozen=True)
class Pin:
    """What ``document`` of a qna.yaml says."""

    repo: str
    commit: str
    patterns: tuple[str, ...]


def pin_document(document: Path, taxonomy: Path, name: str) -> Pin:
    """The pin of a document; one that is in no repository is copied into a new one beside the taxonomy and committed.

    Args:
        document: The file.
        taxonomy: The taxonomy's top directory.
        name: The leaf node's own name: names the new repository.

    Raises:
        UsageError: there is no such file, its kind is not read, or its repository is not beside the taxonomy.
        WorkspaceError: the repository cannot be made.
    """
    document = document.expanduser().absolute()
    if not document.is_file():
        raise UsageError(f"there is no document {document}.")
    if document.suffix.lower() not in _DOCUMENTS:
        raise UsageError(f"{document.name} is not a kind of document that is read: {', '.join(_DOCUMENTS)}.")
    repository = _repository_around(document)
    if repository is None:
        folder = taxonomy.parent / f"{name}-document"
        if folder.exists():
            raise UsageError(f"{folder} is there already: put the document there and commit it, or remove it.")
        return Pin(f"../{folder.name}", _make_repository(folder, document), (document.name,))
    if repository.top.parent != taxonomy.parent.resolve():
        raise UsageError(
            f"{document} lies in the repository {repository.top}, which is not beside the taxonomy: push it and write its https "
            f"address, or move it to {taxonomy.parent}."
        )
    inside = document.resolve().relative_to(repository.top).as_posix()
    return Pin(f"../{repository.top.name}", committed_head(repository, (inside,)), (inside,))


def committed_head(repository: GitRepository, paths: Sequence[str] = ()) -> str:
    """The commit that the repository is at.

    Args:
        paths: Files that must be as committed; none: all that Git tracks.

    Raises:
        UsageError: there is no commit yet, or there are uncommitted edits: a pin would not hold them.
    """
    head = repository.resolve_commit("HEAD")
    if head is None:
        raise UsageError(f"{repository.top} has no commit yet: commit the document there first.")
    status = _git(repository.top, "status", "--porcelain", "--untracked-files=no", "--", *paths)
    missing = [path for path in paths if not _git(repository.top, "ls-files", "--", path)]
    if status or missing:
        edited = missing[0] if missing else status.splitlines()[0][3:]
        raise UsageError(
            f"{edited} in {repository.top} is not committed, and a pin would not hold it: commit it first, or add --commit."
        )
    return head


def commit_edits(repository: GitRepository, message: str) -> None:
    """Commits all edits of tracked files in a document's repository, if there are any.

    Raises:
        WorkspaceError: Git refuses, for example because it knows no user name.
    """
    if _git(repository.top, "status", "--porcelain", "--untracked-files=no"):
        _git(repository.top, "commit", "--all", "--quiet", "--message", message)


def repin_text(text: str, commit: str) -> str:
    """The qna.yaml with another commit in ``document``; everything else is as it was, comments too.

    >>> repin_text("document:\\n  repo: ../x\\n  commit: abc  # pinned\\n", "def")
    'document:\\n  repo: ../x\\n  commit: def  # pinned\\n'

    Raises:
        UsageError: there is not exactly one line that pins a commit.
    """
    start = re.search(r"^document:[ \t]*(#[^\n]*)?$", text, re.MULTILINE)
    if start is None:
        raise UsageError("there is no block 'document:' to pin. Only knowledge has documents; write it in block style.")
    end = re.compile(r"^[^\s#]", re.MULTILINE).search(text, start.end())
    stop = end.start() if end else len(text)
    lines = list(_COMMIT_LINE.finditer(text, start.end(), stop))
    if len(lines) != 1:
        raise UsageError(f"'document:' has {len(lines)} lines 'commit:', and needs one.")
    found = lines[0]
    return (
        f"{text[: found.start()]}{found['before']}{found['quote']}{commit}{found['quote']}{found['after']}{text[found.end() :]}"
    )


def read_repo(text: str) -> str:
    """What ``document.repo`` of a qna.yaml says; empty where it says nothing that can be read."""
    try:
        value = yaml.safe_load(text)
        return str(value["document"]["repo"])
    except (yaml.YAMLError, KeyError, TypeError, RecursionError):
        return ""


def _repository_around(path: Path) -> GitRepository | None:
    """The repository that the file lies in, however deep; None where it is in none."""
    for folder in path.resolve().parents:
        if (folder / ".git").exists():
            return open_repository(folder)
    return None


def _make_repository(folder: Path, document: Path) -> str:
    """Copies the document into a new repository and returns the commit; nothing is left where that fails."""
    try:
        folder.mkdir(parents=True)
        shutil.copyfile(document, folder / document.name)
        _git(folder, "init", "--quiet")
        _git(folder, "add", "--", document.name)
        _git(folder, "commit", "--quiet", "--message", f"Add {document.name}")
        return _git(folder, "rev-parse", "HEAD")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise WorkspaceError(f"cannot make the document's repository {folder}: {error.strerror}.") from error
    except WorkspaceError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _git(folder: Path, *arguments: str) -> str:
    """Git with the user's own configuration, for it is the user's repository; no hooks, no prompts."""
    command = ["git", "-C", str(folder), "-c", "core.hooksPath=/dev/null", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise TaxonomyError("git was not found: install Git 2.30 or newer and put it on the PATH.") from error
    except subprocess.TimeoutExpired as error:
        raise WorkspaceError(f"git {arguments[0]} in {folder} did not end within {_SECONDS} s.") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[:300]
        raise WorkspaceError(f"git {arguments[0]} in {folder} failed: {said or done.returncode}")
    return done.stdout.strip("\n")
