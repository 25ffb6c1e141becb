"""Who answers the questions: batched transformers in a worker process, or a vLLM server; base and student alike.

Part of ``evaluate``, in the parent process. The engine is chosen once for both models (``evaluate.engine``), so decoding is the
same: greedy, bounded by ``max_new_tokens``, the messages through the model's own chat template. Multiple choice is answered by
the worker process in either case, since lm-eval needs likelihoods of given answers.

    auto    a GPU and a vllm program   ->  vllm            conversations by the server, then multiple choice by the worker
            else                       ->  transformers    all by the worker

On a CPU a server takes longer to start than a small student to answer, so ``auto`` does not choose it there.

Not covered: endpoints that serve a student elsewhere; what is asked (``exam.py``, ``benchmarks.py``).
"""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from schemas.contracts import ReportProgress
from schemas.errors import TrainingError, UsageError
from schemas.records import Record
from schemas.student_contracts import EvaluateRequest
from schemas.student_settings import EvaluateSettings
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.evaluate.evaluate_run import Answered, Asked, ChoiceQuestion, EvaluateRun
from tasks.evaluate.serving import answer_by_server
from tasks.student_model.checkpoint_files import require_intact
from tasks.student_model.worker_process import WorkerJob, run_worker

Engine = Literal["transformers", "vllm"]
GPU_DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""What the drivers of NVIDIA, AMD and WSL leave on a machine: the parent imports no torch to ask."""


@dataclass(frozen=True)
class Questions:
    """All that both models are asked."""

    asked: Sequence[Asked]
    choices: Sequence[ChoiceQuestion] = ()


def choose_engine(settings: EvaluateSettings) -> Engine:
    """What generates the answers.

    Raises:
        UsageError: vllm is wanted, and no program of that name is found.
    """
    if settings.engine == "transformers":
        return "transformers"
    program = settings.server.program or "vllm"
    found = shutil.which(program) or (
        None if settings.server.program else shutil.which(str(Path(sys.executable).parent / program))
    )
    if settings.engine == "vllm":
        if found is None:
            raise UsageError(f"evaluate.engine is vllm, but {program} is not found. Set evaluate.server.program, or engine=auto.")
        return "vllm"
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0") not in ("", "-1")
    return "vllm" if found and visible and any(Path(device).exists() for device in GPU_DEVICES) else "transformers"


def require_lm_eval(settings: EvaluateSettings) -> None:
    """Does nothing where multiple choice is asked for and can be, or is not asked for.

    Raises:
        UsageError: lm-eval is needed and not installed.
    """
    wanted = settings.multiple_choice or settings.mmlu or any(each.kind == "multiple_choice" for each in settings.benchmarks)
    if wanted and find_spec("lm_eval") is None:
        raise UsageError("multiple choice needs lm-eval: pip install 'labflow[lm-eval]', or set evaluate.multiple_choice=false.")


def ask_models(
    request: EvaluateRequest, questions: Questions, folder: Path, cache: str, progress: ReportProgress
) -> tuple[Answered, Engine]:
    """The answers of base and student to each question; a model that is its own base is asked once.

    Args:
        cache: where answers of served models are kept.

    Raises:
        TrainingError: an answer is missing, or a model cannot be loaded.
        ModelServerError: the server does not start or answer.
    """
    engine = choose_engine(request.evaluate)
    if not questions.asked and not questions.choices:
        return Answered(), engine
    for checkpoint in (request.base, request.student, *([request.adapter] if request.adapter else [])):
        require_intact(checkpoint)
    if engine == "transformers":
        answered = _ask_worker(request, questions, folder, progress)
    else:
        served = answer_by_server(request, questions.asked, folder, cache, progress)
        chosen = _ask_worker(request, Questions((), questions.choices), folder, progress) if questions.choices else Answered()
        answered = chosen.model_copy(update={"base": served.base, "student": served.student})
    _require_all(questions, answered)
    return answered, engine


def _ask_worker(request: EvaluateRequest, questions: Questions, folder: Path, progress: ReportProgress) -> Answered:
    run = EvaluateRun(
        base=request.student.path if request.base.sha256 == request.student.sha256 else request.base.path,
        student=request.student.path,
        questions=_write(folder / "questions.jsonl", questions.asked),
        choices=_write(folder / "choices.jsonl", questions.choices) if questions.choices else "",
        settings=request.evaluate,
    )
    job = WorkerJob("tasks.evaluate.worker", "the evaluation", folder, request.evaluate.threads, "evaluate.batch_size")
    return run_worker(job, run, Answered, progress)


def _write(file: Path, rows: Iterable[Record]) -> str:
    write_text_atomically(file, "".join(row.model_dump_json(exclude_defaults=True) + "\n" for row in rows))
    return str(file)


def _require_all(questions: Questions, answered: Answered) -> None:
    """Every turn of every conversation has an answer of both, and every multiple-choice question."""
    turns = [1 + len(question.further) for question in questions.asked]
    for model in (answered.base, answered.student):
        if [len(texts) for texts in model] != turns:
            raise TrainingError(f"{sum(turns)} turns were asked, not all were answered. Run the evaluation again.")
    for chosen in (answered.base_choices, answered.student_choices):
        if len(chosen) != len(questions.choices):
            raise TrainingError(f"{len(questions.choices)} multiple-choice questions were asked, {len(chosen)} answered.")
