"""One answer at a time, as it is written: for people who wait for it.

The stages ask by the thousand and want whole answers (``door``); a conversation wants the first word soon. Here the openai SDK's
own client does the work::

    for piece in stream_answer(model, messages):
        ...

Not covered: retries (the person asks again), structured answers, tools.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from schemas.errors import ModelServerError
from tasks.chat_model.chat import Message
from tasks.chat_model.structured import split_reasoning
from tasks.chat_model.wire import hide_keys


@dataclass(frozen=True)
class ChattingModel:
    """Whom to ask.

    Args:
        url: The endpoint, for example ``http://127.0.0.1:8000/v1``.
        name: The model's name there.
        key: The API key; empty where none is needed.
        max_tokens: Longest answer, tokens.
        temperature: 0 for the same answer each time.
        timeout_seconds: Longest wait for the next piece.
    """

    url: str
    name: str
    key: str = ""
    max_tokens: int = 512
    temperature: float = 0.0
    timeout_seconds: float = 120.0


def stream_answer(model: ChattingModel, messages: Sequence[Message]) -> Iterator[str]:
    """The answer in pieces. Thinking that a server sends apart is left out.

    Raises:
        ModelServerError: the server cannot be reached, refuses, or stops in the middle of its answer.
    """
    from httpx import HTTPError
    from openai import APIError, OpenAI

    client = OpenAI(base_url=model.url, api_key=model.key or "none", timeout=model.timeout_seconds, max_retries=0)
    began = ended = False
    try:
        stream = client.chat.completions.create(
            model=model.name,
            messages=list(messages),  # type: ignore[arg-type]
            max_tokens=model.max_tokens,
            temperature=model.temperature,
            stream=True,
        )
        for chunk in stream:
            began = True
            for choice in cast(Any, chunk).choices:
                ended = ended or choice.finish_reason is not None
                if choice.delta.content:
                    yield choice.delta.content
    except (APIError, HTTPError) as error:  # what breaks the stream, versions of the SDK before 3 hand on as it is
        what = "stopped in the middle of its answer" if began else "did not answer"
        raise ModelServerError(f"{model.name} {what}: {hide_keys(_reason(error), model.key or None)}") from None
    finally:
        client.close()
    if not ended:
        raise ModelServerError(f"{model.name} stopped in the middle of its answer")


def without_thinking(answer: str) -> str:
    """The answer alone, for the conversation's next turn."""
    return split_reasoning(answer, None)[0]


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
