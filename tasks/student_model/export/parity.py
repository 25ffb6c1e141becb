"""Does the exported file still answer as the checkpoint does? Asked of a runtime, greedily, with the release's own questions.

Part of ``labflow model export``, on the side of the command: it starts a worker process, which alone imports torch. Compared are

- the prompt's tokens: chat template and tokenizer of the file against the checkpoint's;
- the answer's tokens: the file in the runtime against the checkpoint in transformers, both from the checkpoint's prompt.

The runtime is ``llama-server`` where there is one. Without it, transformers reads the file back (llama and qwen2 architectures):
that proves weights and hyperparameters, not llama.cpp. The result says which it was.

Example record::

    ParityResult(runtime="llama-server", prompts=12, same_prompts=12, same_answers=12, same_tokens=101, tokens=101, difference="")

Not covered: sampling; speed.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from schemas.contracts import ReportProgress
from schemas.errors import TrainingError
from schemas.records import Record
from tasks.student_model.messages import Message
from tasks.student_model.worker_process import WorkerJob, run_worker

Runtime = Literal["llama-server", "transformers"]
READ_BY_TRANSFORMERS = frozenset({"llama", "qwen2"})
"""Architectures of llama.cpp that transformers reads right; of qwen3 it takes no width of heads but 128."""
DEFAULT_QUESTIONS = (
    "What can you do?",
    "Who are you?",
    "How much is 7 times 8?",
    "Name three colours.",
    "Write one sentence about the sea.",
    "What is the capital of France?",
    "Translate 'good morning' into German.",
    "Summarise: The train was late because it snowed.",
)
"""Asked where a model has no exam of its own."""
MAX_NEW_TOKENS = 48
CLOSE = frozenset({"f32", "f16", "bf16"})
"""Formats in which a file must answer as the checkpoint does; what has fewer bits may differ."""
LEAST_SAME = 0.5
"""Part of the answers: a near-tie may turn over by rounding, but not half of all."""


class ParityRun(Record):
    """What the worker is asked."""

    checkpoint: str
    gguf: str
    conversations: tuple[tuple[Message, ...], ...]
    server: str = Field("", description="URL of the llama-server that serves the file; empty: transformers reads it")
    chat_template: str = Field(description="of the file")
    max_new_tokens: int = MAX_NEW_TOKENS


class ParityResult(Record):
    """How far file and checkpoint agree."""

    runtime: Runtime
    prompts: int
    same_prompts: int = Field(description="prompts with the same tokens")
    same_answers: int = Field(description="greedy answers with the same tokens")
    same_tokens: int = Field(description="tokens of answers before their first difference")
    tokens: int = Field(description="tokens of the checkpoint's answers")
    difference: str = Field("", description="the first answer that differs, both sides")


def check_parity(run: ParityRun, folder: Path, threads: int, report: ReportProgress) -> ParityResult:
    """Asks both sides.

    Args:
        folder: For the worker's files.
        threads: CPU threads of the worker.

    Raises:
        TrainingError: one of them cannot be asked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    job = WorkerJob(
        module="tasks.student_model.export.parity_worker",
        purpose="the parity check",
        folder=folder,
        threads=threads,
        lower_when_out_of_memory="what else runs, or leave the check out with --no-parity,",
    )
    return run_worker(job, run, ParityResult, report)


def require_same(result: ParityResult, kind: str) -> None:
    """Does nothing when file and checkpoint are the same model.

    Raises:
        TrainingError: the file cuts prompts into other tokens, or, in 16 bits or more, answers otherwise.
    """
    if result.same_prompts < result.prompts:
        raise TrainingError(
            f"the file cuts {result.prompts - result.same_prompts} of {result.prompts} prompts into other tokens than the "
            f"checkpoint ({result.runtime}): it is not kept. {result.difference}"
        )
    if kind in CLOSE and result.same_answers < LEAST_SAME * result.prompts:
        raise TrainingError(
            f"the file answers {result.same_answers} of {result.prompts} prompts as the checkpoint does ({result.runtime}): "
            f"it is not kept. {result.difference}"
        )
