"""The worker of ``parity.py``: asks a checkpoint and the GGUF file that was made from it, greedily, one prompt at a time.

Part of ``labflow model export``, in a process of its own: here torch is imported. The checkpoint answers in float32 on the CPU.
One prompt at a time, because padding changes the last bits of a sum, and with them a near-tie.

Not covered: starting llama-server (the command does).
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers.generation.configuration_utils import GenerationConfig
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from schemas.errors import TrainingError
from tasks.student_model.export.parity import ParityResult, ParityRun
from tasks.student_model.export.reading_back import build_tokenizer
from tasks.student_model.labelled_tokens import defuse, render_prompt, special_tokens
from tasks.student_model.load_student import Student, load_student, use_threads
from tasks.student_model.messages import Message
from tasks.student_model.worker_link import WorkerLink, serve_worker

_SECONDS = 600.0
_LONGEST_ANSWER_BYTES = 50_000_000
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""No proxy of the environment stands between two processes of one machine."""


class Runtime(Protocol):
    """Something that runs a GGUF file."""

    def cut_prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a conversation, by the file's own chat template and tokenizer."""

    def answer(self, prompt: list[int], max_new_tokens: int) -> list[int]:
        """The greedy answer's tokens."""


@dataclass(frozen=True)
class LlamaServer:
    """llama.cpp, over HTTP on this machine."""

    url: str

    def cut_prompt(self, messages: Sequence[Message]) -> list[int]:
        text = self._post("/apply-template", {"messages": list(messages)})["prompt"]
        return [int(token) for token in self._post("/tokenize", {"content": text, "add_special": False})["tokens"]]

    def answer(self, prompt: list[int], max_new_tokens: int) -> list[int]:
        asked = {"prompt": prompt, "n_predict": max_new_tokens, "temperature": 0, "top_k": 1, "repeat_penalty": 1.0}
        return list(self._post("/completion", {**asked, "return_tokens": True, "cache_prompt": False})["tokens"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 (the command's own server)
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with _DIRECTLY.open(request, timeout=_SECONDS) as response:
                answer = json.loads(response.read(_LONGEST_ANSWER_BYTES))
        except (OSError, ValueError) as error:
            raise TrainingError(f"llama-server did not answer {path} ({error}). Run again, or with --no-parity.") from error
        if not isinstance(answer, dict):
            raise TrainingError(f"llama-server answered {path} with something else than an object. Take another version of it.")
        return answer


class ReadByTransformers:
    """transformers reads the file's weights and hyperparameters; the tokenizer is built from the file by ourselves."""

    def __init__(self, file: Path, student: Student, chat_template: str) -> None:
        self._file_model = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
        self._student, self._tokenizer, self._template = student, build_tokenizer(file), chat_template

    def cut_prompt(self, messages: Sequence[Message]) -> list[int]:
        text = self._student.tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True, chat_template=self._template
        )
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def answer(self, prompt: list[int], max_new_tokens: int) -> list[int]:
        return _generate(Student(self._file_model, self._student.tokenizer, self._student.end_ids), prompt, max_new_tokens)


def compare(run: ParityRun, link: WorkerLink) -> ParityResult:
    """Asks both sides all conversations.

    Raises:
        TrainingError: one of them cannot be asked.
    """
    use_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    student = load_student(run.checkpoint)
    runtime: Runtime = LlamaServer(run.server) if run.server else ReadByTransformers(Path(run.gguf), student, run.chat_template)
    same_prompts = same_answers = same_tokens = tokens = 0
    difference = ""
    for done, messages in enumerate(run.conversations, 1):
        safe = [Message(role=m["role"], content=defuse(m["content"], special_tokens(student.tokenizer))) for m in messages]
        prompt = student.tokenizer.encode(render_prompt(student.tokenizer, messages), add_special_tokens=False)
        cut = runtime.cut_prompt(safe)
        expected = _generate(student, prompt, run.max_new_tokens)
        given = _until_end(runtime.answer(prompt, run.max_new_tokens), student.end_ids)
        same_prompts += cut == prompt
        same_answers += given == expected
        common = next(
            (n for n, (a, b) in enumerate(zip(given, expected, strict=False)) if a != b), min(len(given), len(expected))
        )
        same_tokens, tokens = same_tokens + common, tokens + len(expected)
        if not difference and (cut != prompt or given != expected):
            difference = _describe(student.tokenizer, *((prompt, cut) if cut != prompt else (expected, given)))
        link.report(done, len(run.conversations), "prompts")
    return ParityResult(
        runtime="llama-server" if run.server else "transformers",
        prompts=len(run.conversations),
        same_prompts=same_prompts,
        same_answers=same_answers,
        same_tokens=same_tokens,
        tokens=tokens,
        difference=difference,
    )


@torch.inference_mode()
def _generate(student: Student, prompt: list[int], max_new_tokens: int) -> list[int]:
    ids = torch.tensor([prompt])
    config = GenerationConfig(
        max_new_tokens=max_new_tokens,
        do_sample=False,
        eos_token_id=list(student.end_ids),
        pad_token_id=student.tokenizer.pad_token_id,
    )
    student.model.generation_config = config
    student.model.eval()
    made = student.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=config)
    return _until_end(made[0, len(prompt) :].tolist(), student.end_ids)


def _until_end(tokens: list[int], ends: Sequence[int]) -> list[int]:
    return tokens[: next((place for place, token in enumerate(tokens) if token in ends), len(tokens))]


def _describe(tokenizer: Any, expected: list[int], given: list[int]) -> str:
    """Both sides on one line."""
    texts = (" ".join(str(tokenizer.decode(side)).split())[:80] for side in (expected, given))
    return "checkpoint: {!r}, file: {!r}".format(*texts)


if __name__ == "__main__":
    sys.exit(serve_worker(ParityRun, compare))
