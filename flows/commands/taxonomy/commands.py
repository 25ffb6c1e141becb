"""``labflow taxonomy``: what changed and what is wrong, for people, for programs and for GitHub."""

import json
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.options import AsJson, Config, Debug, Overrides, Profile, one_line, read_settings, say
from flows.commands.taxonomy.importing import IMPORT_EPILOG, import_taxonomy
from flows.commands.taxonomy.writing import NEW_EPILOG, PIN_EPILOG, new, pin

if TYPE_CHECKING:
    from schemas.contracts import Fault, Release
    from schemas.settings import Settings
    from tasks.taxonomy_diff.diff import TaxonomyDiff

taxonomy_app = typer.Typer(help="Look at a taxonomy, and write leaf nodes.", no_args_is_help=True)
taxonomy_app.command(epilog=NEW_EPILOG)(new)
taxonomy_app.command(epilog=PIN_EPILOG)(pin)
taxonomy_app.command("import", epilog=IMPORT_EPILOG)(import_taxonomy)


class Form(StrEnum):
    """How faults are printed."""

    human = "human"
    json = "json"
    github = "github"


Taxonomy = Annotated[Path | None, typer.Option("--taxonomy", help="Its Git repository.  [default: the settings' or .]")]
Output = Annotated[Form, typer.Option("--format", help="For people, for programs, or as annotations on GitHub.")]
Workspace = Annotated[Path | None, typer.Option(help="Where the ledger of releases lies.")]

DIFF_EPILOG = """
[bold]Examples[/]

  labflow taxonomy diff                               since the latest release, else everything

  labflow taxonomy diff --base main --head my-branch  what a branch would bring

  labflow taxonomy diff --worktree                    with uncommitted and untracked work

  labflow taxonomy diff --estimate                    what a run would cost

[bold]Exit codes[/]  0 valid, 1 faults or failure, 2 bad usage
"""
CHECK_EPILOG = """
[bold]Examples[/]

  labflow taxonomy check                              the whole tree, as it lies on disk

  labflow taxonomy check knowledge/birds/qna.yaml     one file

  labflow taxonomy check --format github              in a GitHub workflow

[bold]Exit codes[/]  0 valid, 1 faults or failure, 2 bad usage
"""


@taxonomy_app.command(epilog=DIFF_EPILOG)
def diff(
    taxonomy: Taxonomy = None,
    base: Annotated[str | None, typer.Option(help="Commit, branch or tag.  [default: the latest release's commit]")] = None,
    empty_base: Annotated[bool, typer.Option("--empty-base", help="Compare with nothing: every leaf node is added.")] = False,
    head: Annotated[str | None, typer.Option(help="Commit, branch or tag.  [default: the settings', HEAD]")] = None,
    worktree: Annotated[bool, typer.Option("--worktree", help="The second state is the work tree.")] = False,
    estimate: Annotated[bool, typer.Option("--estimate", help="Also fetch documents and tell what a run would make.")] = False,
    output: Output = Form.human,
    as_json: AsJson = False,
    workspace: Workspace = None,
    profile: Profile = None,
    config: Config = None,
    overrides: Overrides = None,
    debug: Debug = False,
) -> None:
    """Tell which leaf nodes were added, modified, renamed or deleted, and what is wrong with them."""
    from tasks.taxonomy_diff.diff import diff_taxonomy

    with one_line(debug):
        _check_options(base, empty_base, head, worktree)
        settings = _at_taxonomy(read_settings(profile, config, overrides, workspace), taxonomy, head)
        release = _current_release(settings)
        start = None if empty_base else base or (release.taxonomy_commit if release else None)
        found = diff_taxonomy(settings.taxonomy, start, worktree)
        plan = _estimate(settings, release) if estimate and found.valid else None
    if as_json or output is Form.json:
        extra = {"estimate": plan} if plan else {}
        typer.echo(json.dumps({**found.as_json(), **extra}, ensure_ascii=False, indent=2))
    else:
        if output is Form.human:
            _print_changes(found)
        _print_faults(found.faults, output)
        for name, count in (plan or {}).items():
            typer.echo(f"{name.replace('_', ' '):<20}{count:>12,}")
    if estimate and plan is None:
        say("no estimate: a run would stop at these errors.")
    raise typer.Exit(0 if found.valid else 1)


