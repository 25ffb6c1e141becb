"""Writes a checkpoint as one GGUF file, tensor by tensor, and reads such a file back.

Part of ``labflow model export``. Norms, biases and rotary factors stay in float32, whatever the number format of the rest. A file
appears whole or not at all: it is written beside its place and renamed. Its metadata names the model, its licence, its base, and
the digest of the checkpoint that it was made from::

    general.architecture       llama
    general.name               release-3
    general.license            apache-2.0
    general.base_model.0.name  granite-3.3-2b-base
    labflow.checkpoint.sha256  5f0c...

Source: the GGUF specification (ggml, docs/gguf.md), written with ggml's own package ``gguf``.

Not covered: k-quants, which llama.cpp's ``llama-quantize`` makes (``quantize.py``); files in several parts.
"""

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Number
from gguf import LlamaFileType

from schemas.errors import TrainingError
from tasks.student_model.export.architecture import ModelPlan, PlannedTensor
from tasks.student_model.export.vocabulary import Vocabulary
from tasks.student_model.export.weights import Array

FORMATS = {
    "f32": (Number.F32, LlamaFileType.ALL_F32),
    "f16": (Number.F16, LlamaFileType.MOSTLY_F16),
    "bf16": (Number.BF16, LlamaFileType.MOSTLY_BF16),
    "q8_0": (Number.Q8_0, LlamaFileType.MOSTLY_Q8_0),
}
"""What is written here -> llama.cpp's number format and its name for such a file."""
BLOCK = 32
"""A row of so many numbers shares a scale in q8_0; a row of another width stays in float16."""
DIGEST_KEY = "labflow.checkpoint.sha256"


@dataclass(frozen=True)
class Facts:
    """What the file says of itself.

    Args:
        name: Of the model.
        sha256: Digest of the checkpoint's directory.
        licence: As the model card names it; empty where unknown.
        base: What it was trained from; empty where from nothing.
        lineage: More keys, below ``labflow.``.
    """

    name: str
    sha256: str
    licence: str = ""
    base: str = ""
    lineage: Mapping[str, str | int] | None = None


def bytes_needed(plan: ModelPlan, kind: str) -> int:
    """About how large the file will be: its tensors, and a little for the vocabulary."""
    tensors = sum(_bytes_of(tensor, _number_for(tensor, kind)) for tensor in plan.tensors)
    return tensors + 100 * plan.vocabulary + 1_000_000


def write_gguf(
    file: Path, plan: ModelPlan, vocabulary: Vocabulary, facts: Facts, kind: str, report: Callable[[int, int], None]
) -> None:
    """Writes the file.

    Args:
        kind: One of ``FORMATS``.
        report: Is told how many of how many tensors are written.

    Raises:
        TrainingError: a weight is beyond what the number format can hold.
        OSError: it cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    writer = gguf.GGUFWriter(part, plan.architecture)
    try:
        _add_metadata(writer, plan, facts, kind)
        _add_vocabulary(writer, vocabulary)
        for tensor in plan.tensors:
            number = _number_for(tensor, kind)
            shape = gguf.quant_shape_to_byte_shape(tensor.shape, number) if number in (Number.Q8_0, Number.BF16) else tensor.shape
            stored = {Number.F32: np.float32, Number.F16: np.float16}.get(number, np.uint8)
            writer.add_tensor_info(tensor.name, shape, np.dtype(stored), _bytes_of(tensor, number), raw_dtype=number)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for done, tensor in enumerate(plan.tensors, 1):
            writer.write_tensor_data(_convert(tensor, _number_for(tensor, kind)))
            report(done, len(plan.tensors))
        writer.close()
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(file)
    finally:
        writer.fout = None  # closing again would write again
        part.unlink(missing_ok=True)


def _number_for(tensor: PlannedTensor, kind: str) -> Number:
    if len(tensor.shape) < 2:
        return Number.F32
    number, _ = FORMATS[kind]
    return Number.F16 if number == Number.Q8_0 and tensor.shape[-1] % BLOCK else number


def _bytes_of(tensor: PlannedTensor, number: Number) -> int:
    numbers, size = gguf.GGML_QUANT_SIZES[number]
    return math.prod(tensor.shape) // numbers * size


def _convert(tensor: PlannedTensor, number: Number) -> Array:
    values = tensor.read()
    if not np.isfinite(values).all():
        raise TrainingError(f"{tensor.name} holds numbers that are none: the training went wrong. Export an earlier release.")
    with np.errstate(over="ignore"):
        converted: Array = gguf.quantize(values, number)
    if number == Number.F16 and not np.isfinite(converted).all():
        raise TrainingError(f"{tensor.name} holds numbers that float16 cannot: choose --gguf bf16.")
    return converted


def _add_metadata(writer: gguf.GGUFWriter, plan: ModelPlan, facts: Facts, kind: str) -> None:
    writer.add_type("model")
    writer.add_name(facts.name)
    if facts.licence:
        writer.add_license(facts.licence)
    if facts.base:
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, facts.base)
    writer.add_file_type(FORMATS[kind][1])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add(writer, DIGEST_KEY, facts.sha256)
    for key, known in (facts.lineage or {}).items():
        _add(writer, f"labflow.{key}", known)
    for key, value in plan.values.items():
        _add(writer, f"{plan.architecture}.{key}", value)


def _add(writer: gguf.GGUFWriter, key: str, value: str | int | float) -> None:
    if isinstance(value, str):
        writer.add_string(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    else:
        writer.add_float32(key, value)


def _add_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    writer.add_tokenizer_model("llama" if vocabulary.scores else "gpt2")
    writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.kinds)
    if vocabulary.scores:
        writer.add_token_scores(vocabulary.scores)
        writer.add_add_space_prefix(bool(vocabulary.adds_space))
    else:
        writer.add_token_merges(vocabulary.merges)
    for role, number in vocabulary.roles.items():
        writer.add_uint32(f"tokenizer.ggml.{role}_token_id", number)
    writer.add_add_bos_token(vocabulary.adds_bos)
    writer.add_add_eos_token(False)
    writer.add_chat_template(vocabulary.chat_template)


def count_formats(file: Path) -> dict[str, int]:
    """How many tensors of a GGUF file are in which number format, for example ``{"F32": 9, "Q4_K": 24, "Q6_K": 5}``.

    Raises:
        TrainingError: it is no GGUF file.
    """
    counts = Counter(tensor.tensor_type.name for tensor in open_gguf(file).tensors)
    return dict(sorted(counts.items()))


def open_gguf(file: Path) -> gguf.GGUFReader:
    """A reader of the file; tensors stay on the disk until they are used.

    Raises:
        TrainingError: it is no GGUF file.
    """
    try:
        return gguf.GGUFReader(file)
    except (ValueError, IndexError, KeyError, OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{file} is not a whole GGUF file ({' '.join(str(error).split())[:120]}). Fetch it again.") from error
