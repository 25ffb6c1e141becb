"""The worker process of ``train``: one run configuration in, a trained checkpoint out.

Reads top to bottom: make or open the base -> tokenise the curriculum -> plan the batches -> train -> save. Started by
``train.py`` as ``python -m tasks.train.worker --config run.json``; it imports torch and transformers, and never Prefect.

Files of a run::

    base/            the student before its first step (made from scratch only)
    student/         the trained checkpoint
    adapter/         the adapter alone (LoRA only)
    log.jsonl        TrainStep: the loss curve
    over_long.jsonl  Rejected
    work/            tokens and saved steps; removed at the end

Done means that the last planned step was taken, not that the process ended without an error.
"""

import json
import resource
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from schemas.contracts import Checkpoint
from schemas.errors import TrainingError
from schemas.records import TrainStep
from schemas.student_contracts import Trained, TrainRequest
from tasks.dataset_files.jsonl import write_dataset, write_text_atomically
from tasks.student_model.checkpoint_files import describe_checkpoint
from tasks.student_model.load_student import Student, load_student, stored_dtype, use_threads
from tasks.student_model.save_student import replace_directory, save_student
from tasks.student_model.scratch_student import make_scratch_student
from tasks.student_model.worker_link import Interrupted, WorkerLink, serve_worker
from tasks.train.adapters import add_adapters, merge_adapters
from tasks.train.batches import PlannedBatches, plan_batches
from tasks.train.curriculum import curriculum_texts, read_lessons
from tasks.train.labelled_head import drop_labelled_head, use_labelled_head
from tasks.train.prompt_noise import PromptNoise
from tasks.train.saved_steps import last_complete
from tasks.train.student_trainer import Reporter, Rows, StudentTrainer, loss_curve, training_arguments
from tasks.train.token_files import TokenFiles, tokenise_lessons
from tasks.train.train_run import TrainRun


def train(run: TrainRun, link: WorkerLink) -> Trained:
    """Trains the student of one request in ``run.folder``."""
    started, request, folder = time.time(), run.request, Path(run.folder)
    use_threads(request.train.threads)
    base = prepare_base(request, folder)
    student = load_student(base.path)
    tokens = tokenise_lessons(read_lessons(request), student.tokenizer, request.train.max_length, folder)
    if tokens.samples == 0:
        raise TrainingError(f"all {tokens.over_long.rows} samples are longer than train.max_length. Raise it.")
    plan = plan_batches(tokens.lengths, request.train.batch_tokens, request.train.epochs, request.train.seed)
    seen = np.cumsum([tokens.lengths[batch].sum() for batch in plan])
    trainer = make_trainer(request, student, tokens, plan, folder)
    log = run_steps(trainer, request, seen, folder, link)
    finish_student(trainer, request, student, Path(base.path), folder)
    checkpoint = describe_checkpoint(folder / "student")
    shutil.rmtree(folder / "work", ignore_errors=True)
    return Trained(
        checkpoint=checkpoint,
        base=base,
        log=write_dataset(str(folder / "log.jsonl"), TrainStep, log),
        over_long=tokens.over_long,
        samples=tokens.samples,
        tokens=int(seen[-1]),
        steps=len(plan),
        seconds=round(time.time() - started, 3),
        cpu_seconds=round(cpu_seconds(), 3),
    )


def prepare_base(request: TrainRequest, folder: Path) -> Checkpoint:
    """The model that training starts from: the request's start, the settings' base, or one made from scratch."""
    if request.start is not None:
        return request.start
    if request.train.base != "scratch":
        return describe_checkpoint(request.train.base)
    replace_directory(
        folder / "base", lambda part: make_scratch_student(part, curriculum_texts(read_lessons(request)), request.train)
    )
    return describe_checkpoint(folder / "base")


def make_trainer(
    request: TrainRequest, student: Student, tokens: TokenFiles, plan: list[np.ndarray], folder: Path
) -> StudentTrainer:
    """The trainer of all weights, or of the adapters."""
    use_labelled_head(student.model)
    model = add_adapters(student.model, request.train) if request.train.method == "lora" else student.model
    arguments = training_arguments(request.train, folder / "work" / "steps", len(plan))
    rows = Rows(tokens.rows, question_noise(request, student.tokenizer))
    return StudentTrainer(model, rows, PlannedBatches(plan), student.tokenizer.pad_token_id, arguments, request.key())


def question_noise(request: TrainRequest, tokenizer: Any) -> PromptNoise:
    """How questions are disturbed: for a student made from scratch only."""
    share = request.train.prompt_noise if request.train.base == "scratch" else 0.0
    return PromptNoise(share, len(tokenizer.all_special_tokens), len(tokenizer), request.train.seed)


def run_steps(
    trainer: StudentTrainer, request: TrainRequest, seen: np.ndarray, folder: Path, link: WorkerLink
) -> list[TrainStep]:
    """Takes all planned steps, going on from a saved one where there is one; returns the loss curve.

    Raises:
        Interrupted: the parent asked for an end; the last step was saved.
        TrainingError: the loss was no number.
    """
    trainer.add_callback(Reporter(link))
    saved = last_complete(folder / "work" / "steps", request.key())
    began = first_start(folder / "work" / "started.json", resumed=saved is not None)
    trainer.train(resume_from_checkpoint=str(saved) if saved else None)
    if trainer.state.global_step < len(seen):
        raise Interrupted
    return loss_curve(trainer.state.log_history, seen, request.train.epochs, began)


def finish_student(trainer: StudentTrainer, request: TrainRequest, student: Student, base: Path, folder: Path) -> None:
    """Writes ``student/`` (and ``adapter/``), in the number format that the base was stored in."""
    drop_labelled_head(student.model)
    model = merge_adapters(trainer.model, folder / "adapter") if request.train.method == "lora" else student.model
    finished = replace(student, model=model.to(stored_dtype(base)))
    replace_directory(folder / "student", lambda part: save_student(finished, base, part))


def first_start(file: Path, resumed: bool) -> float:
    """When the first attempt of this run began, seconds since 1970: the loss curve's zero."""
    if resumed and file.is_file():
        return float(json.loads(file.read_text("utf-8")))
    began = time.time()
    write_text_atomically(file, json.dumps(began))
    return began


def cpu_seconds() -> float:
    """CPU time of this process, start and imports included."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(serve_worker(TrainRun, train))
