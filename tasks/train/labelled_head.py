"""Computes the vocabulary's logits only where the loss is taken.

Part of ``train``, inside the worker process. With the loss on the answer's tokens alone, three of four positions have no label; a
model's own ``forward`` computes their logits all the same. Replacing ``forward`` (not calling around it) keeps what accelerate
wraps around it: mixed precision, and data parallelism later.

The loss is the sum over labelled tokens divided by their number in the whole step.

Not covered: architectures that scale or cap their logits; those keep their own ``forward``.
"""

from types import MethodType
from typing import Any

import torch
from torch.nn import functional
from transformers.modeling_outputs import CausalLMOutputWithPast

PLAIN_HEADS = frozenset({"llama", "mistral", "qwen2", "qwen3"})
"""Architectures whose loss is the cross-entropy of ``lm_head(model(...))``, with nothing in between."""


def use_labelled_head(model: Any) -> None:
    """Replaces ``forward`` of a causal language model whose architecture allows it."""
    if model.config.model_type in PLAIN_HEADS:
        model.forward = MethodType(_forward, model)


def drop_labelled_head(model: Any) -> None:
    """Gives the model its own ``forward`` back."""
    model.__dict__.pop("forward", None)


def _forward(
    self: Any,
    input_ids: torch.Tensor | None = None,
    attention_mask: torch.Tensor | None = None,
    labels: torch.Tensor | None = None,
    num_items_in_batch: torch.Tensor | int | None = None,
    **kwargs: Any,
) -> CausalLMOutputWithPast:
    if labels is None:
        own: CausalLMOutputWithPast = type(self).forward(self, input_ids=input_ids, attention_mask=attention_mask, **kwargs)
        return own
    hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
    targets = labels[:, 1:]
    labelled = targets != -100
    logits = self.lm_head(hidden[:, :-1][labelled]).float()
    loss: Any = functional.cross_entropy(logits, targets[labelled], reduction="sum")
    return CausalLMOutputWithPast(loss=loss / (num_items_in_batch if num_items_in_batch is not None else labelled.sum()))
