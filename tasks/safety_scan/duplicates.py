"""Finds samples that say what an earlier one says.

Part of ``safety_scan``. *Exact*: question, context and answer are the same, case and punctuation aside. *Near*: question *and*
answer are almost the same letters, and nothing that carries meaning differs: content words, numbers, names, negations, the kind
of question. So templated facts with different answers are no duplicates, nor is one fact asked in several wordings. A sample
with a ``provenance.fact`` was written by rules, in another wording on purpose: only its exact repetition goes.

Candidates come from MinHash signatures of the content words (Broder 1997; ``rensa``), cut into bands whose keys hold the
numbers too: rows that differ in a number never meet, so a template with ten thousand numbers stays linear. Every candidate is
verified with rapidfuzz.

One example::

    {"question": "How long is the car?", "answer": "It is 4.2 m long."}
    {"question": "How long is the car ?", "answer": "It's 4.2 m long"}        -> duplicate.near, the later one goes

Not covered: paraphrases, which are wanted; samples of earlier releases, unless they are shown to the finder first.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from rensa import RMinHash

from tasks.safety_scan.fields import Asked
from tasks.safety_scan.likeness import content_stems, content_words, is_number_word, normalised, numbers, plain_form
from tasks.safety_scan.policy import DuplicateLimits

EXACT, NEAR = "duplicate.exact", "duplicate.near"
_PERMUTATIONS, _BANDS = 32, 8
_MOST_CANDIDATES = 24
"""Verified per row: a bound for data in which thousands of rows share a template and their numbers."""
_TOLERATED_WORDS = 1 / 14
"""Share of content words that may be added: none in a short text, one in a long one."""
_LIKE_IN_CONTENT = 86.0
"""rapidfuzz's ratio that is enough where all content words agree in order."""
_SAME_WORD, _LEAST_WORDS_FOR_A_SLIP = 85.0, 3
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
        digest = _digest("\x1f".join(plain_form(text) for text in (asked.question, asked.context, asked.answer)))
        if digest in self._exact:
            return EXACT
        if self._limits.near:
            question, answer = normalised(asked.question), normalised(asked.answer)
            seen = _Seen(question.encode(), answer.encode(), _digest(plain_form(asked.context)), asked.fact)
            keys = self._keys(asked.question, asked.answer, seen.context)
            if any(self._is_near(self._rows[other], seen, asked) for other in self._candidates(keys)):
                return NEAR
            self._remember(keys, seen)
        self._exact.add(digest)
        return ""

    def _keys(self, question: str, answer: str, context: bytes) -> list[int]:
        words = ["q" + word for word in content_words(question)] + ["a" + word for word in content_words(answer)]
        minhash = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        minhash.update(words or ["-"])
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
        if one.fact or other.fact:
            return False  # written by rules from a fact: of the same fact another wording on purpose, of another another sample
        return _is_alike(one.question.decode(), asked.question, self._limits.question) and _is_alike(
            one.answer.decode(), asked.answer, self._limits.answer
        )


def _is_alike(known: str, text: str, limit: float) -> bool:
    """Whether two texts are nearly the same letters and wholly the same meaning."""
    likeness = fuzz.ratio(known, normalised(text))
    if content_stems(known) == content_stems(text):
        # Only function words differ: in a short text they are a good part of the letters.
        return likeness >= min(limit, _LIKE_IN_CONTENT) and _kinds(known) == _kinds(text)
    return likeness >= limit and _differ_by_a_slip(known, text)


def _kinds(text: str) -> frozenset[str]:
    return frozenset(word for word in content_words(text) if word.startswith("@"))


def _differ_by_a_slip(known: str, text: str) -> bool:
    """Whether what differs is a misspelt word, or an added word in a long text; a number, name or negation never is."""
    first, second = content_words(known), content_words(text)
    missing, added = sorted(first - second), sorted(second - first)
    differing = [*missing, *added]
    if any(word.startswith("@") or is_number_word(word) or _is_name(word, text) for word in differing):
        return False
    if len(missing) == len(added) == 1 and len(first) >= _LEAST_WORDS_FOR_A_SLIP:
        return min(map(len, differing)) >= 5 and fuzz.ratio(missing[0], added[0]) >= _SAME_WORD
    return len(differing) <= len(first | second) * _TOLERATED_WORDS and not (missing and added)


def _is_name(stem: str, text: str) -> bool:
    return any(word[0].isupper() and word.lower().startswith(stem) for word in text.split()[1:])


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
