"""A test document as a taxonomy with one knowledge leaf node, and the document's repository beside it."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
_ISOLATED = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def make_taxonomy(name: str, folder: Path) -> Path:
    """Writes ``folder/taxonomy`` and ``folder/manual`` as Git repositories and returns the path of the taxonomy."""
    source, manual, leaf = HERE / name, folder / "manual", folder / "taxonomy" / "knowledge" / "tests" / name
    manual.mkdir(parents=True)
    leaf.mkdir(parents=True)
    (manual / "document.md").write_bytes((source / "document.md").read_bytes())
    commit = _commit_all(manual)
    lines = (source / "qna.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    pins = {"  repo:": "  repo: ../manual\n", "  commit:": f"  commit: {commit}\n"}
    text = "".join(pins.get(":".join(line.split(":")[:1]) + ":", line) for line in lines)
    (leaf / "qna.yaml").write_text(text, encoding="utf-8")
    (leaf / "attribution.txt").write_text("Written for the tests.\n", encoding="utf-8")
    _commit_all(folder / "taxonomy")
    return folder / "taxonomy"


def _commit_all(folder: Path) -> str:
    def git(*arguments: str) -> str:
        who = ["-c", "user.name=tests", "-c", "user.email=tests@labflow.invalid"]
        command = ["git", "-C", str(folder), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **_ISOLATED}).stdout

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    return git("rev-parse", "HEAD").strip()
