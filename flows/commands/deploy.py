"""``labflow deploy``: the deployment files on a Prefect server. Thin: Prefect is imported inside the command."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import AsJson, Config, Debug, Overrides, WorkspaceOption, one_line, quiet_prefect, read_settings, say

if TYPE_CHECKING:
    from flows.deploy.plan import Change

DEPLOY_EPILOG = """
[bold]Examples[/]

  labflow deploy --dry-run                                 what would change on the server of PREFECT_API_URL

  labflow deploy --apply --set taxonomy.path=/srv/labflow/taxonomy.git

  labflow deploy --apply --pool-type kubernetes --notify slack-webhook/labflow

  labflow deploy --export my-deployments                   a copy to change; then: labflow deploy --from my-deployments --apply

[bold]Exit codes[/]  0 done, nothing to change, or a valid dry run, 1 failure, 2 bad usage
"""


MOST_DETAILS = 8
"""Lines below one thing."""


class PoolType(StrEnum):
    """What kind of workers serve the pools."""

    process = "process"
    docker = "docker"
    kubernetes = "kubernetes"


def deploy(
    apply: Annotated[
        bool | None,
        typer.Option("--apply/--dry-run", help="Write to the server, or only say what would change.", show_default=False),
    ] = None,
    pool_type: Annotated[PoolType, typer.Option("--pool-type", help="What kind of workers serve the pools.")] = PoolType.process,
    source: Annotated[
        Path | None, typer.Option("--from", help="A copy of the deployment files.  [default: those of labflow]")
    ] = None,
    export: Annotated[Path | None, typer.Option("--export", help="Write a copy of the deployment files there, and end.")] = None,
    notify: Annotated[
        str | None,
        typer.Option("--notify", metavar="TYPE/NAME", help="Notification block on the server for failures and verdicts."),
    ] = None,
    profile: Annotated[str, typer.Option("--profile", help="Settings profile of the runs: cluster, gpu, offline.")] = "cluster",
    config: Config = None,
    overrides: Overrides = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Register work pools, deployments, limits and automations with a Prefect server.

    Applying twice changes nothing. Nothing is ever deleted, and what operators switch (paused, disabled) stays as they left it.
    """
    quiet_prefect(debug)
    with one_line(debug):
        if export is not None:
            _export(export)
            return
        changes, idle = _run(apply, pool_type, source, notify, profile, config, overrides, workspace)
    if as_json:
        typer.echo(json.dumps({"applied": bool(apply), "changes": [change.as_json() for change in changes]}, indent=2))
    else:
        _print_changes(changes, bool(apply))
    for pool in idle:
        say(f"no worker polls {pool}: prefect worker start --pool {pool}")


def _run(
    apply: bool | None,
    pool_type: PoolType,
    source: Path | None,
    notify: str | None,
    profile: str,
    config: Path | None,
    overrides: list[str] | None,
    workspace: Path | None,
) -> "tuple[list[Change], list[str]]":
    """The changes, and the pools without a worker."""
    from flows.deploy.check import check_files
    from flows.deploy.files import read_files
    from schemas.errors import UsageError

    if apply is None:
        raise UsageError("say --dry-run to see what would change, or --apply to change it.")
    if notify is not None and len([part for part in notify.split("/") if part]) != 2:
        raise UsageError(f"--notify {notify}: write it as TYPE/NAME, for example slack-webhook/labflow.")
    settings = read_settings(profile, config, overrides, workspace)
    files = read_files(source, pool_type.value)
    faults = check_files(files, settings)
    if faults:
        raise UsageError(" ".join(faults))
    from flows.deploy.plan import apply_changes, plan_changes
    from flows.deploy.server import open_server, parameter_schema_of
    from flows.deploy.wanted import wanted_items

    with open_server() as server:
        items = wanted_items(files, settings, parameter_schema_of, notify)
        if notify is not None:
            server.require_block(notify)
        changes = plan_changes(items, server)
        if not apply:
            return changes, []
        apply_changes(changes, server)
        return changes, server.idle_pools([pool.name for pool in files.pools])


def _export(target: Path) -> None:
    import shutil
    from importlib import resources

    from schemas.errors import UsageError

    if target.exists():
        raise UsageError(f"{target} exists: name a directory that does not.")
    with resources.as_file(resources.files("deployments")) as folder:
        leave = shutil.ignore_patterns("__pycache__", "__init__.py", "*.env", "*.pem")  # the last two are secrets
        shutil.copytree(folder, target, ignore=leave)
    typer.echo(f"{target}\nlabflow deploy --from {target} --dry-run")


def _print_changes(changes: "list[Change]", applied: bool) -> None:
    words = {
        "created": "created" if applied else "create",
        "updated": "updated" if applied else "update",
        "unchanged": "unchanged",
    }
    colours = {"created": "green", "updated": "yellow", "unchanged": None}
    for change in changes:
        action = words.get(change.action, change.action)
        line = f"{change.item.kind:<11} {change.item.name:<44} {action:<9} {', '.join(change.fields)}"
        typer.secho(line.rstrip(), fg=colours[change.action])
        if change.item.about:
            typer.echo(f"              {change.item.about}")
        for detail in change.details[:MOST_DETAILS]:
            typer.echo(f"              {detail}")
        if len(change.details) > MOST_DETAILS:
            typer.echo(f"              and {len(change.details) - MOST_DETAILS} more: --json has all")
    made = sum(change.action == "created" for change in changes)
    mended = sum(change.action == "updated" for change in changes)
    if not made + mended:
        typer.echo("nothing to change")
    else:
        typer.echo(f"{made} {'created' if applied else 'to create'}, {mended} {'updated' if applied else 'to update'}")
