"""Every command of the README is run, from a fresh virtual environment, as a stranger would."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tree_in_the_readme_is_the_tree() -> None:
    (tree,) = re.findall(r"```text\n(README\.md.*?)```", README, re.DOTALL)
    folder, named = "", set()
    for line in tree.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 4
        path = name if depth == 0 else folder + name
        folder = name if depth == 0 else folder
        named.add(path.rstrip("/"))
        assert (ROOT / path).exists(), path
    rooms = {f"tasks/{p.name}" for p in (ROOT / "tasks").iterdir() if p.is_dir() and not p.name.startswith("__")}
    assert rooms <= named


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    from flows.settings.files import load_settings

    for override in re.findall(r"--set ([^\s`)]+=[^\s`)]+)", README):
        load_settings("offline", None, [override])


@pytest.mark.slow
@pytest.mark.timeout(1700)
def test_every_command_works_for_a_stranger(tmp_path: Path) -> None:
    """The first command in a copy of the tree; the others from the installed wheel, in an empty directory."""
    first, second, *others = re.findall(r"```bash\n(.*?)\n```", README, re.DOTALL)
    assert first.endswith("labflow retrain")
    assert "/pytest" in second  # .ci/run calls this one
    leave = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(ROOT, tmp_path / "labflow", ignore=leave)
    (tmp_path / "empty").mkdir()
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "PREFECT_HOME": str(tmp_path / "prefect")}
    for name in ("PREFECT_API_URL", "PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)

    def run(command: str, folder: Path) -> str:
        shell = ["bash", "-euo", "pipefail", "-c", command]
        done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=1600)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    assert "released as number 1" in run(first, tmp_path / "labflow")
    environment["PATH"] = f"{tmp_path / 'labflow' / '.venv' / 'bin'}:{environment['PATH']}"
    assert "nothing changed since release 1" in run("labflow retrain", tmp_path / "empty")
    for command in "\n".join(others).splitlines():
        run(command, tmp_path / "empty")
