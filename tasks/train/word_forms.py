"""The other forms of an English word: dogs -> dog; reported -> report, reports, reporting.

Part of ``train``, inside the worker process. A student made from scratch has a vector for each token and none for what they have
in common: *dog* is as far from *dogs* as from anything else, until it has been asked about both (``prompt_noise.py``). The forms
come from lemminflect's dictionary, of which nouns, verbs and adjectives are asked.

Example: the tokens of " dogs" -> [the tokens of " dog", the tokens of " dogged", the tokens of " dogging"]

Not covered: derivations (photograph, photography), synonyms, other languages than English: their words have no other forms here.
"""

from typing import Any

import numpy as np

PARTS_OF_SPEECH = ("NOUN", "VERB", "ADJ")
SHORTEST = 3
"""Letters: shorter words are of the kind that questions are built with."""


class WordForms:
    """Finds the other forms of words, given and found as token ids; each word is looked up once."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._known: dict[bytes, list[np.ndarray]] = {}

    def of(self, word: np.ndarray) -> list[np.ndarray]:
        """The token ids of each other form, in the order of their letters; empty where there is none.

        Args:
            word: token ids of one word, as it stands in a text.
        """
        key = word.tobytes()
        if key not in self._known:
            text = self._tokenizer.decode(word).strip()
            self._known[key] = [self._tokens(form, word) for form in other_forms(text)]
        return self._known[key]

    def _tokens(self, form: str, like: np.ndarray) -> np.ndarray:
        return np.array(self._tokenizer.encode(form, add_special_tokens=False), dtype=like.dtype)


def other_forms(word: str) -> list[str]:
    """The other forms of a word, in the word's own case.

    >>> other_forms("Dogs")[:1], other_forms("of")
    (['Dog'], [])
    """
    if len(word) < SHORTEST or not word.isalpha():
        return []
    from lemminflect import getAllInflections, getAllLemmas  # a second of CPU time, for students made from scratch alone

    lemmas = {(part, lemma) for part, found in getAllLemmas(word.lower()).items() if part in PARTS_OF_SPEECH for lemma in found}
    forms = {form for part, lemma in lemmas for found in getAllInflections(lemma, part).values() for form in found}
    others = sorted(forms - {word.lower()})
    return [form.capitalize() for form in others] if word[0].isupper() else others
