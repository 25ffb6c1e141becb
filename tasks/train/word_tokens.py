"""The words of a question as the student's tokens: by themselves, in other forms and cases, and what questions are opened with.

Part of ``train``, inside the worker process: what ``prompt_noise.py`` puts together. A word has other tokens behind a quotation
mark than behind a space, and others with a capital letter: here it is given the tokens that it has inside somebody's sentence.

Example: the tokens of '"Dogs' -> the tokens of " Dogs", of " dogs", or of its forms " dog", " dogged", " dogging"

Everything is looked up once for each distinct word, and for each distinct answer. Not covered: synonyms.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tasks.train.question_words import SMALL_WORDS, opening_words
from tasks.train.word_forms import SHORTEST, other_forms

MARKS = "\"'“”‘’().,;:?!_-*|[]{}<>/ \n"
"""What may stand around a word."""
OPEN_MARKS = "\"'“‘([{*|_/"
"""What stands directly before a word."""
Words = list[np.ndarray]


class WordTokens:
    """Finds the token ids of words, given as token ids."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._known: dict[tuple[str, bytes], Words] = {}
        self.small = [self._tokens(word) for word in SMALL_WORDS]
        """Words that any question may hold."""
        self.question_mark = self._tokens("a?")[-1:]

    def plain(self, word: np.ndarray, lower: bool) -> np.ndarray:
        """The word as it stands inside a sentence, without marks; no token where it has no letter or digit.

        Args:
            word: token ids of one word, as it stands in a text.
            lower: without capital letters.
        """
        name = "lower" if lower else "plain"
        return self._look_up(name, word, lambda text: [text.lower() if lower else text] if text else [""])[0]

    def forms(self, word: np.ndarray) -> Words:
        """The word's other forms, in the order of their letters; empty where there is none."""
        return self._look_up("forms", word, other_forms)

    def openings(self, answer: np.ndarray, capital: bool) -> Words:
        """What a question with this answer may be opened with; some stand there more than once, since they are likelier.

        Args:
            answer: token ids of the whole answer.
            capital: with a capital letter.
        """
        if not capital:
            return self._look_up("openings", answer, lambda text: list(opening_words(text)))
        return self._look_up("Openings", answer, lambda text: [words[0].upper() + words[1:] for words in opening_words(text)])

    def telling(self, answer: np.ndarray) -> Words:
        """The words of an answer of several words that a question may name: "which lake" for Lake Orra, in small letters."""
        return self._look_up("telling", answer, _telling_words)

    def _look_up(self, name: str, ids: np.ndarray, find: Callable[[str], list[str]]) -> Words:
        key = (name, ids.tobytes())
        if key not in self._known:
            text = self._tokenizer.decode(ids, skip_special_tokens=True).strip(MARKS)
            self._known[key] = [self._tokens(found) for found in find(text)]
        return self._known[key]

    def _tokens(self, text: str) -> np.ndarray:
        return np.array(self._tokenizer.encode(text, add_special_tokens=False) if text else [], dtype=np.int32)


def _telling_words(answer: str) -> list[str]:
    words = [word.strip(MARKS).lower() for word in answer.split()]
    telling = [word for word in words if word.isalpha() and len(word) >= SHORTEST and word not in SMALL_WORDS]
    return telling if len(words) > 1 else []


def begin_words(tokenizer: Any) -> np.ndarray:
    """Whether each token of a byte-level vocabulary begins a word: it stands for a space first, or for no letter or digit."""
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    return np.array([token.startswith("Ġ") or not token[:1].isalnum() for token in tokens])


def open_words(tokenizer: Any) -> np.ndarray:
    """Whether what follows a token begins a word even without a space: the token ends in an opening mark."""
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    return np.array([token[-1:] in OPEN_MARKS for token in tokens])
