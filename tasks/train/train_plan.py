"""What training will do, as a record that is written before the first step.

Part of ``train``, inside the worker process. It is made from the curriculum's tokens, the phases and the model's outline, without
loading a weight: a plan alone (``labflow model train --dry-run``) needs no GPU.

The memory of one process is estimated for the largest step::

    weights      stored weights in the format that the method holds them in
    gradients    4 bytes for each weight that changes
    optimizer    8 bytes for each weight that changes (AdamW's two moments)
    activations  what each layer keeps for the way back, and the logits of labelled tokens

after Korthikanti et al. 2022, "Reducing Activation Recomputation in Large Transformer Models", section 4, without its attention
matrices, which the kernels in use do not keep.

Example record::

    {"method": "full", "parameters": 1179840, "trainable": 1179840, "phases": [{"name": "curriculum", "samples": 447, ...}],
     "steps": 336, "tokens": 146460, "memory": {"weights": 4719360, ..., "total": 30146560}, ...}

Not covered: what FSDP or DeepSpeed spread over processes, libraries and fragmentation: plan for a third more.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from schemas.student_contracts import MemoryEstimate, PhasePlan, TrainPlan
from schemas.student_settings import TrainSettings
from tasks.student_model.load_student import outline_model, stored_dtype
from tasks.train.batches import share_batch
from tasks.train.curriculum import SOURCES
from tasks.train.phases import Phase
from tasks.train.token_files import TokenFiles
from tasks.train.training_arguments import computes_in_bfloat16

FOUR_BITS = 0.52
"""Bytes for each weight of a linear layer in NF4, with its quantised constants."""
KEPT_WIDTHS = 9
"""Vectors as wide as the model that a layer keeps for each token: around its two norms, the attention, and its output."""
KEPT_INNER = 4
"""Vectors as wide as the inner layer: gate, up, activation and product."""


def describe_plan(settings: TrainSettings, base: Path, tokens: TokenFiles, phases: Sequence[Phase]) -> TrainPlan:
    """The plan of the whole training.

    Args:
        settings: of the training stage.
        base: directory of the model that training begins with.
        tokens: the curriculum.
        phases: in order.
    """
    outline = outline_model(base)
    plans = tuple(_describe_phase(phase, tokens) for phase in phases)
    parameters = sum(weight.numel() for weight in outline.parameters())
    used = np.concatenate([phase.rows for phase in phases])
    return TrainPlan(
        method=settings.method,
        parameters=parameters,
        trainable=count_trainable(outline, settings),
        phases=plans,
        over_long=tokens.over_long.rows,
        longest=int(tokens.lengths[used].max()),
        steps=sum(plan.steps for plan in plans),
        tokens=sum(plan.tokens for plan in plans),
        processes=settings.processes * settings.nodes,
        memory=estimate_memory(outline, settings, stored_dtype(base), *largest_part(settings, tokens, phases)),
    )


def _describe_phase(phase: Phase, tokens: TokenFiles) -> PhasePlan:
    def count(source: str) -> int:
        own = np.setdiff1d(phase.rows, phase.replayed)
        return int((tokens.sources[own] == SOURCES.index(source)).sum())

    return PhasePlan(
        name=phase.name,
        samples=count("sample"),
        replayed=len(phase.replayed),
        from_file=count("file"),
        passages=count("passage"),
        validation=len(phase.validation),
        epochs=phase.epochs,
        learning_rate=phase.learning_rate,
        steps=phase.steps,
        tokens=int(sum(tokens.lengths[batch].sum() for batch in phase.batches)),
        padded_tokens=int(sum(len(batch) * tokens.lengths[batch].max() for batch in phase.batches)),
    )


def count_trainable(outline: Any, settings: TrainSettings) -> int:
    """Weights that change under the method."""
    if settings.method == "full":
        return sum(weight.numel() for weight in outline.parameters())
    if settings.method == "osf":
        return sum(_free(linear, settings) * (sum(linear.weight.shape) + 1) for linear in adapted_layers(outline))
    return sum(settings.lora_rank * sum(linear.weight.shape) for linear in adapted_layers(outline))


def adapted_layers(outline: Any) -> list[torch.nn.Linear]:
    """The linear layers that adapters go to: all but the head."""
    head = outline.get_output_embeddings()
    return [module for module in outline.modules() if isinstance(module, torch.nn.Linear) and module is not head]


def _free(linear: torch.nn.Linear, settings: TrainSettings) -> int:
    """Directions of a matrix that may change."""
    directions = min(linear.weight.shape)
    return directions - int(directions * settings.osf_preserved)


def largest_part(settings: TrainSettings, tokens: TokenFiles, phases: Sequence[Phase]) -> tuple[int, int]:
    """Padded tokens and labelled tokens of the largest part that a process computes at once."""
    most, labelled = 0, 0
    processes = settings.processes * settings.nodes
    for phase in phases:
        for batch in phase.batches[: phase.epoch_ends[0]]:
            for part in share_batch(batch, tokens.lengths, processes, settings.micro_batch_tokens)[0]:
                rows = part[part >= 0]
                if len(rows):
                    most = max(most, len(rows) * int(tokens.lengths[rows].max()))
                    labelled = max(labelled, int(tokens.labelled[rows].sum()))
    return most, labelled


def estimate_memory(outline: Any, settings: TrainSettings, stored: torch.dtype, tokens: int, labelled: int) -> MemoryEstimate:
    """What one process needs, bytes.

    Args:
        outline: the model's modules.
        settings: of the training stage.
        stored: number format of the base's files.
        tokens: padded tokens that are computed at once, at most.
        labelled: those of them that the loss is taken on, at most.
    """
    parameters = sum(weight.numel() for weight in outline.parameters())
    trainable = count_trainable(outline, settings)
    inside = sum(linear.weight.numel() for linear in adapted_layers(outline))
    half, on_gpu = computes_in_bfloat16(settings), torch.cuda.is_available()
    weights = float(4 * parameters)
    if settings.method == "qlora":
        weights = FOUR_BITS * inside + stored.itemsize * (parameters - inside) + 4 * trainable
    elif settings.method == "lora":
        weights = (stored.itemsize if half and on_gpu else 4) * parameters + 4 * trainable
    elif settings.method == "osf":
        weights += 3 * 4 * trainable  # what may change, as it was and as it is, and the directions that it is kept apart from
    if half and settings.method in ("full", "osf"):
        weights += 2 * parameters  # copies for the matrix products
    config = outline.config.get_text_config()
    width, layers = config.hidden_size, config.num_hidden_layers
    inner = getattr(config, "intermediate_size", None) or 4 * width
    in_layer = tokens * (KEPT_WIDTHS * width + KEPT_INNER * inner) * (2 if half else 4)
    kept = layers * in_layer
    if settings.gradient_checkpointing:
        kept = layers * tokens * width * (2 if half else 4) + in_layer
    logits = labelled * config.vocab_size * (4 + 4 + (2 if half else 4))
    parts = {"weights": weights, "gradients": 4 * trainable, "optimizer": 8 * trainable, "activations": kept + logits}
    return MemoryEstimate(**{name: int(size) for name, size in parts.items()}, total=int(sum(parts.values())))
