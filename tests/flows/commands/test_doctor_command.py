"""``labflow doctor`` and ``labflow approve`` as a person meets them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app


@pytest.mark.usefixtures("prefect_server")
def test_what_is_missing_fails_and_names_the_way_out(tmp_path: Path) -> None:
    settings = ["--set", f"train.base={tmp_path}/none", "--set", "placement.evaluate.deployment=evaluate/nowhere"]
    told = CliRunner().invoke(app, ["doctor", "--workspace", str(tmp_path), *settings])
    assert told.exit_code == 1
    assert "there is no deployment evaluate/nowhere" in told.output
    assert "-> set train.base to a model directory, or 'scratch'" in told.output

    as_json = CliRunner().invoke(app, ["doctor", "--json", "--workspace", str(tmp_path), *settings])
    failed = {check["name"] for check in json.loads(as_json.stdout) if check["status"] == "fail"}
    assert failed == {"base model", "place of evaluate"}


@pytest.mark.usefixtures("prefect_server")
def test_all_well_is_exit_0(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["doctor", "--workspace", str(tmp_path)]).exit_code == 0


@pytest.mark.usefixtures("prefect_server")
def test_a_run_that_does_not_wait_is_bad_usage() -> None:
    told = CliRunner().invoke(app, ["approve", "retrain 0000000", "--reject", "--comment", "no"])
    assert told.exit_code == 2
    assert "no run 'retrain 0000000' waits for an answer" in told.output
