"""How the weights are changed: all of them, through low-rank adapters, on a base in four bits, or in an orthogonal subspace.

Part of ``train``, inside the worker process.

- ``full``: every weight.
- ``lora``: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section 4.1, on all linear layers, scaled by two
  times the rank's share, through PEFT.
- ``qlora``: the same on a base that is held in four bits (Dettmers et al. 2023, "QLoRA: Efficient Finetuning of Quantized LLMs",
  section 3: NormalFloat and double quantisation), through bitsandbytes. The adapter is merged into the base as it was stored.
- ``osf``: Nayak et al. 2025, "Sculpting Subspaces: Constrained Full Fine-Tuning in LLMs for Continual Learning": each matrix may
  change only in the directions that it leans on least, through PEFT.

What changes is kept in float32; what is frozen, in the number format that it was stored in where the hardware computes in it.
The adapter is kept beside the merged checkpoint.

A random base learns nothing through adapters: they are for a base that can already read.

Not covered: training in eight bits, other adapters.
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import torch

from schemas.errors import TrainingError
from schemas.student_settings import TrainSettings
from tasks.student_model.load_student import Student, load_student, stored_dtype
from tasks.train.processes import Processes
from tasks.train.training_arguments import computes_in_bfloat16, flattens

ADAPTED = frozenset({"lora", "qlora", "osf"})
"""Methods that leave an adapter."""


def open_base(base: Path, settings: TrainSettings, processes: Processes) -> Student:
    """The model to train as its method holds it in memory, without adapters.

    Raises:
        TrainingError: it cannot be loaded, or bitsandbytes is not installed.
    """
    options: dict[str, Any] = {}
    if flattens(settings):
        at_hand = torch.cuda.is_available() and importlib.util.find_spec("flash_attn") is not None
        options["attn_implementation"] = "flash_attention_2" if at_hand else "sdpa"
    half = computes_in_bfloat16(settings)
    if settings.method == "qlora":
        options |= {"quantization_config": four_bits(half), "device_map": {"": _device(processes)}}
    frozen_in_half = half and torch.cuda.is_available() and settings.method in ("lora", "qlora")
    return load_student(base, stored_dtype(base) if frozen_in_half else torch.float32, **options)


def four_bits(half: bool) -> Any:
    """How bitsandbytes holds the base.

    Args:
        half: whether matrix products are taken in bfloat16.

    Raises:
        TrainingError: it is not installed.
    """
    if importlib.util.find_spec("bitsandbytes") is None:
        raise TrainingError("train.method=qlora needs bitsandbytes: pip install 'labflow[bnb]'. Or set train.method=lora.")
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if half else torch.float32,
    )


def add_adapters(model: Any, settings: TrainSettings) -> Any:
    """The model with what its method trains; its other weights are frozen. ``full``: the model as it is."""
    if settings.method not in ADAPTED:
        return model
    from peft import get_peft_model  # costs 1 s, and full training does without

    torch.manual_seed(settings.seed)  # of the adapters' first weights
    adapted = get_peft_model(model, _adapter_config(settings))
    if settings.gradient_checkpointing:
        adapted.enable_input_require_grads()  # a frozen embedding would cut the graph
    return adapted


def _adapter_config(settings: TrainSettings) -> Any:
    from peft import LoraConfig, OSFConfig

    if settings.method == "osf":
        return OSFConfig(effective_rank=settings.osf_preserved, target_modules="all-linear", task_type="CAUSAL_LM")
    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def merge_adapters(model: Any, settings: TrainSettings, base: Path, folder: Path) -> Any:
    """Saves the adapter into ``folder`` and returns the base model with the adapter's weights added to its own.

    Args:
        model: as trained, with adapters.
        settings: of the training stage.
        base: the model that training began with: a base in four bits is read again as it was stored.
        folder: a new directory for the adapter.
    """
    model.save_pretrained(folder)
    if settings.method == "qlora":
        from peft import PeftModel

        model = PeftModel.from_pretrained(load_student(base).model, folder)
    file = folder / "adapter_config.json"
    config = json.loads(file.read_text("utf-8"))
    config["base_model_name_or_path"] = base.name  # a place is no identity
    if isinstance(config.get("target_modules"), list):
        config["target_modules"].sort()  # a set of PEFT's: each process has its own order
    file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
    return model.merge_and_unload()


def _device(processes: Processes) -> str | int:
    return processes.local_number if torch.cuda.is_available() else "cpu"
