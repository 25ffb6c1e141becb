"""The settings of one phase in the Trainer's words.

Part of ``train``, inside the worker process.

Recipe (AdamW 0.9/0.95, weight decay 0.01, 5 % warm-up, cosine, clip at 1.0): what small Llamas learned best with in our
measurements; see also Touvron et al. 2023, section 2.3.

Not covered: other optimizers and schedules.
"""

import importlib.util
import os
from pathlib import Path

import torch
from torch import distributed
from transformers.training_args import TrainingArguments

from schemas.errors import TrainingError
from schemas.student_settings import TrainSettings
from tasks.train.phases import Phase

LOG_LINES = 400
"""Points of a phase's loss curve, at most about."""


def training_arguments(settings: TrainSettings, phase: Phase, folder: Path, board: Path | None = None) -> TrainingArguments:
    """The Trainer's arguments for one phase.

    Args:
        settings: of the training stage.
        phase: steps and learning rate.
        folder: where checkpoints of the run under way go.
        board: where the loss curve goes for TensorBoard; None: nowhere.

    Raises:
        TrainingError: TensorBoard is asked for and not installed.
    """
    on_gpu = torch.cuda.is_available()
    if settings.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise TrainingError(
            "train.tensorboard needs a package: pip install 'labflow[tensorboard]'. Or set train.tensorboard=false."
        )
    if board is not None:
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(board)  # the Trainer reads it there
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=phase.steps,
        learning_rate=phase.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, round(0.05 * phase.steps)),
        optim="adamw_torch_fused",
        adam_beta1=0.9,
        adam_beta2=0.95,
        weight_decay=0.01,
        max_grad_norm=1.0,
        bf16=computes_in_bfloat16(settings),
        gradient_checkpointing=settings.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False} if settings.gradient_checkpointing else None,
        use_cpu=not on_gpu,
        ddp_backend=distributed.get_backend() if distributed.is_initialized() else None,
        ddp_find_unused_parameters=False,
        seed=settings.seed,
        logging_strategy="steps",
        logging_steps=max(1, phase.steps // LOG_LINES),
        logging_nan_inf_filter=False,
        save_strategy="no",  # the Reporter decides
        save_total_limit=3 if len(phase.validation) else 2,
        eval_strategy="no",
        report_to=["tensorboard"] if board else [],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=on_gpu,
    )


def computes_in_bfloat16(settings: TrainSettings) -> bool:
    """Whether matrix products are taken in bfloat16; weights that change are kept in float32 all the same."""
    if settings.precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return settings.precision == "bfloat16"


def flattens(settings: TrainSettings) -> bool:
    """Whether rows are laid in one line: where asked, or where flash-attention is at hand."""
    if settings.attention == "auto":
        return torch.cuda.is_available() and importlib.util.find_spec("flash_attn") is not None
    return settings.attention == "flattened"
