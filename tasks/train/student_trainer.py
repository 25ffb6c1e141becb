"""The training loop: ``transformers.Trainer`` with planned steps, token-normalised loss, and an orderly end.

Part of ``train``, inside the worker process. What differs from the Trainer as shipped:

- steps come from ``phases.py``, all epochs as one, so a step number says exactly which rows are next;
- a step is shared by all processes and may be computed in parts; the loss is normalised by the tokens of the whole step;
- no attention mask: rows are padded on the right, or flattened (``collating.py``), and the kernels without a mask are faster;
- a checkpoint counts only when it is complete (``saved_steps.py``), and is saved every few minutes and on SIGTERM;
- checkpoints are compared by their loss on the validation part, where there is one;
- a loss that is no number stops the run at once, with the rows of the step.

Not covered: other objectives than the next token's.
"""

import math
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, SequentialSampler
from torch.utils.data.sampler import BatchSampler
from transformers.trainer import Trainer
from transformers.trainer_callback import PrinterCallback
from transformers.training_args import TrainingArguments

from schemas.errors import TrainingError
from tasks.train.collating import StepBatches, first_item
from tasks.train.processes import Processes
from tasks.train.saved_steps import mark_complete, step_folder
from tasks.train.sharding import gather_when_done, require_hardware, require_spread, spread_without_gpu


