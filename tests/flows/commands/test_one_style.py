"""One style for all commands: examples in each help, JSON from each that prints data, a traceback from each that can fail."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from flows.cli import app

NO_DATA = {
    "chat": "a conversation",
    "config edit": "opens an editor",
    "config schema": "is JSON anyhow",
    "model download": "one path",
    "model remove": "removes",
    "model serve": "runs until it is stopped",
    "runs open": "one path",
}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Every command that does something, and its options."""
    below = getattr(command, "commands", {})
    if not below:
        yield " ".join(path), {option for parameter in command.params for option in parameter.opts}
    for name, sub in below.items():
        yield from commands(sub, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


def labflow(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_has_examples_of_that_command(command: str) -> None:
    result = labflow(*command.split(), "--help")
    assert result.exit_code == 0
    examples = result.stdout.partition("Examples")[2]
    assert f"labflow {command}" in examples, result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_can_tell_a_program(command: str) -> None:
    assert ("--json" in COMMANDS[command]) != (command in NO_DATA)
    assert "--debug" in COMMANDS[command] or command == "config schema"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    (tmp_path / "gitconfig").write_text("[user]\nname = ann\nemail = ann@example.org\n")
    return tmp_path


def test_what_writes_files_names_them_to_a_program(here: Path) -> None:
    sample = json.loads(labflow("sample", "my-sample", "--json").stdout)
    assert sample["taxonomy"] == "my-sample/taxonomy"
    assert Path(sample["tutorial"]).read_text().startswith("# ")
    made = json.loads(labflow("config", "init", "--non-interactive", "--profile", "offline", "--json").stdout)
    assert (Path(made["file"]).is_file(), made["profile"]) == (True, "offline")
    at = ("--taxonomy", "my-sample/taxonomy", "--json")
    new = json.loads(labflow("taxonomy", "new", "skill", "writing/haiku", *at).stdout)
    assert (Path(new["file"]).is_file(), new["document"]) == (True, None)
    assert {fault["severity"] for fault in new["missing"]} == {"error"}
    leaf = "knowledge/vehicles/delorean_dmc12"
    assert json.loads(labflow("taxonomy", "pin", leaf, *at).stdout)["changed"] is False
    subprocess.run(["git", "-C", "my-sample/delorean_manual", "commit", "--allow-empty", "-qm", "again"], check=True)
    assert json.loads(labflow("taxonomy", "pin", leaf, *at).stdout)["changed"] is True
