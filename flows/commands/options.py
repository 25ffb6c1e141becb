"""What all commands share: options, reading settings, and how a failure ends.

Exit codes: 0 fine, 1 failure with one clear line, 2 bad usage, 3 refused by the gate.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from flows.commands import completion
from flows.settings.places import user_config

if TYPE_CHECKING:
    from schemas.settings import Settings

REFUSED = 3

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Settings profile: offline, gpu, cluster.  [default: the file's, else offline]",
        autocompletion=completion.profiles,
    ),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file (YAML), laid over the profile.  [default: the user's, if any]")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="One setting, for example --set teacher.temperature=0.2; may be repeated.",
        autocompletion=completion.overrides,
    ),
]
WorkspaceOption = Annotated[Path | None, typer.Option("--workspace", help="Directory of runs, ledger and caches.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


def read_settings(profile: str | None, config: Path | None, overrides: list[str] | None, workspace: Path | None) -> "Settings":
    """Profile, file (the user's where none is named), environment, ``--set`` and ``--workspace``, in this order.

    Raises:
        UsageError: one line for all that is wrong.
    """
    from flows.settings.files import load_settings

    if config is None and (user_config().exists() or "LABFLOW_CONFIG" in os.environ):
        config = user_config()
    settings = load_settings(profile, config, overrides or [], os.environ)
    return settings.model_copy(update={"workspace": str(workspace)}) if workspace is not None else settings


def quiet_prefect(debug: bool) -> None:
    """Prefect reads these when it is first imported; what the user has set stays."""
    quiet = {
        "PREFECT_LOGGING_LEVEL": "DEBUG" if debug else "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
    if not debug:  # it warns of events that it still has to send when the command ends
        logging.getLogger("EventsWorker").setLevel(logging.ERROR)


def say(message: str) -> None:
    """One line on stderr."""
    print(f"labflow: {message}", file=sys.stderr)


@contextmanager
def one_line(debug: bool, interrupted: str = "interrupted.") -> Iterator[None]:
    """Ends the command with one clear line for whatever goes wrong in the block, and with the traceback on request.

    Args:
        interrupted: What Ctrl-C is answered with (exit 130); empty: nothing.
    """
    try:
        yield
    except typer.Exit:
        raise
    except (KeyboardInterrupt, typer.Abort):
        if interrupted:
            say(interrupted)
        raise typer.Exit(130) from None
    except Exception as error:
        fail(error, debug)


def find_workspace(workspace: Path | None, config: Path | None) -> Path:
    """The directory of the workspace that the options, the file or the environment name.

    Raises:
        UsageError: there is none.
    """
    from flows.workspace import existing_workspace

    return existing_workspace(read_settings(None, config, None, workspace))


def fail(error: Exception, debug: bool) -> NoReturn:
    """Ends the command with one clear line, or with the traceback where that was asked for."""
    from schemas.errors import LabflowError

    if debug:
        raise error
    if isinstance(error, LabflowError):
        say(str(error))
        raise typer.Exit(error.exit_code) from None
    server = os.environ.get("PREFECT_API_URL")
    if server and _is_connection_error(error):
        say(f"cannot reach the Prefect server at {server}. Start it, or unset PREFECT_API_URL to use the embedded one.")
    else:
        reason = " ".join(str(error).split()) or "no message"
        say(f"{type(error).__name__}: {reason}. Run again with --debug for the traceback; finished stages are kept.")
    raise typer.Exit(1) from None


def _is_connection_error(error: BaseException | None) -> bool:
    """Whether the error, or what caused it, is a failure to reach a server: httpx's classes are told by their module."""
    while error is not None:
        if type(error).__module__.startswith(("httpx", "httpcore")) or "Failed to reach API" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
