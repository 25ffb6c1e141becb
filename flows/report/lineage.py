"""What the student came from, in digests: enough to say that two runs were the same, and to find every file.

Example: ``FileLine(role="samples after the scan", record="Sample", rows=708, sha256="3f2a...", path=".../samples.jsonl")``

Not covered: the content of the files, and all results; they stand in ``manifest.json``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.contracts import Checkpoint, DatasetFile
from schemas.settings import Settings
from schemas.student_contracts import RunSummary

SECTIONS_THAT_MATTER = ("taxonomy", "scan", "teacher", "critic", "train", "evaluate", "gate")


@dataclass(frozen=True)
class FileLine:
    """One dataset file of the run."""

    role: str
    record: str
    rows: int
    sha256: str
    path: str


@dataclass(frozen=True)
class ModelLine:
    """One checkpoint of the run."""

    role: str
    parameters: int
    sha256: str
    path: str


@dataclass(frozen=True)
class SettingLine:
    """One setting, and whether it is the default."""

    name: str
    value: str
    default: bool


def list_files(summary: RunSummary) -> list[FileLine]:
    """All dataset files that the run refers to, in the order of the DAG."""
    return [
        FileLine(role=role, record=file.record, rows=file.rows, sha256=file.sha256, path=_end_of(file.path))
        for role, file in _files(summary)
    ]


def list_models(summary: RunSummary) -> list[ModelLine]:
    """The student and the model that its training started from."""
    if summary.trained is None:
        return []
    return [_model("student", summary.trained.checkpoint), _model("before its first step", summary.trained.base)]


def list_settings(settings: Settings | None) -> list[SettingLine]:
    """The settings that a student depends on, one line each; empty where they are not known here."""
    if settings is None:
        return []
    chosen, usual = settings.model_dump(mode="json"), Settings().model_dump(mode="json")
    lines = []
    for section in SECTIONS_THAT_MATTER:
        defaults = dict(_flatten(section, usual[section]))
        lines += [
            SettingLine(name, _value(value), name in defaults and defaults[name] == value)
            for name, value in _flatten(section, chosen[section])
            if ".model." not in name or chosen[section].get("kind") == "model" or defaults.get(name) != value
        ]
    return lines


def _flatten(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flatten(f"{prefix}.{key}", inner)
    else:
        yield prefix, value


def _value(value: Any) -> str:
    if value is None or value in ({}, [], ""):
        return "–"
    return ", ".join(str(v) for v in value) if isinstance(value, list) else str(value)


def _model(role: str, checkpoint: Checkpoint) -> ModelLine:
    return ModelLine(role=role, parameters=checkpoint.parameters, sha256=checkpoint.sha256, path=_end_of(checkpoint.path))


def _files(summary: RunSummary) -> Iterator[tuple[str, DatasetFile]]:
    change = summary.change
    yield "leaf nodes", change.leaf_nodes
    yield "seed examples", change.seed_examples
    yield "chunks", change.chunks
    yield "exam, human questions", change.exam
    if summary.sources:
        for file in summary.sources.clean:
            yield "clean sources", file
        yield "refused sources", summary.sources.refused
    if summary.generated:
        yield "samples of the teacher", summary.generated.samples
        yield "exam, reserved wordings", summary.generated.reserved
        yield "refused drafts", summary.generated.rejected
    if summary.filtered:
        yield "kept by the critic", summary.filtered.kept
        yield "refused by the critic", summary.filtered.rejected
    if summary.scanned:
        for file in summary.scanned.clean:
            yield "clean samples", file
        yield "refused samples", summary.scanned.refused
    if summary.trained:
        yield "training log", summary.trained.log
        yield "too long to train on", summary.trained.over_long
    if summary.report:
        yield "exam answers", summary.report.answers
        yield "questions not asked", summary.report.not_asked


def _end_of(path: str) -> str:
    """Where a file lies in the workspace: stage, key and name; the rest is the machine's."""
    return "/".join(path.rstrip("/").split("/")[-3:])
