"""The form that the Prefect UI makes of a flow's parameters: it shows descriptions and choices, but no bounds. They become words.

    epochs: for each phase                          ->  epochs: for each phase (more than 0, at most 1000)
    exam_share: least share kept for the exam       ->  exam_share: least share kept for the exam (0.05 to 0.9)

Not covered: patterns and lengths of texts; a value that does not fit is named by the server when the run is asked for.
"""

from typing import Any

BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def with_bounds_in_words(schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema with the bounds of each number at the end of its description; what is valid stays the same."""
    shown = dict(schema)
    for key in ("definitions", "$defs"):
        if key in shown:
            shown[key] = {name: with_bounds_in_words(model) for name, model in shown[key].items()}
    if "properties" in shown:
        shown["properties"] = {name: _described(field) for name, field in shown["properties"].items()}
    return shown


def _described(field: dict[str, Any]) -> dict[str, Any]:
    words = bounds_in_words(next((each for each in (field, *field.get("anyOf", ())) if set(BOUNDS) & set(each)), {}))
    if not words:
        return field
    described = str(field.get("description", ""))
    return {**field, "description": f"{described} ({words})" if described else words}


def bounds_in_words(field: dict[str, Any]) -> str:
    """``0.05 to 0.9``, ``at least 1``, ``more than 0, at most 1000``; empty where there are none."""
    if "minimum" in field and "maximum" in field:
        return f"{field['minimum']} to {field['maximum']}"
    words = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than"}
    return ", ".join(f"{words[key]} {field[key]}" for key in BOUNDS if key in field)
