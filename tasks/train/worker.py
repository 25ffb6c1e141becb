"""The worker process of ``train``: one run configuration in, a trained checkpoint out.

Reads top to bottom: make or open the base -> tokenise the curriculum -> plan the phases -> train each -> save. Started by
``train.py`` as ``python -m tasks.train.worker --config run.json``, or by ``torch.distributed.run`` once for each process; it
imports torch and transformers, and never Prefect.

Files of a run::

    plan.json        TrainPlan: what will be done, written before the first step
    base/            the student before its first step (made from scratch only)
    student/         the trained checkpoint with its model card
    adapter/         the adapter alone (lora, qlora, osf)
    log.jsonl        TrainStep: the loss curve
    over_long.jsonl  Rejected
    tensorboard/     the loss curve for TensorBoard (where asked for)
    work/            tokens and saved steps; removed at the end

Done means that the last planned step was taken, not that the process ended without an error.
"""

import resource
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import distributed

from schemas.contracts import Checkpoint
from schemas.errors import TrainingError
from schemas.records import Record, TrainStep, digest_of
from schemas.student_contracts import Trained, TrainPlan, TrainRequest
from tasks.dataset_files.jsonl import write_dataset, write_text_atomically
from tasks.student_model.checkpoint_files import count_parameters, describe_checkpoint, digest_directory, replace_directory
from tasks.student_model.load_student import load_tokenizer, stored_dtype, use_threads
from tasks.student_model.model_card import write_model_card
from tasks.student_model.save_student import save_student
from tasks.student_model.scratch_student import make_scratch_student
from tasks.student_model.worker_link import WorkerLink, serve_worker
from tasks.train.card_facts import card_facts
from tasks.train.curriculum import read_lessons, tokenizer_texts
from tasks.train.labelled_head import drop_labelled_head
from tasks.train.methods import ADAPTED, merge_adapters
from tasks.train.phase_training import Progressed, train_phases, whole_student
from tasks.train.phases import Phase, plan_phases
from tasks.train.processes import Processes, join_processes, leave_processes
from tasks.train.token_files import TokenFiles, open_tokens, tokenise_lessons
from tasks.train.train_plan import describe_plan
from tasks.train.train_run import TrainRun


def train(run: TrainRun, link: WorkerLink) -> Record:
    """Trains the student of one request in ``run.folder`` (``Trained``), or plans it only (``TrainPlan``)."""
    processes = join_processes()
    try:
        return _train(run, link, processes)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise TrainingError(too_little_memory(run.request)) from error
        if run.request.train.nodes > 1 and has_lost_another(error):  # on one machine the parent knows better what ended it
            raise TrainingError(
                "another machine of this training ended, or cannot be reached: what its own labflow says is the reason. "
                "Run again on all machines: training goes on from the last saved step."
            ) from error
        raise
    finally:
        leave_processes(processes)


def _train(run: TrainRun, link: WorkerLink, processes: Processes) -> Record:
    started, request, folder = time.time(), run.request, Path(run.folder)
    use_threads(request.train.threads)
    base, tokens = prepare(request, folder, processes)
    phases = plan_phases(request.train, tokens)
    plan = make_plan(request, base, tokens, phases, folder, processes)
    if run.plan_only:
        return plan
    key = digest_of([request.key(), base.sha256])[:16]
    done = train_phases(request.train, Path(base.path), tokens, phases, folder, key, link, processes)
    spent = sum(processes.sum_up(cpu_seconds()))
    concluded = folder / "work" / "trained.json"
    if processes.is_first:
        finish_student(done, request, base, plan, folder)
        trained = Trained(
            checkpoint=describe_checkpoint(folder / "student"),
            base=base,
            log=write_dataset(str(folder / "log.jsonl"), TrainStep, done.log),
            over_long=tokens.over_long,
            samples=tokens.samples - sum(len(phase.validation) for phase in phases),
            tokens=plan.tokens,
            steps=plan.steps,
            seconds=round(time.time() - started, 3),
            cpu_seconds=round(spent, 3),
            validation=sum(len(phase.validation) for phase in phases),
            adapter=describe_adapter(folder / "adapter") if request.train.method in ADAPTED else None,
            plan=plan,
            chosen_steps=done.chosen,
        )
        write_text_atomically(concluded, trained.model_dump_json())
    processes.wait()
    trained = Trained.model_validate_json(concluded.read_bytes())  # each machine's parent is answered
    processes.wait()
    if processes.is_first:
        shutil.rmtree(folder / "work", ignore_errors=True)
    return trained


