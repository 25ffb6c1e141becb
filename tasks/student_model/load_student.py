"""Opens a checkpoint: model and tokenizer from a local directory, safetensors only, nobody else's code.

Part of ``train`` and ``evaluate``, inside the worker process.

Not covered: downloads, pickled weights, ``trust_remote_code``: all three are refused on purpose.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers.models.auto.configuration_auto import AutoConfig
from transformers.models.auto.modeling_auto import AutoModelForCausalLM
from transformers.models.auto.tokenization_auto import AutoTokenizer

from schemas.errors import TrainingError
from tasks.student_model.checkpoint_files import require_loadable
from tasks.student_model.labelled_tokens import PLAIN_TEMPLATE


@dataclass(frozen=True)
class Student:
    """A model that can be asked, with its tokenizer."""

    model: Any
    tokenizer: Any
    end_ids: tuple[int, ...] = ()
    """Tokens that end an answer: the tokenizer's, and those that the model's own generation settings name."""


def load_student(path: str | Path, dtype: torch.dtype = torch.float32, **options: Any) -> Student:
    """Model and tokenizer of a checkpoint, on the CPU; a tokenizer without a chat template is given a plain one.

    Args:
        path: the checkpoint's directory.
        dtype: number format of the weights in memory.
        options: more for transformers' loader: ``quantization_config``, ``attn_implementation``, ``device_map``.

    Raises:
        TrainingError: the directory is no loadable checkpoint, or its architecture is not known.
    """
    tokenizer = load_tokenizer(path)
    with _naming(path):
        model = AutoModelForCausalLM.from_pretrained(
            path, trust_remote_code=False, local_files_only=True, use_safetensors=True, dtype=dtype, **options
        )
    named = model.generation_config.eos_token_id if model.generation_config else None
    ends = {tokenizer.eos_token_id, *([named] if isinstance(named, int) else named or ())}
    return Student(model, tokenizer, tuple(sorted(ends)))


def load_tokenizer(path: str | Path) -> Any:
    """The tokenizer of a checkpoint; one without a chat template is given a plain one.

    Raises:
        TrainingError: the directory is no loadable checkpoint, or no answer would ever end.
    """
    require_loadable(path)
    with _naming(path):
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    if tokenizer.eos_token_id is None:
        raise TrainingError(f"the tokenizer in {path} has no end-of-text token, so no answer would end. Name one in its files.")
    if tokenizer.chat_template is None:
        tokenizer.chat_template = PLAIN_TEMPLATE
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left"
    return tokenizer


def outline_model(path: str | Path) -> Any:
    """The model without its weights: modules and shapes alone, on torch's device ``meta``.

    Raises:
        TrainingError: its architecture is not known.
    """
    with _naming(path):
        config = AutoConfig.from_pretrained(path, trust_remote_code=False, local_files_only=True)
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(config, trust_remote_code=False)


@contextmanager
def _naming(path: str | Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TrainingError(f"the model in {path} cannot be loaded: {reason}. Choose one that transformers knows.") from error


def load_for_answers(path: str | Path) -> Student:
    """A student on the GPU, in the number format that it was stored in; without a GPU on the CPU, in float32."""
    if not torch.cuda.is_available():
        return load_student(path)
    student = load_student(path, stored_dtype(path))
    return replace(student, model=student.model.to("cuda"))


def stored_dtype(path: str | Path) -> torch.dtype:
    """The number format that a checkpoint's configuration names; float32 where it names none."""
    config = json.loads((Path(path) / "config.json").read_text("utf-8"))
    dtype = getattr(torch, str(config.get("dtype") or config.get("torch_dtype") or "float32"), None)
    return dtype if isinstance(dtype, torch.dtype) and dtype.is_floating_point else torch.float32


def use_threads(threads: int) -> None:
    """Fixes the number of CPU threads and asks for repeatable kernels: equal runs give equal weights."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
