"""``labflow release``: the releases of a workspace, and the way back. Thin: heavy things are imported inside a command.

Data goes to stdout, messages to stderr. Exit codes as in ``flows/commands/options.py``.
"""

from typing import Annotated

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, WorkspaceOption, find_workspace, one_line, say

release_app = typer.Typer(help="Look at releases, compare two, go back to one.", no_args_is_help=True)

Number = Annotated[
    str,
    typer.Argument(metavar="RELEASE", help="Its number, or 'current'.", autocompletion=completion.releases_or_current),
]

LIST_EPILOG = """
[bold]Examples[/]

  labflow release list

  labflow release list --refused                 also what the gate refused, and why
"""
SHOW_EPILOG = """
[bold]Examples[/]

  labflow release show current

  labflow release show 2 --json
"""
DIFF_EPILOG = """
[bold]Examples[/]

  labflow release diff 1 2                       leaf nodes, samples, scores and settings that differ

  labflow release diff 1 current --json
"""
ROLLBACK_EPILOG = """
[bold]Examples[/]

  labflow release rollback 1 --reason "release 2 invents prices"

The link 'current' in the workspace then points at release 1, and the next run starts from it. Nothing is deleted:
labflow release rollback 2 takes it back.
"""


@release_app.command("list", epilog=LIST_EPILOG)
def list_command(
    refused: Annotated[bool, typer.Option("--refused", help="Also what the gate refused.")] = False,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the releases of the workspace and the rollbacks, oldest first."""
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.printing import open_console
        from flows.commands.release.history import list_releases, read_history
        from flows.commands.release.printing import print_list, print_refusals
        from schemas.student_contracts import Rollback, Verdict

        root = find_workspace(workspace, config)
        ledger = read_history(root)
        releases = list(list_releases(root, ledger))
        rollbacks = [line for line in ledger if isinstance(line, Rollback)]
        refusals = [line for line in ledger if isinstance(line, Verdict) and not line.released] if refused else []
        if as_json:
            told = {"releases": [each.as_json() for each in releases], "rollbacks": [line.model_dump() for line in rollbacks]}
            print_json({**told, "refused": [line.model_dump(mode="json") for line in refusals]} if refused else told)
            return
        if releases:
            print_list(open_console(), releases, rollbacks)
        else:
            say(f"nothing was released in {root} yet.")
        print_refusals(open_console(), refusals)


@release_app.command(epilog=SHOW_EPILOG)
def show(
    release: Number = "current",
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show one release: where it came from, what it scored, why it passed the gate, who agreed."""
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.printing import open_console
        from flows.commands.release.history import find_release
        from flows.commands.release.printing import print_release

        found = find_release(find_workspace(workspace, config), release)
        if as_json:
            print_json(found.in_full())
        else:
            print_release(open_console(), found)


@release_app.command(epilog=DIFF_EPILOG)
def diff(
    before: Annotated[
        str,
        typer.Argument(metavar="A", help="A release's number, or 'current'.", autocompletion=completion.releases_or_current),
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="Another.", autocompletion=completion.releases_or_current)],
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare two releases: leaf nodes, samples, scores side by side, and settings that differ."""
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.printing import open_console
        from flows.commands.release.difference import compare_releases
        from flows.commands.release.history import find_release
        from flows.commands.release.printing import print_difference

        root = find_workspace(workspace, config)
        found = compare_releases(find_release(root, before), find_release(root, after))
        if as_json:
            print_json(found.as_json())
        else:
            print_difference(open_console(), found)


@release_app.command(epilog=ROLLBACK_EPILOG)
def rollback(
    number: Annotated[
        int,
        typer.Argument(metavar="RELEASE", min=1, help="Number of the release to go back to.", autocompletion=completion.releases),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; the ledger keeps it.")],
    by: Annotated[str | None, typer.Option("--by", help="Who.  [default: the user's name]")] = None,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make an earlier release current again. Nothing is deleted; a run that is under way is told when it promotes."""
    with one_line(debug):
        import getpass

        from flows.commands.data.output import print_json
        from flows.commands.data.printing import safe
        from tasks.promote.rollback import roll_back

        root = find_workspace(workspace, config)
        line = roll_back(root / "ledger.jsonl", number, by=by or getpass.getuser(), reason=reason)
        if as_json:
            print_json(line.model_dump())
        else:
            typer.echo(
                safe(f"release {line.rollback_to} is current again, instead of release {line.rollback_from}: {line.reason}")
            )
