"""What the parent asks its training worker: the content of ``run.json``.

Example record::

    {"request": {"samples": {...}, "chunks": {...}, "train": {...}}, "folder": "/.../train/3f2a..."}
"""

from pydantic import Field

from schemas.records import Record
from schemas.student_contracts import TrainRequest


class TrainRun(Record):
    """One attempt at a training run. An attempt with an equal request goes on where an earlier one in the folder stopped."""

    request: TrainRequest
    folder: str = Field(description="local directory of the run's files")
    plan_only: bool = Field(False, description="answer with the plan, before the first step")
