"""What is asked of a served model, and what comes back: the words of this room.

Used by ``teacher_generate`` and ``critic_filter``; this room knows neither. A request's id is a digest of all that its answer
depends on, so that an answer that was paid for once is found again::

    >>> ChatRequest(messages=({"role": "user", "content": "2 + 2?"},), max_tokens=8, temperature=0.0)

Source: the Chat Completions part of the OpenAI API reference, as vLLM's and llama.cpp's servers speak it.

Not covered: streaming, tools, images, several choices of one request (``index`` asks for them one by one, so each is cached
alone).
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

from schemas.contracts import Usage

Message: TypeAlias = dict[str, str]
AnswerStyle = Literal["json_schema", "tags"]
"""How a server is made to answer in a structure: constrained by a JSON Schema, or by tags that the prompt asks for."""
LengthKey = Literal["max_tokens", "max_completion_tokens"]
"""What a server calls the longest answer: newer OpenAI models refuse the older name, most other servers know only that."""
NO_USAGE = Usage()
FailureKind = Literal["model_request_failed", "model_answer_unparsable", "model_answer_truncated"]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a model.

    Args:
        messages: The conversation so far, without instructions on the answer's form: the door adds those.
        max_tokens: Longest answer, tokens.
        temperature: At 0 the same messages are asked once, whatever ``seed`` and ``index`` say.
        seed: The seed of the settings.
        index: Counts equal requests that shall have different answers, from 0.
        form: The pydantic model that the answer must fit; None: the text as it is.
        example: An answer of that form, shown to the model.
        shard: Names the file of the answer log; not part of the id.
        once: An unusable answer is not asked for again: a model that judges the last turn would judge the complaint.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float
    seed: int = 0
    index: int = 0
    form: type[BaseModel] | None = None
    example: BaseModel | None = None
    shard: str = "answers"
    once: bool = False


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What became of a request: an answer, or a failure with its reason.

    Args:
        request_id: 32 hex digits.
        text: What the model said, its reasoning taken out; empty where the request failed.
        content: The text parsed into the request's form; None without a form, or on failure.
        reasoning: The model's thinking, kept apart: it is never a sample's answer.
        failure: None, or what went wrong for good.
        detail: One line that explains the failure.
        usage: What it cost in this run; an answer from the log costs no tokens.
    """

    request_id: str
    text: str = ""
    content: Any = None
    reasoning: str = ""
    failure: FailureKind | None = None
    detail: str = ""
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server wants to be addressed; the probe finds out."""

    style: AnswerStyle = "json_schema"
    length_key: LengthKey = "max_tokens"


Ask: TypeAlias = Callable[[ChatRequest], Awaitable[ChatAnswer]]
"""What a pipeline is handed: it neither knows endpoints nor logs."""


def encode_request(model: str, request: ChatRequest, messages: tuple[Message, ...], dialect: Dialect) -> bytes:
    """The body of a chat completion as it is sent: canonical JSON, so that its digest is the request's id.

    Args:
        messages: The request's, with the instructions on the answer's form.
    """
    seed, index = (0, 0) if request.temperature == 0 else (request.seed, request.index)
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        dialect.length_key: request.max_tokens,
        "temperature": request.temperature,
        "seed": (seed + 1_000_003 * index) % 2**31,
    }
    if request.form is not None and dialect.style == "json_schema":
        body["response_format"] = response_format(request.form)
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


@lru_cache(maxsize=256)
def response_format(form: type[BaseModel]) -> dict[str, Any]:
    """What constrains a server to the form."""
    return {"type": "json_schema", "json_schema": {"name": form.__name__, "schema": form.model_json_schema()}}


def request_id(encoded: bytes) -> str:
    """32 hex digits that change when anything changes that the answer depends on."""
    return hashlib.sha256(encoded).hexdigest()[:32]


def add_usage(left: Usage, right: Usage) -> Usage:
    """The sum, field by field."""
    return Usage(**{name: getattr(left, name) + getattr(right, name) for name in Usage.model_fields})
