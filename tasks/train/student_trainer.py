"""The training loop: ``transformers.Trainer`` with planned batches, token-normalised loss, and an orderly end.

Part of ``train``, inside the worker process. What differs from the Trainer as shipped:

- batches come from ``batches.py``, all epochs as one, so a step number says exactly which rows are next;
- no attention mask: rows are padded on the right, where causal attention never looks, and the kernels without a mask are faster;
- a checkpoint counts only when it is complete (``saved_steps.py``), and is saved every few minutes and on SIGTERM;
- a loss that is no number stops the run at once, with the rows of the batch.

Recipe (AdamW 0.9/0.95, weight decay 0.01, 5 % warm-up, cosine, clip at 1.0): what small Llamas learned best with in our
measurements; see also Touvron et al. 2023, section 2.3.

Not covered: evaluation during training, several processes.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from transformers.trainer import Trainer
from transformers.trainer_callback import PrinterCallback, TrainerCallback, TrainerControl, TrainerState
from transformers.training_args import TrainingArguments

from schemas.errors import TrainingError
from schemas.records import TrainStep
from schemas.student_settings import TrainSettings
from tasks.student_model.labelled_tokens import IGNORED
from tasks.student_model.worker_link import WorkerLink
from tasks.train.batches import PlannedBatches
from tasks.train.prompt_noise import PromptNoise
from tasks.train.saved_steps import mark_complete

LOG_LINES = 400
"""Points of a run's loss curve, at most about."""
SAVE_SECONDS = 180.0
"""Work that a killed run may lose, seconds."""


class Rows(Dataset[dict[str, Any]]):
    """The tokenised curriculum, as the Trainer reads it: an index is (step, row), as ``PlannedBatches`` gives it."""

    def __init__(self, rows: Any, noise: PromptNoise) -> None:
        self._rows, self._noise = rows.with_format("numpy"), noise

    def __len__(self) -> int:
        return len(self._rows)

    def __getitems__(self, places: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        """The rows of one batch, read at once, their questions disturbed."""
        table = self._rows[[row for _, row in places]]
        batch = [{name: column[number] for name, column in table.items()} for number in range(len(places))]
        for row, (step, number) in zip(batch, places, strict=True):
            if row["noisy"]:
                row["input_ids"] = self._noise.disturb(row["input_ids"], row["labels"] == IGNORED, step, number)
        return batch

    def __getitem__(self, place: tuple[int, int]) -> dict[str, Any]:
        return self.__getitems__([place])[0]


class PadRight:
    """Rows -> one batch of tensors, padded on the right to the longest."""

    def __init__(self, pad_token_id: int) -> None:
        self._pad = pad_token_id

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        width = max(len(row["input_ids"]) for row in rows)
        ids = np.full((len(rows), width), self._pad, dtype=np.int64)
        labels = np.full((len(rows), width), IGNORED, dtype=np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row["input_ids"])] = row["input_ids"]
            labels[place, : len(row["labels"])] = row["labels"]
        return {
            "input_ids": torch.from_numpy(ids),
            "labels": torch.from_numpy(labels),
            "ids": [str(row["id"]) for row in rows],
        }


class StudentTrainer(Trainer):
    """The Trainer, fed with planned batches."""

    def __init__(self, model: Any, rows: Rows, plan: PlannedBatches, pad: int, args: TrainingArguments, request: str) -> None:
        super().__init__(model=model, args=args, train_dataset=rows, data_collator=PadRight(pad))
        self._rows, self._plan, self._request, self._ids = rows, plan, request, [""]
        self.remove_callback(PrinterCallback)  # the worker's log is for errors

    def get_train_dataloader(self) -> DataLoader[Any]:
        loader: DataLoader[Any] = DataLoader(self._rows, batch_sampler=self._plan, collate_fn=self.data_collator)
        return self.accelerator.prepare(loader)

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        self._ids = inputs.pop("ids", [""])
        loss: torch.Tensor = super().training_step(model, inputs, num_items_in_batch)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss.item()} at step {self.state.global_step + 1} (samples {', '.join(self._ids[:5])}). "
                "Lower train.learning_rate."
            )
        return loss

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Not counted: the Trainer walks all modules for it at each step, and nobody asks."""
        del inputs
        return 0

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        step = self.state.global_step
        mark_complete(Path(str(self.args.output_dir)) / f"checkpoint-{step}", self._request, step)


class Reporter(TrainerCallback):
    """Tells the parent how far it is, decides when to save, and ends the run when the parent asks for it."""

    def __init__(self, link: WorkerLink) -> None:
        self._link, self._saved = link, time.monotonic()
        self._note = ""

    def on_log(  # the Trainer's signature
        self,
        args: Any,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        logs: Any = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        if logs and "loss" in logs:
            self._note = f"loss {logs['loss']:.3f}"
            logs["seconds"] = state.log_history[-1]["seconds"] = round(time.time(), 3)

    def on_step_end(
        self,
        args: Any,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,  # noqa: ARG002
    ) -> TrainerControl:
        self._link.report(state.global_step, state.max_steps, "steps", self._note)
        if self._link.interrupted or time.monotonic() - self._saved > SAVE_SECONDS:
            control.should_save, self._saved = True, time.monotonic()
        if self._link.interrupted:
            control.should_training_stop = True
        return control


def training_arguments(settings: TrainSettings, folder: Path, steps: int) -> TrainingArguments:
    """The Trainer's arguments for this run.

    Args:
        settings: of the training stage.
        folder: where checkpoints of the run under way go.
        steps: optimizer steps of the whole run.
    """
    on_gpu = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, round(0.05 * steps)),
        optim="adamw_torch_fused",
        adam_beta1=0.9,
        adam_beta2=0.95,
        weight_decay=0.01,
        max_grad_norm=1.0,
        bf16=on_gpu and torch.cuda.is_bf16_supported(),
        use_cpu=not on_gpu,
        seed=settings.seed,
        logging_strategy="steps",
        logging_steps=max(1, steps // LOG_LINES),
        logging_nan_inf_filter=False,
        save_strategy="no",  # the Reporter decides
        save_total_limit=2,
        eval_strategy="no",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=on_gpu,
    )


def loss_curve(history: Sequence[dict[str, Any]], tokens: np.ndarray, epochs: float, started: float) -> list[TrainStep]:
    """The Trainer's log as rows.

    Args:
        history: of the Trainer's state; survives an interruption.
        tokens: tokens seen after each step, padding not counted.
        epochs: of the whole run.
        started: time of the first attempt's first step, seconds since 1970.
    """
    return [
        TrainStep(
            phase="curriculum",
            step=entry["step"],
            epoch=round(epochs * entry["step"] / len(tokens), 4),
            loss=entry["loss"],
            learning_rate=entry["learning_rate"],
            tokens=int(tokens[entry["step"] - 1]),
            seconds=round(max(0.0, entry["seconds"] - started), 3),
        )
        for entry in history
        if "loss" in entry
    ]
