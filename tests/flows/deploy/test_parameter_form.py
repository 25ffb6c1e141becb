"""The form of the parameters in the UI: every bound in words, and nothing else is valid than before."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flows.deploy.form import BOUNDS, bounds_in_words, with_bounds_in_words
from schemas.settings import Settings

SCHEMA = Settings.model_json_schema()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"minimum": 0.05, "maximum": 0.9}, "0.05 to 0.9"),
        ({"minimum": 1}, "at least 1"),
        ({"exclusiveMinimum": 0, "maximum": 1000}, "more than 0, at most 1000"),
        ({"minimum": 0, "exclusiveMaximum": 1}, "at least 0, less than 1"),
        ({"type": "string"}, ""),
    ],
)
def test_bounds_are_said_in_words(field: dict[str, Any], words: str) -> None:
    assert bounds_in_words(field) == words


def fields(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{model}.{name}": field
        for model, values in schema["$defs"].items()
        for name, field in values.get("properties", {}).items()
    }


def test_every_bound_of_the_settings_is_in_a_description() -> None:
    shown = fields(with_bounds_in_words(SCHEMA))
    bounded = {
        name: [value for part in (field, *field.get("anyOf", ())) for key, value in part.items() if key in BOUNDS]
        for name, field in fields(SCHEMA).items()
    }
    assert sum(map(bool, bounded.values())) > 50
    for name, values in bounded.items():
        assert all(str(value) in shown[name]["description"] for value in values), name


def without_descriptions(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: without_descriptions(inner) for key, inner in value.items() if key != "description" or isinstance(inner, dict)
        }
    return [without_descriptions(inner) for inner in value] if isinstance(value, list) else value


def test_what_is_valid_stays_the_same() -> None:
    shown = with_bounds_in_words(SCHEMA)
    assert without_descriptions(shown) == without_descriptions(SCHEMA)
    Draft202012Validator.check_schema(shown)
    assert with_bounds_in_words(SCHEMA) == shown