def prepare(request: TrainRequest, folder: Path, processes: Processes) -> tuple[Checkpoint, TokenFiles]:
    """The base and the tokenised curriculum, made by the first process and read by all.

    Raises:
        TrainingError: every sample is too long.
    """
    if processes.is_first:
        base = prepare_base(request, folder)
        tokens = tokenise_lessons(read_lessons(request), load_tokenizer(base.path), request.train.max_length, folder)
        if tokens.samples == 0:
            raise TrainingError(f"all {tokens.over_long.rows} samples are longer than train.max_length. Raise it.")
    processes.wait()
    if not processes.is_first:
        base, tokens = find_base(request, folder), open_tokens(folder)
    return base, tokens


def prepare_base(request: TrainRequest, folder: Path) -> Checkpoint:
    """The model that training starts from: the request's start, the settings' base, or one made from scratch."""
    if request.start is None and request.train.base == "scratch":
        replace_directory(
            folder / "base", lambda part: make_scratch_student(part, tokenizer_texts(read_lessons(request)), request.train)
        )
    return find_base(request, folder)


def find_base(request: TrainRequest, folder: Path) -> Checkpoint:
    """The model that training starts from, which is there."""
    if request.start is not None:
        return request.start
    return describe_checkpoint(folder / "base" if request.train.base == "scratch" else request.train.base)


def make_plan(
    request: TrainRequest, base: Checkpoint, tokens: TokenFiles, phases: list[Phase], folder: Path, processes: Processes
) -> TrainPlan:
    """The plan; written into the folder by the first process."""
    plan = describe_plan(request.train, Path(base.path), tokens, phases)
    if processes.is_first:
        write_text_atomically(folder / "plan.json", plan.model_dump_json(indent=2) + "\n")
    return plan


def finish_student(done: Progressed, request: TrainRequest, base: Checkpoint, plan: TrainPlan, folder: Path) -> None:
    """Writes ``student/`` (and ``adapter/``), in the number format that the base was stored in."""
    root, settings, adapter = Path(base.path), request.train, folder / "adapter"
    student, model = whole_student(done, settings, root)
    drop_labelled_head(student.model)
    if settings.method in ADAPTED:
        merged: list[Any] = []
        replace_directory(adapter, lambda part: merged.append(merge_adapters(model, settings, root, part)))
        model = merged[0]
    finished = replace(student, model=model.to(stored_dtype(root)))

    def write(part: Path) -> None:
        save_student(finished, root, part)
        adapter_digest = digest_directory(adapter) if settings.method in ADAPTED else ""
        write_model_card(part, card_facts(request, base, plan, adapter_digest))

    replace_directory(folder / "student", write)


def describe_adapter(folder: Path) -> Checkpoint:
    """The reference to an adapter's directory."""
    return Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=count_parameters(folder))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a GPU or the machine had no memory left for a tensor."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def has_lost_another(error: BaseException) -> bool:
    """Whether a process that this one exchanges gradients with is gone."""
    gone = ("closed by peer", "reset by peer", "Broken pipe", "remote process exited")
    return isinstance(error, distributed.DistError) or any(words in str(error) for words in gone)


def too_little_memory(request: TrainRequest) -> str:
    """One line that names the setting to lower."""
    settings = request.train
    at_once = settings.micro_batch_tokens or settings.batch_tokens
    ways = [f"Lower train.micro_batch_tokens below {at_once} (the student stays the same)"]
    if not settings.gradient_checkpointing:
        ways.append("set train.gradient_checkpointing=true")
    if settings.method == "full":
        ways.append("choose train.method=lora")
    return f"training ran out of memory. {', or '.join(ways)}."


def cpu_seconds() -> float:
    """CPU time of this process, start and imports included."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(serve_worker(TrainRun, train))
