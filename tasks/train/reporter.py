"""What the parent hears while a phase is trained, when steps are saved, and the loss curve at the end.

Part of ``train``, inside the worker process.

Example of a row of the loss curve::

    TrainStep(phase="curriculum", step=400, epoch=2.4, loss=0.31, learning_rate=0.0011, tokens=98231, seconds=41.2)

Not covered: other measures than the loss.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from transformers.trainer_callback import TrainerCallback, TrainerControl, TrainerState

from schemas.records import TrainStep
from tasks.student_model.worker_link import WorkerLink
from tasks.train.phases import Phase
from tasks.train.processes import ALONE, Processes

SAVE_SECONDS = 180.0
"""Work that a killed run may lose, seconds."""


class Reporter(TrainerCallback):
    """Tells the parent how far it is, decides when to save and validate, and ends the phase when the parent asks for it.

    Args:
        link: to the parent.
        phase: that is trained.
        before: steps of earlier phases.
        after: steps of later phases.
        processes: that train together: they save, validate and stop after the same step.
    """

    def __init__(self, link: WorkerLink, phase: Phase, before: int = 0, after: int = 0, processes: Processes = ALONE) -> None:
        self._link, self._processes = link, processes
        self._before, self._total = before, before + phase.steps + after
        self._is_last = after == 0
        self._validates_at = set(phase.epoch_ends) if len(phase.validation) else set[int]()
        self._saved, self._note = time.monotonic(), ""
        self._name = f"{phase.name}, " if phase.name != "curriculum" else ""

    def on_log(  # the Trainer's signature
        self,
        args: Any,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        logs: Any = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        if logs and "loss" in logs:
            self._note = f"{self._name}loss {logs['loss']:.3f}"
            logs["seconds"] = state.log_history[-1]["seconds"] = round(time.time(), 3)

    def on_step_end(
        self,
        args: Any,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,  # noqa: ARG002
    ) -> TrainerControl:
        self._link.report(self._before + state.global_step, self._total, "steps", self._note)
        due = self._processes.is_first and time.monotonic() - self._saved > SAVE_SECONDS
        stop, save = self._processes.agree(self._link.interrupted, due)
        if state.global_step in self._validates_at:
            control.should_evaluate = control.should_log = True
        # the next phase begins with what this one leaves, in this attempt or in another
        if stop or save or (state.global_step == state.max_steps and not self._is_last):
            control.should_save, self._saved = True, time.monotonic()
        if stop:
            control.should_training_stop = True
        return control


def loss_curve(history: Sequence[dict[str, Any]], phase: Phase, lengths: np.ndarray, started: float) -> list[TrainStep]:
    """The Trainer's log as rows.

    Args:
        history: of the Trainer's state; survives an interruption.
        phase: that was trained.
        lengths: tokens of each row.
        started: time of the first attempt's first step, seconds since 1970.
    """
    tokens = np.cumsum([lengths[batch].sum() for batch in phase.batches])
    validated = {entry["step"]: entry["eval_loss"] for entry in history if "eval_loss" in entry}
    return [
        TrainStep(
            phase=phase.name,
            step=entry["step"],
            epoch=round(phase.epochs * entry["step"] / phase.steps, 4),
            loss=entry["loss"],
            learning_rate=entry["learning_rate"],
            tokens=int(tokens[entry["step"] - 1]),
            seconds=round(max(0.0, entry["seconds"] - started), 3),
            validation_loss=validated.get(entry["step"]),
        )
        for entry in history
        if "loss" in entry
    ]
