"""A disk that is too small is named before anything is written."""

from pathlib import Path

import pytest

from schemas.errors import WorkspaceError
from tasks.dataset_files.disk_room import require_room


def test_a_disk_without_room_is_said_before_the_first_byte(tmp_path: Path) -> None:
    require_room(tmp_path, 0)
    with pytest.raises(WorkspaceError, match=r"1,000,000,000 MB are needed.*Free space and run again, or choose another place"):
        require_room(tmp_path, 10**15)
