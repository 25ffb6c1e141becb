"""The ``labflow`` command. Thin: heavy things are imported inside a command, so that ``--help`` answers at once.

Exit codes: 0 released or nothing to do, 1 failure with one clear line, 2 bad usage, 3 refused by the gate.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    name="labflow",
    help="A change in a Git taxonomy becomes a better student model, with every answer traceable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
taxonomy_app = typer.Typer(help="Look at a taxonomy: what changed, what is wrong.", no_args_is_help=True)
app.add_typer(taxonomy_app, name="taxonomy")

REFUSED = 3
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")]
Profile = Annotated[str, typer.Option("--profile", help="Settings profile: offline, gpu.")]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file (YAML), laid over the profile.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="One setting, for example --set teacher.temperature=0.2; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]

RETRAIN_EPILOG = """
[bold]Examples[/]

  labflow retrain                                    the built-in sample, on this machine

  labflow retrain --set taxonomy.path=~/my-taxonomy  your own taxonomy

  labflow retrain --only knowledge/vehicles          take up changes in one subtree only

[bold]Exit codes[/]  0 released or nothing to do, 1 failure, 2 bad usage, 3 refused by the gate
"""


@app.command(epilog=RETRAIN_EPILOG)
def retrain(
    profile: Profile = "offline",
    config: Config = None,
    overrides: Overrides = None,
    workspace: Annotated[Path | None, typer.Option(help="Directory of runs, ledger and caches.")] = None,
    only: Annotated[str | None, typer.Option(help="Take up changes under this directory of the taxonomy only.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Turn the taxonomy's changes into a student, examine it, and release or refuse it.

    Without a Prefect server the embedded one is used; with PREFECT_API_URL the run is reported there.
    """
    from rich.console import Console

    console = Console(stderr=True)
    try:
        settings = _settings(profile, config, overrides, workspace, only)
        _quiet_prefect(debug)
        from flows.retrain import retrain as run_retrain
        from flows.summary_table import print_summary
        from flows.terminal import stage_lines

        with stage_lines(console):
            summary = run_retrain(settings)
    except KeyboardInterrupt:
        _say("interrupted. Run the same command again: it resumes from the last finished stage.")
        raise typer.Exit(130) from None
    except Exception as error:  # whatever it is, a person gets one line, and the traceback on request
        _fail(error, debug)
    print_summary(console, summary)
    if as_json:
        typer.echo(summary.model_dump_json(indent=2))
    if summary.outcome in ("refused", "already_refused"):
        raise typer.Exit(REFUSED)


@app.command()
def sample(
    directory: Annotated[Path, typer.Argument(help="A directory that does not exist or is empty.")], debug: Debug = False
) -> None:
    """Write the sample taxonomy and its document as two Git repositories, to look at and to change.

    Then: labflow retrain --set taxonomy.path=DIRECTORY/taxonomy
    """
    from schemas.errors import LabflowError
    from taxonomy_sample.materialise import materialise

    try:
        taxonomy = materialise(directory)
    except LabflowError as error:
        _fail(error, debug)
    typer.echo(f"{taxonomy}\nlabflow retrain --set taxonomy.path={taxonomy}")


def _settings(profile: str, config: Path | None, overrides: list[str] | None, workspace: Path | None, only: str | None):  # type: ignore[no-untyped-def]
    from flows.settings_files import load_settings

    settings = load_settings(profile, config, overrides or [])
    if workspace is not None:
        settings = settings.model_copy(update={"workspace": str(workspace)})
    if only is not None:
        settings = settings.model_copy(update={"taxonomy": settings.taxonomy.model_copy(update={"only": only})})
    return settings


def _quiet_prefect(debug: bool) -> None:
    """Prefect reads these when it is first imported; what the user has set stays."""
    quiet = {
        "PREFECT_LOGGING_LEVEL": "DEBUG" if debug else "CRITICAL",
        "PREFECT_LOGGING_ROOT_LEVEL": "WARNING" if debug else "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }
    for name, value in quiet.items():
        os.environ.setdefault(name, value)


def _say(message: str) -> None:
    print(f"labflow: {message}", file=sys.stderr)


def _fail(error: Exception, debug: bool) -> NoReturn:
    from schemas.errors import LabflowError

    if debug:
        raise error
    if isinstance(error, LabflowError):
        _say(str(error))
        raise typer.Exit(error.exit_code) from None
    server = os.environ.get("PREFECT_API_URL")
    if server and _is_connection_error(error):
        _say(f"cannot reach the Prefect server at {server}. Start it, or unset PREFECT_API_URL to use the embedded one.")
    else:
        reason = " ".join(str(error).split()) or "no message"
        _say(f"{type(error).__name__}: {reason}. Run again with --debug for the traceback; finished stages are kept.")
    raise typer.Exit(1) from None


def _is_connection_error(error: BaseException | None) -> bool:
    """Whether the error, or what caused it, is a failure to reach a server: httpx's classes are told by their module."""
    while error is not None:
        if type(error).__module__.startswith(("httpx", "httpcore")) or "Failed to reach API" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def main() -> None:
    """The console script."""
    app()
