"""Takes the planned steps, phase by phase, going on from where an earlier attempt stopped.

Part of ``train``, inside the worker process. Each phase saves its steps in a folder of its own::

    work/steps/knowledge/checkpoint-120/   the Trainer's files and complete.json
    work/steps/knowledge/finished.json     the phase is over: which step's weights it hands on, and its loss curve

A phase that is finished is not trained again: the next one takes its weights from there.

Not covered: what happens before the first step and after the last (``worker.py``).
"""

import gc
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.records import Record, TrainStep
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.student_model.load_student import Student
from tasks.student_model.worker_link import Interrupted, WorkerLink
from tasks.train.batches import cut_batches
from tasks.train.collating import Share, StepBatches
from tasks.train.labelled_head import use_labelled_head
from tasks.train.methods import add_adapters, open_base
from tasks.train.phases import Phase
from tasks.train.processes import ALONE, Processes
from tasks.train.prompt_noise import PromptNoise, count_in_questions
from tasks.train.reporter import Reporter, loss_curve
from tasks.train.saved_steps import is_complete, last_complete, step_folder
from tasks.train.student_trainer import StudentTrainer
from tasks.train.token_files import TokenFiles
from tasks.train.training_arguments import flattens, training_arguments
from tasks.train.word_tokens import WordTokens, begin_words, open_words


class FinishedPhase(Record):
    """Content of ``finished.json``."""

    step: int
    """Whose weights are handed on."""
    log: tuple[TrainStep, ...]


@dataclass(frozen=True)
class Progressed:
    """All phases, trained."""

    student: Student
    """Model and tokenizer; the model without adapters."""
    model: Any
    """With adapters, where there are any."""
    log: list[TrainStep]
    chosen: dict[str, int]
    """Phase -> step that did best on its validation part, where that was not the last."""
    gathered: dict[str, Any] | None = None
    """All weights, where each process holds a part of the model; None where the model is whole."""


def train_phases(
    settings: TrainSettings,
    base: Path,
    tokens: TokenFiles,
    phases: list[Phase],
    folder: Path,
    key: str,
    link: WorkerLink,
    processes: Processes,
) -> Progressed:
    """Takes all planned steps.

    Raises:
        Interrupted: the parent asked for an end; the last step was saved.
        TrainingError: the loss was no number.
    """
    student = open_base(base, settings, processes)
    use_labelled_head(student.model)
    model = add_adapters(student.model, settings)
    gc.freeze()  # the Trainer collects garbage among all that was imported: 0.8 s for nothing
    began = first_start(folder / "work" / "started.json", key) if processes.is_first else time.time()
    finished: list[FinishedPhase] = []
    gathered: dict[str, Any] | None = None
    handed_on: Path | None = None  # weights that an earlier attempt's phase has left
    for number, phase in enumerate(phases):
        place = folder / "work" / "steps" / phase.name
        done = read_finished(place, key)
        if done is not None:
            handed_on = step_folder(place, done.step)
        else:
            trainer = make_trainer(settings, student, model, tokens, phase, folder, key, processes)
            if handed_on is not None:
                trainer.load_weights(handed_on)
            handed_on = None
            before, after = (sum(other.steps for other in part) for part in (phases[:number], phases[number + 1 :]))
            trainer.add_callback(Reporter(link, phase, before, after, processes))
            done = train_phase(trainer, phase, tokens, place, key, began, processes)
            gathered = None if after else trainer.whole_state()
            if after and processes.is_first:
                write_text_atomically(place / "finished.json", done.model_dump_json() + "\n")
            processes.wait()
            if after and processes.agree(link.interrupted)[0]:
                raise Interrupted
        finished.append(done)
    chosen = {p.name: f.step for p, f in zip(phases, finished, strict=True) if f.step != p.steps}
    return Progressed(student, model, [row for phase in finished for row in phase.log], chosen, gathered)


def whole_student(done: Progressed, settings: TrainSettings, base: Path) -> tuple[Student, Any]:
    """The student and its model with adapters, in one process: as trained, or put together from the processes' parts."""
    if done.gathered is None:
        return done.student, done.model
    student = open_base(base, settings, ALONE)
    model = add_adapters(student.model, settings)
    model.load_state_dict(done.gathered, strict=False)  # what is frozen may be left out
    return student, model


def train_phase(
    trainer: StudentTrainer, phase: Phase, tokens: TokenFiles, place: Path, key: str, began: float, processes: Processes
) -> FinishedPhase:
    """Takes the steps of one phase, going on from a saved one where there is one."""
    saved = last_complete(place, key) if processes.is_first else None
    processes.wait()
    saved = saved or last_complete(place, key)
    trainer.train(resume_from_checkpoint=str(saved) if saved else None)
    if trainer.state.global_step < phase.steps:
        raise Interrupted
    best = trainer.take_best()
    trainer.accelerator.unwrap_model(trainer.model_wrapped, keep_fp32_wrapper=False)  # the next phase wraps it anew
    log = loss_curve(trainer.state.log_history, phase, tokens.lengths, began)
    return FinishedPhase(step=best or phase.steps, log=tuple(log))


def make_trainer(
    settings: TrainSettings,
    student: Student,
    model: Any,
    tokens: TokenFiles,
    phase: Phase,
    folder: Path,
    key: str,
    processes: Processes,
) -> StudentTrainer:
    """The trainer of one phase.

    Args:
        student: with its tokenizer.
        model: the student's model, with adapters where there are any.
        folder: of the run.
        key: of request and base.
    """
    share = Share(processes.number, processes.count, settings.micro_batch_tokens, flattens(settings))
    pad = student.tokenizer.pad_token_id
    steps = StepBatches(tokens, phase.batches, question_noise(settings, student.tokenizer, tokens), pad, share)
    validation = None
    if len(phase.validation):
        batches = list(cut_batches(phase.validation, tokens.lengths, settings.batch_tokens))
        validation = StepBatches(tokens, batches, PromptNoise(0, 0, 1, 0), pad, share)
    board = folder / "tensorboard" / phase.name if settings.tensorboard else None
    arguments = training_arguments(settings, phase, folder / "work" / "steps" / phase.name, board)
    return StudentTrainer(model, steps, validation, arguments, key, processes)


def question_noise(settings: TrainSettings, tokenizer: Any, tokens: TokenFiles) -> PromptNoise:
    """How questions are disturbed: for a student made from scratch only."""
    if settings.base != "scratch":
        return PromptNoise(0, 0, 1, 0)
    first, vocabulary = len(tokenizer.all_special_tokens), len(tokenizer)
    frequency = count_in_questions(tokens.rows, first, vocabulary)
    share, keywords = settings.prompt_noise, settings.keyword_questions
    words = WordTokens(tokenizer) if keywords else None
    begins, opens = begin_words(tokenizer), open_words(tokenizer)
    return PromptNoise(share, first, vocabulary, settings.seed, keywords, begins, opens, frequency, words)


def read_finished(place: Path, key: str) -> FinishedPhase | None:
    """What a finished phase of this request has left; None where it is unfinished, or its weights are damaged."""
    try:
        finished = FinishedPhase.model_validate_json((place / "finished.json").read_bytes())
    except (OSError, ValidationError):
        return None
    return finished if is_complete(step_folder(place, finished.step), key) else None


def first_start(file: Path, key: str) -> float:
    """When the first attempt of this run began, seconds since 1970: the loss curve's zero."""
    try:
        known = json.loads(file.read_text("utf-8"))
        if known["key"] == key:
            return float(known["began"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    began = time.time()
    write_text_atomically(file, json.dumps({"key": key, "began": began}))
    return began
