"""``labflow config``: the settings file: made, shown, edited, described.

One YAML file with the flow's own parameters, every one commented; it lies at ``$LABFLOW_CONFIG``, else
``$XDG_CONFIG_HOME/labflow/config.yaml``, and is read by every command that has no ``--config``.
"""

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands import completion
from flows.commands.options import AsJson, Config, Debug, Overrides, Profile, one_line, read_settings, say
from flows.settings.places import user_config

config_app = typer.Typer(help="The settings file: make it, show it, edit it.", no_args_is_help=True)

INIT_EPILOG = """
[bold]Examples[/]

  labflow config init                                  asks four things at most

  labflow config init --non-interactive                takes what it finds on this machine

  labflow config init --set taxonomy.path=my-taxonomy  with a setting of yours
"""
SHOW_EPILOG = """
[bold]Examples[/]

  labflow config show                         every setting that a run would have, with its description

  labflow config show -k teacher.model        one section

  labflow config show --without-comments      to compare two machines
"""
EDIT_EPILOG = """
[bold]Examples[/]

  labflow config edit                         with $VISUAL, $EDITOR or vi

  EDITOR='code --wait' labflow config edit
"""
SCHEMA_EPILOG = """
[bold]Examples[/]

  labflow config schema > labflow.schema.json

  Then, as the file's first line:  # yaml-language-server: $schema=./labflow.schema.json
"""


@config_app.command(epilog=INIT_EPILOG)
def init(
    non_interactive: Annotated[bool, typer.Option("--non-interactive", help="Ask nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="Where to.  [default: the user's settings file]")] = None,
    profile: Profile = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a commented settings file for this machine. GPUs are looked for, and decide the profile."""
    with one_line(debug, "nothing was written."):
        from flows.models.gpus import find_gpus
        from flows.settings.files import merge_overrides, validate_file
        from schemas.errors import UsageError
        from tasks.dataset_files.jsonl import write_text_atomically

        path = file or user_config()
        if path.exists() and not force:
            raise UsageError(f"{path} is there already: labflow config edit, or --force to replace it.")
        gpus = find_gpus()
        for gpu in gpus:
            say(f"found {gpu}")
        chosen: dict[str, Any] = {"profile": profile or ("gpu" if gpus else "offline")}
        if not non_interactive:
            chosen = _ask(chosen, "an NVIDIA GPU was found" if gpus else "no GPU was found")
        chosen = merge_overrides(chosen, overrides or [])
        validate_file(chosen, str(path))
        write_text_atomically(path, file_text(chosen))
    typer.echo(json.dumps({"file": str(path), "gpus": gpus, **chosen}, indent=2) if as_json else path)
    say("labflow config edit changes it, labflow retrain uses it.")


@config_app.command(epilog=SHOW_EPILOG)
def show(
    key: Annotated[
        str | None,
        typer.Option(
            "-k", "--key", help="One section or setting, for example teacher.model.", autocompletion=completion.sections
        ),
    ] = None,
    without_comments: Annotated[bool, typer.Option("--without-comments", "-wc", help="Values alone.")] = False,
    profile: Profile = None,
    config: Config = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print the settings that a run would have: profile, file, environment and --set together."""
    with one_line(debug):
        from flows.settings.files import find_section
        from flows.settings.text import write_settings

        settings = read_settings(profile, config, overrides, None)
        model, value = find_section(settings, key)
    if as_json:
        typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
    elif model is None:
        typer.echo(json.dumps(value, ensure_ascii=False))
    else:
        typer.echo(write_settings(model, value, comments=not without_comments).strip())


@config_app.command(epilog=EDIT_EPILOG)
def edit(
    file: Annotated[Path | None, typer.Option("--file", help="Which file.  [default: the user's settings file]")] = None,
    debug: Debug = False,
) -> None:
    """Open the settings file in an editor, and check it afterwards."""
    with one_line(debug):
        from flows.settings.files import load_settings
        from schemas.errors import UsageError
        from tasks.dataset_files.jsonl import write_text_atomically

        path = file or user_config()
        if not path.exists():
            write_text_atomically(path, file_text({"profile": "offline"}))
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        try:
            ended = subprocess.run([*command, str(path)], check=False)
        except OSError as error:
            raise UsageError(f"cannot start the editor {command[0]!r}: {error.strerror}. Set EDITOR.") from error
        if ended.returncode:
            raise UsageError(f"the editor {command[0]!r} ended with code {ended.returncode}; {path} is as it left it.")
        load_settings(None, path, [])
    say(f"{path} is valid.")


@config_app.command(epilog=SCHEMA_EPILOG)
def schema() -> None:
    """Print the JSON Schema of the settings file, for editors that complete and check while one types."""
    from flows.settings.files import file_schema

    typer.echo(json.dumps(file_schema(), indent=2))


def _ask(chosen: dict[str, Any], found: str) -> dict[str, Any]:
    """The few things that a machine cannot know; an empty answer keeps the default."""
    from flows.settings.files import profile_names

    say(f"{found}; Enter keeps what stands in brackets.")
    profile = typer.prompt(f"Profile ({', '.join(profile_names())})", default=chosen["profile"], err=True)
    answers: dict[str, Any] = {"profile": profile}
    if taxonomy := typer.prompt("Your taxonomy's directory (empty: the built-in sample)", default="", err=True):
        answers["taxonomy"] = {"path": str(Path(taxonomy).expanduser().absolute())}
    if profile != "offline":
        if endpoint := typer.prompt("Teacher's endpoint (empty: the profile's)", default="", err=True):
            model = {"endpoints": [endpoint]}
            answers |= {"teacher": {"model": model}, "critic": {"model": model}}
        if base := typer.prompt("Directory of the base model to tune (empty: ask again at the run)", default="", err=True):
            answers["train"] = {"base": str(Path(base).expanduser().absolute())}
    return answers


def file_text(chosen: dict[str, Any]) -> str:
    """The file: what was chosen, and every other setting as a comment with the value that it has."""
    from flows.settings.files import load_settings, merge, profile_names
    from flows.settings.text import write_settings
    from schemas.settings import Settings

    settings = {name: value for name, value in chosen.items() if name != "profile"}
    below = load_settings(chosen["profile"], None, []).model_dump(mode="json")
    values = merge(below, settings)
    head = (
        "# labflow's settings. What is commented out has the value shown; take away the '#' before its name to change it.\n"
        "# Later wins: profile, this file, LABFLOW__SECTION__KEY in the environment, --set section.key=value.\n\n"
        f"# what is laid below this file; one of {', '.join(profile_names())}\nprofile: {chosen['profile']}\n\n"
    )
    return head + write_settings(Settings, values, settings)
