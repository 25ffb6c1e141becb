"""Tab in a real bash: commands, options, and what is there on this machine; other shells get a script of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from taxonomy_sample.materialise import materialise
from tests.flows.commands.release_workspace import two_releases

PROGRAMS = Path(sys.executable).parent
PRESS_TAB = """
source <(_LABFLOW_COMPLETE=source_bash labflow)
COMP_WORDS=(labflow "$@"); COMP_CWORD=$#
_labflow_completion labflow
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person with two releases, a download and the sample."""
    folder = tmp_path_factory.mktemp("home")
    root = two_releases(folder / "data" / "labflow").root
    (root / "models" / "granite").mkdir(parents=True)
    materialise(root / "sample")
    return folder


def in_bash(home: Path, script: str, *words: str) -> str:
    environment = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    command = ["bash", "--norc", "-c", script, "bash", *words]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=120, check=True)
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("ta",), ["taxonomy"]),
        (("data", "quar"), ["quarantine"]),
        (("retrain", "--pro"), ["--profile"]),
        (("retrain", "--profile", ""), ["cluster", "gpu", "offline"]),
        (("retrain", "--set", "teacher.temp"), ["teacher.temperature="]),
        (("config", "show", "-k", "train.kn"), ["train.knowledge", "train.knowledge.epochs", "train.knowledge.learning_rate",
                                                 "train.knowledge.earlier_phase_share"]),
        (("runs", "show", "2"), ["20260102T060000Z-00000002", "20260101T060000Z-00000001"]),
        (("release", "show", ""), ["current", "2", "1"]),
        (("release", "rollback", ""), ["2", "1"]),
        (("chat", "--compare", ""), ["current", "base", "release-2", "release-1", "granite"]),
        (("taxonomy", "pin", "k"), ["knowledge/vehicles/delorean_dmc12"]),
        (("runs", "show", "--workspace", "/nowhere", ""), [""]),
    ],
)  # fmt: skip
def test_tab_offers_what_there_is(home: Path, typed: tuple[str, ...], offered: list[str]) -> None:
    assert in_bash(home, PRESS_TAB, *typed).splitlines() == offered


def test_a_broken_workspace_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    root = tmp_path / "data" / "labflow"
    root.mkdir(parents=True)
    (root / "ledger.jsonl").write_text("{broken\n")
    assert in_bash(tmp_path, PRESS_TAB, "release", "show", "").strip() == ""


IMPORTED = """
import sys
sys.argv = ["labflow"]
from flows.cli import main
try:
    main()
except SystemExit:
    print(*sys.modules)
"""


@pytest.mark.parametrize("typed", ["chat --compare", "release show", "runs show", "retrain --set", "taxonomy pin"])
def test_tab_is_answered_without_heavy_imports(home: Path, typed: str) -> None:
    asked = {"COMP_WORDS": f"labflow {typed} ", "COMP_CWORD": str(len(typed.split()) + 1), "_LABFLOW_COMPLETE": "complete_bash"}
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), **asked}
    done = subprocess.run([sys.executable, "-c", IMPORTED], env=environment, capture_output=True, text=True, check=True)
    *offered, imported = done.stdout.splitlines()
    assert offered
    assert not {"torch", "transformers", "prefect", "datasets", "openai", "fsspec"} & set(imported.split())


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "complete -o default"), ("zsh", "#compdef labflow"), ("fish", "complete --command")]
)
def test_each_shell_has_its_script(home: Path, shell: str, sign: str) -> None:
    assert sign in in_bash(home, f"_LABFLOW_COMPLETE=source_{shell} labflow")


def test_completion_installs_itself_for_the_shell_that_asks(tmp_path: Path) -> None:
    in_bash(tmp_path, "labflow --install-completion > /dev/null; true")
    assert "labflow" in (tmp_path / ".bashrc").read_text()
    assert "_LABFLOW_COMPLETE=complete_bash" in (tmp_path / ".bash_completions" / "labflow.sh").read_text()
