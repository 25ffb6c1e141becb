"""What the current release was trained on, and what of it stands before all new rows.

Part of ``safety_scan``, layer of duplicates. A student is trained on the whole curriculum each time, so an unchanged leaf node's
samples are those of the earlier release, and must not go as repetitions of themselves. Two cases:

- *from the pristine base* (``earlier_is_known`` false): a released sample that is still in the curriculum (same leaf node, same
  text) is the first of its kind, wherever it stands in the file. A new row of another wording, leaf node or place in the file
  that repeats it goes as ``duplicate.released``. A released sample that is no longer in the curriculum counts for nothing:
  nobody would teach it any more if what repeats it went.
- *from the release itself* (``earlier_is_known`` true): the student knows every released sample and sees some of them again in
  the replay buffer. Whatever repeats one goes, in the same leaf node, too.

One example: release 1 taught ``knowledge/cars`` "How long is it?" -> "4.2 m". A new leaf node ``knowledge/autos``, earlier in the
file, asks the same: it goes, and ``knowledge/cars`` keeps its sample.

Not covered: releases before the current one; a released sample that a changed policy now blocks still stands for itself.
"""

from collections.abc import Iterable

from schemas.contracts import DatasetFile
from schemas.records import Sample
from tasks.dataset_files.jsonl import read_dataset
from tasks.safety_scan.duplicates import DuplicateFinder
from tasks.safety_scan.fields import Asked, asked_of
from tasks.safety_scan.fingerprints import fingerprint_of, place_digest
from tasks.safety_scan.policy import DuplicateLimits


class Earlier:
    """The released samples that count.

    Args:
        file: What the release was trained on; None: there is no release.
        is_known: Whether training goes on from it.
        rows: The files of this scan.
    """

    def __init__(self, file: DatasetFile | None, is_known: bool, rows: Iterable[DatasetFile]) -> None:
        self._file, self._is_known = file, is_known
        self._rows = [each for each in rows if each.record == "Sample"]
        self._standing: set[bytes] = set()

    def show_to(self, finder: DuplicateFinder, limits: DuplicateLimits) -> None:
        """Has the finder remember what counts."""
        if self._file is None or not self._rows:
            return
        present = set() if self._is_known else {place_digest(_asked(row)) for each in self._rows for row in _samples(each)}
        for row in _samples(self._file):
            asked = _asked(row)
            place = place_digest(asked)
            if self._is_known or place in present:
                finder.remember_released(fingerprint_of(asked, limits.near))
                if not self._is_known:
                    self._standing.add(place)

    def is_itself(self, place: bytes) -> bool:
        """Whether a row is a released sample that stands for itself; true once for each."""
        if place not in self._standing:
            return False
        self._standing.remove(place)
        return True


def _samples(file: DatasetFile) -> Iterable[Sample]:
    return read_dataset(file, Sample)


def _asked(row: Sample) -> Asked:
    asked = asked_of(row)
    assert asked is not None, "a sample asks something"
    return asked
