"""Questions as somebody else might ask them, so that a student made from scratch understands wordings that it was not taught.

Part of ``train``, inside the worker process. A student that has seen nothing but a few wordings of each question leans on all of
their words at once, and on the frequent ones ("how long does the") as much as on those that tell what is asked. Asked in other
words, it picks another fact's answer. So in training the questions are disturbed, anew in every epoch:

- **keywords**: in most steps only some words of each question are left, in half of the questions in any order. The fewer
  questions a word stands in, the likelier it stays: what the student learns to lean on is each of the words that tell one fact
  from another, whatever stands around them. (Word dropout: Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic
  Methods for Text Classification", section 2.2.) Whole steps are disturbed so, since short rows among long ones save nothing.
- **a question's look**: before the keywords stand words that their answer may be asked for with (``question_words.py``), among
  them small words, and now and then a word of the answer itself, as in "which lake" for Lake Orra.
- **other forms** of some words and small letters (``word_tokens.py``), so that *dog* leads where *Dogs* does.
- **random tokens** in place of some: the words of an unseen wording are noise that the student has met before. (Replaced rather
  than left out, as in Devlin et al. 2019, "BERT", section 3.1.)

Example, with ``#`` for a random token; the answer stays as it is::

    <|user|> In "Technical data", what is given for "Top speed"? <|end|> <|assistant|> 110 mph <|end|>
    <|user|> How fast would speed # top is? <|end|> <|assistant|> 110 mph <|end|>

What happens to a question follows from seed, step and row alone: a resumed run sees the same noise. A row never grows, so steps
stay within their budget. It costs about 0.2 ms a row and epoch, and one pass over the token file before the first step.

Not covered: answers, passages and contexts (they stay as they are: an answer may have to be copied from its context), and
existing base models, which have met other wordings already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tasks.student_model.labelled_tokens import IGNORED
from tasks.train.word_tokens import Words, WordTokens

LEAST_STAYS, MORE_STAYS = 0.1, 0.8
"""Probability that a word that stands in all questions stays, and how much likelier the most telling word of a question does."""
TELLING = 0.5
"""How rare a word must be against the rarest of its question to tell what is asked, as a share of the logarithm."""
SMALL_LETTERS, OTHER_FORM = 0.5, 0.25
"""Probability that a word is put in small letters, and in another of its forms."""
SHUFFLED = 0.5
"""Share of the questions in keywords whose words are put in any order."""
OPENED, CAPITAL, MARKED = 0.8, 0.8, 0.7
"""Share of the questions in keywords that are opened with a question's words, in a capital letter, and closed by its mark."""
ANSWER_NAMED = 0.4
"""Share of the questions in keywords that name a word of their answer, where it has several."""
SMALL_WORDS_EACH = 2.0
"""Small words that are put into a question, on average."""
FEWEST_WORDS = 3
"""Words that make no room for those that open a question."""
OF_STEP = 1
"""Tells a step's own randomness from that of its first row."""


