"""Which of llama.cpp's ways to cut a text into words is the tokenizer's own: told by its definition, not by its output.

Part of ``labflow model export``. A byte-level BPE first cuts a text into words by a regular expression. llama.cpp has these
expressions built in and a file names one (``tokenizer.ggml.pre``); a wrong name gives other tokens, and a student that seems to
have forgotten half of what it learned. A ``tokenizer.json`` says in ``pre_tokenizer`` how it cuts:

    {"type": "ByteLevel", "use_regex": true}                                     gpt-2
    [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", ...}]  smollm (as StarCoder, Granite 3)
    [{"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re ..."}}, ...]          llama-bpe, qwen2

Source: the list of expressions in llama.cpp's ``llama-vocab.cpp``; the tests try each against llama.cpp where there is one.

Not covered: SentencePiece (``sentencepiece.py``); Tekken, GPT-4o's expression: refused, with the way out.
"""

from dataclasses import dataclass
from typing import Any

from schemas.errors import UsageError
from tasks.student_model.export.architecture import WAY_OUT

_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_SPLITS = {
    _WORDS + r"\p{N}{1,3}" + _REST: ("llama-bpe", True),
    _WORDS + r"\p{N}" + _REST: ("qwen2", False),
}
"""Expression -> llama.cpp's name, and whether a word that is in the vocabulary as it stands is taken without any merge."""


@dataclass(frozen=True)
class PreTokenizer:
    """How a text is cut.

    Args:
        name: llama.cpp's.
        spaced: Whether a space is put before each piece of text between special tokens, which llama.cpp does not do.
    """

    name: str
    spaced: bool = False


def recognise_pre_tokenizer(tokenizer: dict[str, Any]) -> PreTokenizer:
    """llama.cpp's name for what the tokenizer does.

    Args:
        tokenizer: The content of ``tokenizer.json``.

    Raises:
        UsageError: it does something that llama.cpp is not known to do.
    """
    definition = tokenizer.get("pre_tokenizer") or {}
    steps = definition.get("pretokenizers") if definition.get("type") == "Sequence" else [definition]
    *before, last = steps or [{}]
    ignores_merges = bool(tokenizer["model"].get("ignore_merges"))
    if last.get("type") == "ByteLevel":
        spaced = bool(last.get("add_prefix_space", True))
        own_expression = bool(last.get("use_regex", True))
        if not before and own_expression and not ignores_merges:
            return PreTokenizer("gpt-2", spaced)
        if len(before) == 1 and own_expression and not spaced and not ignores_merges and _cuts_digits(before[0]):
            return PreTokenizer("smollm")
        if len(before) == 1 and not own_expression and not spaced:
            name, ignores = _SPLITS.get(_expression(before[0]), ("", False))
            if name and ignores == ignores_merges:
                return PreTokenizer(name)
    kinds = " + ".join(str(step.get("type")) for step in steps or ()) or "none"
    raise UsageError(f"llama.cpp is not known to cut words as this tokenizer does (pre_tokenizer: {kinds[:80]}): {WAY_OUT}.")


def _cuts_digits(step: dict[str, Any]) -> bool:
    return step.get("type") == "Digits" and bool(step.get("individual_digits"))


def _expression(step: dict[str, Any]) -> str:
    """The regular expression of a step that keeps what it matches as a word; empty for any other step."""
    if step.get("type") != "Split" or step.get("behavior") != "Isolated" or step.get("invert"):
        return ""
    return str((step.get("pattern") or {}).get("Regex", ""))


def define_pre_tokenizer(name: str) -> dict[str, Any]:
    """The definition that goes with one of the names above, to build a tokenizer from a GGUF file."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": name in ("gpt-2", "smollm")}
    if name == "gpt-2":
        return byte_level
    if name == "smollm":
        return {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level]}
    expression = next(each for each, (known, _) in _SPLITS.items() if known == name)
    split = {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}
    return {"type": "Sequence", "pretokenizers": [split, byte_level]}
