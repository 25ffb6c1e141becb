"""How a server wants to be addressed, JSON Schema above all: asked once, remembered, and said aloud.

Servers differ: some refuse ``response_format``, some accept and ignore it; newer OpenAI models refuse ``max_tokens`` and want
``max_completion_tokens``. So one tiny request with a form is made before the first real one; where its answer does not fit, all
requests of this model ask for tags instead, with a warning in the log. The decision lies beside the answer log, for the form is
part of a request's id: a run that finds all its answers there needs no server::

    {"model": "teacher", "endpoints": ["http://127.0.0.1:8000/v1"], "style": "json_schema", "length_key": "max_tokens",
     "why": "the probe's answer fits"}

Not covered: replicas that differ from each other, a server that changes its mind (delete the file to ask again), and models that
refuse a temperature or a seed.
"""

import asyncio
import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from schemas.errors import ModelServerError
from schemas.records import digest_of
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.answer_log import LoggedAnswer
from tasks.chat_model.chat import ChatRequest, Dialect, encode_request, request_id
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


_QUESTION = ChatRequest(({"role": "user", "content": "What is the weather like?"},), _MAX_TOKENS, 0.0, form=ProbeAnswer)
_DIALECT = TypeAdapter(Dialect)


async def decide_dialect(settings: ModelSettings, endpoints: list[Endpoint], wire: Wire, folder: str) -> Dialect:
    """How this model's answers get their structure, and how its longest answer is named.

    Args:
        folder: Where decisions are remembered.

    Raises:
        ModelServerError: no endpoint answers, or all refuse even a plain request (wrong key, wrong model name).
    """
    # A server that is started for the model has another port in every run: the model's path stands for it.
    key = digest_of([settings.name, settings.path or sorted(settings.endpoints)])[:16]
    path = Path(folder) / f"probe-{key}.json"
    try:
        remembered: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {name: remembered[name] for name in Dialect.__slots__ if name in remembered}
        return _DIALECT.validate_python({"style": remembered["style"], **known})
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        pass  # never asked, or not readable: asked again
    dialect, why = await _probe(_Sender(settings, endpoints, wire))
    if dialect.style == "tags":
        _logger.warning("%s does not keep to a JSON Schema (%s): its answers are asked for in tags", settings.name, why)
    if dialect.length_key != "max_tokens":
        _logger.warning("%s refuses max_tokens: it is told %s", settings.name, dialect.length_key)
    decision = {"model": settings.name, "endpoints": [each.name for each in endpoints], **asdict(dialect), "why": why}
    write_text_atomically(path, json.dumps(decision) + "\n")
    return dialect


@dataclass(frozen=True)
class _Sender:
    """Sends a request to whichever endpoint answers first."""

    settings: ModelSettings
    endpoints: list[Endpoint]
    wire: Wire

    async def send(self, request: ChatRequest, dialect: Dialect) -> LoggedAnswer:
        return await _send_somewhere(self.settings, self.endpoints, self.wire, request, dialect)


async def _probe(sender: _Sender) -> tuple[Dialect, str]:
    """The dialect, and what speaks for it."""
    dialect = Dialect()
    try:
        return await _try_schema(sender, dialect)
    except RefusedFault as fault:
        refusal = fault
    if "max_completion_tokens" in str(refusal):  # named by OpenAI's refusal, but also by servers that only find it too large
        try:
            return await _try_schema(sender, replace(dialect, length_key="max_completion_tokens"))
        except RefusedFault as fault:
            if "max_completion_tokens" not in str(fault):
                dialect, refusal = replace(dialect, length_key="max_completion_tokens"), fault
    if refusal.status not in _NO_SUCH_FORMAT:
        raise ModelServerError(_refusal(sender.settings, refusal))
    dialect = replace(dialect, style="tags")
    try:
        await sender.send(_QUESTION, dialect)
    except RefusedFault as fault:
        raise ModelServerError(_refusal(sender.settings, fault)) from None
    return dialect, f"it refuses response_format: {refusal}"


async def _try_schema(sender: _Sender, dialect: Dialect) -> tuple[Dialect, str]:
    """The dialect with the style that the answers show.

    Raises:
        RefusedFault: the server refuses the request.
    """
    request, complaint = _QUESTION, ""
    for _ in range(_TRIES):
        answer = await sender.send(request, dialect)
        try:
            parse_answer(answer.text, ProbeAnswer, "json_schema")
            return dialect, "the probe's answer fits"
        except UnparsableAnswerError as error:
            complaint = str(error)
        if answer.finish == "length":
            request = replace(request, max_tokens=_MAX_TOKENS_OF_A_THINKER)
    return replace(dialect, style="tags"), f"it ignores response_format: {complaint}"


async def _send_somewhere(
    settings: ModelSettings, endpoints: list[Endpoint], wire: Wire, request: ChatRequest, dialect: Dialect
) -> LoggedAnswer:
    """What the first endpoint says that answers, each tried in turn."""
    encoded = encode_request(settings.name, request, request.messages, dialect)
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
    block, variable = settings.api_key_block, settings.api_key_env
    place = f"the Secret block {block} (api_key_block)" if block else f"the variable named by api_key_env ({variable})"
    hint = {
        401: f"Check the key in {place}.",
        403: f"Check the key in {place}.",
        404: "Check the model's name and that the endpoint ends with /v1.",
    }.get(fault.status, "Check the model's settings.")
    return f"the server refuses {settings.name or 'the model'}: {fault}. {hint}"
