"""Which files a result refers to: what is checked before it is reused, linked into a run, or kept from pruning."""

from typing import Any, TypeVar

from schemas.contracts import Checkpoint, DatasetFile
from schemas.records import Record

R = TypeVar("R", bound=Record)


def files_of(result: Record) -> list[DatasetFile]:
    """The dataset files that a result refers to, at any depth."""
    return _parts_of(result, DatasetFile)


def checkpoints_of(result: Record) -> list[Checkpoint]:
    """The checkpoints that a result refers to, at any depth."""
    return _parts_of(result, Checkpoint)


def _parts_of(value: Any, wanted: type[R]) -> list[R]:
    if isinstance(value, wanted):
        return [value]
    if isinstance(value, Record):
        return [part for _, field in value for part in _parts_of(field, wanted)]
    if isinstance(value, (tuple, list)):
        return [part for item in value for part in _parts_of(item, wanted)]
    return []
