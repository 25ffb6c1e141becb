"""Answers of base and student by vLLM: one server for both where the student is an adapter on the base, else one after another.

Part of ``evaluate``, in the parent process. The server is started on a free loopback port for as long as it takes
(``chat_model/managed_server.py``) and asked greedily, the messages through the model's own chat template, as the worker process
does. What it says is what is scored: an answer that was cut off at ``max_new_tokens``, or is empty, is an answer, and not a
reason to ask again (``AsSaid``), for the other model and the other engine are not asked again either.

Not covered: likelihoods of given answers (multiple choice is asked by the worker process).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from schemas.contracts import Checkpoint, Progress, ReportProgress
from schemas.errors import ModelServerError, TrainingError
from schemas.records import digest_of
from schemas.served_model_settings import ModelSettings, ServerSettings
from schemas.student_contracts import EvaluateRequest
from schemas.student_settings import EvaluateSettings
from tasks.chat_model.answer_log import LoggedAnswer
from tasks.chat_model.asking import Support, work_through
from tasks.chat_model.chat import Ask, ChatAnswer, ChatRequest
from tasks.chat_model.door import Limits
from tasks.chat_model.endpoints import Endpoint
from tasks.chat_model.managed_server import serve_model
from tasks.chat_model.watching import Watch
from tasks.chat_model.wire import Wire
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.evaluate.asked_shards import note_shards
from tasks.evaluate.evaluate_run import Answered, Asked
from tasks.evaluate.turns import answer_turns
from tasks.student_model.labelled_tokens import PLAIN_TEMPLATE, defuse
from tasks.student_model.messages import Message

NOTHING = "\N{SYMBOL FOR NULL}"
"""Stands for an empty answer on its way through the door, which holds that for a fault."""
SERVED_NAME, ADAPTER_NAME = "examined", "adapted"
LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM's --max-lora-rank may be."""
NO_PENALTIES = '{"repetition_penalty":1.0}'
"""A model's own generation settings also name the tokens that end an answer, so they are read; its penalties are not used."""


class AsSaid(Wire):
    """A wire whose answers are complete however they end."""

    async def send(self, endpoint: Endpoint, encoded: bytes, request_id: str) -> LoggedAnswer:
        """The server's answer."""
        answer = await super().send(endpoint, encoded, request_id)
        return replace(answer, text=answer.text or NOTHING, finish="stop")


@dataclass(frozen=True)
class Model:
    """One model that answers: where it is served, and what its answers are filed under."""

    settings: ModelSettings
    shard: str
    """Of the answer log: another model, adapter or way of serving is asked again."""
    special_tokens: tuple[str, ...]
    """Broken up in what is asked, as in training: a question cannot open a turn."""


def answer_by_server(
    request: EvaluateRequest, asked: Sequence[Asked], folder: Path, cache: str, progress: ReportProgress
) -> Answered:
    """The answers of both models, turn by turn.

    Raises:
        ModelServerError: a server does not start, or a request fails for good.
    """
    turns, log = sum(1 + len(each.further) for each in asked), f"{cache}/answers/exam"
    settings, base, student = request.evaluate, request.base, request.student
    adapter = request.adapter if request.adapter_base_sha256 == base.sha256 else None  # on another base it is another model
    places = (base.path, student.path)
    if base.sha256 == student.sha256:
        only = _serve(student, settings, folder)
        note_shards(folder, exam=(only.shard,), models=places)
        answers = _ask(only, asked, settings, log, folder, _Counting(progress, 0, turns, "student"))
        return Answered(base=tuple(answers), student=tuple(answers))
    both = [_Counting(progress, 0, 2 * turns, "base"), _Counting(progress, turns, 2 * turns, "student")]
    if adapter is None:
        models = [_serve(base, settings, folder), _serve(student, settings, folder)]
        note_shards(folder, exam=(model.shard for model in models), models=places)
        answers, others = (_ask(model, asked, settings, log, folder, each) for model, each in zip(models, both, strict=True))
        return Answered(base=tuple(answers), student=tuple(others))
    shared = _serve(base, settings, folder, adapter)
    with serve_model(shared.settings, str(folder)) as running:
        adapted = replace(shared, settings=running.settings, shard=digest_of([shared.shard, adapter.sha256])[:32])
        plain = replace(shared, settings=running.settings.model_copy(update={"name": f"{ADAPTER_NAME}-base"}))
        note_shards(folder, exam=(plain.shard, adapted.shard), models=places)
        answers = _ask(plain, asked, settings, log, folder, both[0])
        return Answered(base=tuple(answers), student=tuple(_ask(adapted, asked, settings, log, folder, both[1])))


