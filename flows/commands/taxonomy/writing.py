"""``labflow taxonomy new`` and ``labflow taxonomy pin``: a leaf node from a template, and its document's commit."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, Profile, one_line, read_settings, say

if TYPE_CHECKING:
    from schemas.contracts import Fault
    from schemas.settings import Severity
    from tasks.taxonomy_diff.pinning import Pin

NEW_EPILOG = """
[bold]Examples[/]

  labflow taxonomy new knowledge birds/robins --document robins.md

  labflow taxonomy new skill writing/short_replies

  labflow taxonomy new grounded-skill tables/read_prices --taxonomy my-taxonomy
"""
PIN_EPILOG = """
[bold]Examples[/]

  labflow taxonomy pin knowledge/birds/robins             after an edit of its document was committed

  labflow taxonomy pin knowledge/birds/robins --commit    commits the edit, too
"""


class NewKindName(StrEnum):
    """What the leaf node teaches."""

    knowledge = "knowledge"
    skill = "skill"
    grounded_skill = "grounded-skill"


Taxonomy = Annotated[Path | None, typer.Option("--taxonomy", help="Its Git repository.  [default: the settings' or .]")]


def new(
    kind: Annotated[NewKindName, typer.Argument(help="Facts of a document, something to do, or something to do with a text.")],
    path: Annotated[str, typer.Argument(help="Where, for example birds/robins.")],
    document: Annotated[Path | None, typer.Option("--document", help="Knowledge: its document.")] = None,
    created_by: Annotated[str | None, typer.Option("--created-by", help="Your user name.  [default: Git's user.name]")] = None,
    taxonomy: Taxonomy = None,
    profile: Profile = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a commented qna.yaml for a new leaf node, and tell what is still missing in it."""
    with one_line(debug):
        from schemas.errors import UsageError
        from tasks.dataset_files.jsonl import write_text_atomically
        from tasks.taxonomy_diff.diff import check_files
        from tasks.taxonomy_diff.new_leaf import place_of, write_template
        from tasks.taxonomy_diff.pinning import pin_document

        top, rules = _taxonomy(profile, config, taxonomy)
        place = place_of(kind.value, path)
        file = top / place / "qna.yaml"
        if file.exists():
            raise UsageError(f"{file} is there already: edit it, or choose another place.")
        if document is not None and kind is not NewKindName.knowledge:
            raise UsageError("only knowledge has a document: leave out --document.")
        pin: Pin | None = pin_document(document, top, Path(place).name) if document is not None else None
        write_text_atomically(file, write_template(kind.value, place, _user(created_by), pin))
        _, faults = check_files([str(file)], rules, str(top))
    if as_json:
        pinned = {"repo": pin.repo, "commit": pin.commit, "patterns": list(pin.patterns)} if pin else None
        missing = [fault.model_dump(mode="json") for fault in faults if fault.severity == "error"]
        typer.echo(json.dumps({"file": str(file), "document": pinned, "missing": missing}, indent=2))
        return
    typer.echo(file)
    if pin is not None:
        say(f"its document is pinned: {pin.repo} at {pin.commit[:10]}, {', '.join(pin.patterns)}.")
    _tell_missing(faults, file)


def pin(
    leaf: Annotated[
        str,
        typer.Argument(help="The leaf node, for example knowledge/birds/robins.", autocompletion=completion.leaf_nodes),
    ],
    commit: Annotated[bool, typer.Option("--commit", help="Commit the document's edits first.")] = False,
    message: Annotated[str, typer.Option("--message", "-m", help="With --commit: the commit's message.")] = "Edit the document",
    taxonomy: Taxonomy = None,
    profile: Profile = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Pin the newest commit of a leaf node's document, which lies in a repository beside the taxonomy."""
    with one_line(debug):
        from schemas.errors import UsageError
        from tasks.dataset_files.jsonl import write_text_atomically
        from tasks.taxonomy_diff.git_repository import open_repository
        from tasks.taxonomy_diff.pinning import commit_edits, committed_head, read_repo, repin_text

        top, _ = _taxonomy(profile, config, taxonomy)
        file = top / leaf.removesuffix("/qna.yaml").strip("/") / "qna.yaml"
        if top.resolve() not in file.resolve().parents or not file.is_file():
            raise UsageError(f"there is no {file}. Name the leaf node's directory, for example knowledge/birds/robins.")
        text = file.read_text(encoding="utf-8")
        repo = read_repo(text)
        if not repo.startswith("../") or "/" in repo[3:].rstrip("/"):
            raise UsageError(f"{repo or 'its document'} is not beside the taxonomy: write the commit's id into {file} yourself.")
        repository = open_repository(top.parent / repo[3:])
        if repository is None:
            raise UsageError(f"there is no Git repository at {top.parent / repo[3:]}.")
        if commit:
            commit_edits(repository, message)
        head = committed_head(repository)
        changed = repin_text(text, head)
        if changed != text:
            write_text_atomically(file, changed)
    if as_json:
        typer.echo(json.dumps({"file": str(file), "repo": repo, "commit": head, "changed": changed != text}, indent=2))
    elif changed == text:
        say(f"{file} pins {head[:10]} already.")
    else:
        typer.echo(file)
        say(f"{repo} is pinned at {head[:10]}. Commit the taxonomy, then: labflow retrain")


def _taxonomy(profile: str | None, config: Path | None, taxonomy: Path | None) -> tuple[Path, "dict[str, Severity]"]:
    """The taxonomy's top directory and the rules that its leaf nodes are checked by."""
    from tasks.taxonomy_diff.taxonomy_tree import open_taxonomy

    settings = read_settings(profile, config, None, None).taxonomy
    path = str(taxonomy) if taxonomy else settings.path or "."
    return open_taxonomy(path).top, dict(settings.rules)


def _user(created_by: str | None) -> str:
    import subprocess

    if created_by is not None:
        return created_by
    try:
        found = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return ""
    return found.stdout.strip()


def _tell_missing(faults: "tuple[Fault, ...]", file: Path) -> None:
    errors = {(fault.line, fault.message) for fault in faults if fault.severity == "error"}
    lines = sorted((line, message) for line, message in errors if " equal to " not in message)  # all that is empty is alike
    if not lines:
        return
    say(f"still missing, {len(lines)} in all:")
    for line, message in lines[:12]:
        typer.echo(f"  {file.name}:{line}  {message}", err=True)
    if len(lines) > 12:
        typer.echo(f"  ... labflow taxonomy check {file} names all", err=True)
