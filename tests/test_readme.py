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
    from flows.settings_files import load_settings

    for override in re.findall(r"--set ([^\s`)]+=[^\s`)]+)", README):
        load_settings("offline", None, [override])


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_first_command_installs_and_releases_and_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    (command,) = re.findall(r"```bash\n(.*labflow retrain)\n```", README)
    shutil.copytree(ROOT, tmp_path / "labflow", ignore=shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__"))
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "PREFECT_HOME": str(tmp_path / "prefect")}
    for name in ("PREFECT_API_URL", "PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    shell = ["bash", "-euo", "pipefail", "-c"]
    first = subprocess.run(
        [*shell, command], cwd=tmp_path / "labflow", env=environment, capture_output=True, text=True, timeout=1400
    )
    assert first.returncode == 0, first.stdout + first.stderr
    assert "released as number 1" in first.stderr
    (tmp_path / "empty").mkdir()  # from the installed wheel, not from the checkout
    labflow = str(tmp_path / "labflow" / ".venv" / "bin" / "labflow")
    second = subprocess.run(
        [labflow, "retrain"], cwd=tmp_path / "empty", env=environment, capture_output=True, text=True, timeout=300
    )
    assert second.returncode == 0, second.stderr
    assert "nothing changed since release 1" in second.stderr
