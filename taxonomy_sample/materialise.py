"""The sample taxonomy as two real Git repositories, with the same commit ids on every machine.

Not part of the DAG: ``labflow sample DIR`` and a run without a configured taxonomy call it before ``taxonomy_diff``.

    DIR/taxonomy/            three leaf nodes and their attribution
    DIR/delorean_manual/     the document; qna.yaml pins its commit as ``repo: ../delorean_manual``

A commit id is a digest of tree, author, committer, dates and message, so those are fixed here, and nothing of the user's Git
configuration (templates, hooks, signing, default branch, line endings, object format) may reach them.

Not covered: updating a materialised sample. Edit and commit in it as in any taxonomy.
"""

import os
import subprocess
from importlib.abc import Traversable
from importlib.resources import files
from pathlib import Path

from schemas.errors import UsageError, WorkspaceError

_WHO = {"NAME": "labflow sample", "EMAIL": "sample@labflow.invalid", "DATE": "2025-01-01T00:00:00+0000"}
_ISOLATED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_TEMPLATE_DIR": "",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
    **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()},
}
_CONFIG = (
    "core.autocrlf=false",
    "core.fileMode=false",
    "core.safecrlf=false",
    "commit.gpgSign=false",
    f"core.hooksPath={os.devnull}",
)
_TIMEOUT_SECONDS = 60


def materialise(directory: Path) -> Path:
    """Makes the sample's two Git repositories in ``directory`` and returns the path of the taxonomy.

    Args:
        directory: Absent or empty.

    Raises:
        UsageError: the directory holds something already, or is a file.
        WorkspaceError: it cannot be written, or Git is missing or fails.
    """
    directory = Path(directory)
    sample = files("taxonomy_sample")
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise UsageError(f"{directory} is not an empty directory. Name a new or empty one for the sample.")
        directory.mkdir(parents=True, exist_ok=True)
        _copy(sample / "documents", directory / "delorean_manual")
        _copy(sample / "taxonomy", directory / "taxonomy")
    except OSError as error:
        raise WorkspaceError(
            f"cannot write the sample to {directory}: {error.strerror or error}. Choose another place."
        ) from error
    _commit_all(directory / "delorean_manual", "The manual of the DeLorean DMC-12")
    _commit_all(directory / "taxonomy", "The sample taxonomy: one knowledge leaf node, two skills")
    return directory / "taxonomy"


def _copy(source: Traversable, target: Path) -> None:
    """Copies a package's data directory; works from a wheel and from a zip alike."""
    target.mkdir()
    for entry in source.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                _copy(entry, target / entry.name)
        elif not entry.name.endswith((".py", ".pyc")):
            (target / entry.name).write_bytes(entry.read_bytes())


def _commit_all(repository: Path, message: str) -> None:
    _git(repository, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", "--template=")
    _git(repository, "add", "--all", "--force")
    _git(repository, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=verbatim", "--message", message)


def _git(repository: Path, *arguments: str) -> None:
    # The caller's GIT_DIR, GIT_INDEX_FILE and the like (set inside a hook, say) would make Git write elsewhere.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _ISOLATED
    command = ["git", *(part for setting in _CONFIG for part in ("-c", setting)), *arguments]
    try:
        done = subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise WorkspaceError("Git is not installed or not on PATH. Install Git 2.28 or newer.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkspaceError(
            f"git {arguments[0]} did not end in {repository}: {error}. Try again in another directory."
        ) from error
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["no message"]
        raise WorkspaceError(f"git {arguments[0]} failed in {repository}: {reason[0]}. Git 2.28 or newer is needed.")
