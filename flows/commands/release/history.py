"""Releases as the ledger tells them, with what their runs' manifests add.

    release = find_release(root, "2")
    release.as_json()  ->  {"release": 2, "date": "2026-01-05T06:00:00Z", "current": true, "parent": 1, "scores": [...], ...}

The ledger alone is enough for a release; a run's folder that is gone takes only its settings and older scores with it.

Not covered: refusals, except in the list where they are asked for.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.contracts import Release
from schemas.errors import UsageError
from schemas.student_contracts import LedgerLine, Rollback, Score, Verdict
from tasks.promote.ledger import current_release, read_ledger, release_verdicts, rolled_back

CURRENT = "current"
_GROUPS = ("all", "changed", "claimed", "unchanged", "knowledge", "skills")


@dataclass(frozen=True)
class StoredRelease:
    """One release with the decision that made it."""

    verdict: Verdict
    release: Release
    root: Path
    is_current: bool
    taken_back: Rollback | None
    """The rollback that took it out of use."""

    @property
    def number(self) -> int:
        return self.release.number

    @property
    def run_folder(self) -> Path:
        return self.root / "runs" / self.verdict.run

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What its run has left; empty where the folder is gone or unreadable."""
        try:
            manifest = json.loads((self.run_folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return manifest if isinstance(manifest, dict) else {}

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """By the gate's metric; for releases of earlier versions, whose lines have none, from the manifest."""
        if self.verdict.scores:
            return self.verdict.scores
        try:
            metric = self.manifest["settings"]["gate"]["metric"]
            found = [Score.model_validate(score) for score in self.manifest["report"]["scores"]]
        except (KeyError, TypeError, ValidationError):
            return ()
        return tuple(score for score in found if score.metric == metric and score.group in _GROUPS)

    @property
    def state(self) -> str:
        return "current" if self.is_current else "rolled back" if self.taken_back else ""

    def as_json(self) -> dict[str, Any]:
        """The release in a few fields."""
        return {
            "release": self.number,
            "date": self.release.date,
            "current": self.is_current,
            "rolled_back": self.taken_back.model_dump() if self.taken_back else None,
            "parent": self.release.parent,
            "taxonomy_commit": self.release.taxonomy_commit,
            "leaf_nodes": len(self.release.leaf_nodes),
            "samples": self.release.samples.rows,
            "checkpoint": self.release.checkpoint.model_dump(),
            "scores": [score.model_dump() for score in self.scores],
            "approvals": [approval.model_dump() for approval in self.verdict.approvals],
            "run": self.verdict.run,
            "folder": str(self.run_folder) if self.run_folder.is_dir() else None,
        }

    def in_full(self) -> dict[str, Any]:
        """The same with all that the ledger holds of it."""
        return {
            **self.as_json(),
            "leaf_nodes": self.release.leaf_nodes,
            "reasons": [reason.model_dump() for reason in self.verdict.reasons],
            "usage": self.verdict.usage.model_dump(),
            "run_key": self.release.run_key,
            "samples": self.release.samples.model_dump(),
            "exam": [file.model_dump() for file in self.release.exam],
        }


def read_history(root: Path) -> list[LedgerLine]:
    """The workspace's ledger.

    Raises:
        DamagedFileError: a line cannot be read.
    """
    return read_ledger(root / "ledger.jsonl")


def list_releases(root: Path, ledger: list[LedgerLine]) -> Iterator[StoredRelease]:
    """All releases, oldest first."""
    current = current_release(ledger)
    for number, verdict in release_verdicts(ledger).items():
        if verdict.release:
            is_current = current is not None and current.number == number
            yield StoredRelease(verdict, verdict.release, root, is_current, None if is_current else rolled_back(ledger, number))


def find_release(root: Path, wanted: str) -> StoredRelease:
    """The release that a person means.

    Args:
        wanted: Its number, or ``current``.

    Raises:
        UsageError: there is none of that number.
        DamagedFileError: the ledger cannot be read.
    """
    releases = list(list_releases(root, read_history(root)))
    if not releases:
        raise UsageError(f"nothing was released in {root} yet. 'labflow retrain' does, or choose with --workspace DIR.")
    for release in releases:
        if wanted == str(release.number) or (wanted == CURRENT and release.is_current):
            return release
    numbers = ", ".join(str(release.number) for release in releases[-10:])
    raise UsageError(f"there is no release {wanted!r}. Releases: {numbers}; or 'current'.")
