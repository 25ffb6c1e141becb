"""Whether a server can be constrained to a JSON Schema: asked once, remembered, and said aloud.

Servers differ: some refuse ``response_format``, some accept and ignore it. So one tiny request with a form is made before the
first real one; where its answer does not fit, all requests of this model ask for tags instead, with a warning in the log. The
decision lies beside the answer log, for the form is part of a request's id: a run that finds all its answers there needs no
server::

    {"model": "teacher", "endpoints": ["http://127.0.0.1:8000/v1"], "style": "json_schema", "why": "the probe's answer fits"}

Not covered: replicas that differ from each other, and a server that changes its mind (delete the file to ask again).
"""

import asyncio
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict

from schemas.errors import ModelServerError
from schemas.records import digest_of
from schemas.settings import ModelSettings
from tasks.chat_model.answer_log import LoggedAnswer
from tasks.chat_model.chat import AnswerStyle, ChatRequest, encode_request, request_id
from tasks.chat_model.door import backoff_seconds
from tasks.chat_model.endpoints import Endpoint
from tasks.chat_model.structured import UnparsableAnswerError, parse_answer
from tasks.chat_model.wire import Fault, RefusedFault, Wire
from tasks.dataset_files.jsonl import write_text_atomically

_logger = logging.getLogger("labflow.chat_model")
_NO_SUCH_FORMAT = frozenset({400, 404, 415, 422, 501})
"""What servers answer to a ``response_format`` that they don't know; a wrong path or model also says 404, and then the second
request, without it, fails too."""
_TRIES = 3
"""A single answer that was cut off or garbled on its way shall not decide for a whole run."""
_MAX_TOKENS, _MAX_TOKENS_OF_A_THINKER = 256, 4096
"""The few words of the answer fit into any context; only a model that was cut off while it thought is given more."""


class ProbeAnswer(BaseModel):
    """The form of the probe: a choice that no server would make by chance when asked for the weather."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    colour: Literal["ultramarine", "vermilion"]
    shade: Literal["pale", "dark"]


async def decide_style(settings: ModelSettings, endpoints: list[Endpoint], wire: Wire, folder: str) -> AnswerStyle:
    """How this model's answers get their structure.

    Args:
        folder: Where decisions are remembered.

    Raises:
        ModelServerError: no endpoint answers, or all refuse even a plain request (wrong key, wrong model name).
    """
    # A server that is started for the model has another port in every run: the model's path stands for it.
    key = digest_of([settings.name, settings.path or sorted(settings.endpoints)])[:16]
    path = Path(folder) / f"probe-{key}.json"
    try:
        remembered: str = json.loads(path.read_text(encoding="utf-8"))["style"]
    except (OSError, ValueError, KeyError, TypeError):
        remembered = ""
    if remembered in get_args(AnswerStyle):
        return cast(AnswerStyle, remembered)
    style, why = await _probe(settings, endpoints, wire)
    if style == "tags":
        _logger.warning("%s does not keep to a JSON Schema (%s): its answers are asked for in tags", settings.name, why)
    decision = {"model": settings.name, "endpoints": [each.name for each in endpoints], "style": style, "why": why}
    write_text_atomically(path, json.dumps(decision) + "\n")
    return style


async def _probe(settings: ModelSettings, endpoints: list[Endpoint], wire: Wire) -> tuple[AnswerStyle, str]:
    request = ChatRequest(({"role": "user", "content": "What is the weather like?"},), _MAX_TOKENS, 0.0, form=ProbeAnswer)
    complaint = ""
    try:
        for _ in range(_TRIES):
            answer = await _send_somewhere(settings, endpoints, wire, request, "json_schema")
            try:
                parse_answer(answer.text, ProbeAnswer, "json_schema")
                return "json_schema", "the probe's answer fits"
            except UnparsableAnswerError as error:
                complaint = str(error)
            if answer.finish == "length":
                request = replace(request, max_tokens=_MAX_TOKENS_OF_A_THINKER)
        return "tags", f"it ignores response_format: {complaint}"
    except RefusedFault as fault:
        if fault.status not in _NO_SUCH_FORMAT:
            raise ModelServerError(_refusal(settings, fault)) from None
        refusal = str(fault)
    try:
        await _send_somewhere(settings, endpoints, wire, replace(request, max_tokens=_MAX_TOKENS), "tags")
    except RefusedFault as fault:
        raise ModelServerError(_refusal(settings, fault)) from None
    return "tags", f"it refuses response_format: {refusal}"


async def _send_somewhere(
    settings: ModelSettings, endpoints: list[Endpoint], wire: Wire, request: ChatRequest, style: AnswerStyle
) -> LoggedAnswer:
    """What the first endpoint says that answers, each tried in turn."""
    encoded = encode_request(settings.name, request, request.messages, style)
    identity, faults = request_id(encoded), {}
    for attempt in range(settings.max_retries + 1):
        for endpoint in endpoints:
            try:
                return await wire.send(endpoint, encoded, identity)
            except RefusedFault:
                raise
            except Fault as fault:
                faults[endpoint.name] = fault
        if attempt < settings.max_retries:
            pause = min(filter(None, (fault.retry_after for fault in faults.values())), default=None)
            await asyncio.sleep(backoff_seconds(attempt, pause, identity))
    reasons = "; ".join(str(fault) for fault in faults.values())
    raise ModelServerError(
        f"no endpoint of {settings.name or 'the model'} answers: {reasons}. Start the server, or correct 'endpoints'."
    )


def _refusal(settings: ModelSettings, fault: Fault) -> str:
    hint = {
        401: f"Check the key in the variable named by api_key_env ({settings.api_key_env}).",
        403: f"Check the key in the variable named by api_key_env ({settings.api_key_env}).",
        404: "Check the model's name and that the endpoint ends with /v1.",
    }.get(fault.status, "Check the model's settings.")
    return f"the server refuses {settings.name or 'the model'}: {fault}. {hint}"
