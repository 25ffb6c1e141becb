"""``labflow retrain`` killed in the middle: a second command resumes, and ends as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from taxonomy_sample.materialise import materialise

DEADLINE_SECONDS = 300
EPOCHS = 16
"""Enough to be released, and to be killed in the middle of."""


def start(workspace: Path, taxonomy: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    settings = [f"taxonomy.path={taxonomy}", f"train.epochs={EPOCHS}"]
    arguments = ["retrain", "--json", "--workspace", str(workspace), *(part for one in settings for part in ("--set", one))]
    return subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(pattern: str, folder: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not list(folder.rglob(pattern)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


def processes_of(folder: Path) -> list[int]:
    """Processes whose command line or environment names the folder: workers, the embedded server."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                about = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in about:
                found.append(int(process.name))
    return found


def finish(process: subprocess.Popen[str]) -> dict[str, object]:
    out, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0, err
    return json.loads(out)


def environment_in(folder: Path) -> dict[str, str]:
    environment = {**os.environ, "PREFECT_HOME": str(folder / "prefect")}
    environment.pop("PREFECT_API_URL", None)
    return environment


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("undisturbed")
    return finish(start(folder / "workspace", materialise(folder / "sample"), environment_in(folder)))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("moment", ["stages/teacher_generate/*/samples.jsonl*", "stages/train/*/*"])
def test_a_run_that_was_killed_resumes_and_ends_the_same(tmp_path: Path, undisturbed: dict[str, object], moment: str) -> None:
    environment = environment_in(tmp_path)
    taxonomy = materialise(tmp_path / "sample")

    killed = start(tmp_path / "killed", taxonomy, {**environment, "KILLED_TEST": str(tmp_path / "killed")})
    wait_for(moment, tmp_path / "killed", killed)
    if "train" in moment:
        time.sleep(5)  # in the middle of training
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    end = time.monotonic() + 30
    while processes_of(tmp_path / "killed"):  # neither worker nor embedded server outlives the command
        assert time.monotonic() < end, processes_of(tmp_path / "killed")
        time.sleep(0.2)
    resumed = finish(start(tmp_path / "killed", taxonomy, environment))

    assert resumed["outcome"] == undisturbed["outcome"] == "released"
    for stage, field in (("generated", "samples"), ("filtered", "kept"), ("trained", "checkpoint")):
        assert resumed[stage][field]["sha256"] == undisturbed[stage][field]["sha256"]  # type: ignore[index]

    if "train" in moment:
        leaf = next(taxonomy.glob("knowledge/**/qna.yaml"))
        leaf.write_text(leaf.read_text() + "# edited, and forgotten to commit\nversion: 4\n")
        again = start(tmp_path / "killed", taxonomy, environment)
        out, err = again.communicate(timeout=DEADLINE_SECONDS)
        assert json.loads(out)["outcome"] == "nothing_changed", err
        assert "the taxonomy has uncommitted work, which no run looks at: commit it and run again." in err
