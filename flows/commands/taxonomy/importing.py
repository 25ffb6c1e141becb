"""``labflow taxonomy import``: an InstructLab taxonomy and configuration, taken over where they lie."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import AsJson, Debug, one_line, say
from flows.settings.places import user_config

if TYPE_CHECKING:
    from flows.settings.instructlab_config import Imported

IMPORT_EPILOG = """
[bold]Examples[/]

  labflow taxonomy import ~/.local/share/instructlab/taxonomy

  labflow taxonomy import my-taxonomy --instructlab-config ~/.config/instructlab/config.yaml --file labflow.yaml

  Then: labflow retrain, or labflow retrain --config labflow.yaml
"""


def import_taxonomy(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="An InstructLab taxonomy. It stays as it is.")],
    instructlab_config: Annotated[
        Path | None,
        typer.Option("--instructlab-config", metavar="FILE", help="Its config.yaml, to be taken over, too."),
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Settings file to write.  [default: the user's]")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a settings file that is there.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Point labflow at an InstructLab taxonomy, take its configuration over, and say what has no counterpart."""
    with one_line(debug):
        from flows.commands.config import file_text
        from flows.settings.files import merge, validate_file
        from flows.settings.instructlab_config import Imported, import_config
        from schemas.errors import UsageError
        from schemas.settings import TaxonomySettings
        from tasks.dataset_files.jsonl import write_text_atomically
        from tasks.taxonomy_diff.diff import check_taxonomy
        from tasks.taxonomy_diff.taxonomy_tree import open_taxonomy

        top = open_taxonomy(str(directory.expanduser())).top
        path = file or user_config()
        if path.exists() and not force:
            raise UsageError(f"{path} is there already: choose another with --file, or --force to replace it.")
        imported = import_config(instructlab_config) if instructlab_config else Imported()
        chosen = merge(imported.settings, {"taxonomy": {"path": str(top)}})
        chosen = {"profile": "gpu" if "teacher" in chosen and "kind" in chosen["teacher"] else "offline", **chosen}
        if chosen["profile"] == "gpu" and "path" in chosen["teacher"].get("model", {}):
            for role in ("teacher", "critic"):  # the profile's endpoint would come before the model that was named
                chosen[role]["model"].setdefault("endpoints", [])
        validate_file(chosen, str(path))
        count, faults = check_taxonomy(TaxonomySettings(path=str(top)))
        write_text_atomically(path, file_text(chosen))
    errors = sorted({fault.path for fault in faults if fault.severity == "error"})
    if as_json:
        told = {"file": str(path), "leaf_nodes": count, "invalid": errors, "taken": imported.taken, "left": imported.left}
        typer.echo(json.dumps(told, indent=2))
        return
    _tell(imported)
    typer.echo(path)
    say(f"{count} leaf nodes, {len(errors)} of them not valid{': labflow taxonomy check names all faults' if errors else ''}.")


def _tell(imported: "Imported") -> None:
    for theirs, ours in imported.taken.items():
        typer.echo(f"  {theirs:<40} -> {ours}", err=True)
    for theirs, why in imported.left.items():
        typer.echo(f"  {theirs:<40} left out: {why}", err=True)
