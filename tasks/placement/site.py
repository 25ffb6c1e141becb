"""The answer to "where": handed by the flow to each stage's task.

    Site(storage="/srv/labflow", placement=StagePlacement(deployment="train/gpu"), shared="s3://models/labflow")

Not covered: which site a stage has (``PlacementSettings``), and what is done with it (``place``).
"""

from pydantic import Field

from schemas.records import Record
from schemas.settings import ShardedPlacement, ShardSettings, StagePlacement


class Site(Record):
    """Where a stage runs and where its files go."""

    storage: str = Field(description="local directory of the parent's files: its workspace")
    placement: StagePlacement = StagePlacement()
    shared: str | None = Field(None, description="path or fsspec URL that parent and workers share; None: the storage itself")

    @property
    def meeting_place(self) -> str:
        """Where parent and worker hand files to each other."""
        return self.shared or self.storage

    @property
    def sharding(self) -> dict[str, ShardSettings]:
        """The parameter of a stage whose rows are shared out; of no other."""
        if not isinstance(self.placement, ShardedPlacement) or self.placement.sharding.task_runner == "local":
            return {}
        return {"sharding": self.placement.sharding}

    @property
    def copies_files(self) -> bool:
        """Whether files are copied on their way; not where both work in one directory."""
        return self.meeting_place != self.storage