class StudentTrainer(Trainer):
    """The Trainer, fed with the planned steps of one phase.

    Args:
        model: with the labelled head (``labelled_head.py``), with or without adapters.
        steps: what this process computes in each step.
        validation: the same for the held-out rows, in no order; empty where nothing is held out.
        arguments: see ``training_arguments.py``.
        key: of the request and base: checkpoints of another are not used.
        processes: that train together.
    """

    def __init__(
        self,
        model: Any,
        steps: StepBatches,
        validation: StepBatches | None,
        arguments: TrainingArguments,
        key: str,
        processes: Processes,
    ) -> None:
        super().__init__(model=model, args=arguments, train_dataset=steps)
        self._steps, self._validation, self._key, self._processes = steps, validation, key, processes
        self._folder = Path(str(arguments.output_dir))
        self.model_accepts_loss_kwargs = True  # the labelled head does, whatever the model's own forward says
        self.remove_callback(PrinterCallback)  # the worker's log is for errors

    def create_accelerator_and_postprocess(self) -> None:
        require_hardware()
        super().create_accelerator_and_postprocess()
        spread_without_gpu(self.accelerator)
        gather_when_done(self.accelerator)
        self.is_fsdp_enabled = getattr(self.accelerator.state, "fsdp_plugin", None) is not None

    def get_train_dataloader(self) -> DataLoader[Any]:
        # Not prepared by accelerate: it would deal whole steps out to the processes, and each has its part already.
        one_step = BatchSampler(SequentialSampler(self._steps), batch_size=1, drop_last=False)
        return DataLoader(self._steps, batch_sampler=one_step, collate_fn=first_item)

    def _prepare_for_training(self, *args: Any, **kwargs: Any) -> Any:
        prepared = super()._prepare_for_training(*args, **kwargs)
        require_spread(self.model_wrapped, self.accelerator)
        # All of it: PEFT's wrapper is born in training mode around a base that was loaded for answers. A four-bit layer that is
        # not in training packs itself for answers on some CPUs, and is no longer quite the same once it was saved.
        self.model_wrapped.train()
        return prepared

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: torch.device) -> tuple[list[Any], Any]:
        """The next step, and its labelled tokens over all processes, which the plan knows."""
        del num_batches, device
        batch = next(epoch_iterator)
        return [batch], batch["labelled"]

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """The loss of the step, whose gradients are left in the model.

        The Trainer's own walks through all modules and asks for what is not in use at each step: some percent of a small
        student's time.
        """
        if not model.training:
            model.train()
        parts, total = inputs["parts"], None
        for number, part in enumerate(parts):
            # gradients are exchanged once, after the last part; DeepSpeed also takes its step where it may exchange them
            is_last = number == len(parts) - 1
            self.accelerator.gradient_state._set_sync_gradients(is_last)
            with nullcontext() if is_last else self.accelerator.no_sync(model):
                loss = self.part_loss(model, part, num_items_in_batch)
                self.accelerator.backward(loss, **({"scale_wrt_gas": False} if self.is_deepspeed_enabled else {}))
            total = loss.detach() if total is None else total + loss.detach()
        assert total is not None
        if not math.isfinite(total.item()):
            self._refuse(inputs["step"], total.item())
        return total

    def part_loss(self, model: Any, part: dict[str, Any], labelled: int) -> torch.Tensor:
        """The sum of a part's losses over the labelled tokens of the step; processes take the mean of their gradients."""
        with self.compute_loss_context_manager():
            loss: torch.Tensor = model(**self._prepare_inputs(part), num_items_in_batch=labelled).loss * self._processes.count
        return loss

    def _refuse(self, step: int, loss: float) -> None:
        names = self._steps.names(step)
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        raise TrainingError(
            f"the loss is {loss} at step {step + 1} (samples {', '.join(names[:5])}{more}). Lower train.learning_rate."
        )

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Not counted: the Trainer walks all modules for it at each step, and nobody asks."""
        del inputs
        return 0

    def evaluate(self, *_args: Any, **_kwargs: Any) -> dict[str, float]:
        """The loss on the validation part; the best checkpoint so far is saved and remembered."""
        assert self._validation is not None
        total, labelled = self._processes.sum_up(*validation_loss(self, self._validation))
        metrics = {"eval_loss": total / max(1.0, labelled)}
        self.log(dict(metrics))
        if self.state.best_metric is None or metrics["eval_loss"] < self.state.best_metric:
            self.state.best_metric, self.state.best_global_step = metrics["eval_loss"], self.state.global_step
            self.control.should_save = True
        return metrics

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        best, step = self.state.best_global_step, self.state.global_step
        if best is not None:
            self.state.best_model_checkpoint = str(step_folder(self._folder, best))  # kept when older ones are removed
        super()._save_checkpoint(model, trial)
        self._processes.wait()  # each writes files of its own
        if self._processes.is_first:
            mark_complete(step_folder(self._folder, step), self._key, step, best)

    def take_best(self) -> int | None:
        """Loads the weights that did best on the validation part; returns their step, or None where there is no such part."""
        best = self.state.best_global_step
        if self._validation is None or best is None:
            return None
        if best != self.state.global_step:
            self._processes.wait()
            self.load_weights(step_folder(self._folder, best))
        return int(best)

    def whole_state(self) -> dict[str, Any] | None:
        """All weights, where each process holds a part of them; None where this process has the whole model."""
        if not (self.is_fsdp_enabled or self.is_deepspeed_enabled):
            return None
        gathered: dict[str, Any] = self.accelerator.get_state_dict(self.model_wrapped)
        return gathered

    def load_weights(self, checkpoint: Path) -> None:
        """Puts the weights of a saved step into the model."""
        self._load_from_checkpoint(str(checkpoint), self.model_wrapped if self.is_fsdp_enabled else None)


@torch.no_grad()
def validation_loss(trainer: StudentTrainer, steps: StepBatches) -> Sequence[float]:
    """This process's sum of losses over held-out tokens, and its number of steps' labelled tokens (counted by the first only)."""
    model = trainer.model_wrapped
    model.eval()
    total, labelled = 0.0, 0
    for number in range(len(steps)):
        step = steps[number]
        labelled += step["labelled"]
        for part in step["parts"]:
            with trainer.compute_loss_context_manager():
                total += float(model(**trainer._prepare_inputs(part), num_items_in_batch=1).loss)
    model.train()
    return total, labelled if trainer.is_world_process_zero() else 0
