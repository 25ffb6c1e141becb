"""Serves students on this machine's CPU (or its GPU) to a handful of people: the part of the OpenAI API that chat needs.

A process of its own, started by ``labflow model serve`` and ``labflow chat``; several models may be served at once, to compare
them::

    python -m tasks.student_model.student_server --port 8000 --model release-3=/.../student --model base=/.../base

``GET /health``, ``GET /v1/models``, ``POST /v1/chat/completions`` (streamed or whole). One answer is written at a time: a small
student is done in a second, and two at once would take twice as long. A request for what it cannot do (several choices, tools,
a response format) is refused, never ignored. Where the environment holds ``LABFLOW_API_KEY``, every request but ``/health`` must
bring it.

Source: the Chat Completions part of the OpenAI API reference, and the event stream format of the HTML standard, section 9.2.

Not covered: batching (that is what vLLM is for), images, log probabilities.
"""

import argparse
import asyncio
import hmac
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from queue import Empty
from typing import Any, Literal

import torch
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from transformers.generation.configuration_utils import GenerationConfig
from transformers.generation.stopping_criteria import StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import TextIteratorStreamer

from schemas.errors import LabflowError
from tasks.student_model.labelled_tokens import render_prompt
from tasks.student_model.load_student import Student, load_for_answers
from tasks.student_model.messages import Message

LONGEST_BODY_BYTES = 4 * 1024 * 1024
DEFAULT_ANSWER_TOKENS = 512
REFUSED = ("tools", "functions", "response_format", "logprobs", "logit_bias", "audio")


class Turn(BaseModel):
    """One message of the conversation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Literal["system", "user", "assistant"]
    content: str


class Completion(BaseModel):
    """The body of a chat completion, as far as it is served; fields that change nothing here (``user``) are allowed."""

    model_config = ConfigDict(frozen=True, extra="allow")

    model: str = ""
    messages: tuple[Turn, ...] = Field(min_length=1)
    max_tokens: int | None = Field(None, ge=1, le=32_768)
    max_completion_tokens: int | None = Field(None, ge=1, le=32_768)
    temperature: float = Field(0.0, ge=0, le=2)
    seed: int = Field(0, ge=0, le=2**63 - 1)
    n: Literal[1] = 1
    stream: bool = False


@dataclass
class Answer:
    """An answer under way: its pieces, and in the end why it stopped and how long it was."""

    pieces: Iterator[str]
    prompt_tokens: int
    stop: threading.Event
    completion_tokens: int = 0
    finish: str = "stop"
    failure: str = ""


class _StopOnEvent(StoppingCriteria):
    """Ends a generation whose reader has gone, and counts its tokens."""

    def __init__(self, answer: Answer, most: int) -> None:
        self._answer, self._most = answer, most

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        del scores
        self._answer.completion_tokens += 1
        if self._answer.completion_tokens >= self._most:
            self._answer.finish = "length"
        return torch.full((input_ids.shape[0],), self._answer.stop.is_set(), device=input_ids.device)


def start_answer(student: Student, asked: Completion) -> Answer:
    """Begins to write an answer in a thread; its pieces come as they are written.

    Raises:
        ValueError: the conversation leaves no room for an answer, or does not fit the model's chat template.
    """
    ids = student.tokenizer.encode(render_prompt(student.tokenizer, _messages(asked)), add_special_tokens=False)
    room = int(getattr(student.model.config, "max_position_embeddings", None) or 1 << 30) - len(ids)
    if room < 1:
        raise ValueError(f"the conversation has {len(ids)} tokens and leaves no room for an answer: begin a new one")
    most = min(room, asked.max_completion_tokens or asked.max_tokens or DEFAULT_ANSWER_TOKENS)
    streamer = TextIteratorStreamer(student.tokenizer, skip_prompt=True, timeout=0.1, skip_special_tokens=True)
    answer = Answer(_pieces_of(streamer), len(ids), threading.Event())
    sampled = {"do_sample": True, "temperature": asked.temperature} if asked.temperature > 0 else {"do_sample": False}
    config = GenerationConfig(
        max_new_tokens=most,
        eos_token_id=list(student.end_ids or (student.tokenizer.eos_token_id,)),
        pad_token_id=student.tokenizer.pad_token_id,
        **sampled,
    )

    def write() -> None:
        try:
            torch.manual_seed(asked.seed)
            tensor = torch.tensor([ids], device=student.model.device)
            student.model.generation_config = config
            with torch.inference_mode():
                student.model.generate(
                    input_ids=tensor,
                    attention_mask=torch.ones_like(tensor),
                    generation_config=config,
                    streamer=streamer,
                    stopping_criteria=StoppingCriteriaList([_StopOnEvent(answer, most)]),
                )
        except Exception as error:  # the reader must hear of it, whatever it is
            answer.failure = f"{type(error).__name__}: {error}"
        finally:
            streamer.end()

    threading.Thread(target=write, daemon=True).start()
    return answer


def _messages(asked: Completion) -> list[Message]:
    return [Message(role=turn.role, content=turn.content) for turn in asked.messages]


def _pieces_of(streamer: TextIteratorStreamer) -> Iterator[str]:
    """The streamer's pieces; an empty one when there is none yet, so that nobody waits for a reader who has gone."""
    while True:
        try:
            yield next(streamer)
        except Empty:
            yield ""
        except StopIteration:
            return


