"""The ``labflow`` command. Thin: heavy things are imported inside a command, so that ``--help`` answers at once."""

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.approve import APPROVE_EPILOG, approve
from flows.commands.chat import CHAT_EPILOG, chat
from flows.commands.config import config_app
from flows.commands.data.commands import data_app
from flows.commands.deploy import DEPLOY_EPILOG, deploy
from flows.commands.doctor import DOCTOR_EPILOG, doctor
from flows.commands.model.commands import model_app
from flows.commands.options import (
    REFUSED,
    AsJson,
    Config,
    Debug,
    Overrides,
    Profile,
    WorkspaceOption,
    one_line,
    quiet_prefect,
    read_settings,
    say,
)
from flows.commands.release.commands import release_app
from flows.commands.runs import runs_app
from flows.commands.taxonomy.commands import taxonomy_app
from flows.commands.trace import TRACE_EPILOG, trace

app = typer.Typer(
    name="labflow",
    help="A change in a Git taxonomy becomes a better student model, with every answer traceable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(config_app, name="config")
app.add_typer(taxonomy_app, name="taxonomy")
app.add_typer(data_app, name="data")
app.add_typer(model_app, name="model")
app.add_typer(runs_app, name="runs")
app.add_typer(release_app, name="release")

RETRAIN_EPILOG = """
[bold]Examples[/]

  labflow retrain                                    the built-in sample, on this machine

  labflow retrain --set taxonomy.path=my-taxonomy    your own taxonomy

  labflow retrain --only knowledge/vehicles          take up changes in one subtree only

[bold]Exit codes[/]  0 released or nothing to do, 1 failure, 2 bad usage, 3 refused by the gate
"""


@app.command(epilog=RETRAIN_EPILOG)
def retrain(
    profile: Profile = None,
    config: Config = None,
    overrides: Overrides = None,
    workspace: WorkspaceOption = None,
    only: Annotated[str | None, typer.Option(help="Take up changes under this directory of the taxonomy only.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Turn the taxonomy's changes into a student, examine it, and release or refuse it.

    Without a Prefect server the embedded one is used; with PREFECT_API_URL the run is reported there.
    """
    from rich.console import Console

    console = Console(stderr=True)
    with one_line(debug, "interrupted. Run the same command again: it resumes from the last finished stage."):
        settings = read_settings(profile, config, overrides, workspace)
        if only is not None:
            settings = settings.model_copy(update={"taxonomy": settings.taxonomy.model_copy(update={"only": only})})
        quiet_prefect(debug)
        from flows.terminal.progress import run_watched
        from flows.terminal.summary_table import print_summary
        from tasks.taxonomy_diff.diff import has_uncommitted_work

        summary = run_watched(settings, console)
        forgotten = has_uncommitted_work(settings.taxonomy)
    print_summary(console, summary)
    if forgotten:
        say("the taxonomy has uncommitted work, which no run looks at: commit it and run again.")
    if as_json:
        typer.echo(summary.model_dump_json(indent=2))
    if summary.outcome in ("refused", "already_refused"):
        raise typer.Exit(REFUSED)


SAMPLE_EPILOG = """
[bold]Examples[/]

  labflow sample my-sample

  labflow retrain --set taxonomy.path=my-sample/taxonomy
"""


@app.command(epilog=SAMPLE_EPILOG)
def sample(
    directory: Annotated[Path, typer.Argument(help="A directory that does not exist or is empty.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write the sample taxonomy and its document as two Git repositories, to look at and to change."""
    from taxonomy_sample.materialise import materialise

    with one_line(debug):
        taxonomy = materialise(directory)
    tutorial = files("taxonomy_sample") / "TUTORIAL.md"
    if as_json:
        typer.echo(json.dumps({"taxonomy": str(taxonomy), "tutorial": str(tutorial)}, indent=2))
        return
    typer.echo(f"{taxonomy}\nlabflow retrain --set taxonomy.path={taxonomy}")
    say(f"what to do with it, step by step: {tutorial}")


# In the order of --help, after the two above.
app.command(epilog=CHAT_EPILOG)(chat)
app.command(epilog=TRACE_EPILOG)(trace)
app.command(epilog=DOCTOR_EPILOG)(doctor)
app.command(epilog=APPROVE_EPILOG)(approve)
app.command(epilog=DEPLOY_EPILOG)(deploy)


def main() -> None:
    """The console script. No colours where nobody wants them: rich sees to that itself, typer has to be told."""
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    app(color=False if plain else None)
