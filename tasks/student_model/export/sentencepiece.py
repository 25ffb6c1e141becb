"""A SentencePiece tokenizer (Llama 2, Mistral 7B, granite-7b) in llama.cpp's words: scores instead of merges.

Part of ``labflow model export``. Such a ``tokenizer.json`` is BPE over characters, with ``▁`` for a space and the 256 bytes for
what is in no piece. Hugging Face joins by the rank of a pair, llama.cpp by the score of what comes out. Both are the same where
every way to put a piece together is a merge and all merges into a piece stand together, as in each tokenizer that SentencePiece
has made; that is checked. Where a space is put before a text is the second difference::

    a normalizer with Prepend("▁")           before each text between special tokens, as in llama.cpp (add_space_prefix)
    Metaspace(prepend_scheme="first")        before the first text only: never, where conversations begin with a special token

Source: Kudo and Richardson 2018, "SentencePiece", section 3; the converter of transformers for the order of merges.

Not covered: the unigram model; bare prompts of the second kind, which llama.cpp gives no space.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.errors import UsageError
from tasks.student_model.export.architecture import WAY_OUT

SPACE = "▁"
BYTES = tuple(f"<0x{number:02X}>" for number in range(256))
NEVER_JOINED = -1e9
"""Score of a token that no merge makes."""


def score_pieces(vocabulary: Mapping[str, int], merges: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Piece -> score, the earlier joined the higher.

    Raises:
        UsageError: joining by score would not be the same as joining by rank.
    """
    ranks: dict[str, int] = {}
    last = ""
    for rank, (left, right) in enumerate(merges):
        piece = left + right
        if piece != last and piece in ranks:
            raise UsageError(f"the tokenizer's merges are in no order that llama.cpp's scores could have: {WAY_OUT}.")
        ranks.setdefault(piece, rank)
        last = piece
    known = set(merges)
    for piece in ranks:
        for left, right in ways_to_join(piece, vocabulary):
            if (left, right) not in known:
                raise UsageError(
                    f"the tokenizer is not SentencePiece's own, so llama.cpp would join pieces otherwise: {WAY_OUT}."
                )
    return {piece: -float(rank) for piece, rank in ranks.items()}


def ways_to_join(piece: str, vocabulary: Mapping[str, int]) -> list[tuple[str, str]]:
    """All pairs of tokens that make up a piece."""
    cuts = ((piece[:place], piece[place:]) for place in range(1, len(piece)))
    return [(left, right) for left, right in cuts if left in vocabulary and right in vocabulary]


def puts_space_before_each_text(tokenizer: dict[str, Any], first_is_special: bool) -> bool:
    """Whether llama.cpp shall put a space before each text.

    Args:
        tokenizer: The content of ``tokenizer.json``.
        first_is_special: Whether every conversation begins with a special token.

    Raises:
        UsageError: the tokenizer changes texts in a way that llama.cpp does not know.
    """
    normalizer, cut = tokenizer.get("normalizer") or {}, tokenizer.get("pre_tokenizer") or {}
    steps = normalizer.get("normalizers") if normalizer.get("type") == "Sequence" else [normalizer]
    kinds = [step.get("type") for step in steps or () if step]
    replaces = [step for step in steps or () if step.get("type") == "Replace"]
    right = all(step.get("pattern") == {"String": " "} and step.get("content") == SPACE for step in replaces)
    if right and not cut and kinds == ["Prepend", "Replace"] and (steps or [{}])[0].get("prepend") == SPACE:
        return True
    if right and not cut and kinds == ["Replace"]:
        return False
    if not kinds and cut.get("type") == "Metaspace" and cut.get("replacement") == SPACE and cut.get("split") is False:
        scheme = cut.get("prepend_scheme")
        if scheme == "never" or (scheme == "first" and first_is_special):
            return False
    raise UsageError(f"llama.cpp does not put spaces where this SentencePiece tokenizer does: {WAY_OUT}.")


def define_tokenizer(tokens: Sequence[str], scores: Sequence[float], unknown: str | None, spaced: bool) -> dict[str, Any]:
    """Model and normalizer of a ``tokenizer.json`` that cuts as llama.cpp does by these scores."""
    vocabulary = {token: number for number, token in enumerate(tokens)}
    joined = sorted((-score, token) for token, score in zip(tokens, scores, strict=True) if score > NEVER_JOINED)
    merges = [list(pair) for _, token in joined for pair in ways_to_join(token, vocabulary)]
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
    steps = [{"type": "Prepend", "prepend": SPACE}, replace] if spaced else [replace]
    model = {"type": "BPE", "vocab": vocabulary, "merges": merges, "byte_fallback": True, "fuse_unk": True, "unk_token": unknown}
    return {"normalizer": {"type": "Sequence", "normalizers": steps}, "pre_tokenizer": None, "model": model}
