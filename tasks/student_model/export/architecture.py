"""A checkpoint's configuration and tensors in llama.cpp's words: hyperparameters, names, and the order of rows.

Part of ``labflow model export``. A GGUF file names its architecture; llama.cpp builds the network from that name and the
hyperparameters beside it. Three things are more than a change of name:

- Rotary embedding: Hugging Face turns the first half of a head against the second, llama.cpp (for llama and granite) neighbours
  against each other. The rows of the query and key projections change places accordingly.
- Rotary scaling of Llama 3 is a tensor of factors, one for each frequency (``rope_freqs.weight``).
- A sliding window is not in these architectures of llama.cpp: the context is cut to the window, within which both are the same.

Example (beginning of what comes out)::

    ModelPlan(architecture="llama", values={"block_count": 4, "context_length": 2048, "embedding_length": 192, ...}, ...)

Source: the GGUF specification (ggml, docs/gguf.md); the package ``gguf`` knows the names of tensors. Llama 3's scaling: its
configuration's ``rope_type: llama3`` in transformers.

Not covered: mixtures of experts, models of images or sound, and any architecture that is not listed here.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from schemas.errors import TrainingError, UsageError
from tasks.student_model.export.weights import Array, StoredTensor, list_tensors

WAY_OUT = "llama.cpp's own convert_hf_to_gguf.py knows more of them"


@dataclass(frozen=True)
class Architecture:
    """One that was tried against llama.cpp.

    Args:
        name: llama.cpp's.
        swaps_rows: Whether rows of the query and key projections change places.
        required: What each block must have beside what all have, without ``.weight`` or ``.bias``.
    """

    name: str
    swaps_rows: bool
    required: tuple[str, ...] = ()


ARCHITECTURES = {
    "LlamaForCausalLM": Architecture("llama", swaps_rows=True),
    "MistralForCausalLM": Architecture("llama", swaps_rows=True),
    "GraniteForCausalLM": Architecture("granite", swaps_rows=True),
    "Qwen2ForCausalLM": Architecture("qwen2", swaps_rows=False),
    "Qwen3ForCausalLM": Architecture("qwen3", swaps_rows=False, required=("self_attn.q_norm", "self_attn.k_norm")),
}
_OF_A_BLOCK = (
    "input_layernorm",
    "post_attention_layernorm",
    *(f"self_attn.{part}_proj" for part in "qkvo"),
    *(f"mlp.{part}_proj" for part in ("gate", "up", "down")),
)
_GRANITE_SCALES = {
    "attention_multiplier": "attention.scale",
    "embedding_multiplier": "embedding_scale",
    "residual_multiplier": "residual_scale",
    "logits_scaling": "logit_scale",
}


@dataclass(frozen=True)
class PlannedTensor:
    """One tensor of the file to be.

    Args:
        name: llama.cpp's.
        read: Its values in float32, rows in llama.cpp's order.
    """

    name: str
    shape: tuple[int, ...]
    read: Callable[[], Array]


@dataclass(frozen=True)
class ModelPlan:
    """What the file will hold beside its vocabulary.

    Args:
        architecture: llama.cpp's name.
        values: Hyperparameters; the architecture's name goes before each key.
        tensors: In the order in which they are written.
        vocabulary: Rows of the embedding.
        context: Longest conversation, tokens.
        notes: What a person should know, a line each.
    """

    architecture: str
    values: Mapping[str, int | float | str]
    tensors: tuple[PlannedTensor, ...]
    vocabulary: int
    context: int
    notes: tuple[str, ...]


def plan_model(folder: Path) -> ModelPlan:
    """How a checkpoint becomes a GGUF file; no weight is read yet.

    Raises:
        UsageError: llama.cpp's counterpart of this architecture, or of one of its settings, is not known here.
        TrainingError: a tensor or a setting is missing.
    """
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        named = (config.get("architectures") or [""])[0]
    except (OSError, ValueError, AttributeError, IndexError, TypeError, RecursionError) as error:
        raise TrainingError(f"{folder / 'config.json'} cannot be read ({error}). Fetch the model again.") from error
    architecture = ARCHITECTURES.get(named)
    if architecture is None:
        known = ", ".join(ARCHITECTURES)
        raise UsageError(f"{named or 'a model without architecture'} cannot be written as GGUF here ({known} can): {WAY_OUT}.")
    try:
        values, context, notes = _values_of(config, architecture)
        rope = _rope_factors(config)
        tensors = _plan_tensors(folder, config, architecture)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise TrainingError(f"{folder / 'config.json'} lacks what {named} needs ({reason}). Fetch the model again.") from error
    if rope is not None:
        tensors.append(PlannedTensor("rope_freqs.weight", rope.shape, rope.copy))
    return ModelPlan(architecture.name, values, tuple(tensors), int(config["vocab_size"]), context, tuple(notes))


def _values_of(config: dict[str, Any], architecture: Architecture) -> tuple[dict[str, int | float | str], int, list[str]]:
    """Hyperparameters, the longest context, and what a person should know of them."""
    _refuse_what_is_not_known(config)
    heads, width = int(config["num_attention_heads"]), int(config["hidden_size"])
    head = int(config.get("head_dim") or width // heads)
    context, notes = int(config["max_position_embeddings"]), []
    window = config.get("sliding_window")
    if window and config.get("use_sliding_window", True) and int(window) < context:
        notes.append(f"the context is cut from {context:,} to {int(window):,} tokens, the model's sliding window")
        context = int(window)
    values: dict[str, int | float | str] = {
        "block_count": int(config["num_hidden_layers"]),
        "context_length": context,
        "embedding_length": width,
        "feed_forward_length": int(config["intermediate_size"]),
        "attention.head_count": heads,
        "attention.head_count_kv": int(config.get("num_key_value_heads") or heads),
        "attention.key_length": head,
        "attention.value_length": head,
        "attention.layer_norm_rms_epsilon": float(config["rms_norm_eps"]),
        "rope.dimension_count": head,
        "rope.freq_base": float(_rope(config).get("rope_theta") or config.get("rope_theta") or 10_000.0),
        "vocab_size": int(config["vocab_size"]),
    }
    if architecture.name == "granite":
        values |= {key: float(config[name]) for name, key in _GRANITE_SCALES.items() if config.get(name) is not None}
    return values | _rope_scaling(config), context, notes


def _refuse_what_is_not_known(config: dict[str, Any]) -> None:
    if config.get("hidden_act", "silu") not in ("silu", "swish"):
        raise UsageError(f"llama.cpp computes silu here, the model {str(config['hidden_act'])[:40]!r}: {WAY_OUT}.")
    if float(config.get("partial_rotary_factor") or _rope(config).get("partial_rotary_factor") or 1) != 1:
        raise UsageError(f"a model that turns only part of each head cannot be written as GGUF here: {WAY_OUT}.")
    if config.get("quantization_config"):
        raise UsageError("a quantised checkpoint cannot be written as GGUF: export the one that it was made from.")


def _rope(config: dict[str, Any]) -> dict[str, Any]:
    """Rotary settings, wherever this version of transformers keeps them."""
    return dict(config.get("rope_parameters") or config.get("rope_scaling") or {})


def _rope_type(config: dict[str, Any]) -> str:
    return str(_rope(config).get("rope_type") or _rope(config).get("type") or "default")


def _rope_scaling(config: dict[str, Any]) -> dict[str, int | float | str]:
    rope, kind = _rope(config), _rope_type(config)
    if kind in ("default", "llama3"):  # llama3 is a tensor
        return {}
    if kind == "linear":
        return {"rope.scaling.type": "linear", "rope.scaling.factor": float(rope["factor"])}
    if kind == "yarn" and not {"mscale", "mscale_all_dim", "attention_factor", "truncate"} & set(rope):
        original = int(rope.get("original_max_position_embeddings") or config["max_position_embeddings"])
        return {
            "rope.scaling.type": "yarn",
            "rope.scaling.factor": float(rope["factor"]),
            "rope.scaling.original_context_length": original,
        }
    raise UsageError(f"rotary scaling {kind[:40]!r} with these settings cannot be written as GGUF here: {WAY_OUT}.")


def _rope_factors(config: dict[str, Any]) -> Array | None:
    """Llama 3's divisors of the frequencies: 1 for short waves, ``factor`` for long ones, a blend in between."""
    if _rope_type(config) != "llama3":
        return None
    rope = _rope(config)
    head = int(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
    base = float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)
    waves = 2 * math.pi * base ** (np.arange(0, head, 2, dtype=np.float64) / head)
    turns = float(rope["original_max_position_embeddings"]) / waves
    low, high, factor = float(rope["low_freq_factor"]), float(rope["high_freq_factor"]), float(rope["factor"])
    blend = np.clip((turns - low) / (high - low), 0, 1)
    return (1 / ((1 - blend) / factor + blend)).astype(np.float32)


