"""The fixtures of this room's tests: an empty taxonomy, a document repository beside it, and a stage's folders."""

from pathlib import Path

import pytest
from git_taxonomies import MANUAL, GitFolder

from schemas.contracts import StageFolders


@pytest.fixture
def taxonomy(tmp_path: Path) -> GitFolder:
    return GitFolder(tmp_path / "taxonomy")


@pytest.fixture
def manual(tmp_path: Path) -> GitFolder:
    folder = GitFolder(tmp_path / "manual")
    folder.commit({"manual.md": MANUAL, "notes/extra.txt": "Nothing much.\n"})
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> StageFolders:
    return StageFolders(folder=str(tmp_path / "files"), cache=str(tmp_path / "cache"))
