"""An InstructLab configuration as labflow settings, and what of it has no counterpart.

    generate.sdg_scale_factor: 30   ->  teacher.scale_factor: 30
    train.lora_quantize_dtype: nf4  ->  train.method: qlora
    serve.backend: vllm             ->  no counterpart: a server is chosen when one is started

Source: the configuration file of InstructLab's command line (``~/.config/instructlab/config.yaml``), version 1.0.0.

Not covered: its system profiles; what they set stands in the configuration file, too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from flows.settings.files import merge
from schemas.errors import UsageError

Convert = Callable[[Any], dict[str, Any]]
"""From a value of theirs to settings of ours; empty where it says nothing."""

_TOKENS_PER_WORD = 1.3
_NOT_NEEDED = {
    "version": "of their file",
    "metadata": "describes their machine",
    "general": "labflow has --debug; Prefect's settings say how much is logged",
    "serve": "labflow model serve chooses the server when it starts one",
    "chat": "labflow chat has options for the same",
    "generate.output_dir": "datasets lie in the workspace",
    "generate.taxonomy_base": "the base is the commit of the latest release, or --base",
    "generate.num_cpus": "requests under way are teacher.model.concurrency",
    "generate.prompt_file": "prompts are a directory: teacher.prompts",
    "generate.seed_file": "seed examples come from the taxonomy",
    "train.ckpt_output_dir": "checkpoints lie in the workspace",
    "train.data_output_dir": "tokens lie in the workspace",
    "train.data_path": "samples come from the run; labflow model train --data FILE",
    "train.device": "a GPU is used where there is one",
    "train.checkpoint_at_epoch": "steps are saved every few minutes",
    "train.save_samples": "steps are saved every few minutes",
}


@dataclass
class Imported:
    """What became of a configuration.

    Args:
        settings: Plain values in labflow's own names.
        taken: Their name -> our names.
        left: Their name -> why it has no counterpart.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)


def import_config(path: Path) -> Imported:
    """The settings that a configuration file amounts to.

    Raises:
        UsageError: it cannot be read, or is no such configuration.
    """
    try:
        values = yaml.safe_load(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(values, dict) or not {"generate", "train", "serve", "chat"} & values.keys():
        raise UsageError(f"{path} is no InstructLab configuration: it has none of the sections generate, train, serve, chat.")
    imported = Imported()
    for name, value in _flatten(values, ""):
        ours = _TABLE[name](value) if name in _TABLE and value is not None else {}
        if ours:
            imported.settings = merge(imported.settings, ours)
            imported.taken[name] = ", ".join(key for key, _ in _flatten(ours, "", stop=False))
        elif value not in (None, "", [], {}):
            imported.left[name] = _why_left(name)
    return imported


def _flatten(values: dict[str, Any], prefix: str, stop: bool = True) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value and not (stop and name in _NOT_NEEDED):
            yield from _flatten(value, f"{name}.", stop)
        else:
            yield name, value


def _why_left(name: str) -> str:
    parts = name.split(".")
    above = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((_NOT_NEEDED[each] for each in above if each in _NOT_NEEDED), "no counterpart")


def _at(key: str, convert: Callable[[Any], Any] = lambda value: value) -> Convert:
    """The value under a key of ours."""

    def place(value: Any) -> dict[str, Any]:
        first, *below = key.split(".")
        found: Any = convert(value)
        for part in reversed(below):
            found = {part: found}
        return {first: found}

    return place


def _pipeline(value: Any) -> dict[str, Any]:
    return {"teacher": {"pipeline": value}} if value in ("simple", "full") else {}


def _teacher(value: Any) -> dict[str, Any]:
    """A teacher is a critic, too, as theirs is."""
    model = {"kind": "model", "model": {"path": _path(value)}}
    return {"teacher": model, "critic": model}


def _path(value: Any) -> str:
    return str(Path(str(value)).expanduser())


def _lora(value: Any) -> dict[str, Any]:
    return {"train": {"method": "lora", "lora_rank": value}} if isinstance(value, int) and value > 0 else {}


def _quantised(value: Any) -> dict[str, Any]:
    return {"train": {"method": "qlora"}} if value == "nf4" else {}


_TABLE: dict[str, Convert] = {
    "generate.taxonomy_path": _at("taxonomy.path", _path),
    "generate.chunk_word_count": _at("taxonomy.chunk_tokens", lambda words: round(int(words) * _TOKENS_PER_WORD)),
    "generate.pipeline": _pipeline,
    "generate.sdg_scale_factor": _at("teacher.scale_factor"),
    "generate.max_num_tokens": _at("teacher.max_tokens"),
    "generate.model": _teacher,
    "generate.teacher.model_path": _teacher,
    "generate.teacher.vllm.gpus": _at("teacher.model.server.tensor_parallel_size"),
    "generate.teacher.vllm.vllm_args": _at("teacher.model.server.arguments"),
    "train.model_path": _at("train.base", _path),
    "train.num_epochs": _at("train.epochs"),
    "train.max_seq_len": _at("train.max_length"),
    "train.max_batch_len": _at("train.batch_tokens"),
    "train.nproc_per_node": _at("train.processes"),
    "train.lora_rank": _lora,
    "train.lora_quantize_dtype": _quantised,
    "train.phased_phase1_num_epochs": _at("train.knowledge.epochs"),
    "train.phased_phase2_num_epochs": _at("train.skills.epochs"),
    "train.phased_phase1_learning_rate": _at("train.knowledge.learning_rate"),
    "train.phased_phase2_learning_rate": _at("train.skills.learning_rate"),
    "evaluate.mt_bench.judge_model": _at("evaluate.judge.model.path", _path),
}
