"""The runs that a workspace holds, as their manifests tell it: for looking at samples long after a run.

Files are read from the run's own folder, where its stages' files are linked: it may have been moved, with its workspace, since.

    StoredRun(name="20260105T060000Z-3f2a91c0", outcome="released", change=..., scanned=..., folder="<workspace>/runs/...")

Not covered: what the run's student knows and was asked (``report.html``).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.workspace import SECTIONS
from schemas.contracts import DatasetFile, Filtered, Generated, ScanResult, TaxonomyChange
from schemas.errors import DamagedFileError, UsageError
from schemas.student_contracts import Trained

LATEST = "latest"
_RUNS_NAMED = 5
"""How many runs an error names."""


class StoredRun(BaseModel):
    """The part of a manifest that tells about samples."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    folder: str
    outcome: str
    message: str = ""
    started: str = Field(description="UTC, ISO 8601")
    change: TaxonomyChange
    sources: ScanResult | None = None
    generated: Generated | None = None
    filtered: Filtered | None = None
    scanned: ScanResult | None = None
    trained: Trained | None = None

    def samples(self) -> DatasetFile:
        """What a student is trained on.

        Raises:
            UsageError: the run made none.
        """
        if self.scanned is None or not self.scanned.clean:
            raise UsageError(f"run {self.name} made no samples. 'labflow data list' shows those that did.")
        return self.scanned.clean[0]

    def refused(self) -> list[DatasetFile]:
        """What the stages refused, in the order of the DAG; each row says which stage it was."""
        files = [
            self.sources.refused if self.sources else None,
            self.generated.rejected if self.generated else None,
            self.filtered.rejected if self.filtered else None,
            self.scanned.refused if self.scanned else None,
            self.trained.over_long if self.trained else None,
        ]
        return [file for file in files if file is not None]

    def passages(self) -> tuple[DatasetFile, ...]:
        """Chunks and seed examples, as the scan of the sources let them through."""
        return self.sources.clean if self.sources else ()


def run_names(root: Path) -> list[str]:
    """The names of a workspace's runs, oldest first."""
    runs = root / "runs"
    if not runs.is_dir():
        return []
    return sorted(folder.name for folder in runs.iterdir() if (folder / "manifest.json").is_file() and folder.suffix != ".part")


def read_runs(root: Path) -> Iterator[StoredRun | DamagedFileError]:
    """All runs, oldest first; in the place of one whose manifest cannot be read, why."""
    for name in run_names(root):
        try:
            yield read_run(root, name)
        except DamagedFileError as error:
            yield error


def find_run(root: Path, wanted: str) -> StoredRun:
    """The run that a person means.

    Args:
        wanted: The beginning of a run's name, or ``latest``.

    Raises:
        UsageError: no run or more than one is meant.
        DamagedFileError: its manifest cannot be read.
    """
    names = run_names(root)
    if not names:
        raise UsageError(f"there are no runs in {root}. 'labflow data generate' makes one, or choose with --workspace DIR.")
    if wanted == LATEST:
        return read_run(root, names[-1])
    found = [name for name in names if wanted and name.startswith(wanted)]
    if wanted in found or len(found) == 1:
        return read_run(root, wanted if wanted in found else found[0])
    listed = ", ".join((found or names)[-_RUNS_NAMED:])
    if found:
        raise UsageError(f"{len(found)} runs begin with {wanted!r}: write more of the name. The latest of them: {listed}.")
    raise UsageError(f"no run begins with {wanted!r}. The latest: {listed}.")


def read_run(root: Path, name: str) -> StoredRun:
    """One run.

    Raises:
        DamagedFileError: its manifest cannot be read.
    """
    folder = root / "runs" / name
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for section, field in SECTIONS.items():
            manifest[field] = _read_from(folder / section, manifest.get(field))
        return StoredRun.model_validate({**manifest, "name": name, "folder": str(folder)})
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else type(error).__name__
        raise DamagedFileError(
            f"{folder / 'manifest.json'} is not the manifest of a run ({reason}). Remove that folder, or restore it."
        ) from error


def _read_from(section: Path, value: Any) -> Any:
    """The value with each dataset file's path in the run's own folder, where the file is linked there."""
    if isinstance(value, list):
        return [_read_from(section, item) for item in value]
    if not isinstance(value, dict):
        return value
    if {"path", "sha256", "rows"} <= value.keys():
        linked = section / Path(str(value["path"])).name
        return {**value, "path": str(linked)} if linked.is_file() else value
    return {key: _read_from(section, item) for key, item in value.items()}
