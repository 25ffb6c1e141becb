"""labflow config: the file that is written is the settings model, every line of it can be used, and mistakes are named."""

import json
import os
import re
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.settings.files import load_settings, profile_names
from schemas.settings import Settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without a settings file, on a machine without GPUs."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("LABFLOW_CONFIG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def config(*arguments: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(app, ["config", *arguments], input=answers)


def settings_file(home: Path) -> Path:
    return home / "config" / "labflow" / "config.yaml"


def add_program(home: Path, name: str, python: str) -> None:
    (home / "bin").mkdir(exist_ok=True)
    program = home / "bin" / name
    program.write_text(f"#!{sys.executable}\n{python}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("profile", profile_names())
def test_what_init_writes_is_the_profile(home: Path, profile: str) -> None:
    result = config("init", "--non-interactive", "--profile", profile)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == str(settings_file(home))
    assert load_settings(None, settings_file(home), []) == load_settings(profile, None, [])


def test_every_commented_setting_can_be_switched_on(home: Path) -> None:
    config("init", "--non-interactive")
    lines = settings_file(home).read_text().splitlines()
    commented = [number for number, line in enumerate(lines) if re.match(r" *#\w", line)]
    for number in commented:
        (home / "one.yaml").write_text("\n".join([*lines[:number], lines[number].replace("#", "", 1), *lines[number + 1 :]]))
        assert load_settings(None, home / "one.yaml", []) == load_settings("offline", None, []), lines[number]
    assert len(commented) > 100


def test_init_asks_little_and_takes_the_answers(home: Path) -> None:
    result = config("init", answers="gpu\n~/my-taxonomy\nhttp://10.0.0.5:8000/v1\n/models/base\n")
    assert result.exit_code == 0, result.stderr
    settings = load_settings(None, settings_file(home), [])
    assert settings.taxonomy.path == str(Path("~/my-taxonomy").expanduser())
    assert settings.critic.model.endpoints == settings.teacher.model.endpoints == ("http://10.0.0.5:8000/v1",)
    assert (settings.train.base, settings.train.method) == ("/models/base", "lora")


def test_a_gpu_decides_the_profile(home: Path) -> None:
    add_program(home, "nvidia-smi", "print('NVIDIA H100, 81559 MiB')")
    result = config("init", "--non-interactive")
    assert "found NVIDIA H100, 81559 MiB" in result.stderr
    assert yaml.safe_load(settings_file(home).read_text())["profile"] == "gpu"


def test_a_driver_that_fails_is_no_gpu(home: Path) -> None:
    add_program(home, "nvidia-smi", "import sys; print('No devices were found'); sys.exit(6)")
    config("init", "--non-interactive")
    assert yaml.safe_load(settings_file(home).read_text())["profile"] == "offline"


def test_a_file_that_is_there_is_not_replaced_unasked(home: Path) -> None:
    config("init", "--non-interactive")
    settings_file(home).write_text("train: {seed: 11}\n")
    result = config("init", "--non-interactive")
    assert (result.exit_code, settings_file(home).read_text()) == (2, "train: {seed: 11}\n")
    assert "--force" in result.stderr
    assert config("init", "--non-interactive", "--force").exit_code == 0


def test_a_wrong_answer_writes_nothing(home: Path) -> None:
    result = config("init", "--non-interactive", "--set", "teacher.temprature=1")
    assert result.exit_code == 2
    assert "did you mean 'teacher.temperature'" in result.stderr
    assert not settings_file(home).exists()


def test_every_command_reads_the_users_file(home: Path) -> None:
    config("init", "--non-interactive", "--set", "train.seed=11")
    assert json.loads(config("show", "-k", "train.seed").stdout) == 11
    assert json.loads(config("show", "-k", "train.seed", "--set", "train.seed=12").stdout) == 12


def test_the_environment_is_laid_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config("init", "--non-interactive", "--set", "train.seed=11")
    monkeypatch.setenv("LABFLOW__TRAIN__SEED", "12")
    assert json.loads(config("show", "-k", "train.seed").stdout) == 12
    monkeypatch.setenv("LABFLOW__TRAIN__SEDE", "12")
    result = config("show")
    assert result.exit_code == 2
    assert "did you mean 'train.seed'" in result.stderr


def test_a_file_that_is_named_and_absent_is_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABFLOW_CONFIG", str(home / "none.yaml"))
    result = config("show")
    assert result.exit_code == 2
    assert "none.yaml: No such file" in result.stderr


def test_show_prints_what_can_be_read_back(home: Path) -> None:
    settings = load_settings("gpu", None, ["train.base=/models/x"])
    for options in ([], ["--without-comments"], ["-wc"]):
        text = config("show", "--profile", "gpu", "--set", "train.base=/models/x", *options).stdout
        assert Settings.model_validate(yaml.safe_load(text)) == settings
        assert ("#" in text) == (not options)
    section = config("show", "--profile", "gpu", "-k", "teacher.model").stdout
    assert yaml.safe_load(section)["endpoints"] == ["http://127.0.0.1:8000/v1"]
    assert json.loads(config("show", "--json").stdout) == load_settings("offline", None, []).model_dump(mode="json")


def test_an_unknown_section_names_the_nearest() -> None:
    result = config("show", "-k", "teachr.model")
    assert result.exit_code == 2
    assert "did you mean 'teacher" in result.stderr


def test_edit_opens_the_file_and_checks_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_program(home, "editor", "import sys; open(sys.argv[-1], 'a').write(sys.argv[1] + chr(10))")
    monkeypatch.setenv("EDITOR", f"{home}/bin/editor '# nothing'")
    monkeypatch.delenv("VISUAL", raising=False)
    assert config("edit").exit_code == 0
    monkeypatch.setenv("EDITOR", f"{home}/bin/editor 'nonsense: 1'")
    result = config("edit")
    assert result.exit_code == 2
    assert "unknown setting 'nonsense'" in result.stderr
    monkeypatch.setenv("EDITOR", str(home / "no-such-editor"))
    assert "cannot start the editor" in config("edit").stderr


def test_the_schema_accepts_what_init_writes_and_refuses_what_a_run_refuses(home: Path) -> None:
    schema = json.loads(config("schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    config("init", "--non-interactive", "--profile", "gpu")
    chosen = {name: value for name, value in yaml.safe_load(settings_file(home).read_text()).items() if name == "profile"}
    assert chosen
    assert not [fault.message for fault in validator.iter_errors(chosen)]
    assert list(validator.iter_errors({"teacher": {"temperature": 9}}))
    assert list(validator.iter_errors({"teachr": {}}))


def test_help_of_each_command_has_examples() -> None:
    for name in ("init", "show", "edit", "schema"):
        result = config(name, "--help")
        assert "Examples" in result.stdout
        assert f"labflow config {name}" in result.stdout


def test_no_secret_is_asked_for_or_kept(home: Path) -> None:
    config("init", "--non-interactive", "--profile", "gpu")
    text = settings_file(home).read_text()
    assert "api_key_env" in text
    assert not re.search(r"api_key:|token:|password", text)
    assert os.environ.get("HOME", "-") not in text or str(home).startswith(os.environ["HOME"])
