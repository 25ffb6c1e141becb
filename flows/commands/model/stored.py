"""``labflow model list`` and ``labflow model remove``: the models that lie in the workspace."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, WorkspaceOption, one_line, read_settings, say

LIST_EPILOG = """
[bold]Examples[/]

  labflow model list

  labflow model list --json
"""
REMOVE_EPILOG = """
[bold]Examples[/]

  labflow model remove granite-2b        a downloaded one, or one whose download was broken off; releases are never removed
"""


def list_stored(workspace: WorkspaceOption = None, config: Config = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """List the models of the workspace: releases, the current one's base, and what was downloaded."""
    with one_line(debug):
        from rich.table import Table
        from rich.text import Text

        from flows.commands.data.printing import open_console, print_whole, safe
        from flows.models.names import describe_model, list_models
        from flows.workspace import workspace_root

        root = workspace_root(read_settings(None, config, None, workspace))
        rows = [describe_model(root, model) for model in list_models(root)]
        if as_json:
            typer.echo(json.dumps(rows, indent=2))
            return
        if not rows:
            say(f"there are no models in {root}: labflow retrain makes one, labflow model download fetches one.")
            return
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for column in ("name", "kind", "size", "sha256", "origin", "where"):
            table.add_column(column, no_wrap=column != "where", overflow="fold")
        for row in rows:
            cells = (row["name"], row["kind"], f"{row['bytes'] / 1e6:,.1f} MB", row["sha256"][:12], row["origin"], row["path"])
            table.add_row(*(Text(safe(cell)) for cell in cells))
        print_whole(open_console(), table)


def remove(
    name: Annotated[
        str,
        typer.Argument(help="Name of a downloaded model, as in labflow model list.", autocompletion=completion.models),
    ],
    workspace: WorkspaceOption = None,
    config: Config = None,
    debug: Debug = False,
) -> None:
    """Remove a downloaded model. Releases and their bases stay: runs and rollbacks need them."""
    with one_line(debug):
        from flows.models.names import find_model
        from flows.workspace import workspace_root
        from schemas.errors import UsageError

        root = workspace_root(read_settings(None, config, None, workspace))
        begun = root / "models" / f".{Path(name).name}.part"
        if begun.is_dir() and not (root / "models" / Path(name).name).exists():
            shutil.rmtree(begun)
            say(f"what was fetched of {name} is removed.")
            return
        found = find_model(root, name)
        if found.kind != "downloaded" or found.path.parent != root / "models":
            raise UsageError(f"{name} was not downloaded into this workspace: it stays.")
        _remove(found.path)
        found.path.with_name(f".{found.path.name}.origin.json").unlink(missing_ok=True)
    say(f"{found.path} is removed.")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        part = path.with_name(f".{path.name}.removed")  # gone at once, even if removing takes long or is interrupted
        shutil.rmtree(part, ignore_errors=True)
        path.rename(part)
        shutil.rmtree(part)
    else:
        path.unlink()
