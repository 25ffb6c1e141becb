"""From a profile, a file and ``--set`` to one ``Settings`` model, with errors that name the nearest known key.

Order, later wins: profile (``deployments/profiles/NAME.yaml``), ``--config FILE``, ``--set section.key=value``.
"""

import difflib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from schemas.errors import UsageError
from schemas.settings import Settings


def profile_names() -> list[str]:
    """The profiles that labflow comes with."""
    return sorted(
        p.name.removesuffix(".yaml") for p in resources.files("deployments.profiles").iterdir() if p.name.endswith(".yaml")
    )


def load_settings(profile: str, config: Path | None, overrides: Iterable[str]) -> Settings:
    """The settings of a run.

    Args:
        profile: Name of a built-in profile.
        config: A YAML file, or None.
        overrides: ``section.key=value`` each; the value is read as YAML.

    Raises:
        UsageError: unknown profile or key (the nearest is named), unreadable file, value of a wrong type or out of bounds.
    """
    if profile not in profile_names():
        raise UsageError(f"no profile {profile!r}. There are: {', '.join(profile_names())}.")
    source = resources.files("deployments.profiles").joinpath(f"{profile}.yaml")
    values = _parse(source.read_text(encoding="utf-8"), f"profile {profile}")
    if config is not None:
        try:
            text = config.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UsageError(f"cannot read the settings file {config}: {reason}.") from error
        values = _merge(values, _parse(text, str(config)))
    for override in overrides:
        values = _merge(values, _parse_override(override))
    return validate_settings(values)


def validate_settings(values: dict[str, Any]) -> Settings:
    """The settings model of plain values.

    Raises:
        UsageError: with one line for all that is wrong.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise UsageError("; ".join(_explain(dict(fault)) for fault in error.errors())) from error


def _parse(text: str, origin: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{origin} is not YAML: {' '.join(str(error).split())}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise UsageError(f"{origin} must hold settings as 'section:' blocks, not a {type(values).__name__}.")
    return values


def _parse_override(override: str) -> dict[str, Any]:
    key, equals, value = override.partition("=")
    if not equals or not all(key.split(".")):
        raise UsageError(f"--set {override!r}: write it as section.key=value, for example --set teacher.temperature=0.2.")
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(f"--set {key}: the value {value!r} is not YAML.") from error
    for part in reversed(key.split(".")):
        parsed = {part: parsed}
    return parsed


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if nested else value
    return merged


def _explain(fault: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where, _all_keys(Settings), n=1, cutoff=0.4)
        return f"unknown setting {where!r}" + (f": did you mean {near[0]!r}?" if near else ".")
    return f"setting {where} = {fault['input']!r}: {fault['msg'].lower()}"


def _all_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += _all_keys(field.annotation, f"{prefix}{name}.")
    return keys
