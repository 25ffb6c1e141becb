"""Finds samples that say what an earlier one says.

Part of ``safety_scan``. *Exact*: question, context and answer are the same, case and punctuation aside. *Near*: question *and*
answer are almost the same letters, and nothing that carries meaning differs: content words, numbers, names, negations, the kind
of question. So templated facts with different answers are no duplicates, nor is one fact asked in several wordings. A sample
with a ``provenance.fact`` was written by rules, in another wording on purpose: only its exact repetition goes.

Candidates share a key of their ``fingerprints``; every candidate is verified with rapidfuzz. A row takes about 1 kB.

One example::

    {"question": "How long is the car?", "answer": "It is 4.2 m long."}
    {"question": "How long is the car ?", "answer": "It's 4.2 m long"}        -> duplicate.near, the later one goes

Not covered: paraphrases, which are wanted; which rows are shown to the finder first (``earlier``: those of the current release).
"""

from array import array

from rapidfuzz import fuzz

from tasks.safety_scan.fields import Asked
from tasks.safety_scan.fingerprints import Fingerprint, fingerprint_of, unpack_text
from tasks.safety_scan.likeness import content_stems, content_words, is_number_word, normalised
from tasks.safety_scan.policy import DuplicateLimits

EXACT, NEAR, RELEASED = "duplicate.exact", "duplicate.near", "duplicate.released"
_MOST_CANDIDATES = 24
"""Verified per row: a bound for data in which thousands of rows share a template and their numbers."""
_TOLERATED_WORDS = 1 / 14
"""Share of content words that may be added: none in a short text, one in a long one."""
_LIKE_IN_CONTENT = 86.0
"""rapidfuzz's ratio that is enough where all content words agree in order."""
_SAME_WORD, _LEAST_WORDS_FOR_A_SLIP = 85.0, 3


class DuplicateFinder:
    """Remembers what it has seen; the first of two stays."""

    def __init__(self, limits: DuplicateLimits) -> None:
        self._limits = limits
        self._exact: dict[bytes, bool] = {}
        self._texts = _Texts()
        self._bands: dict[int, int | list[int]] = {}
        self._released = 0

    def remember_released(self, fingerprint: Fingerprint) -> None:
        """Takes in a row of the current release, before all others: what repeats it is ``duplicate.released``."""
        self._exact[fingerprint.exact] = True
        if fingerprint.keys:
            self._remember(fingerprint)
        self._released = len(self._texts)

    def rule_against(self, asked: Asked) -> str:
        """The rule that this row breaks; empty where it is new, and then it is remembered."""
        return self.check(fingerprint_of(asked, self._limits.near))

    def check(self, fingerprint: Fingerprint) -> str:
        """The same, by fingerprint."""
        released = self._exact.get(fingerprint.exact)
        if released is not None:
            return RELEASED if released else EXACT
        if fingerprint.keys:
            other = self._near_one(fingerprint)
            if other is not None:
                return RELEASED if other < self._released else NEAR
            self._remember(fingerprint)
        self._exact[fingerprint.exact] = False
        return ""

    def _near_one(self, fingerprint: Fingerprint) -> int | None:
        found: dict[int, None] = {}
        bands = self._bands
        for key in fingerprint.keys:
            entry = bands.get(key)
            if entry is not None:
                found.update(dict.fromkeys((entry,) if isinstance(entry, int) else entry))
        return next((other for other in list(found)[:_MOST_CANDIDATES] if self._is_near(other, fingerprint.text)), None)

    def _remember(self, fingerprint: Fingerprint) -> None:
        index, bands = len(self._texts), self._bands
        self._texts.append(fingerprint.text)
        for key in fingerprint.keys:
            entry = bands.get(key)
            if entry is None:
                bands[key] = index
            elif isinstance(entry, int):
                bands[key] = [entry, index]
            elif len(entry) < _MOST_CANDIDATES:
                entry.append(index)

    def _is_near(self, index: int, text: bytes) -> bool:
        known_fact, known_question, known_answer = unpack_text(self._texts[index])
        fact, question, answer = unpack_text(text)
        if known_fact or fact:
            return False  # written by rules from a fact: of the same fact another wording on purpose, of another another sample
        return _is_alike(normalised(known_question), question, self._limits.question) and _is_alike(
            normalised(known_answer), answer, self._limits.answer
        )


class _Texts:
    """Many short texts in one block of memory: a Python object for each would take as much again."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> bytes:
        return bytes(self._bytes[self._ends[index - 1] if index else 0 : self._ends[index]])

    def append(self, text: bytes) -> None:
        self._bytes += text
        self._ends.append(len(self._bytes))


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
