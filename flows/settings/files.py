"""From a profile, a file, the environment and ``--set`` to one ``Settings`` model, with errors that name the nearest known key.

Order, later wins: profile (``deployments/profiles/NAME.yaml``), ``--config FILE``, ``LABFLOW__SECTION__KEY=value`` in the
environment, ``--set section.key=value``. A file may name its profile in ``profile:``.
"""

import difflib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from flows.settings.text import section_of
from schemas.errors import UsageError
from schemas.settings import Settings

DEFAULT_PROFILE = "offline"
ENVIRONMENT_PREFIX = "LABFLOW__"


def profile_names() -> list[str]:
    """The profiles that labflow comes with."""
    return sorted(
        p.name.removesuffix(".yaml") for p in resources.files("deployments.profiles").iterdir() if p.name.endswith(".yaml")
    )


def load_settings(
    profile: str | None, config: Path | None, overrides: Iterable[str], environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings of a run.

    Args:
        profile: Name of a built-in profile; None: the file's, else ``offline``.
        config: A YAML file, or None.
        overrides: ``section.key=value`` each; the value is read as YAML.
        environment: Variables of which those with the prefix count; None: none.

    Raises:
        UsageError: unknown profile or key (the nearest is named), unreadable file, value of a wrong type or out of bounds.
    """
    chosen = read_file(config) if config is not None else {}
    named = chosen.pop("profile", None)
    values = merge(_read_profile(profile or named or DEFAULT_PROFILE), chosen)
    for name, value in sorted((environment or {}).items()):
        if name.startswith(ENVIRONMENT_PREFIX):
            key = name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", ".")
            values = merge(values, _parse_override(key, value, name))
    return validate_settings(merge_overrides(values, overrides))


def read_file(config: Path) -> dict[str, Any]:
    """What a settings file holds, unchecked.

    Raises:
        UsageError: it cannot be read, or holds no settings.
    """
    try:
        text = config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read the settings file {config}: {reason}.") from error
    return _without_empty_sections(_parse(text, str(config)), Settings)


def validate_file(values: dict[str, Any], origin: str) -> None:
    """Does nothing when a file with these values would be read.

    Raises:
        UsageError: with one line for all that is wrong.
    """
    values = dict(values)
    profile = values.pop("profile", DEFAULT_PROFILE)
    try:
        validate_settings(merge(_read_profile(profile), values))
    except UsageError as error:
        raise UsageError(f"{origin}: {error}") from error


def merge_overrides(values: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """The values with each ``section.key=value`` laid over them.

    Raises:
        UsageError: an override is not written like that.
    """
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not all(key.split(".")):
            raise UsageError(f"--set {override!r}: write it as section.key=value, for example --set teacher.temperature=0.2.")
        values = merge(values, _parse_override(key, value, f"--set {key}"))
    return values


def find_section(settings: Settings, key: str | None) -> tuple[type[BaseModel] | None, Any]:
    """The model (None: a single value) and the plain value of a section or setting.

    Raises:
        UsageError: there is none of that name; the nearest is named.
    """
    model: Any = settings
    for part in key.split(".") if key else ():
        if not isinstance(model, BaseModel) or part not in type(model).model_fields:
            raise UsageError(_unknown(str(key)))
        model = getattr(model, part)
    if isinstance(model, BaseModel):
        return type(model), model.model_dump(mode="json")
    return None, list(model) if isinstance(model, tuple) else model


def file_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a settings file: the settings, and the profile below them."""
    schema = Settings.model_json_schema()
    named = {"enum": profile_names(), "default": DEFAULT_PROFILE, "description": "what is laid below this file"}
    schema["properties"] = {"profile": named, **schema["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def validate_settings(values: dict[str, Any]) -> Settings:
    """The settings model of plain values.

    Raises:
        UsageError: with one line for all that is wrong.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise UsageError("; ".join(_explain(dict(fault)) for fault in error.errors())) from error


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``, section by section."""
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if nested else value
    return merged


def _read_profile(profile: Any) -> dict[str, Any]:
    if profile not in profile_names():
        raise UsageError(f"no profile {profile!r}. There are: {', '.join(profile_names())}.")
    source = resources.files("deployments.profiles").joinpath(f"{profile}.yaml")
    return _parse(source.read_text(encoding="utf-8"), f"profile {profile}")


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


def _parse_override(key: str, value: str, origin: str) -> dict[str, Any]:
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(f"{origin}: the value {value!r} is not YAML.") from error
    for part in reversed(key.split(".")):
        parsed = {part: parsed}
    return parsed


def _explain(fault: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return _unknown(where)
    return f"setting {where} = {fault['input']!r}: {fault['msg'].lower()}"


def _without_empty_sections(values: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The values without sections of which every line is commented out: YAML reads their header as null."""
    kept = {}
    for name, value in values.items():
        section = section_of(model.model_fields[name]) if name in model.model_fields else None
        if section is None or value is not None:
            kept[name] = _without_empty_sections(value, section) if section and isinstance(value, dict) else value
    return kept


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, all_keys(Settings), n=1, cutoff=0.4)
    return f"unknown setting {key!r}" + (f": did you mean {near[0]!r}?" if near else ".")


def all_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """The names of all sections and settings of a model, each section before what is in it."""
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        if (section := section_of(field)) is not None:
            keys += all_keys(section, f"{prefix}{name}.")
    return keys
