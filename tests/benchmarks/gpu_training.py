"""What a GPU is used for: ``python -m tests.benchmarks.gpu_training [--parameters 1b|3b|8b] [--methods full lora] ...``.

A Llama of random weights in the shape of a known size is trained for a few steps on random tokens, every token labelled, through
the worker's own trainer: model FLOPs utilisation (Chowdhery et al. 2022, "PaLM", appendix B) is what the model needs for a
token's forward and backward pass, times tokens per second, over what the GPU is said to do in bfloat16. Full training needs six
operations for each weight and token; adapters leave out the gradients of frozen weights: four. Attention adds its own; recomputed
activations count for nothing. Memory is the most that tensors held at once, beside the plan's estimate.

Runs without Prefect and bitsandbytes. On the CPU (``--parameters tiny --context 256``) it only shows that it runs: there is no
peak to compare with. Prints one JSON object last.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

SHAPES = {  # width, inner width, layers, heads, key-value heads, vocabulary
    "tiny": (64, 192, 2, 2, 2, 512),
    "1b": (2048, 8192, 16, 32, 8, 128_256),
    "3b": (3072, 8192, 28, 24, 8, 128_256),
    "8b": (4096, 14_336, 32, 32, 8, 128_256),
}
PEAKS = {  # dense bfloat16, operations per second, as the makers say
    "H200": 989e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "A10": 125e12,
}
WARM_UP = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Model FLOPs utilisation of training.")
    parser.add_argument("--parameters", choices=tuple(SHAPES), default="1b")
    parser.add_argument("--context", type=int, default=4096, help="tokens of a row")
    parser.add_argument("--rows", type=int, default=8, help="rows of a step")
    parser.add_argument("--rows-at-once", type=int, default=2, help="rows of one forward pass")
    parser.add_argument("--steps", type=int, default=12, help="the first three are not measured")
    parser.add_argument("--methods", nargs="+", default=["full", "lora"])
    parser.add_argument("--recompute", action="store_true", help="gradient checkpointing")
    parser.add_argument("--attention", default="auto", choices=("auto", "padded", "flattened"))
    options = parser.parse_args()
    results = {}
    for method in options.methods:
        with tempfile.TemporaryDirectory() as folder:
            results[method] = measure(method, options, Path(folder))
        sys.stderr.write(f"{method}: {results[method]}\n")
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    print(json.dumps({"benchmark": "gpu_training", "device": device, **vars(options), "results": results}))


def measure(method: str, options: Any, folder: Path) -> dict[str, Any]:
    """Trains for some steps and returns speed, utilisation and memory."""
    from schemas.student_settings import TrainSettings
    from tasks.student_model.load_student import outline_model, use_threads
    from tasks.student_model.worker_link import WorkerLink
    from tasks.train.labelled_head import use_labelled_head
    from tasks.train.methods import add_adapters, open_base
    from tasks.train.phase_training import make_trainer
    from tasks.train.phases import plan_phases
    from tasks.train.processes import ALONE
    from tasks.train.reporter import Reporter
    from tasks.train.train_plan import count_trainable, describe_plan

    if torch.cuda.is_available():
        gc.collect()  # the method before
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    use_threads(torch.get_num_threads())
    torch.use_deterministic_algorithms(False)
    base = make_base(folder / "base", options)
    settings = TrainSettings(
        base=str(base),
        method=method,
        epochs=1,
        learning_rate=1e-5,
        batch_tokens=options.context * options.rows,
        micro_batch_tokens=options.context * options.rows_at_once,
        max_length=options.context,
        gradient_checkpointing=options.recompute,
        attention=options.attention,
    )
    tokens = random_tokens(folder, options)
    (phase,) = plan_phases(settings, tokens)
    plan = describe_plan(settings, base, tokens, [phase])
    student = open_base(base, settings, ALONE)
    use_labelled_head(student.model)
    trainer = make_trainer(settings, student, add_adapters(student.model, settings), tokens, phase, folder, "key", ALONE)
    trainer.add_callback(Reporter(WorkerLink(folder), phase))
    clock = Clock()
    trainer.add_callback(clock.callback())
    trainer.train()
    seconds = clock.seconds()
    rate = options.context * options.rows * (options.steps - WARM_UP) / seconds
    need = operations_per_token(outline_model(base), method, options.context)
    peak = next(
        (value for name, value in PEAKS.items() if torch.cuda.is_available() and name in torch.cuda.get_device_name()), None
    )
    return {
        "parameters": plan.parameters,
        "trainable": count_trainable(outline_model(base), settings),
        "tokens_per_second": round(rate, 1),
        "operations_per_second": f"{rate * need:.3g}",
        "model_flops_utilisation": round(rate * need / peak, 3) if peak else None,
        "memory_bytes": torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None,
        "memory_estimated_bytes": plan.memory.total,
    }


def make_base(folder: Path, options: Any) -> Path:
    """A checkpoint of random weights in bfloat16, with a tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from tasks.student_model.scratch_student import train_tokenizer

    width, inner, layers, heads, keys, vocabulary = SHAPES[options.parameters]
    tokenizer = train_tokenizer(["a b c"], 512, options.context)
    config = LlamaConfig(
        hidden_size=width,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=keys,
        vocab_size=vocabulary,
        max_position_embeddings=options.context,
        tie_word_embeddings=options.parameters != "8b",
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(7)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def random_tokens(folder: Path, options: Any) -> Any:
    """So many rows of exactly the context's length, every token labelled."""
    from datasets.arrow_writer import ArrowWriter

    from schemas.records import Rejected
    from tasks.dataset_files.jsonl import write_dataset
    from tasks.train.token_files import FEATURES, TokenFiles

    rows, draw = options.rows * options.steps, np.random.default_rng(7)
    with ArrowWriter(path=str(folder / "tokens.arrow"), features=FEATURES) as writer:
        for number in range(rows):
            ids = draw.integers(10, SHAPES[options.parameters][-1], options.context).tolist()
            writer.write({"id": str(number), "input_ids": ids, "labels": ids, "noisy": False})
        writer.finalize()
    from datasets import Dataset

    every, none = np.full(rows, options.context), np.zeros(rows, dtype=np.int64)
    over_long = write_dataset(str(folder / "over_long.jsonl"), Rejected, [])
    return TokenFiles(Dataset.from_file(str(folder / "tokens.arrow")), every, every - 1, none, none, over_long)


def operations_per_token(outline: Any, method: str, context: int) -> float:
    """What the model needs for a token's way there and back."""
    config = outline.config
    inside = sum(weight.numel() for name, weight in outline.named_parameters() if "embed" not in name and "lm_head" not in name)
    head = config.vocab_size * config.hidden_size
    attention = 2 * config.num_hidden_layers * config.hidden_size * context / 2 * 2  # scores and values, half of them masked
    there = 2 * (inside + head) + attention
    back = there * 2 if method in ("full", "osf") else there + attention  # frozen weights get no gradients of their own
    return float(there + back)


class Clock:
    """When the measured steps began and ended."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def callback(self) -> Any:
        from transformers import TrainerCallback

        clock = self

        class Ticks(TrainerCallback):
            def on_step_end(self, *_args: Any, **_kwargs: Any) -> None:
                if torch.cuda.is_available():
                    torch.cuda.synchronize()
                clock.times.append(time.perf_counter())

        return Ticks()

    def seconds(self) -> float:
        """From the end of the warm-up to the end of the last step."""
        return self.times[-1] - self.times[WARM_UP - 1]


if __name__ == "__main__":
    main()
