"""``labflow runs``: what ran, how it ended, and its report.

Data goes to stdout, messages to stderr. Exit codes as in ``flows/commands/options.py``.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, WorkspaceOption, find_workspace, one_line, say

runs_app = typer.Typer(help="Runs: what was done, how it ended, and the report.", no_args_is_help=True)

LIST_EPILOG = """
[bold]Examples[/]

  labflow runs list

  labflow runs list --json
"""
SHOW_EPILOG = """
[bold]Examples[/]

  labflow runs show                     the latest, as the command printed it at its end

  labflow runs show 20260105T06 --json  its manifest: lineage, digests, settings, versions
"""
OPEN_EPILOG = """
[bold]Examples[/]

  labflow runs open                     the latest run's report, in a browser

  labflow runs open 20260105T06 --path  where it lies
"""
RunName = Annotated[
    str,
    typer.Argument(metavar="[RUN]", help="The beginning of its name.  [default: latest]", autocompletion=completion.runs),
]


@runs_app.command("list", epilog=LIST_EPILOG)
def list_runs(workspace: WorkspaceOption = None, config: Config = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """List the runs of the workspace, oldest first."""
    with one_line(debug):
        from flows.commands.data.output import describe_run, print_json
        from flows.commands.data.printing import open_console, print_runs
        from flows.commands.data.runs import read_runs

        root = find_workspace(workspace, config)
        runs = list(read_runs(root))
        if as_json:
            print_json([describe_run(run) for run in runs])
        elif runs:
            print_runs(open_console(), runs)
        else:
            say(f"there are no runs in {root}.")


@runs_app.command(epilog=SHOW_EPILOG)
def show(
    run: RunName = "latest",
    workspace: WorkspaceOption = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print what a run did and how it ended."""
    with one_line(debug):
        from rich.console import Console

        from flows.commands.data.runs import find_run
        from flows.terminal.summary_table import print_summary
        from schemas.student_contracts import RunSummary

        folder = Path(find_run(find_workspace(workspace, config), run).folder)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if as_json:
            typer.echo(json.dumps(manifest, indent=2, ensure_ascii=False))
            return
        fields = {name: value for name, value in manifest.items() if name in RunSummary.model_fields}
        print_summary(Console(), RunSummary.model_validate({**fields, "folder": str(folder)}))


@runs_app.command("open", epilog=OPEN_EPILOG)
def open_report(
    run: RunName = "latest",
    path: Annotated[bool, typer.Option("--path", help="Print where the report lies, and open nothing.")] = False,
    workspace: WorkspaceOption = None,
    config: Config = None,
    debug: Debug = False,
) -> None:
    """Open a run's report in a browser."""
    with one_line(debug):
        import webbrowser

        from flows.commands.data.runs import find_run
        from schemas.errors import UsageError

        report = Path(find_run(find_workspace(workspace, config), run).folder) / "report.html"
        if not report.is_file():
            raise UsageError(f"{report} is not there: the run was removed in part, or ended without a report.")
        if not path and not webbrowser.open(report.absolute().as_uri()):
            say("there is no browser here; the report is at")
        typer.echo(report)
