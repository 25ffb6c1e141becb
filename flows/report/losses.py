"""The loss curve, thinned to what a line on a page can show: the training log is read streaming and averaged in equal stretches.

Example: ``LossCurve(phases=[PhaseLoss("knowledge", steps=[2, ...], losses=[7.1, ...])], first=7.31, last=0.02, steps=840)``

Not covered: learning rate and speed; they stand in the log.
"""

from dataclasses import dataclass, field

from schemas.contracts import Trained
from schemas.records import TrainStep
from tasks.dataset_files.jsonl import read_dataset

POINTS = 240
"""About as many points are drawn over all phases."""


@dataclass
class PhaseLoss:
    """One phase's line."""

    name: str
    steps: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class LossCurve:
    """All phases, one after the other."""

    phases: list[PhaseLoss]
    first: float
    last: float
    steps: int

    @property
    def in_words(self) -> str:
        """The curve in a sentence."""
        return f"The loss goes from {self.first:.3g} to {self.last:.3g} in {self.steps:,} steps." if self.phases else ""


def read_losses(trained: Trained) -> LossCurve:
    """The curve of a training log; empty where nothing was logged."""
    stretch = max(1, trained.log.rows // POINTS)
    phases: list[PhaseLoss] = []
    waiting: list[tuple[float, float]] = []
    offset, last_step, step, first, last = 0, 0, 0, 0.0, 0.0
    for number, row in enumerate(read_dataset(trained.log, TrainStep)):
        if not phases or phases[-1].name != row.phase:
            _flush(phases, waiting)
            phases.append(PhaseLoss(row.phase))
            offset = last_step if row.step <= last_step else 0
        step = offset + row.step
        first, last, last_step = (row.loss if number == 0 else first), row.loss, max(step, last_step)
        waiting.append((float(step), row.loss))
        if len(waiting) >= stretch:
            _flush(phases, waiting)
    _flush(phases, waiting)
    return LossCurve(phases=phases, first=first, last=last, steps=step)


def _flush(phases: list[PhaseLoss], waiting: list[tuple[float, float]]) -> None:
    if waiting:
        phases[-1].steps.append(waiting[-1][0])
        phases[-1].losses.append(sum(loss for _, loss in waiting) / len(waiting))
        waiting.clear()
