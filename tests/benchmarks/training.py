"""Tokens per CPU second of the training stage: ``python -m tests.benchmarks.training [SAMPLES [EPOCHS]]``.

One made-up curriculum, one small Llama from scratch, several ways to train it, each in a fresh process on one thread, in turns:

    in_turns           labflow and bare_loop in one process, step by step in turns: their ratio, whatever else the machine does
    labflow            the worker's own trainer: transformers.Trainer with planned steps and the labelled head
    bare_loop          a loop of twenty lines over the same steps, already in memory, with the same loss and optimizer
    labflow_bfloat16   both with matrix products in bfloat16, as train.precision=bfloat16 asks
    bare_loop_bfloat16
    trainer_padded     transformers.Trainer as shipped: batches of 16 in random order, padded, logits everywhere
    trl                TRL's SFTTrainer as shipped, on the same conversations, batches of 8: in bfloat16, its default
    trl_float32        the same with bf16=False
    trl_batch          TRL in bfloat16 with batches of 16

TRL is left out where it is not installed (``pip install trl``). Counted are tokens without padding, and the CPU time from the
first step to the last: imports and tokenising left out; reading, collating and logging left in. Each way runs three times; the
median counts. Prints what it does on standard error, and one JSON object last.
"""

import gc
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WAYS = (
    "in_turns",
    "labflow",
    "bare_loop",
    "labflow_bfloat16",
    "bare_loop_bfloat16",
    "trainer_padded",
    "trl",
    "trl_float32",
    "trl_batch",
)
REPEATS = 3
WARM_STEPS = 3
"""Not counted where steps are taken in turns: optimizers are set up in the first."""
WORDS = """
    amber birch cedar delta ember fjord grove haven inlet joule karst lemon maple north ocean pearl quartz river stone thyme umber
    vapor willow xenon yarrow zephyr
""".split()  # noqa: SIM905


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        measure_one(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
        return
    samples, epochs = (int(sys.argv[1]) if sys.argv[1:] else 600), (float(sys.argv[2]) if sys.argv[2:] else 3.0)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    ways = [way for way in WAYS if importlib.util.find_spec("trl") or not way.startswith("trl")]
    results: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for repeat in range(REPEATS):
        for way in ways:
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-m", "tests.benchmarks.training", "--one", way, folder, str(samples), str(epochs)]
                said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            results[way].append(json.loads(said.stdout.splitlines()[-1]))
            sys.stderr.write(f"{repeat + 1}/{REPEATS} {way}: {results[way][-1]}\n")
    alone = {way: runs for way, runs in results.items() if way != "in_turns"}
    median = {way: statistics.median(run["tokens_per_cpu_second"] for run in runs) for way, runs in alone.items()}
    pairs = [("labflow", "bare_loop"), ("labflow_bfloat16", "bare_loop_bfloat16"), ("labflow", "trainer_padded")]
    pairs += [("labflow_bfloat16", "trl"), ("labflow", "trl"), ("labflow", "trl_float32"), ("labflow_bfloat16", "trl_batch")]
    report = {
        "samples": samples,
        "epochs": epochs,
        "tokens": results["labflow"][0]["tokens"],
        "tokens_per_cpu_second": median,
        "in_turns_labflow/bare_loop": statistics.median(run["loss"] for run in results["in_turns"]),
        "ratios": {f"{one}/{other}": round(median[one] / median[other], 3) for one, other in pairs if other in median},
        "last_loss": {way: runs[0]["loss"] for way, runs in alone.items()},
    }
    print(json.dumps({"benchmark": "training", **report}))


def measure_one(way: str, folder: Path, samples: int, epochs: float) -> None:
    """Trains once in this process and prints tokens, CPU seconds and the last loss."""
    from tasks.student_model.load_student import load_student, use_threads
    from tasks.train.curriculum import read_lessons
    from tasks.train.phases import plan_phases
    from tasks.train.token_files import tokenise_lessons
    from tasks.train.worker import prepare_base

    use_threads(1)
    request = make_request(folder, samples, epochs, "bfloat16" if way.endswith("bfloat16") else "auto")
    student = load_student(prepare_base(request, folder).path)
    tokens = tokenise_lessons(read_lessons(request), student.tokenizer, request.train.max_length, folder)
    (phase,) = plan_phases(request.train, tokens)
    ways: dict[str, Callable[..., tuple[float, float]]] = {
        "labflow": train_labflow,
        "bare_loop": train_bare_loop,
        "labflow_bfloat16": train_labflow,
        "bare_loop_bfloat16": train_bare_loop,
        "in_turns": train_in_turns,
        "trainer_padded": train_padded,
        "trl": train_trl,
        "trl_float32": lambda *all_: train_trl(*all_, half=False),
        "trl_batch": lambda *all_: train_trl(*all_, rows=16),
    }
    cpu_seconds, loss = ways[way](request, student, tokens, phase, folder)
    planned = way.startswith(("labflow", "bare", "in_turns"))
    seen = sum(int(tokens.lengths[b].sum()) for b in phase.batches) if planned else int(tokens.lengths.sum() * epochs)
    rate = round(seen / cpu_seconds)
    print(json.dumps({"tokens": seen, "cpu_seconds": round(cpu_seconds, 2), "tokens_per_cpu_second": rate, "loss": loss}))


def make_request(folder: Path, samples: int, epochs: float, precision: str) -> Any:
    """A curriculum of made-up facts in three wordings, and a page of 24 of them per passage."""
    import random

    from schemas.records import Chunk, Document, Provenance, Sample, digest_of, sample_id
    from schemas.student_contracts import TrainRequest
    from schemas.student_settings import TrainSettings
    from tasks.dataset_files.jsonl import write_dataset

    draw = random.Random(7)
    facts = [(" ".join(draw.sample(WORDS, 2)), f"{draw.randint(2, 9999)} {draw.choice(WORDS)}") for _ in range(samples // 3)]
    wordings = (
        "What is the {} of the plant?",
        "Please tell me which {} is given for the plant.",
        "For the plant, what {} holds?",
    )
    provenance = Provenance(taxonomy_commit="0" * 40, leaf_key="k", teacher="extractive")
    rows = [
        Sample(
            id=sample_id("knowledge/plant", wording.format(name), None, value),
            leaf_node="knowledge/plant",
            kind="knowledge",
            question=wording.format(name),
            answer=value,
            origin="extracted",
            provenance=provenance,
        )
        for name, value in facts
        for wording in wordings
    ]
    document = Document(repo="plant", commit="0" * 40, path="plant.md", sha256="0" * 64)
    chunks = []
    for start in range(0, len(facts), 24):
        text = " ".join(f"The {name} of the plant is {value}." for name, value in facts[start : start + 24])
        chunks.append(
            Chunk(id=digest_of(text)[:16], leaf_node="knowledge/plant", document=document, text=text, start=0, end=len(text))
        )
    return TrainRequest(
        samples=write_dataset(str(folder / "samples.jsonl"), Sample, rows),
        chunks=write_dataset(str(folder / "chunks.jsonl"), Chunk, chunks),
        train=TrainSettings(epochs=epochs, prompt_noise=0, keyword_questions=0, precision=precision),
    )


def train_labflow(request: Any, student: Any, tokens: Any, phase: Any, folder: Path) -> tuple[float, float]:
    from tasks.student_model.worker_link import WorkerLink
    from tasks.train.labelled_head import use_labelled_head
    from tasks.train.phase_training import make_trainer
    from tasks.train.processes import ALONE
    from tasks.train.reporter import Reporter

    gc.freeze()  # as the worker does
    use_labelled_head(student.model)
    trainer = make_trainer(request.train, student, student.model, tokens, phase, folder, "key", ALONE)
    trainer.add_callback(Reporter(WorkerLink(folder), phase))
    started = time.process_time()
    trainer.train()
    return time.process_time() - started, round(trainer.state.log_history[-2]["loss"], 4)


class BareLoop:
    """A loop over the same steps, already in memory, with the same loss and optimizer; one call takes one step."""

    def __init__(self, request: Any, student: Any, tokens: Any, phase: Any) -> None:
        import torch

        from tasks.train.collating import Share, StepBatches
        from tasks.train.labelled_head import use_labelled_head
        from tasks.train.prompt_noise import PromptNoise

        steps = StepBatches(tokens, phase.batches, PromptNoise(0, 0, 1, 0), student.tokenizer.pad_token_id, Share())
        self._batches, self._model = [steps[number]["parts"][0] for number in range(len(steps))], student.model
        self._half, self._rate = request.train.precision == "bfloat16", request.train.learning_rate
        use_labelled_head(self._model)
        self._model.train()
        groups = [
            {"params": [p for p in self._model.parameters() if p.dim() > 1], "weight_decay": 0.01},
            {"params": [p for p in self._model.parameters() if p.dim() < 2], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=self._rate, betas=(0.9, 0.95), fused=True)

    def __len__(self) -> int:
        return len(self._batches)

    def step(self, number: int) -> float:
        """Takes a step and returns its loss."""
        import torch

        warm, batch = max(1, round(0.05 * len(self))), self._batches[number]
        share = number / warm if number < warm else 0.5 * (1 + math.cos(math.pi * (number - warm) / (len(self) - warm)))
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * share
        with torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            loss = self._model(input_ids=batch["input_ids"], labels=batch["labels"]).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(loss)


def train_bare_loop(request: Any, student: Any, tokens: Any, phase: Any, folder: Path) -> tuple[float, float]:
    del folder
    loop, loss = BareLoop(request, student, tokens, phase), 0.0
    started = time.process_time()
    for number in range(len(loop)):
        loss = loop.step(number)
    return time.process_time() - started, round(loss, 4)


def train_in_turns(request: Any, student: Any, tokens: Any, phase: Any, folder: Path) -> tuple[float, float]:
    """The bare loop's CPU seconds over labflow's, step by step in turns: other work on the machine slows both alike."""
    from transformers import TrainerCallback

    from tasks.student_model.load_student import load_student
    from tasks.student_model.worker_link import WorkerLink
    from tasks.train.labelled_head import use_labelled_head
    from tasks.train.phase_training import make_trainer
    from tasks.train.processes import ALONE
    from tasks.train.reporter import Reporter

    loop = BareLoop(request, load_student(folder / "base"), tokens, phase)
    ours, theirs, turns = list[float](), list[float](), [0.0]

    class InTurns(TrainerCallback):
        def on_step_end(self, *_args: Any, **_kwargs: Any) -> None:
            now = time.process_time()
            ours.append(now - turns[-1])
            loop.step(len(theirs))
            turns.append(time.process_time())
            theirs.append(turns[-1] - now)

    gc.freeze()
    use_labelled_head(student.model)
    trainer = make_trainer(request.train, student, student.model, tokens, phase, folder, "key", ALONE)
    trainer.add_callback(Reporter(WorkerLink(folder), phase))
    trainer.add_callback(InTurns())
    turns.append(time.process_time())
    trainer.train()
    return sum(ours[WARM_STEPS:]), round(sum(theirs[WARM_STEPS:]) / sum(ours[WARM_STEPS:]), 3)


def train_padded(request: Any, student: Any, tokens: Any, phase: Any, folder: Path) -> tuple[float, float]:
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=str(folder / "shipped"),
        num_train_epochs=request.train.epochs,
        per_device_train_batch_size=16,
        learning_rate=request.train.learning_rate,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        logging_steps=1,
        dataloader_pin_memory=False,
    )
    rows = tokens.rows.remove_columns(["id", "noisy"])
    collator = DataCollatorForSeq2Seq(student.tokenizer, padding=True, label_pad_token_id=-100)
    trainer = Trainer(model=student.model, args=arguments, train_dataset=rows, data_collator=collator)
    started = time.process_time()
    trainer.train()
    return time.process_time() - started, round(trainer.state.log_history[-2]["loss"], 4)


def train_trl(
    request: Any, student: Any, tokens: Any, phase: Any, folder: Path, rows: int | None = None, half: bool | None = None
) -> tuple[float, float]:
    """SFTTrainer on the same tokens: rows that are tokenised already, with the mask of the answer's tokens."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    options: dict[str, Any] = {} if half is None else {"bf16": half}
    if rows is not None:
        options["per_device_train_batch_size"] = rows
    arguments = SFTConfig(
        output_dir=str(folder / "trl"),
        num_train_epochs=request.train.epochs,
        learning_rate=request.train.learning_rate,
        max_length=request.train.max_length,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **options,
    )
    table = tokens.rows[:]
    masks = [[int(label != -100) for label in labels] for labels in table["labels"]]
    dataset = Dataset.from_dict({"input_ids": table["input_ids"], "completion_mask": masks})
    trainer = SFTTrainer(student.model, arguments, train_dataset=dataset, processing_class=student.tokenizer)
    started = time.process_time()
    trainer.train()
    return time.process_time() - started, round(trainer.state.log_history[-2]["loss"], 4)


if __name__ == "__main__":
    main()