@dataclass(frozen=True)
class PromptNoise:
    """How questions are disturbed."""

    share: float
    """Probability that a token is replaced, 0 to 1."""
    first: int
    """Lowest token id that may be put in or replaced: those below are special."""
    vocabulary: int
    seed: int
    keywords: float = 0.0
    """Share of the steps whose questions are asked in keywords, 0 to 1."""
    begins: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether a token begins a word, by token id; needed for keywords, as the next two are."""
    opens: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether what follows a token begins a word, by token id."""
    frequency: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Share of the questions that a token stands in, by token id."""
    words: WordTokens | None = None
    """Finds other forms of a word and a question's own words; None: words stay as they are."""

    def disturb(self, ids: np.ndarray, labels: np.ndarray, step: int, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Token ids and labels of a row whose question is disturbed.

        Args:
            ids: token ids, shape (tokens,).
            labels: ``IGNORED`` where the question stands, same shape.
            step: of the plan, from 0.
            row: number of the row.
        """
        places = np.flatnonzero((labels == IGNORED) & (ids >= self.first))
        if not len(places) or not (self.share or self.keywords or self.words):
            return ids, labels
        generator = np.random.default_rng([self.seed, step, row])
        start, end = places[0], places[-1] + 1
        asked = ids[start:end]
        if self.keywords and np.random.default_rng([self.seed, step, 0, OF_STEP]).random() < self.keywords:
            answer = labels[(labels != IGNORED) & (labels >= self.first)]
            asked = self._ask_in_keywords(asked, answer, generator)
        elif self.words is not None:
            asked = np.concatenate(self._change_forms(self._split(asked), len(asked), generator))
        chosen = (asked >= self.first) & (generator.random(len(asked)) < self.share)
        asked = np.where(chosen, generator.integers(self.first, self.vocabulary, len(asked)), asked)
        question = np.full(len(asked), IGNORED)
        return np.concatenate([ids[:start], asked, ids[end:]]), np.concatenate([labels[:start], question, labels[end:]])

    def _ask_in_keywords(self, asked: np.ndarray, answer: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Some of a question's words, made to look like somebody's question as far as there is room."""
        words = self._leave_keywords(asked, generator)
        if self.words is not None:
            words = [plain for word in words if len(plain := self.words.plain(word, generator.random() < SMALL_LETTERS))] or words
        if generator.random() < SHUFFLED:
            words = [words[number] for number in generator.permutation(len(words))]
        while _tokens_in(words) > len(asked) and len(words) > 1:
            words.pop()
        if self.words is not None:
            words = self._change_forms(words, len(asked), generator)
            words = self._look_like_a_question(words, answer, len(asked), generator)
        return np.concatenate(words)[: len(asked)]

    def _leave_keywords(self, asked: np.ndarray, generator: np.random.Generator) -> Words:
        """Some of a question's words, one of those that tell most among them, or the question would be any other's."""
        words = self._split(asked)
        rarity = -np.log(np.clip([self.frequency[word].min() for word in words], 1e-6, 0.99))
        tells = rarity / rarity.max()
        stays = generator.random(len(words)) < LEAST_STAYS + MORE_STAYS * tells
        stays[np.argmax(tells)] |= not (stays & (tells >= TELLING)).any()
        return [word for word, kept in zip(words, stays, strict=True) if kept]

    def _look_like_a_question(self, words: Words, answer: np.ndarray, most: int, generator: np.random.Generator) -> Words:
        """The words with others around them, at most so many tokens: some of the keywords make room for those that open it."""
        assert self.words is not None
        named = self.words.telling(answer) if generator.random() < ANSWER_NAMED else []
        others = [named[generator.integers(len(named))]] if named else []
        small = self.words.small
        others += [small[number] for number in generator.integers(len(small), size=generator.poisson(SMALL_WORDS_EACH))]
        words = list(words)
        for other in others:
            if _tokens_in(words) + len(other) <= most:
                words.insert(int(generator.integers(len(words) + 1)), other)
        if generator.random() < OPENED:
            openings = self.words.openings(answer, capital=generator.random() < CAPITAL)
            opening = openings[generator.integers(len(openings))]
            while _tokens_in(words) + len(opening) > most and len(words) > FEWEST_WORDS:
                words.pop(int(generator.integers(len(words))))
            words = [opening, *words] if _tokens_in(words) + len(opening) <= most else words
        marked = generator.random() < MARKED and _tokens_in(words) < most
        return [*words, self.words.question_mark] if marked else words

    def _change_forms(self, words: Words, most: int, generator: np.random.Generator) -> Words:
        """The words, some of them in another form, as far as they have at most so many tokens then."""
        assert self.words is not None
        room = most - _tokens_in(words)
        for place in np.flatnonzero(generator.random(len(words)) < OTHER_FORM):
            others = self.words.forms(words[place])
            if others:
                form = others[generator.integers(len(others))]
                grows = len(form) - len(words[place])
                if grows <= room:
                    words[place], room = form, room - grows
        return words

    def _split(self, asked: np.ndarray) -> Words:
        begins = self.begins[asked]
        begins[1:] |= self.opens[asked[:-1]]
        begins[0] = True
        starts = np.flatnonzero(begins)
        return [asked[start:end] for start, end in zip(starts, [*starts[1:], len(asked)], strict=True)]


def _tokens_in(words: Words) -> int:
    return sum(map(len, words))


def count_in_questions(rows: Any, first: int, vocabulary: int) -> np.ndarray:
    """The share of the questions that each token stands in (counted twice where it stands there twice).

    Args:
        rows: of the token file (``token_files.py``), memory-mapped: read in pieces.
        first: lowest token id that is not special.
        vocabulary: how many token ids there are.
    """
    counts, questions = np.zeros(vocabulary), 0
    for ids, labels, noisy in _pieces(rows):
        of_question = np.repeat(noisy, np.diff(ids.offsets.to_numpy()))
        values, expected = ids.flatten().to_numpy(), labels.flatten().to_numpy()
        asked = values[of_question & (expected == IGNORED) & (values >= first)]
        counts += np.bincount(asked, minlength=vocabulary)
        questions += int(noisy.sum())
    share: np.ndarray = counts / max(1, questions)
    return share


def _pieces(rows: Any) -> Iterable[tuple[Any, Any, np.ndarray]]:
    for piece in rows.data.to_batches():
        yield piece["input_ids"], piece["labels"], piece["noisy"].to_numpy(zero_copy_only=False)