class StudentServer:
    """The handlers.

    Args:
        students: By the name that requests call them.
        key: What requests must bring; empty: nothing.
    """

    def __init__(self, students: dict[str, Student], key: str = "") -> None:
        self._students, self._key = students, key
        self._writing = asyncio.Lock()

    def application(self) -> web.Application:
        """What aiohttp runs."""
        application = web.Application(client_max_size=LONGEST_BODY_BYTES)
        application.router.add_get("/health", self._health)
        application.router.add_get("/v1/models", self._models)
        application.router.add_post("/v1/chat/completions", self._complete)
        return application

    async def _health(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text="ok")

    async def _models(self, request: web.Request) -> web.Response:
        if not self._is_allowed(request):
            return _error(401, "the API key is missing or wrong")
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "labflow"} for name in self._students]
        return web.json_response({"object": "list", "data": models})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if not self._is_allowed(request):
            return _error(401, "the API key is missing or wrong")
        try:
            body = await request.json()
            asked = Completion.model_validate(body)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            return _error(400, f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}")
        except ValueError:
            return _error(400, "the body is not JSON")
        unknown = [name for name in REFUSED if (asked.model_extra or {}).get(name)]
        if unknown:
            return _error(400, f"{unknown[0]} is not served here: use vLLM for that")
        name = asked.model or next(iter(self._students))
        if name not in self._students:
            return _error(404, f"there is no model {name!r} here, only {', '.join(self._students)}")
        async with self._writing:
            try:
                answer = await asyncio.to_thread(start_answer, self._students[name], asked)
            except Exception as error:  # a chat template refuses in its own words (jinja's), and they are what helps
                return _error(400, str(error))
            try:
                return await (self._stream if asked.stream else self._whole)(request, answer, name)
            finally:
                answer.stop.set()

    async def _whole(self, request: web.Request, answer: Answer, name: str) -> web.Response:
        del request
        text = "".join([piece async for piece in _in_thread(answer.pieces)])
        if answer.failure:
            return _error(500, answer.failure)
        choice = {"index": 0, "message": {"role": "assistant", "content": text.strip()}, "finish_reason": answer.finish}
        return web.json_response({**_head(name, "chat.completion"), "choices": [choice], "usage": _usage(answer)})

    async def _stream(self, request: web.Request, answer: Answer, name: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        head = _head(name, "chat.completion.chunk")

        async def send(delta: dict[str, str], finish: str | None = None, **more: Any) -> None:
            chunk = {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
            await response.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())

        await send({"role": "assistant", "content": ""})
        async for piece in _in_thread(answer.pieces):
            if piece:
                await send({"content": piece})
        if answer.failure:
            await response.write(f"data: {json.dumps({'error': {'message': answer.failure}})}\n\n".encode())
        else:
            await send({}, answer.finish, usage=_usage(answer))
            await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    def _is_allowed(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return not self._key or hmac.compare_digest(given.encode(), self._key.encode())


async def _in_thread(pieces: Iterator[str]) -> AsyncIterator[str]:
    """The pieces, each waited for in a thread."""
    done = object()
    while (piece := await asyncio.to_thread(next, pieces, done)) is not done:
        yield str(piece)


def _head(name: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{time.time_ns():x}", "object": kind, "created": int(time.time()), "model": name}


def _usage(answer: Answer) -> dict[str, int]:
    total = answer.prompt_tokens + answer.completion_tokens
    return {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens, "total_tokens": total}


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error", "code": status}}, status=status)


def main() -> int | str:
    """Loads the models and serves them until it is stopped."""
    parser = argparse.ArgumentParser(description="Serves students over the OpenAI API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", action="append", required=True, metavar="NAME=DIR")
    arguments = parser.parse_args()
    try:
        students = {name: load_for_answers(path) for name, _, path in (model.partition("=") for model in arguments.model)}
    except LabflowError as error:
        return f"Error: {error}"  # stderr is this process's log; its exit status is 1
    server = StudentServer(students, os.environ.get("LABFLOW_API_KEY", ""))
    web.run_app(server.application(), host=arguments.host, port=arguments.port, print=None, handle_signals=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
