"""Settings as a commented YAML file: what ``labflow config init`` writes and ``labflow config show`` prints.

The text is made from the model, so that every setting stands there with its description and bounds, and none is forgotten. Two
lines of it::

    # sampling temperature; 0 to 2
    temperature: 0.7

Not covered: keeping the comments of a file that a person has edited (it is theirs: labflow never rewrites it).
"""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

WIDTH = 110


def write_settings(
    model: type[BaseModel], values: Mapping[str, Any], chosen: Mapping[str, Any] | None = None, comments: bool = True
) -> str:
    """All settings of a section as YAML.

    Args:
        model: The section's model.
        values: What each setting is, as plain values; a setting that is absent has its default.
        chosen: Where given, settings that are not in it are commented out: a file that says only what its owner chose.
        comments: Whether descriptions, bounds and choices stand above each setting.
    """
    return "\n".join(_write_section(model, values, chosen, comments, "")) + "\n"


def _write_section(
    model: type[BaseModel], values: Mapping[str, Any], chosen: Mapping[str, Any] | None, comments: bool, indent: str
) -> Iterator[str]:
    for name, field in model.model_fields.items():
        value = values[name] if name in values else _plain(field.get_default(call_default_factory=True))
        section = section_of(field)
        is_chosen = chosen is None or name in chosen
        if section is None:
            if comments:
                yield from _comment(_describe(field), indent)
            yield f"{indent}{'' if is_chosen else '#'}{name}: {_one_line(value)}"
            continue
        if comments:
            if not indent:
                yield ""
            yield from _comment(first_line(section), indent)
        yield f"{indent}{name}:"
        below = None if chosen is None else chosen.get(name) or {}
        yield from _write_section(section, value, below, comments, f"{indent}  ")


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a setting that is a section; None where it is a single value."""
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def first_line(model: type[BaseModel]) -> str:
    """What a section's docstring begins with."""
    return (model.__doc__ or model.__name__).strip().split("\n", 1)[0]


def _describe(field: FieldInfo) -> str:
    return "; ".join(part for part in (field.description or "", _bounds(field), _choices(field.annotation)) if part)


def _bounds(field: FieldInfo) -> str:
    """``0 to 2``, ``above 0, at most 3600``, ``at least 1``."""
    found: dict[str, Any] = {}
    for constraint in field.metadata:
        found |= {name: getattr(constraint, name) for name in ("ge", "gt", "le", "lt") if hasattr(constraint, name)}
    if "ge" in found and "le" in found:
        return f"{found['ge']} to {found['le']}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return ", ".join(f"{words[name]} {bound}" for name, bound in found.items())


def _choices(annotation: Any) -> str:
    """``one of offline, gpu``; empty where any value of the type will do."""
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(annotation))
    if get_origin(annotation) in (Union, tuple):
        return next((words for part in get_args(annotation) if (words := _choices(part))), "")
    return ""


def _comment(text: str, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ")


def _one_line(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return text.removesuffix("...\n").strip()


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else list(value) if isinstance(value, tuple) else value
