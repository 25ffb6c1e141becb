"""A ``tokenizer.json`` in llama.cpp's words: tokens, their kinds, merges, the tokens with a role, and the chat template.

Part of ``labflow model export``. Byte-level BPE, and SentencePiece's BPE (``sentencepiece.py``). Example (beginning)::

    Vocabulary(pre="gpt-2", tokens=("<|pad|>", "<|end|>", ..., "Ġthe", ...), kinds=(3, 3, ..., 1, ...), merges=("Ġ t", ...),
               roles={"eos": 1, "padding": 0}, adds_bos=False, chat_template="{%- for message in messages -%}...")

Two places need care. A student of labflow puts a space before each piece of text; llama.cpp does not, so the template that goes
into the file puts it there (``spaced_template.py``). And whether a conversation begins with the beginning-of-text token is what
the chat template says, because that is what the student was trained on.

Source: the GGUF specification (ggml, docs/gguf.md), "Tokenizer".

Not covered: unigram and WordPiece vocabularies.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from schemas.errors import TrainingError, UsageError
from tasks.student_model.export.architecture import WAY_OUT
from tasks.student_model.export.pre_tokenizer import PreTokenizer, recognise_pre_tokenizer
from tasks.student_model.export.sentencepiece import BYTES, NEVER_JOINED, puts_space_before_each_text, score_pieces
from tasks.student_model.export.spaced_template import render_template, write_spaces
from tasks.student_model.labelled_tokens import PLAIN_TEMPLATE

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
_ENDS = ("eos", "eot", "eom")
"""llama.cpp has these three places for tokens that end an answer."""


@dataclass(frozen=True)
class Vocabulary:
    """What the file says of its tokens.

    Args:
        pre: llama.cpp's name for how a text is cut into words.
        kinds: NORMAL, CONTROL (never in a text), USER_DEFINED, UNUSED, ...; one for each token.
        roles: ``bos``, ``eos``, ``eot``, ``padding``, ... -> token.
        adds_bos: Whether a conversation begins with the beginning-of-text token.
        notes: What a person should know, a line each.
    """

    pre: str
    tokens: tuple[str, ...]
    kinds: tuple[int, ...]
    merges: tuple[str, ...]
    roles: dict[str, int]
    adds_bos: bool
    chat_template: str
    notes: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    """SentencePiece only: one for each token."""
    adds_space: bool | None = None
    """SentencePiece only: whether a space is put before each text."""


def read_vocabulary(folder: Path, rows: int) -> Vocabulary:
    """The vocabulary of a checkpoint.

    Args:
        rows: Of the model's embedding; there may be more of them than tokens.

    Raises:
        UsageError: llama.cpp has no counterpart of what the tokenizer does.
        TrainingError: the tokenizer's files are damaged, or have more tokens than the model.
    """
    try:
        tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        settings = _read_json(folder / "tokenizer_config.json")
        _refuse_what_is_not_known(tokenizer)
        by_bytes = not tokenizer["model"].get("byte_fallback")
        pre = recognise_pre_tokenizer(tokenizer) if by_bytes else PreTokenizer("default")
        tokens, kinds = _list_tokens(tokenizer, rows, folder)
        ids = {token: number for number, token in enumerate(tokens)}
        template = _read_template(folder, settings)
        vocabulary = Vocabulary(
            pre=pre.name,
            tokens=tokens,
            kinds=kinds,
            merges=tuple(" ".join(_merge(each)) for each in tokenizer["model"]["merges"]) if by_bytes else (),
            roles=_roles(settings, _read_json(folder / "generation_config.json"), ids),
            adds_bos=_begins_with_bos(settings, template),
            chat_template=template,
            notes=_notes(tokenizer),
        )
        if not by_bytes:
            return _as_sentencepiece(vocabulary, tokenizer, settings)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise TrainingError(f"the tokenizer in {folder} is damaged ({reason}). Fetch the model again.") from error
    if not pre.spaced:
        return vocabulary
    note = "the chat template puts a space before each text, as the tokenizer did; a bare prompt must begin with one"
    special = {key: _content(settings.get(key)) or "" for key in ("bos_token", "eos_token")}
    return replace(vocabulary, chat_template=write_spaces(template, tokenizer, special), notes=(*vocabulary.notes, note))


def _read_json(file: Path) -> dict[str, Any]:
    content = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    if not isinstance(content, dict):
        raise ValueError(f"{file.name} is no JSON object")
    return content


def _refuse_what_is_not_known(tokenizer: dict[str, Any]) -> None:
    model, normalizer = tokenizer["model"], tokenizer.get("normalizer") or {}
    if model.get("type") != "BPE":
        raise UsageError(f"a {str(model.get('type'))[:40]} tokenizer cannot be written as GGUF here, only BPE: {WAY_OUT}.")
    if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        raise UsageError(f"a tokenizer that marks parts of words cannot be written as GGUF here: {WAY_OUT}.")
    if normalizer.get("type", "NFC") != "NFC" and not model.get("byte_fallback"):
        raise UsageError(f"llama.cpp does not change texts as this tokenizer does ({str(normalizer['type'])[:40]}): {WAY_OUT}.")


def _list_tokens(tokenizer: dict[str, Any], rows: int, folder: Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Every token by its number, and its kind; rows of the embedding without a token are filled up."""
    found = {int(number): (token, NORMAL) for token, number in tokenizer["model"]["vocab"].items()}
    for added in tokenizer.get("added_tokens") or ():
        found[int(added["id"])] = (added["content"], CONTROL if added["special"] else USER_DEFINED)
    if max(found, default=0) >= rows:
        raise TrainingError(f"the tokenizer in {folder} has more tokens than the model's {rows:,}: they do not belong together.")
    filled = [found.get(number, (f"[PAD{number}]", UNUSED)) for number in range(rows)]
    return tuple(token for token, _ in filled), tuple(kind for _, kind in filled)