@taxonomy_app.command(epilog=CHECK_EPILOG)
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or directories; none: the whole taxonomy.")] = None,
    taxonomy: Taxonomy = None,
    output: Output = Form.human,
    as_json: AsJson = False,
    profile: Profile = None,
    config: Config = None,
    overrides: Overrides = None,
    debug: Debug = False,
) -> None:
    """Check every leaf node, or the files given, and tell all faults of each at once."""
    from tasks.taxonomy_diff.diff import check_files, check_taxonomy
    from tasks.taxonomy_diff.rules import is_valid

    with one_line(debug):
        settings = _at_taxonomy(read_settings(profile, config, overrides, None), taxonomy)
        if paths:
            top = str(taxonomy) if taxonomy else None
            count, faults = check_files([str(path) for path in paths], settings.taxonomy.rules, top)
        else:
            count, faults = check_taxonomy(settings.taxonomy)
    _print_faults(faults, Form.json if as_json else output)
    if output is Form.human and not as_json:
        typer.echo(f"{count} leaf node{'s' * (count != 1)} checked", err=True)
    raise typer.Exit(0 if is_valid(faults) else 1)


def _check_options(base: str | None, empty_base: bool, head: str | None, worktree: bool) -> None:
    """Refuses what contradicts itself, and the empty names that a script's unset variable makes."""
    from schemas.errors import UsageError

    if base == "" or head == "":
        raise UsageError("--base and --head name a commit, a branch or a tag, and one is empty: name it, or leave it out.")
    if base and empty_base:
        raise UsageError("--base and --empty-base contradict each other: keep one.")
    if head and worktree:
        raise UsageError("--head and --worktree both name the second state: keep one.")


def _at_taxonomy(settings: "Settings", taxonomy: Path | None, head: str | None = None) -> "Settings":
    changes: dict[str, Any] = {"path": str(taxonomy) if taxonomy else settings.taxonomy.path or "."}
    if head:
        changes["head"] = head
    return settings.model_copy(update={"taxonomy": settings.taxonomy.model_copy(update=changes)})


def _current_release(settings: "Settings") -> "Release | None":
    from flows.workspace import workspace_root
    from tasks.promote.ledger import current_release, read_ledger

    return current_release(read_ledger(workspace_root(settings) / "ledger.jsonl"))


def _estimate(settings: "Settings", release: "Release | None") -> dict[str, int]:
    from dataclasses import asdict

    from flows.workspace import workspace_root
    from schemas.contracts import StageFolders, TaxonomyRequest, ignore_progress
    from tasks.taxonomy_diff.change import find_change
    from tasks.taxonomy_diff.estimate import estimate_run

    with tempfile.TemporaryDirectory() as folder:
        request = TaxonomyRequest(taxonomy=settings.taxonomy, release=release, settings_digest="")
        # documents are kept where a run looks for them: they are fetched once
        folders = StageFolders(folder=folder, cache=f"{workspace_root(settings)}/cache")
        change = find_change(request, folders, ignore_progress)
        return asdict(estimate_run(change, settings.teacher, settings.critic, release))


def _print_changes(found: "TaxonomyDiff") -> None:
    changes = found.changes
    head = "the work tree" if found.worktree else (found.head or "nothing")[:10]
    typer.echo(f"{(found.base or 'nothing')[:10]} -> {head}")
    for path in changes.added:
        typer.secho(f"  added     {path}", fg="green")
    for path in changes.modified:
        typer.secho(f"  modified  {path}", fg="yellow")
    for rename in changes.renamed:
        typer.secho(f"  renamed   {rename.from_path} -> {rename.to_path}", fg="cyan")
    for path in changes.deleted:
        typer.secho(f"  deleted   {path}", fg="red")
    if not (changes.added or changes.modified or changes.renamed or changes.deleted):
        typer.echo("  no leaf node changed" + ("" if found.worktree else "; --worktree looks at uncommitted work too"))


def _print_faults(faults: "tuple[Fault, ...]", output: Form) -> None:
    from tasks.taxonomy_diff.fault_output import describe_faults, faults_as_json, github_annotations

    if output is Form.json:
        typer.echo(faults_as_json(faults))
    elif output is Form.github:
        if faults:
            typer.echo(github_annotations(faults))
    elif faults:
        typer.echo(describe_faults(faults))
    else:
        typer.echo("no faults")
