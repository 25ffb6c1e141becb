"""Settings: profile, file and --set, and one line for what is wrong."""

from pathlib import Path

import pytest
import yaml

from flows.settings.files import load_settings, profile_names
from schemas.errors import UsageError
from schemas.settings import Settings


@pytest.mark.parametrize("profile", profile_names())
def test_every_profile_is_valid(profile: str) -> None:
    assert isinstance(load_settings(profile, None, []), Settings)


def test_later_sources_win(tmp_path: Path) -> None:
    config = tmp_path / "labflow.yaml"
    config.write_text("teacher: {temperature: 0.1, max_tokens: 99}\n")
    settings = load_settings("gpu", config, ["teacher.temperature=0.2"])
    assert (settings.teacher.kind, settings.teacher.temperature, settings.teacher.max_tokens) == ("model", 0.2, 99)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("teacher.temprature=0.2", "did you mean 'teacher.temperature'"),
        ("teachr.temperature=0.2", "did you mean 'teacher"),
        ("teacher.temperature=9", "teacher.temperature = 9: input should be less than or equal to 2"),
        ("teacher.temperature=warm", "valid number"),
        ("teacher.temperature", "write it as section.key=value"),
        ("=1", "write it as section.key=value"),
        ("teacher=3", "teacher = 3"),
        ("train.epochs=[", "is not YAML"),
    ],
)
def test_a_wrong_setting_is_one_line_that_helps(override: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings("offline", None, [override])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [", "just words", "\x00"])
def test_a_file_that_holds_no_settings_is_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "labflow.yaml"
    config.write_text(text)
    with pytest.raises(UsageError, match=r"labflow\.yaml"):
        load_settings("offline", config, [])


def test_a_missing_file_and_an_unknown_profile_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_settings("offline", tmp_path / "none.yaml", [])
    with pytest.raises(UsageError, match="There are: .*offline"):
        load_settings("ofline", None, [])


def test_settings_survive_the_round_through_yaml() -> None:
    settings = load_settings("gpu", None, ["train.seed=11"])
    assert Settings.model_validate(yaml.safe_load(yaml.safe_dump(settings.model_dump(mode="json")))) == settings


def test_every_setting_says_what_it_is() -> None:
    schema = Settings.model_json_schema()
    nameless = [
        f"{name}.{key}"
        for name, part in schema["$defs"].items()
        for key, field in part["properties"].items()
        if "description" not in field and "$ref" not in field
    ]
    assert nameless == []
