"""Dockerfiles and systemd units: no root, no secrets, hardened; and every Prefect setting that the deployments name exists."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = ROOT / "deployments"
DOCKERFILES = sorted((DEPLOYMENTS / "images").glob("*.Dockerfile"))
UNITS = sorted((DEPLOYMENTS / "systemd").iterdir())
SECRET_NAME = re.compile(r"PASSWORD|AUTH_STRING|API_KEY|TOKEN")


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_every_image_ends_without_root_and_holds_no_secret(path: Path) -> None:
    instructions = DockerfileParser(fileobj=path.open("rb")).structure
    stage: list[dict[str, Any]] = []
    for instruction in instructions:
        stage = [] if instruction["instruction"] == "FROM" else [*stage, instruction]
    users = [instruction["value"] for instruction in stage if instruction["instruction"] == "USER"]
    assert users[-1:] == ["10001:10001"]
    last_user = max(index for index, instruction in enumerate(stage) if instruction["instruction"] == "USER")
    assert not [instruction for instruction in stage[last_user:] if instruction["instruction"] in ("RUN", "COPY", "ADD")]
    kept = [instruction["value"] for instruction in instructions if instruction["instruction"] in ("ARG", "ENV")]
    assert not [value for value in kept if SECRET_NAME.search(value)]
    assert not [instruction for instruction in instructions if instruction["instruction"] == "ADD"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_every_image_copies_what_is_there_and_starts_from_a_pinned_one(path: Path) -> None:
    instructions = DockerfileParser(fileobj=path.open("rb")).structure
    arguments = dict(i["value"].split("=", 1) for i in instructions if i["instruction"] == "ARG" and "=" in i["value"])
    for instruction in instructions:
        if instruction["instruction"] == "COPY" and not instruction["value"].startswith("--from"):
            *sources, _ = instruction["value"].split()
            assert all((ROOT / source).exists() for source in sources), instruction["value"]
        if instruction["instruction"] == "FROM":
            image = instruction["value"].split()[0]
            image = arguments[image[2:-1]] if image.startswith("${") else image
            assert re.fullmatch(r"[^:]+:[^:]*\d[^:]*", image), f"{image} has no version"
            assert not image.endswith(":latest")


def test_every_extra_that_an_image_installs_exists() -> None:
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    installed = {path.name: re.findall(r'pip install [^\n]*"\.\[([a-z,-]+)\]"', path.read_text()) for path in DOCKERFILES}
    named = {extra for found in installed.values() for each in found for extra in each.split(",")}
    assert named == {"bnb", "kubernetes"}
    assert named <= extras


def test_every_image_that_is_used_is_built_here_or_pinned() -> None:
    built = {path.name.removesuffix(".Dockerfile") for path in DOCKERFILES}
    files = [DEPLOYMENTS / "compose" / "compose.yaml", *(DEPLOYMENTS / "kubernetes").glob("*.yaml")]
    used = {image for path in files for image in re.findall(r"(?m)^\s*image: (\S+)$", path.read_text())}
    assert len(used) >= 7
    for image in used:
        name = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", image)
        assert name.split(":")[0].removeprefix("labflow-") in built or re.search(r":\d", name), image


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_is_understood_by_systemd(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    # the programs that it starts are not installed here
    text = re.sub(r"(?m)^(ExecStart=)\S+", r"\1/bin/true", path.read_text())
    unit = tmp_path / path.name.replace("@", "@cpu" if "@" in path.name else "@")
    unit.write_text(text)
    if path.suffix == ".timer":
        (tmp_path / path.with_suffix(".service").name).write_text("[Service]\nExecStart=/bin/true\n")
    said = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True).stderr
    assert not [line for line in said.splitlines() if path.stem.split("@")[0] in line]


@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_every_unit_runs_hardened_on_the_loopback_interface_with_secrets_from_a_file(path: Path) -> None:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    service = parser["Service"]
    assert service["User"] == "labflow"
    assert service["NoNewPrivileges"] == "true"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert not SECRET_NAME.search(re.sub(r"(?m)^#.*$", "", path.read_text()))
    if "--host" in service["ExecStart"]:
        assert "--host 127.0.0.1" in service["ExecStart"]


def test_every_prefect_setting_that_is_named_exists() -> None:
    from prefect.settings import Settings
    from prefect.settings.legacy import _get_valid_setting_names
    from prefect_kubernetes.settings import KubernetesSettings

    known = _get_valid_setting_names(Settings) | _get_valid_setting_names(KubernetesSettings)
    known.add("PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER")  # a key of logging.yml: the next test
    texts = [path.read_text() for path in DEPLOYMENTS.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    named = {name for text in texts for name in re.findall(r"\bPREFECT_[A-Z_]+[A-Z]\b", text)}
    assert len(named) >= 15
    assert named - known == set()


def test_logs_are_json_where_that_is_asked_for() -> None:
    code = (
        "from prefect.logging import get_logger; from prefect.logging.configuration import setup_logging; "
        "setup_logging(); get_logger().info('told')"
    )
    environment = {**os.environ, "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json", "PREFECT_LOGGING_LEVEL": "INFO"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert json.loads(said.stderr.splitlines()[0])["msg"] == "told"


def test_no_secret_can_get_into_an_image_or_the_wheel() -> None:
    ignored = {path.name: path.read_text().splitlines() for path in (DEPLOYMENTS / "images").glob("*.dockerignore")}
    copying = {path.name for path in DOCKERFILES if "COPY deployments" in path.read_text()}
    assert {name.removesuffix(".dockerignore") for name in ignored} == copying
    assert all("deployments/compose/secrets" in lines and lines[1] == "*" for lines in ignored.values())
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["exclude"]) >= {"deployments/compose/secrets/*.env", "deployments/compose/secrets/*.pem"}
