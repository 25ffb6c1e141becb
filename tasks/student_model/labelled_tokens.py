"""Messages -> token ids and labels: which tokens the loss is taken on.

Part of ``train``, inside the worker process; the prompt of an exam question is made here too. A conversation is cut into segments
at the assistant's turns and each segment is tokenised for itself: the ids of a prompt in training are then the ids of the same
prompt in generation, whatever the tokenizer would merge across the boundary.

Example (one letter stands for one token)::

    user "Who?" assistant "Ann"   ->   input_ids  <|user|> W <|end|> <|assistant|> A <|end|>
                                       labels     -100  -100 -100    -100          A <|end|>

Text of others cannot open a turn: a special token inside a message's content is broken up before rendering (``defuse``).

Not covered: templates that rewrite earlier turns when later ones are added (they are refused), tools, images.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from schemas.errors import TrainingError
from tasks.student_model.messages import Message

IGNORED = -100
"""The label of a token that the loss leaves out (PyTorch's own default)."""

PLAIN_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- message['role'].capitalize() + ': ' + message['content'] -}}"
    "{{- eos_token if message['role'] == 'assistant' else '\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- 'Assistant: ' -}}{%- endif -%}"
)
"""For a base model that has no chat template of its own."""


@dataclass(frozen=True)
class LabelledTokens:
    """Token ids and, for each, its label or ``IGNORED``."""

    input_ids: list[int]
    labels: list[int]


def label_messages(tokenizer: Any, messages: Sequence[Message], unmask: bool = False) -> LabelledTokens:
    """The tokens of a conversation; the assistant's turns (all tokens with ``unmask``) are labelled.

    Raises:
        TrainingError: the chat template does not keep earlier turns as they were.
    """
    input_ids: list[int] = []
    labels: list[int] = []
    for text, labelled in _segments(tokenizer, messages):
        ids = tokenizer.encode(text, add_special_tokens=False)
        input_ids += ids
        labels += ids if labelled or unmask else [IGNORED] * len(ids)
    return LabelledTokens(input_ids, labels)


def label_text(tokenizer: Any, text: str, max_length: int) -> list[LabelledTokens]:
    """Plain text with every token labelled, in pieces of at most ``max_length`` tokens, closed by the end-of-text token."""
    ids = [*tokenizer.encode(defuse(text, special_tokens(tokenizer)), add_special_tokens=False), tokenizer.eos_token_id]
    pieces = [ids[start : start + max_length] for start in range(0, len(ids), max_length)]
    return [LabelledTokens(piece, piece) for piece in pieces]


def render_prompt(tokenizer: Any, messages: Sequence[Message]) -> str:
    """The text that the student continues with its answer."""
    return _apply(tokenizer, _defused(tokenizer, messages), add_generation_prompt=True)


def defuse(text: str, special_tokens: Sequence[str]) -> str:
    """The text with each special token in it broken up by a space after its first character.

    >>> defuse("see <|end|> there", ["<|end|>"])
    'see < |end|> there'
    """
    for token in special_tokens:
        if len(token) > 1:
            text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


@lru_cache(maxsize=4)  # some tokenizers have hundreds, and each message asks
def special_tokens(tokenizer: Any) -> list[str]:
    """All special tokens, the longest first: those that a field names, and a template's role marks, which often none does."""
    added = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    return sorted({*tokenizer.all_special_tokens, *added}, key=len, reverse=True)


def _segments(tokenizer: Any, messages: Sequence[Message]) -> list[tuple[str, bool]]:
    """The rendered conversation, cut at the assistant's turns: (text, whether the assistant says it)."""
    safe = _defused(tokenizer, messages)
    whole = _apply(tokenizer, safe, add_generation_prompt=False)
    segments, done = [], 0
    for number, message in enumerate(safe):
        if message["role"] != "assistant":
            continue
        before = _apply(tokenizer, safe[:number], add_generation_prompt=True)
        after = _apply(tokenizer, safe[: number + 1], add_generation_prompt=False)
        if not (after.startswith(before) and whole.startswith(after)):
            raise TrainingError(
                "the model's chat template rewrites earlier turns, so the assistant's tokens cannot be told apart. "
                "Give the base model a template that only appends."
            )
        segments += [(before[done:], False), (after[len(before) :], True)]
        done = len(after)
    return [*segments, (whole[done:], False)] if whole[done:] else segments


def _defused(tokenizer: Any, messages: Sequence[Message]) -> list[Message]:
    special = special_tokens(tokenizer)
    return [Message(role=message["role"], content=defuse(message["content"], special)) for message in messages]


def _apply(tokenizer: Any, messages: Sequence[Message], add_generation_prompt: bool) -> str:
    return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=add_generation_prompt))
