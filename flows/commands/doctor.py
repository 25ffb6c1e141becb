"""``labflow doctor``: everything that a run leans on, looked at by hand, each with the way out."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from flows.commands.options import (
    AsJson,
    Config,
    Debug,
    Overrides,
    Profile,
    WorkspaceOption,
    one_line,
    quiet_prefect,
    read_settings,
)

if TYPE_CHECKING:
    from flows.readiness.preflight import Check

DOCTOR_EPILOG = """
[bold]Examples[/]

  labflow doctor                                    this machine and the settings' defaults

  labflow doctor --profile gpu --config mine.yaml   what a run of these settings would need

  labflow doctor --json                             for a monitor

[bold]Exit codes[/]  0 all well, perhaps with warnings, 1 something must be mended, 2 bad usage
"""
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    profile: Profile = None,
    config: Config = None,
    overrides: Overrides = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check taxonomy, workspace, storage, models, keys, work pools and whether the doors are closed, before a run does."""
    with one_line(debug):
        settings = read_settings(profile, config, overrides, workspace)
        quiet_prefect(debug)
        from flows.readiness.closed_doors import check_doors
        from flows.readiness.placement import check_service
        from flows.readiness.preflight import check_run
        from flows.readiness.taxonomy import check_taxonomy_content

        checks = [*check_doors(settings), *check_service(), *check_taxonomy_content(settings), *check_run(settings)]
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], indent=2, ensure_ascii=False))
    else:
        _print(checks)
    raise typer.Exit(1 if any(check.status == "fail" for check in checks) else 0)


def _print(checks: "list[Check]") -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        typer.echo(f"{typer.style(f'{check.status:<4}', fg=COLOURS[check.status])}  {check.name:<{width}}  {check.found}")
        if check.way_out:
            typer.echo(f"      {'':<{width}}  -> {check.way_out}")
