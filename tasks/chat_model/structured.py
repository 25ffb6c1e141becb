"""Answers with a structure: how they are asked for, and how they are checked.

A *form* is a pydantic model with fields of text, numbers, fixed choices, lists of those, or lists of flat models. A server that
supports ``response_format: json_schema`` is constrained to it; for others the prompt asks for tags. Either way the answer is
parsed and checked here: a constrained server can still be cut off, or be wrong. The same example in both styles::

    {"questions": ["Who made the DMC-12?"]}
    <questions>
    <item>Who made the DMC-12?</item>
    </questions>

Reasoning models think aloud before they answer (``<think>...</think>``, or a field of its own): that is split off.

Not covered: nesting deeper than a list of flat models; markup inside tagged values is taken as text.
"""

import json
import re
from functools import lru_cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tasks.chat_model.chat import AnswerStyle

_THINK_END = "</think>"
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)


class UnparsableAnswerError(ValueError):
    """The text does not fit the form; the message says where, in one line."""


@lru_cache(maxsize=256)
def form_instructions(form: type[BaseModel], example: BaseModel | None, style: AnswerStyle) -> str:
    """What the prompt says about the answer's form. The example must be frozen and hashable: it is the same for many requests."""
    if style == "json_schema":
        text = "Answer with one JSON object with the keys " + ", ".join(f'"{name}"' for name in form.model_fields) + "."
        return text if example is None else f"{text} An example of the form, not of the content:\n{example.model_dump_json()}"
    names = ", ".join(f"<{name}>" for name in form.model_fields)
    text = f"Answer with exactly these tags and nothing else: {names}. Each item of a list stands in <item> tags."
    return text if example is None else f"{text} An example of the form, not of the content:\n{write_tags(example)}"


def parse_answer(text: str, form: type[BaseModel], style: AnswerStyle) -> BaseModel:
    """The answer as the form's model.

    Raises:
        UnparsableAnswerError: the text is no JSON, lacks a tag, or does not fit the form.
    """
    text = text.strip()
    try:
        if style == "tags":
            return form.model_validate(read_tags(text, form))
        fenced = _FENCE.match(text)
        return form.model_validate_json(fenced.group(1) if fenced else text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "answer"
        raise UnparsableAnswerError(f"{place}: {first['msg']}") from None


def split_reasoning(content: str | None, reasoning: str | None) -> tuple[str, str]:
    """(answer, reasoning) of a message.

    Args:
        content: The message's content; may begin with ``<think>...</think>``, or lack the opening tag, which some chat
            templates put into the prompt. What was never closed is all reasoning: the answer was cut off before it began.
        reasoning: What the server itself kept apart.
    """
    content, reasoning = content or "", reasoning or ""
    if _THINK_END in content:
        thought, _, content = content.partition(_THINK_END)
        reasoning = f"{reasoning}{thought.removeprefix('<think>')}"
    elif content.lstrip().startswith("<think>"):
        reasoning, content = f"{reasoning}{content.lstrip().removeprefix('<think>')}", ""
    return content.strip(), reasoning.strip()


def write_tags(value: BaseModel) -> str:
    """The model in tags, one per field."""
    return "\n".join(_write_field(name, getattr(value, name)) for name in type(value).model_fields)


def read_tags(text: str, form: type[BaseModel]) -> dict[str, Any]:
    """The fields of a form out of tagged text; what stands between the tags is left unread.

    Raises:
        UnparsableAnswerError: a tag is missing or stands twice.
    """
    return {name: _read_field(text, name, info.annotation) for name, info in form.model_fields.items()}


def _write_field(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        items = (write_tags(item) if isinstance(item, BaseModel) else _write_value(item) for item in value)
        return "\n".join([f"<{name}>", *(f"<item>{item}</item>" for item in items), f"</{name}>"])
    return f"<{name}>{_write_value(value)}</{name}>"


def _write_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _read_field(text: str, name: str, annotation: Any) -> Any:
    inner = _between(text, name)
    if get_origin(annotation) not in (list, tuple):
        return inner
    item_form = get_args(annotation)[0]
    items = re.findall(r"<item>(.*?)</item>", inner, re.DOTALL)
    if isinstance(item_form, type) and issubclass(item_form, BaseModel):
        return [read_tags(item, item_form) for item in items]
    return [item.strip() for item in items]


def _between(text: str, name: str) -> str:
    """What stands in the tag, the first to open and the last to close: a value may hold markup, but no tag of its own name."""
    start, end = text.find(f"<{name}>"), text.rfind(f"</{name}>")
    if start < 0 or end < start:
        raise UnparsableAnswerError(f"{name}: the tag <{name}> is missing or not closed")
    inner = text[start + len(name) + 2 : end]
    if f"<{name}>" in inner:
        raise UnparsableAnswerError(f"{name}: the tag <{name}> stands more than once")
    return inner.strip()
