"""``labflow deploy`` without a server: bad usage, faulty files, and a copy to change. With one: tests/deployments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner


def deploy(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}
    command = [sys.executable, "-c", "from flows.cli import main; main()", "deploy", *arguments]
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say --dry-run to see what would change, or --apply to change it"),
        (("--apply", "--notify", "slack"), "write it as TYPE/NAME"),
        (("--apply", "--profile", "clutser"), "no profile 'clutser'"),
        (("--apply", "--from", "/nowhere"), "cannot read work_pools.yaml"),
        (("--apply", "--set", "placement.train.deployment=train/gpu"), "prefect.yaml has no such deployment"),
        (("--apply", "--pool-type", "kubernetes", "--set", "placement.train.job_variables={gpus: many}"), "job variable gpus"),
    ],
)
def test_bad_usage_is_one_line_before_any_server_is_asked(arguments: tuple[str, ...], message: str) -> None:
    from flows.cli import app

    done = CliRunner().invoke(app, ["deploy", *arguments])
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_without_a_server_the_way_out_is_named(tmp_path: Path) -> None:
    none = deploy("--dry-run", PREFECT_HOME=str(tmp_path))
    assert (none.returncode, none.stderr.strip().count("\n")) == (2, 0)
    assert "set PREFECT_API_URL" in none.stderr
    silent = deploy("--dry-run", PREFECT_HOME=str(tmp_path), PREFECT_API_URL="http://127.0.0.1:9/api")
    assert silent.returncode == 1
    assert (
        silent.stderr.strip()
        == "labflow: cannot reach the Prefect server at http://127.0.0.1:9/api: start it, or mend PREFECT_API_URL."
    )


def test_a_copy_can_be_changed_and_deployed(tmp_path: Path) -> None:
    copy = tmp_path / "ours"
    assert deploy("--export", str(copy)).returncode == 0
    assert not list(copy.rglob("*.py*")) or {path.name for path in copy.rglob("*.py")} == {"post_event.py"}
    pools = yaml.safe_load((copy / "work_pools.yaml").read_text())
    pools["pools"].pop()
    (copy / "work_pools.yaml").write_text(yaml.safe_dump(pools))
    done = deploy("--from", str(copy), "--dry-run")
    assert done.returncode == 2
    assert "there is no work pool 'labflow-gpu' in work_pools.yaml" in done.stderr
    again = deploy("--export", str(copy))
    assert (again.returncode, "exists" in again.stderr) == (2, True)
