"""Tokens per CPU second of the training stage: ``python -m tests.benchmarks.training [SAMPLES [EPOCHS]]``.

One made-up curriculum, one small Llama from scratch, three ways to train it, each in a fresh process on one thread, in turns:

    labflow         the worker's own trainer: transformers.Trainer with planned batches and the labelled head
    bare_loop       a loop of twenty lines over the same batches, already in memory, with the same loss and optimizer
    trainer_padded  transformers.Trainer as shipped: batches of 16 in random order, padded, logits everywhere

Counted are tokens without padding, and the CPU time from the first step to the last: imports and tokenising left out; reading,
collating and logging left in. Each way runs three times; the median counts. Prints what it does on standard error, and one JSON
object last.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WAYS = ("labflow", "bare_loop", "trainer_padded")
REPEATS = 3
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
    results: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for repeat in range(REPEATS):
        for way in WAYS:
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-m", "tests.benchmarks.training", "--one", way, folder, str(samples), str(epochs)]
                said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            results[way].append(json.loads(said.stdout.splitlines()[-1]))
            sys.stderr.write(f"{repeat + 1}/{REPEATS} {way}: {results[way][-1]}\n")
    median = {way: statistics.median(run["tokens_per_cpu_second"] for run in runs) for way, runs in results.items()}
    report = {
        "samples": samples,
        "epochs": epochs,
        "tokens": results["labflow"][0]["tokens"],
        "tokens_per_cpu_second": median,
        "labflow_to_bare_loop": round(median["labflow"] / median["bare_loop"], 3),
        "labflow_to_trainer_padded": round(median["labflow"] / median["trainer_padded"], 3),
        "last_loss": {way: runs[0]["loss"] for way, runs in results.items()},
    }
    print(json.dumps(report))


def measure_one(way: str, folder: Path, samples: int, epochs: float) -> None:
    """Trains once in this process and prints tokens, CPU seconds and the last loss."""
    from tasks.student_model.load_student import load_student, use_threads
    from tasks.train.batches import plan_batches
    from tasks.train.curriculum import read_lessons
    from tasks.train.token_files import tokenise_lessons
    from tasks.train.worker import prepare_base

    use_threads(1)
    request = make_request(folder, samples, epochs)
    student = load_student(prepare_base(request, folder).path)
    tokens = tokenise_lessons(read_lessons(request), student.tokenizer, request.train.max_length, folder)
    plan = plan_batches(tokens.lengths, request.train.batch_tokens, epochs, request.train.seed)
    train = {"labflow": train_labflow, "bare_loop": train_bare_loop, "trainer_padded": train_padded}[way]
    cpu_seconds, loss = train(request, student, tokens, plan, folder)
    seen = int(tokens.lengths.sum() * epochs) if way == "trainer_padded" else sum(int(tokens.lengths[b].sum()) for b in plan)
    rate = round(seen / cpu_seconds)
    print(json.dumps({"tokens": seen, "cpu_seconds": round(cpu_seconds, 2), "tokens_per_cpu_second": rate, "loss": loss}))


def make_request(folder: Path, samples: int, epochs: float) -> Any:
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
        train=TrainSettings(epochs=epochs, prompt_noise=0),
    )


def train_labflow(request: Any, student: Any, tokens: Any, plan: Any, folder: Path) -> tuple[float, float]:
    from tasks.student_model.worker_link import WorkerLink
    from tasks.train.student_trainer import Reporter
    from tasks.train.worker import make_trainer

    trainer = make_trainer(request, student, tokens, plan, folder)
    trainer.add_callback(Reporter(WorkerLink(folder)))
    started = time.process_time()
    trainer.train()
    return time.process_time() - started, round(trainer.state.log_history[-2]["loss"], 4)


def train_bare_loop(request: Any, student: Any, tokens: Any, plan: Any, folder: Path) -> tuple[float, float]:
    import math

    import torch

    from tasks.train.labelled_head import use_labelled_head
    from tasks.train.student_trainer import PadRight

    table, pad, model = tokens.rows[:], PadRight(student.tokenizer.pad_token_id), student.model
    batches = [pad([{name: table[name][row] for name in table} for row in batch]) for batch in plan]
    use_labelled_head(model)
    model.train()
    rate, warm = request.train.learning_rate, max(1, round(0.05 * len(plan)))
    groups = [
        {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.01},
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95), fused=True)
    started = time.process_time()
    for step, batch in enumerate(batches):
        share = step / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / (len(plan) - warm)))
        for group in optimizer.param_groups:
            group["lr"] = rate * share
        loss = model(input_ids=batch["input_ids"], labels=batch["labels"]).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return time.process_time() - started, round(loss.item(), 4)


def train_padded(request: Any, student: Any, tokens: Any, plan: Any, folder: Path) -> tuple[float, float]:
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


if __name__ == "__main__":
    main()
