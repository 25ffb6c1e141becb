"""Finds samples that say what an earlier one says.

Part of ``safety_scan``. *Exact*: question, context and answer are the same, case and punctuation aside. *Near*: question *and* answer are
almost the same letters, and nothing that carries meaning differs: content words, numbers, names, negations, the kind of question.
So templated facts with different answers are no duplicates, nor is one fact asked in several wordings; a sample whose
``provenance.fact`` is that of another is another wording on purpose.

Candidates come from MinHash signatures of the content words (Broder 1997; ``rensa``), cut into bands whose keys hold the numbers too:
rows that differ in a number never meet, so a template with ten thousand numbers stays linear. Every candidate is verified with rapidfuzz.

One example::

    {"question": "How long is the car?", "answer": "It is 4.2 m long."}
    {"question": "How long is the car ?", "answer": "It's 4.2 m long"}        -> duplicate.near, the later one goes

Not covered: paraphrases, which are wanted; samples of earlier releases, unless they are shown to the finder first.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from tasks.safety_scan.fields import Asked
from tasks.safety_scan.likeness import content_words, normalised, numbers
from tasks.safety_scan.policy import DuplicateLimits

EXACT, NEAR = "duplicate.exact", "duplicate.near"
_PERMUTATIONS, _BANDS = 32, 8
_MOST_CANDIDATES = 24
"""Verified per row: a bound for data in which thousands of rows share a template and their numbers."""
_TOLERATED_WORDS = 1 / 14
"""Share of content words that may differ: none in a short text, one in a long one."""
_SEED = 11


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a row to verify candidates: normalised texts."""

    question: bytes
    answer: bytes
    context: bytes
    fact: str | None


class DuplicateFinder:
    """Remembers what it has seen; the first of two stays.

    About 1.5 kB of memory for a row.
    """

    def __init__(self, limits: DuplicateLimits) -> None:
        self._limits = limits
        self._exact: set[bytes] = set()
        self._rows: list[_Seen] = []
        self._bands: dict[int, Any] = {}

    def rule_against(self, asked: Asked) -> str:
        """The rule that this row breaks; empty where it is new, and then it is remembered."""
        question, answer, context = normalised(asked.question), normalised(asked.answer), normalised(asked.context)
        digest = _digest("\x1f".join((question, context, answer)))
        if digest in self._exact:
            return EXACT
        if self._limits.near:
            seen = _Seen(question.encode(), answer.encode(), _digest(context), asked.fact)
            keys = self._keys(asked.question, asked.answer, seen.context)
            if any(self._is_near(self._rows[other], seen, asked) for other in self._candidates(keys)):
                return NEAR
            self._remember(keys, seen)
        self._exact.add(digest)
        return ""

    def _keys(self, question: str, answer: str, context: bytes) -> list[int]:
        from rensa import RMinHash

        words = [*(f"q{w}" for w in content_words(question)), *(f"a{w}" for w in content_words(answer))] or ["-"]
        minhash = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        minhash.update(sorted(words))
        signature = minhash.digest()
        agreed = hash((numbers(question), numbers(answer), context))
        rows = _PERMUTATIONS // _BANDS
        return [hash((agreed, band, *signature[band * rows : band * rows + rows])) for band in range(_BANDS)]

    def _candidates(self, keys: list[int]) -> list[int]:
        found: dict[int, None] = {}
        for key in keys:
            entry = self._bands.get(key)
            if entry is not None:
                found.update(dict.fromkeys((entry,) if isinstance(entry, int) else entry))
        return list(found)[:_MOST_CANDIDATES]

    def _remember(self, keys: list[int], seen: _Seen) -> None:
        index = len(self._rows)
        self._rows.append(seen)
        for key in keys:
            entry = self._bands.get(key)
            if entry is None:
                self._bands[key] = index
            elif isinstance(entry, int):
                self._bands[key] = [entry, index]
            elif len(entry) < _MOST_CANDIDATES:
                entry.append(index)

    def _is_near(self, one: _Seen, other: _Seen, asked: Asked) -> bool:
        if one.fact and other.fact:
            return False  # the same fact: another wording on purpose; another fact: another sample
        question, answer = one.question.decode(), one.answer.decode()
        return (
            _likeness(question, other.question.decode()) >= self._limits.question
            and _likeness(answer, other.answer.decode()) >= self._limits.answer
            and _agree(question, asked.question)
            and _agree(answer, asked.answer)
        )


def _likeness(one: str, other: str) -> float:
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))


def _agree(one: str, other: str) -> bool:
    """Whether the content words agree, but for a word in a long text; a number, a negation, a kind of question never differs."""
    first, second = content_words(one), content_words(other)
    differing = first ^ second
    if not differing:
        return True
    return len(differing) <= 2 * int(len(first | second) * _TOLERATED_WORDS) and not any(
        word.startswith("@") or word[0].isdigit() or _is_name(word, other) for word in differing
    )


def _is_name(stem: str, text: str) -> bool:
    return any(word[0].isupper() and word.lower().startswith(stem) for word in text.split()[1:])


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
