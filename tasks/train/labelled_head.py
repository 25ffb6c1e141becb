"""Computes the vocabulary's logits only where the loss is taken, and the loss as a sum over tokens of the whole step.

Part of ``train``, inside the worker process. With the loss on the answer's tokens alone, three of four positions have no label; a
model's own ``forward`` computes their logits all the same. Replacing ``forward`` (not calling around it) keeps what accelerate
wraps around it: mixed precision, data parallelism, sharded weights.

The loss is the sum over labelled tokens divided by their number in the whole step, over all processes and parts: the same student
comes out however a step is shared.

Not covered: losses of mixture-of-experts routers; they are left out.
"""

from types import MethodType
from typing import Any

import torch
from torch.nn import functional
from transformers.modeling_outputs import CausalLMOutputWithPast

PLAIN_HEADS = frozenset({"llama", "mistral", "qwen2", "qwen3"})
"""Architectures whose logits are ``lm_head(model(...))``, with nothing in between: others may scale or cap them."""


def use_labelled_head(model: Any) -> None:
    """Replaces ``forward`` of a causal language model."""
    model.forward = MethodType(_forward if model.config.model_type in PLAIN_HEADS else _own_forward, model)


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
    kwargs["use_cache"] = False
    hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, **kwargs).last_hidden_state
    targets = labels[:, 1:]
    labelled = targets != -100
    return _loss(self.lm_head(hidden[:, :-1][labelled]), targets[labelled], num_items_in_batch)


def _own_forward(
    self: Any, labels: torch.Tensor | None = None, num_items_in_batch: torch.Tensor | int | None = None, **kwargs: Any
) -> CausalLMOutputWithPast:
    output: CausalLMOutputWithPast = type(self).forward(self, **(kwargs if labels is None else kwargs | {"use_cache": False}))
    if labels is None:
        return output
    targets = labels[:, 1:]
    labelled = targets != -100
    logits: Any = output.logits
    return _loss(logits[:, :-1][labelled], targets[labelled], num_items_in_batch)


def _loss(logits: torch.Tensor, targets: torch.Tensor, items: torch.Tensor | int | None) -> CausalLMOutputWithPast:
    loss: Any = functional.cross_entropy(logits.float(), targets, reduction="sum")
    return CausalLMOutputWithPast(loss=loss / (items if items is not None else max(1, len(targets))))
