"""Low-rank adapters: train few weights, merge them into the base at the end.

Part of ``train``, inside the worker process. LoRA (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section
4.1) on all linear layers, scaled by two times the rank's share, through PEFT. The adapter is kept beside the merged checkpoint.

A random base learns nothing through adapters: they are for a base that can already read.

Not covered: quantised bases, orthogonal subspaces.
"""

import json
from pathlib import Path
from typing import Any

from schemas.student_settings import TrainSettings


def add_adapters(model: Any, settings: TrainSettings) -> Any:
    """The model with trainable adapters of ``settings.lora_rank``; its own weights are frozen."""
    from peft import LoraConfig, get_peft_model  # costs 1 s, and full training does without

    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def merge_adapters(model: Any, folder: Path) -> Any:
    """Saves the adapter into ``folder`` and returns the base model with the adapter's weights added to its own."""
    model.save_pretrained(folder)
    file = folder / "adapter_config.json"
    config = json.loads(file.read_text("utf-8"))
    config["base_model_name_or_path"] = Path(config.get("base_model_name_or_path") or "base").name  # a place is no identity
    file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
    return model.merge_and_unload()