def _plan_tensors(folder: Path, config: dict[str, Any], architecture: Architecture) -> list[PlannedTensor]:
    """Every tensor of the checkpoint under its new name.

    Raises:
        UsageError: llama.cpp has no name for one.
        TrainingError: one is missing.
    """
    stored = list_tensors(folder)
    blocks = int(config["num_hidden_layers"])
    number = next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture.name)
    names = gguf.get_tensor_name_map(number, blocks)
    tied = bool(config.get("tie_word_embeddings"))
    _require_whole(folder, stored, blocks, architecture, tied)
    planned = []
    for name, tensor in stored.items():
        if name.endswith("rotary_emb.inv_freq") or (tied and name == "lm_head.weight"):
            continue  # computed anew; the same as the embedding
        known = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if known is None:
            raise UsageError(f"llama.cpp's {architecture.name} has no place for the tensor {name[:80]}: {WAY_OUT}.")
        heads = _heads_to_swap(name, config) if architecture.swaps_rows else 0
        planned.append(PlannedTensor(known, tensor.shape, _reader(tensor, heads)))
    return planned


def _require_whole(folder: Path, stored: Mapping[str, StoredTensor], blocks: int, architecture: Architecture, tied: bool) -> None:
    parts = (*_OF_A_BLOCK, *architecture.required)
    expected = ["model.embed_tokens.weight", "model.norm.weight", *(() if tied else ("lm_head.weight",))]
    expected += [f"model.layers.{block}.{part}.weight" for block in range(blocks) for part in parts]
    missing = [name for name in expected if name not in stored]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise TrainingError(f"{folder} is incomplete: {missing[0]}{more} is missing from its weights. Fetch the model again.")


def _heads_to_swap(name: str, config: dict[str, Any]) -> int:
    heads = int(config["num_attention_heads"])
    if ".q_proj." in name:
        return heads
    return int(config.get("num_key_value_heads") or heads) if ".k_proj." in name else 0


def _reader(tensor: StoredTensor, heads: int) -> Callable[[], Array]:
    return lambda: swap_rows(tensor.read(), heads) if heads else tensor.read()


def swap_rows(values: Array, heads: int) -> Array:
    """Rows of a query or key projection in llama.cpp's order: in each head, row ``i`` of both halves beside each other.

    >>> swap_rows(np.arange(8), heads=2).tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(values.shape)
