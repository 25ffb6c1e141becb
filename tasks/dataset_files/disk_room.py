"""Whether what is to be written fits on the disk: said before the first byte, not after the last but one."""

import shutil
from pathlib import Path

from schemas.errors import WorkspaceError

SPARE = 16_000_000
"""Bytes that stay free."""


def require_room(folder: Path, needed: int) -> None:
    """Does nothing when the disk has room.

    Args:
        folder: A directory on it.
        needed: Bytes.

    Raises:
        WorkspaceError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise WorkspaceError(
            f"{needed / 1e6:,.0f} MB are needed, and {folder} has {free / 1e6:,.0f} MB left. "
            "Free space and run again, or choose another place."
        )
