"""Real Git repositories on disk, written by code: taxonomies and the document repositories beside them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from schemas.contracts import Release, StageFolders, TaxonomyChange, TaxonomyRequest, ignore_progress
from schemas.settings import DocumentSettings, TaxonomySettings
from tasks.taxonomy_diff.change import find_change

IDENTITY = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class GitFolder:
    """A repository that a test writes to as a person would."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *arguments: str, stdin: bytes | None = None) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, **IDENTITY}
        done = subprocess.run(["git", "-C", str(self.path), *arguments], input=stdin, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Writes files; None deletes one."""
        for name, content in files.items():
            place = self.path / name
            if content is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None] | None = None, message: str = "change") -> str:
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def skill(*questions: str, context: str | None = None, description: str = "Count things.", version: int | None = 3) -> str:
    """A valid skill with these questions, or five."""
    asked = questions or tuple(
        f"How many legs have {n} {animal}?" for n, animal in enumerate(("cats", "ants", "crabs", "owls", "eels"), 3)
    )
    lines = [f"version: {version}"] if version else []
    lines += [f"task_description: {description}", "created_by: ana", "seed_examples:"]
    for number, question in enumerate(asked):
        lines += [f"  - question: {question}", f"    answer: The answer is number {number}."]
        if context is not None:
            lines += [f"    context: {context} {number}"]
    return "\n".join(lines) + "\n"


def knowledge(repo: str, commit: str, patterns: tuple[str, ...] = ("*.md",), domain: str = "vehicles") -> str:
    """A valid knowledge leaf node: five contexts with three questions each."""
    topics = ("engine", "brake", "door", "frame", "tyre")
    lines = ["version: 3", f"domain: {domain}", "created_by: ana", "document_outline: A car's manual.", "seed_examples:"]
    for topic in topics:
        lines += [f"  - context: The {topic} of the car is described here.", "    questions_and_answers:"]
        for aspect, answer in (("weight", "120 kg"), ("maker", "Peugeot"), ("price", "250 dollars")):
            lines += [f"      - question: What is the {aspect} of the {topic}?", f"        answer: The {topic} has {answer}."]
    lines += ["document:", f"  repo: {repo}", f"  commit: {commit}", "  patterns:", *[f"    - '{p}'" for p in patterns]]
    return "\n".join(lines) + "\n"


MANUAL = """# The car

## Engine

The engine weighs 120 kg. Peugeot made it; the engine has a price of 250 dollars.

## Parts

| Part | Price | Maker |
| --- | --- | --- |
| Door | 250 dollars | Renault |
| Tyre | 90 dollars | Goodyear |
"""


def run_stage(taxonomy: GitFolder, folders: StageFolders, release: Release | None = None, **settings: object) -> TaxonomyChange:
    """``find_change`` on a taxonomy whose siblings may be read."""
    chosen = {"path": str(taxonomy.path), "documents": DocumentSettings(local="siblings")} | settings
    request = TaxonomyRequest(taxonomy=TaxonomySettings(**chosen), release=release, settings_digest="0" * 64)  # type: ignore[arg-type]
    return find_change(request, folders, ignore_progress)
