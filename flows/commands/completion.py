"""What the shell may offer after Tab: runs, releases, models, profiles, settings and leaf nodes, as they are on this machine.

typer asks these functions when ``labflow --install-completion`` has taught a shell to call back::

    labflow runs show 2026<Tab>     20260105T060000Z-3f2a91c0
    labflow chat --compare <Tab>    release-2  release-1  base
    labflow retrain --set teacher.te<Tab>    teacher.temperature=

Nothing is printed and nothing raised: whoever presses Tab in a broken workspace is offered nothing. What is offered is read from
names of files and from the ledger, so that a large workspace answers as quickly as a small one.

Not covered: values of settings.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

ROOTS = ("knowledge", "compositional_skills", "foundational_skills")
MOST = 5000
"""Leaf nodes that are offered."""


def _offered(find: Callable[[dict[str, Any]], Iterable[str]]) -> Callable[[typer.Context, str], list[str]]:
    """Offers those of the names that begin as what was typed, and none where they cannot be found.

    Args:
        find: From the command's options, as far as they were typed, to names.
    """

    def offer(ctx: typer.Context, incomplete: str) -> list[str]:
        names: list[str] = []
        with suppress(Exception):  # a traceback would stand in the middle of the line that is typed
            names.extend(name for name in find(ctx.params) if name.startswith(incomplete))
        return names

    offer.__name__, offer.__doc__ = find.__name__, find.__doc__
    return offer


@_offered
def profiles(_: dict[str, Any]) -> Iterable[str]:
    """The profiles that labflow comes with."""
    from importlib import resources

    return sorted(path.name.removesuffix(".yaml") for path in resources.files("deployments.profiles").iterdir()
                  if path.name.endswith(".yaml"))  # fmt: skip


@_offered
def overrides(_: dict[str, Any]) -> Iterable[str]:
    """Single settings, up to their value."""
    from flows.settings.files import all_keys
    from schemas.settings import Settings

    keys = all_keys(Settings)
    return [f"{key}=" for key in keys if not any(other.startswith(f"{key}.") for other in keys)]


@_offered
def sections(_: dict[str, Any]) -> Iterable[str]:
    """Sections and single settings."""
    from flows.settings.files import all_keys
    from schemas.settings import Settings

    return all_keys(Settings)


@_offered
def runs(options: dict[str, Any]) -> Iterable[str]:
    """Runs, latest first."""
    folders = sorted((_workspace(options) / "runs").iterdir(), reverse=True)
    return ["latest", *(folder.name for folder in folders if folder.suffix != ".part")]


@_offered
def releases(options: dict[str, Any]) -> Iterable[str]:
    """Numbers of releases, latest first."""
    return _numbers(options)


@_offered
def releases_or_current(options: dict[str, Any]) -> Iterable[str]:
    """The same, and the word for the one in use."""
    return ["current", *_numbers(options)]


@_offered
def models(options: dict[str, Any]) -> Iterator[str]:
    """Models of the workspace: releases, latest first, and what was downloaded."""
    yield from ("current", "base")
    yield from (f"release-{number}" for number in _numbers(options))
    yield from sorted(path.name for path in (_workspace(options) / "models").glob("[!.]*"))


@_offered
def leaf_nodes(options: dict[str, Any]) -> Iterator[str]:
    """Leaf nodes of the taxonomy, as it lies on disk."""
    from flows.commands.options import read_settings

    settings = read_settings(options.get("profile"), _path(options.get("config")), options.get("overrides"), None)
    named = options.get("taxonomy") or settings.taxonomy.path or (_workspace(options) / "sample" / "taxonomy")
    top = Path(named).expanduser()
    for root in ROOTS:
        for found, file in enumerate((top / root).rglob("qna.yaml")):
            if found == MOST:
                return
            yield file.parent.relative_to(top).as_posix()


def _numbers(options: dict[str, Any]) -> list[str]:
    """Read as plain JSON: the ledger's models take longer to import than a person waits for Tab."""
    lines = (_workspace(options) / "ledger.jsonl").read_bytes().splitlines()
    releases = (line.get("release") for line in map(json.loads, lines))
    return [str(release["number"]) for release in reversed(list(releases)) if release]


def _workspace(options: dict[str, Any]) -> Path:
    from flows.commands.options import read_settings
    from flows.settings.places import workspace_root

    named = _path(options.get("workspace"))
    return named or workspace_root(read_settings(None, _path(options.get("config")), None, None))


def _path(value: Any) -> Path | None:
    return Path(value) if value is not None else None
