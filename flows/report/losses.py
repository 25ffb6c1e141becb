"""The loss curve and the learning rate, thinned to what a line on a page can show: the log is read streaming and averaged in
equal stretches.

    LossCurve(phases=[PhaseLoss("knowledge", steps=[2, ...], losses=[7.1, ...], rates=[0.0003, ...])], first=7.31, steps=840)

Not covered: speed; it stands in the log.
"""

from dataclasses import dataclass, field
from statistics import fmean

from schemas.records import TrainStep
from schemas.student_contracts import Trained
from tasks.dataset_files.jsonl import read_dataset

POINTS = 240
"""About as many points are drawn over all phases."""
SMOOTHED_SHARE = 20
"""The bold line is a trailing mean over one part in so many."""


@dataclass
class PhaseLoss:
    """One phase's line."""

    name: str
    steps: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def smooth(self) -> list[float]:
        """The trailing mean over a twentieth of the points: one batch is easier than the next."""
        window = max(1, len(self.losses) // SMOOTHED_SHARE)
        return [fmean(self.losses[max(0, end - window) : end]) for end in range(1, len(self.losses) + 1)]


@dataclass(frozen=True)
class LossCurve:
    """All phases, one after the other."""

    phases: list[PhaseLoss]
    first: float
    steps: int

    @property
    def in_words(self) -> str:
        """The curve in a sentence."""
        if not self.phases:
            return ""
        last, rates = self.phases[-1].smooth[-1], [rate for phase in self.phases for rate in phase.rates]
        return (
            f"The loss goes from {self.first:.2g} at the first step to {last:.2g}, the mean at the end of {self.steps:,} steps. "
            f"The learning rate rises to {max(rates):.2g} and ends at {rates[-1]:.2g}."
        )


def read_losses(trained: Trained) -> LossCurve:
    """The curve of a training log; empty where nothing was logged."""
    stretch = max(1, trained.log.rows // POINTS)
    phases: list[PhaseLoss] = []
    waiting: list[tuple[float, TrainStep]] = []
    offset, last_step, step, first = 0, 0, 0, 0.0
    for number, row in enumerate(read_dataset(trained.log, TrainStep)):
        if not phases or phases[-1].name != row.phase:
            _flush(phases, waiting)
            phases.append(PhaseLoss(row.phase))
            offset = last_step if row.step <= last_step else 0
        step = offset + row.step
        first, last_step = (row.loss if number == 0 else first), max(step, last_step)
        waiting.append((float(step), row))
        if len(waiting) >= stretch:
            _flush(phases, waiting)
    _flush(phases, waiting)
    return LossCurve(phases=phases, first=first, steps=step)


def _flush(phases: list[PhaseLoss], waiting: list[tuple[float, TrainStep]]) -> None:
    if waiting:
        phases[-1].steps.append(waiting[-1][0])
        phases[-1].losses.append(fmean(row.loss for _, row in waiting))
        phases[-1].rates.append(fmean(row.learning_rate for _, row in waiting))
        waiting.clear()
