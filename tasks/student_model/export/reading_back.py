"""Reads an exported GGUF file back and holds it against the checkpoint: every tensor's values, and the tokens of texts.

Part of ``labflow model export``, needs no runtime. Each tensor is decoded from its number format; its error is the root of the
mean square of the difference over that of the values: 0 for f32, under 0.001 for f16, about 0.005 for q8_0, 0.05 to 0.1 for four
bits. The tokenizer is built anew from the file's own tokens, merges and pre-tokenizer name.

Not covered: what llama.cpp makes of the file (``parity.py`` asks it).
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from schemas.errors import TrainingError
from tasks.student_model.export.architecture import ModelPlan
from tasks.student_model.export.gguf_file import open_gguf
from tasks.student_model.export.pre_tokenizer import define_pre_tokenizer
from tasks.student_model.export.sentencepiece import define_tokenizer
from tasks.student_model.export.vocabulary import CONTROL, UNKNOWN, UNUSED, USER_DEFINED
from tasks.student_model.export.weights import Array

LARGEST_ERROR = {"f32": 0.0, "f16": 0.01, "bf16": 0.01, "q8_0": 0.03, "q4_k_m": 0.25}
"""Relative to the values; more than that is no rounding."""


def compare_tensors(file: Path, plan: ModelPlan, kind: str) -> float:
    """The largest relative error of any tensor.

    Raises:
        TrainingError: a tensor is missing, has another shape, or other values than the checkpoint's rounded ones.
    """
    written = {tensor.name: tensor for tensor in open_gguf(file).tensors}
    if set(written) != {tensor.name for tensor in plan.tensors}:
        odd = sorted(set(written) ^ {tensor.name for tensor in plan.tensors})
        raise TrainingError(f"{file} has not the checkpoint's tensors: {', '.join(odd[:3])}. Export it again.")
    worst = 0.0
    for tensor in plan.tensors:
        values = tensor.read()
        decoded = gguf.dequantize(written[tensor.name].data, written[tensor.name].tensor_type).reshape(-1)
        if decoded.size != values.size:
            raise TrainingError(f"{tensor.name} in {file} has another shape than in the checkpoint. Export it again.")
        values = values.reshape(-1)
        scale = _size(values) or 1.0
        values -= decoded  # in place: the largest tensor is what memory is needed for
        worst = max(worst, _size(values) / scale)
        if not worst <= LARGEST_ERROR[kind]:  # also where it is no number
            raise TrainingError(f"{tensor.name} in {file} is not what the checkpoint has (error {worst:.3f}). Export it again.")
    return worst


def _size(values: Array) -> float:
    """The root of the mean square."""
    return math.sqrt(float(np.vdot(values, values)) / values.size)


def build_tokenizer(file: Path) -> Any:
    """The tokenizer that a GGUF file describes, as the library ``tokenizers`` has it.

    Raises:
        TrainingError: it is no whole GGUF file.
    """
    from tokenizers import Tokenizer

    reader = open_gguf(file)
    tokens = read_value(reader, "tokenizer.ggml.tokens")
    kinds = read_value(reader, "tokenizer.ggml.token_type")
    added = [
        {"id": number, "content": token, "special": kind != USER_DEFINED, "normalized": False}
        | dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
        for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind in (CONTROL, USER_DEFINED, UNKNOWN)
    ]
    define = _byte_level if read_value(reader, "tokenizer.ggml.model") == "gpt2" else _sentencepiece
    definition = {"version": "1.0", "added_tokens": added, "post_processor": None, **define(reader, tokens, kinds)}
    return Tokenizer.from_str(json.dumps(definition))


def _byte_level(reader: gguf.GGUFReader, tokens: list[str], kinds: list[int]) -> dict[str, Any]:
    pre = read_value(reader, "tokenizer.ggml.pre")
    merges = [merge.split(" ") for merge in read_value(reader, "tokenizer.ggml.merges")]
    vocabulary = {token: number for number, token in enumerate(tokens) if kinds[number] != UNUSED}
    return {
        "normalizer": None,
        "pre_tokenizer": define_pre_tokenizer(pre),
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": merges, "ignore_merges": pre == "llama-bpe"},
    }


def _sentencepiece(reader: gguf.GGUFReader, tokens: list[str], kinds: list[int]) -> dict[str, Any]:
    unknown = next((token for token, kind in zip(tokens, kinds, strict=True) if kind == UNKNOWN), None)
    scores, spaced = read_value(reader, "tokenizer.ggml.scores"), read_value(reader, "tokenizer.ggml.add_space_prefix")
    return {"decoder": None, **define_tokenizer(tokens, scores, unknown, spaced)}


def read_value(reader: gguf.GGUFReader, key: str) -> Any:
    """A value of the file's metadata; None where there is none of that key."""
    field = reader.get_field(key)
    return None if field is None else field.contents()


def count_same_tokens(file: Path, texts: Sequence[str], expected: Sequence[Sequence[int]]) -> int:
    """How many of the texts the file's own tokenizer cuts into the expected tokens."""
    tokenizer = build_tokenizer(file)
    return sum(
        tokenizer.encode(text, add_special_tokens=False).ids == list(ids) for text, ids in zip(texts, expected, strict=True)
    )