def _merge(merge: str | list[str]) -> tuple[str, str]:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    if " " in left + right:
        raise ValueError("a merge holds a space")
    return left, right


def _as_sentencepiece(vocabulary: Vocabulary, tokenizer: dict[str, Any], settings: dict[str, Any]) -> Vocabulary:
    """The same with scores, and with kinds for bytes and for what is unknown."""
    model = tokenizer["model"]
    scores = score_pieces(model["vocab"], [_merge(each) for each in model["merges"]])
    if missing := [byte for byte in BYTES if byte not in model["vocab"]]:
        raise ValueError(f"it has no token for the byte {missing[0]}")
    kinds = [
        UNKNOWN if token == model.get("unk_token") else BYTE if token in BYTES and kind == NORMAL else kind
        for token, kind in zip(vocabulary.tokens, vocabulary.kinds, strict=True)
    ]
    special = {key: _content(settings.get(key)) or "" for key in ("bos_token", "eos_token")}
    text = render_template(vocabulary.chat_template, [{"role": "user", "content": "x"}], special)
    marks = [token for token, kind in zip(vocabulary.tokens, kinds, strict=True) if kind == CONTROL]
    return replace(
        vocabulary,
        kinds=tuple(kinds),
        scores=tuple(scores.get(token, NEVER_JOINED) for token in vocabulary.tokens),
        adds_space=puts_space_before_each_text(tokenizer, text.startswith(tuple(marks))),
    )


def _content(token: object) -> str | None:
    """A token as ``tokenizer_config.json`` names it: a text, or an object with one."""
    token = token.get("content") if isinstance(token, dict) else token
    return token if isinstance(token, str) else None


def _roles(settings: dict[str, Any], generation: dict[str, Any], ids: dict[str, int]) -> dict[str, int]:
    """The tokens with a role. What ends an answer: the tokenizer's end, and those that the generation settings name."""
    named = {"bos": "bos_token", "unknown": "unk_token", "padding": "pad_token"}
    roles = {role: ids[token] for role, key in named.items() if (token := _content(settings.get(key))) in ids}
    stops = generation.get("eos_token_id")
    ends = [ids.get(_content(settings.get("eos_token")) or ""), *(stops if isinstance(stops, list) else [stops])]
    for role, number in zip(_ENDS, dict.fromkeys(end for end in ends if isinstance(end, int)), strict=False):
        roles[role] = number
    return roles


def _begins_with_bos(settings: dict[str, Any], template: str) -> bool:
    """Whether conversations begin with the beginning-of-text token: what the template says is what was trained."""
    bos = _content(settings.get("bos_token"))
    return bos is not None and ("bos_token" in template or bos in template)


def _read_template(folder: Path, settings: dict[str, Any]) -> str:
    """The checkpoint's own, or the one that labflow gives to a model without."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text("utf-8")
    template = settings.get("chat_template")
    if isinstance(template, list):  # several, by name
        template = next((each["template"] for each in template if each["name"] == "default"), None)
    return template if isinstance(template, str) else PLAIN_TEMPLATE


def _notes(tokenizer: dict[str, Any]) -> tuple[str, ...]:
    notes = []
    if (tokenizer.get("normalizer") or {}).get("type") == "NFC":
        notes.append("the tokenizer composes characters first (NFC), llama.cpp does not: give it composed text")
    flags = ("lstrip", "rstrip", "single_word")
    if any(added.get(flag) for added in tokenizer.get("added_tokens") or () for flag in flags):
        notes.append("some special tokens take spaces beside them along, which llama.cpp does in part")
    return tuple(notes)