def _serve(checkpoint: Checkpoint, settings: EvaluateSettings, folder: Path, adapter: Checkpoint | None = None) -> Model:
    """How a checkpoint is served: greedily, with its chat template, or the plain one where it has none."""
    root, server = Path(checkpoint.path), settings.server
    arguments, lora = list(server.arguments), dict(server.lora)
    if "--override-generation-config" not in arguments:
        arguments += ["--override-generation-config", NO_PENALTIES]
    if not _has_chat_template(root) and "--chat-template" not in arguments:
        template = folder / "plain_template.jinja"
        write_text_atomically(template, PLAIN_TEMPLATE)
        arguments += ["--chat-template", str(template)]
    if adapter is not None:
        lora[ADAPTER_NAME] = adapter.path
        if "--max-lora-rank" not in arguments:
            arguments += ["--max-lora-rank", str(_room_for_rank(Path(adapter.path)))]
    served = ServerSettings(**{**server.model_dump(), "arguments": tuple(arguments), "lora": lora})
    name = ADAPTER_NAME if adapter else SERVED_NAME
    model = ModelSettings(name=name, path=checkpoint.path, server=served, concurrency=settings.batch_size)
    way = served.model_dump(mode="json", include={"dtype", "quantization", "max_model_len"}) | {"arguments": server.arguments}
    return Model(model, digest_of([checkpoint.sha256, way])[:32], _special_tokens(root))


def _ask(
    model: Model, asked: Sequence[Asked], settings: EvaluateSettings, log: str, folder: Path, count: "_Counting"
) -> list[tuple[str, ...]]:
    """One model's answers. They are filed under the model's digest, so what another one said is never taken for its own."""

    def answer(served: ModelSettings, conversations: Sequence[Sequence[Message]]) -> list[str]:
        jobs = (partial(_ask_one, model, settings.max_new_tokens, messages) for messages in conversations)
        support = Support(server_logs=str(folder), connect=AsSaid)
        return [_text_of(each) for each in work_through(jobs, served, log, count.watch(len(conversations)), support)]

    with serve_model(model.settings, str(folder)) as running:  # one server for all turns
        return answer_turns(asked, partial(answer, running.settings))


async def _ask_one(model: Model, max_tokens: int, messages: Sequence[Message], ask: Ask) -> ChatAnswer:
    said = tuple({"role": each["role"], "content": defuse(each["content"], model.special_tokens)} for each in messages)
    return await ask(ChatRequest(said, max_tokens, 0.0, shard=model.shard))


class _Counting:
    """Adds the turns of one model up to the progress of both."""

    def __init__(self, report: ReportProgress, before: int, total: int, note: str) -> None:
        self._report, self._done, self._total, self._note = report, before, total, note

    def watch(self, turns: int) -> Watch:
        """A watch over the next turns; all requests must succeed: a missing answer is no wrong answer."""
        before = self._done
        self._done += turns

        def report(progress: Progress) -> None:
            done, note = min(before + progress.done, before + turns), f"{self._note}  {progress.note}"
            self._report(Progress(done=done, total=self._total, unit="answers", note=note))

        return Watch(report, "answers", turns, Limits(max_failed_share=0.0, fewest=1))


def _text_of(answer: ChatAnswer) -> str:
    if answer.failure is not None:
        raise ModelServerError(f"the server gave no answer: {answer.detail}. Run again: answers so far are kept.")
    return "" if answer.text == NOTHING else answer.text


def _has_chat_template(root: Path) -> bool:
    return (root / "chat_template.jinja").is_file() or bool(_read_json(root / "tokenizer_config.json").get("chat_template"))


def _special_tokens(root: Path) -> tuple[str, ...]:
    """The tokens that no text may contain, as the tokenizer's file names them."""
    tokens = _read_json(root / "tokenizer.json").get("added_tokens") or []
    return tuple(str(token["content"]) for token in tokens if token.get("special"))


def _room_for_rank(adapter: Path) -> int:
    """The least rank that vLLM can be told and that holds the adapter's.

    Raises:
        TrainingError: the adapter's rank is not known, or too large for vLLM.
    """
    rank = _read_json(adapter / "adapter_config.json").get("r")
    fitting = [room for room in LORA_RANKS if isinstance(rank, int) and room >= rank]
    if not fitting:
        raise TrainingError(f"vLLM cannot serve the adapter {adapter} of rank {rank}. Set evaluate.engine=transformers.")
    return fitting[0]


def _read_json(file: Path) -> dict[str, Any]:
    """The file's object; empty where it is absent or something else."""
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
