"""Where a person's settings and workspace lie, for commands that have no time to import more."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.settings import Settings


def user_config() -> Path:
    """Where the user's settings file lies, whether or not there is one: ``$LABFLOW_CONFIG``, else below ``$XDG_CONFIG_HOME``."""
    if named := os.environ.get("LABFLOW_CONFIG"):
        return Path(named).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "labflow" / "config.yaml"


def workspace_root(settings: "Settings") -> Path:
    """``settings.workspace``, else ``$XDG_DATA_HOME/labflow``, else ``~/.local/share/labflow``."""
    if settings.workspace:
        return Path(settings.workspace).expanduser().absolute()
    data_home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data_home) / "labflow"
