"""The workspace: where runs, ledger, releases and caches lie, and the lock that lets one run work in it at a time.

<workspace>/
    ledger.jsonl     every release and refusal
    current          -> the released student
    releases/release-<number>/    the student and its card with scores (hard links: they cost no space)
    runs/<time>-<run key>/    one folder for each run that ended with samples or a verdict
        manifest.json    lineage: taxonomy commit, settings, digests, versions, all results
        report.html
        train/student/ ...   the stages' files (hard links: they cost no space)
    stages/          the same files, under the keys of what they depend on: what a re-run resumes from
    cache/           documents, generations, answers
"""

import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from flows.settings.places import workspace_root
from schemas.errors import UsageError, WorkspaceError
from schemas.records import Record, digest_of
from schemas.settings import Settings
from schemas.student_contracts import RunSummary, Verdict
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.dataset_files.references import checkpoints_of, files_of
from tasks.evaluate.benchmark_files import inputs_of
from tasks.safety_scan.decisions import decisions_file
from tasks.safety_scan.policy import load_policy
from tasks.student_model.conversation_file import file_digest

SECTIONS = {  # folder in the run -> field of RunSummary
    "taxonomy_diff": "change",
    "safety_scan_sources": "sources",
    "teacher_generate": "generated",
    "critic_filter": "filtered",
    "safety_scan_samples": "scanned",
    "train": "trained",
    "evaluate": "report",
}
PACKAGES = ("labflow", "prefect", "torch", "transformers", "peft", "accelerate", "datasets", "tokenizers", "openai")


class Workspace:
    """A directory that one run works in. Make it with ``open_workspace``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage = str(root)
        self.ledger = str(root / "ledger.jsonl")

    def run_folder(self, name: str) -> Path:
        return self.root / "runs" / name

    def has_run(self, verdict: Verdict) -> bool:
        """Whether the run that led to this decision was written out whole."""
        return (self.run_folder(verdict.run) / "manifest.json").exists()

    def write_run(self, name: str, summary: RunSummary, settings: Settings, report_html: str) -> None:
        """Writes the run's folder under a temporary name and renames it when it is whole."""
        folder = self.run_folder(name)
        part = folder.with_name(f"{name}.part")
        shutil.rmtree(part, ignore_errors=True)
        for section, field in SECTIONS.items():
            result = getattr(summary, field)
            if result is not None:
                _link_files(result, part / section)
        write_text_atomically(part / "report.html", report_html)
        manifest = {"settings": settings.model_dump(mode="json"), "versions": versions(), **summary.model_dump(mode="json")}
        write_text_atomically(part / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
        part.rename(folder)


@contextmanager
def open_workspace(settings: Settings) -> Iterator[Workspace]:
    """The workspace of the settings, locked for this process.

    Raises:
        WorkspaceError: it cannot be written, or another run is working in it.
    """
    root = workspace_root(settings)
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe = root / f".writable.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise WorkspaceError(
            f"cannot write the workspace {root}: {error.strerror}. Choose another with --workspace DIR."
        ) from error
    lock = FileLock(root / ".lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise WorkspaceError(
            f"another run is working in {root}. Wait until it has ended, or choose another with --workspace DIR."
        ) from error
    try:
        yield Workspace(root)
    finally:
        lock.release()


def existing_workspace(settings: Settings) -> Path:
    """The workspace's directory, for commands that look at what runs have left.

    Raises:
        UsageError: there is none.
    """
    root = workspace_root(settings)
    if not root.is_dir():
        raise UsageError(f"there is no workspace at {root}. A run makes it, or choose another with --workspace DIR.")
    return root


def settings_digest(settings: Settings) -> str:
    """Digest of all that a student depends on besides the taxonomy: where things run or lie does not count."""
    chosen = settings.model_dump(mode="json", include={"scan", "teacher", "critic", "train", "evaluate", "gate"})
    for role in ("teacher", "critic"):
        chosen[role]["model"] = {name: chosen[role]["model"][name] for name in ("name", "path")}
        chosen[role]["prompts"] = prompts_digest(chosen[role]["prompts"])
    for stage in ("train", "evaluate"):
        del chosen[stage]["threads"]
    for name in ("processes", "nodes", "rendezvous", "accelerate_config", "tensorboard"):
        del chosen["train"][name]
    chosen["train"]["replay_file"] = file_digest(settings.train.replay_file)
    _forget_places(chosen["evaluate"])
    chosen["evaluate"]["inputs"] = inputs_of(settings.evaluate)
    chosen["taxonomy"] = settings.taxonomy.model_dump(mode="json", include={"exam_share", "chunk_tokens"})
    chosen["scan"]["policy"] = policy_digest(settings)
    guardian = chosen["scan"]["guardian"]["model"]
    chosen["scan"]["guardian"]["model"] = {name: guardian[name] for name in ("name", "path")}
    decisions = decisions_file(workspace_root(settings) / "quarantine" / "decisions.jsonl")
    if decisions is not None:  # what a person released or denied changes what a student learns
        chosen["scan"]["decisions"] = decisions.sha256
    return digest_of([chosen, versions()["labflow"]])


def _forget_places(evaluate: dict[str, Any]) -> None:
    """Takes out where judge, server and files are: their content is part of the digest, their place is not."""
    judge, server = evaluate["judge"], evaluate["server"]
    judge["model"] = {name: judge["model"][name] for name in ("name", "path")}
    judge["prompts"] = evaluate["mmlu"] = None
    evaluate["server"] = {name: server[name] for name in ("dtype", "quantization", "max_model_len", "arguments")}
    for benchmark in evaluate["benchmarks"]:
        del benchmark["path"]


def policy_digest(settings: Settings) -> str:
    """Digest of the content of the scan's policy.

    Raises:
        UsageError: the policy file is absent or invalid.
    """
    return load_policy(settings.scan.policy)[1]


def prompts_digest(directory: str | None) -> str:
    """Digest of a directory of prompts; empty where the built-in ones are used.

    Raises:
        UsageError: it is not a directory.
    """
    if directory is None:
        return ""
    folder = Path(directory).expanduser()
    if not folder.is_dir():
        raise UsageError(f"there is no directory of prompts at {folder}.")
    return digest_of({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jinja"))})


def versions() -> dict[str, str]:
    """The versions that a run's result may depend on."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}


def _link_files(result: Record, folder: Path) -> None:
    for file in files_of(result):
        _link(Path(file.path), folder / Path(file.path).name)
    for checkpoint in checkpoints_of(result):
        source = Path(checkpoint.path)
        for path in sorted(source.rglob("*")):
            if path.is_file():
                _link(path, folder / source.name / path.relative_to(source))


def _link(source: Path, target: Path) -> None:
    if target.exists() or not source.exists():  # not on this machine: the manifest names where it is
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)
