"""How two releases differ: leaf nodes, samples, scores side by side, settings, versions.

    Difference(added=("knowledge/birds",), changed=(), removed=(), samples=[LeafSamples("knowledge/birds", 0, 40)], scores=[...],
               settings={"train.epochs": ("12.0", "20.0")}, versions={}, missing=())

Scores are each release's own exam, at its own time: questions may have changed between the two.

Not covered: the weights, and single questions (``report.html`` of each run has them).
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flows.commands.release.history import StoredRelease
from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError
from schemas.records import Sample
from schemas.student_contracts import Score
from tasks.dataset_files.jsonl import read_dataset

_NOT_OF_THE_STUDENT = ("workspace", "placement", "review")
"""Sections that say where and how a run goes, not what comes out."""


@dataclass(frozen=True)
class LeafSamples:
    """How many samples of one leaf node each release was trained on."""

    leaf_node: str
    before: int
    after: int


@dataclass(frozen=True)
class ScorePair:
    """One group's score in both releases, None where it has none."""

    suite: str
    group: str
    metric: str
    before: Score | None
    after: Score | None


@dataclass(frozen=True)
class Difference:
    """All of it, from the first release to the second."""

    before: StoredRelease
    after: StoredRelease
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    samples: list[LeafSamples]
    scores: list[ScorePair]
    settings: dict[str, tuple[str, str]]
    versions: dict[str, tuple[str, str]]
    missing: tuple[str, ...] = field(default=())
    """What could not be compared, and why."""

    def as_json(self) -> dict[str, Any]:
        """The difference for a program."""
        return {
            "before": self.before.number,
            "after": self.after.number,
            "taxonomy_commits": [self.before.release.taxonomy_commit, self.after.release.taxonomy_commit],
            "leaf_nodes": {"added": self.added, "changed": self.changed, "removed": self.removed},
            "samples": [vars(line) for line in self.samples],
            "scores": [
                {
                    "suite": pair.suite,
                    "group": pair.group,
                    "metric": pair.metric,
                    "before": pair.before.model_dump() if pair.before else None,
                    "after": pair.after.model_dump() if pair.after else None,
                }
                for pair in self.scores
            ],
            "settings": {name: list(values) for name, values in self.settings.items()},
            "versions": {name: list(values) for name, values in self.versions.items()},
            "missing": self.missing,
        }


def compare_releases(before: StoredRelease, after: StoredRelease) -> Difference:
    """What changed from one release to another."""
    old, new, missing = before.release.leaf_nodes, after.release.leaf_nodes, []
    counts = []
    for release in (before, after):
        try:
            counts.append(count_samples(release.release.samples))
        except DamagedFileError as error:
            missing.append(f"samples of release {release.number}: {error}")
        if not release.manifest:
            missing.append(f"settings of release {release.number}: its run's folder {release.run_folder} is gone or unreadable")
    return Difference(
        before=before,
        after=after,
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(path for path in new.keys() & old.keys() if new[path] != old[path])),
        removed=tuple(sorted(old.keys() - new.keys())),
        samples=list(_samples(*counts)) if len(counts) == 2 else [],
        scores=list(_scores(before.scores, after.scores)),
        settings=dict(_settings(before, after)),
        versions=dict(_changes(before.manifest.get("versions"), after.manifest.get("versions"))),
        missing=tuple(missing),
    )


def count_samples(samples: DatasetFile) -> Counter[str]:
    """Samples by leaf node.

    Raises:
        DamagedFileError: the file is gone or not what was recorded.
    """
    return Counter(sample.leaf_node for sample in read_dataset(samples, Sample))


def _samples(before: Counter[str], after: Counter[str]) -> Iterator[LeafSamples]:
    for leaf in sorted(before | after):
        if before[leaf] != after[leaf]:
            yield LeafSamples(leaf, before[leaf], after[leaf])


def _scores(before: tuple[Score, ...], after: tuple[Score, ...]) -> Iterator[ScorePair]:
    old, new = ({(score.suite, score.group, score.metric): score for score in scores} for scores in (before, after))
    for key in dict.fromkeys([*new, *old]):
        yield ScorePair(*key, old.get(key), new.get(key))


def _settings(before: StoredRelease, after: StoredRelease) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, values in _changes(before.manifest.get("settings"), after.manifest.get("settings")):
        if name.partition(".")[0] not in _NOT_OF_THE_STUDENT:
            yield name, values


def _changes(before: Any, after: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    old, new = dict(_flatten("", before)), dict(_flatten("", after))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield name, (old.get(name, "-"), new.get(name, "-"))


def _flatten(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
    else:
        yield prefix, value if isinstance(value, str) else json.dumps(value)
