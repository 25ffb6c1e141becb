"""``labflow data quarantine``: what the safety scan set aside for a person, and what a person decides. Thin.

Data goes to stdout, messages to stderr. Exit codes as in ``flows/commands/options.py``.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, WorkspaceOption, find_workspace, one_line, read_settings, say

if TYPE_CHECKING:
    from flows.commands.data.quarantine_rows import Quarantined
    from flows.commands.data.quarantine_scans import Scans

quarantine_app = typer.Typer(help="Work through the rows that the safety scan set aside for a person.", no_args_is_help=True)

RunOption = Annotated[
    str,
    typer.Option(
        "--run",
        metavar="RUN",
        help="The beginning of a run's name, 'latest', or 'stopped': by its scan, so no run.",
        autocompletion=completion.runs,
    ),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="The beginning of a row's id; several may be named.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded, so no private values.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides; without it, the user who is logged in.")]
PolicyOption = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The policy of that run, where it was not the built-in one.")
]

LIST_EPILOG = """
[bold]Examples[/]

  labflow data quarantine list                        what the latest run set aside, and what was decided

  labflow data quarantine list --open --json          only what waits, for another program

  labflow data quarantine list --run stopped          of the scan that stopped a run: too much was blocked
"""
SHOW_EPILOG = """
[bold]Examples[/]

  labflow data quarantine show 1f0c                   one row: its findings, its text as it may be shown, all decisions
"""
RELEASE_EPILOG = """
[bold]Examples[/]

  labflow data quarantine release 1f0c --reason "a worked example, expired in 2019"

  labflow retrain                                     the row passes now, with the decision on its finding
"""
DENY_EPILOG = """
[bold]Examples[/]

  labflow data quarantine deny 1f0c 77ab --reason "a customer's key"

A row that was released can be denied: the latest decision counts.
"""


@quarantine_app.command("list", epilog=LIST_EPILOG)
def list_command(
    run: RunOption = "latest",
    only_open: Annotated[bool, typer.Option("--open", help="Only rows on which no decision counts.")] = False,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List a run's quarantined, denied and released rows. A decision under another policy is named, and does not count."""
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.quarantine_printing import as_values, print_quarantined

        found, rows, root = _rows(workspace, config, run)
        if found.message:
            say(found.message)
        if only_open:
            rows = [row for row in rows if row.state not in ("released", "denied")]
        if as_json:
            print_json({"run": found.name, "rows": [as_values(row) for row in rows]})
        elif rows:
            print_quarantined(rows, root)
        else:
            say(f"{_named(found)} has nothing in quarantine{' that waits' if only_open else ''}.")


@quarantine_app.command(epilog=SHOW_EPILOG)
def show(
    row_id: Annotated[str, typer.Argument(metavar="ID", help="The beginning of the row's id.")],
    run: RunOption = "latest",
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show one row as it may be shown: private values and credentials are masked, here as everywhere."""
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.quarantine_printing import as_values, print_one
        from flows.commands.data.quarantine_rows import find_row

        _, rows, _ = _rows(workspace, config, run)
        row = find_row(rows, row_id)
        if as_json:
            print_json(as_values(row))
        else:
            print_one(row)


@quarantine_app.command(epilog=RELEASE_EPILOG)
def release(
    ids: Ids,
    reason: Reason,
    run: RunOption = "latest",
    by: By = None,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Let rows pass in later runs, as they are: with everything in them that had quarantined them."""
    _decide("release", ids, reason, run, by, policy, workspace, config, as_json, debug)


@quarantine_app.command(epilog=DENY_EPILOG)
def deny(
    ids: Ids,
    reason: Reason,
    run: RunOption = "latest",
    by: By = None,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Have rows dropped by later runs, without being asked about them again."""
    _decide("deny", ids, reason, run, by, policy, workspace, config, as_json, debug)


def _decide(
    decision: str, ids: list[str], reason: str, run: str, by: str | None, policy: Path | None, workspace: Path | None,
    config: Path | None, as_json: bool, debug: bool,
) -> None:  # fmt: skip
    with one_line(debug):
        from flows.commands.data.output import print_json
        from flows.commands.data.quarantine_rows import decide, find_row

        named = policy or read_settings(None, config, None, workspace).scan.policy
        found, rows, root = _rows(workspace, config, run, named)
        chosen = [find_row(rows, wanted) for wanted in ids]  # all of them are there, or nothing is decided
        made = [decide(row, decision, reason, by, root, str(named) if named else None) for row in chosen]
        for each in made:
            what = "released" if decision == "release" else "denied"
            say(f"{what} {each.row} ({each.rule}, {each.leaf_node}): {len(each.contents)} row(s) of {_named(found)}.")
        if as_json:
            print_json([each.model_dump(mode="json") for each in made])


def _rows(
    workspace: Path | None, config: Path | None, run: str, policy: Path | str | None = None
) -> "tuple[Scans, list[Quarantined], Path]":
    from flows.commands.data.quarantine_rows import quarantined_rows
    from flows.commands.data.quarantine_scans import looked_into

    root = find_workspace(workspace, config)
    found = looked_into(root, run)
    policy = policy or read_settings(None, config, None, workspace).scan.policy
    return found, quarantined_rows(found, root, str(policy) if policy else None), root


def _named(found: "Scans") -> str:
    from flows.commands.data.quarantine_scans import STOPPED

    return "the stopped scan" if found.name == STOPPED else f"run {found.name}"
