"""Questions as keywords and with random words, so that a student made from scratch understands wordings that it was not taught.

Part of ``train``, inside the worker process. A student that has seen nothing but six wordings of each question leans on all of
their words at once, and on the frequent ones ("how long does the") as much as on those that tell what is asked. Asked in other
words, it picks another fact's answer. So in training the questions are disturbed, anew in every epoch:

- **keywords**: of many questions only some words are left, in half of these in any order. Words that stand in many questions
  are left out more often: what the student learns to lean on is each of the words that tell one fact from another, whatever
  stands around them. (Word dropout: Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text
  Classification", section 2.2.)
- **other forms** of some words (``word_forms.py``), so that *dog* leads where *dogs* does.
- **random tokens** in place of some: the words of an unseen wording are noise that the student has met before. (Replaced rather
  than left out, as in Devlin et al. 2019, "BERT", section 3.1.)

Example, with ``#`` for a random token; the answer stays as it is::

    <|user|> What is the top speed of the car? <|end|> <|assistant|> 110 mph <|end|>
    <|user|> cars # speed <|end|> <|assistant|> 110 mph <|end|>

What happens to a question follows from seed, step and row alone: a resumed run sees the same noise. A row never grows, so steps
stay within their budget. It costs about 0.1 ms a row and epoch, and one pass over the token file before the first step.

Not covered: answers, passages and contexts (they stay as they are: an answer may have to be copied from its context), and
existing base models, which have met other wordings already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tasks.student_model.labelled_tokens import IGNORED
from tasks.train.word_forms import WordForms

COMMON = 0.06
"""A word that stands in more of the questions than this share tells little about what is asked."""
COMMON_STAYS, OTHER_STAYS = 0.25, 0.7
"""Probability that a common word stays in a question that is asked in keywords, and that another one does."""
OTHER_FORM = 0.25
"""Probability that a word is put in another of its forms."""
SHUFFLED = 0.5
"""Share of the questions in keywords whose words are put in any order."""


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
    """Share of the questions that are asked in keywords, 0 to 1."""
    begins: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether a token begins a word, by token id; needed for keywords, as the next one is."""
    frequency: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Share of the questions that a token stands in, by token id."""
    forms: WordForms | None = None
    """Finds other forms of a word; None: words keep theirs."""

    def disturb(self, ids: np.ndarray, labels: np.ndarray, step: int, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Token ids and labels of a row whose question is disturbed.

        Args:
            ids: token ids, shape (tokens,).
            labels: ``IGNORED`` where the question stands, same shape.
            step: of the plan, from 0.
            row: number of the row.
        """
        places = np.flatnonzero((labels == IGNORED) & (ids >= self.first))
        if not len(places) or not (self.share or self.keywords or self.forms):
            return ids, labels
        generator = np.random.default_rng([self.seed, step, row])
        start, end = places[0], places[-1] + 1
        asked = ids[start:end]
        if self.keywords and generator.random() < self.keywords:
            asked = self._leave_keywords(asked, generator)
        asked = self._change_forms(asked, end - start, generator)
        chosen = (asked >= self.first) & (generator.random(len(asked)) < self.share)
        asked = np.where(chosen, generator.integers(self.first, self.vocabulary, len(asked)), asked)
        question = np.full(len(asked), IGNORED)
        return np.concatenate([ids[:start], asked, ids[end:]]), np.concatenate([labels[:start], question, labels[end:]])

    def _change_forms(self, asked: np.ndarray, most: int, generator: np.random.Generator) -> np.ndarray:
        """The question with some words in another form, as far as it has at most so many tokens then."""
        if self.forms is None:
            return asked
        words = np.split(asked, self._starts(asked)[1:])
        for place in np.flatnonzero(generator.random(len(words)) < OTHER_FORM):
            others = self.forms.of(words[place])
            if others:
                form = others[generator.integers(len(others))]
                room = most - sum(map(len, words)) + len(words[place])
                words[place] = form if len(form) <= room else words[place]
        return np.concatenate(words)

    def _starts(self, asked: np.ndarray) -> np.ndarray:
        return np.union1d([0], np.flatnonzero(self.begins[asked]))

    def _leave_keywords(self, asked: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Some of a question's words, in order or in any. One that is not common stays, or the question would be any other's."""
        starts = self._starts(asked)
        frequency = np.minimum.reduceat(self.frequency[asked], starts)
        common = frequency > COMMON
        stays = generator.random(len(starts)) < np.where(common, COMMON_STAYS, OTHER_STAYS)
        if common.all():
            return asked
        stays[np.argmin(frequency)] |= not (stays & ~common).any()
        words = [word for word, kept in zip(np.split(asked, starts[1:]), stays, strict=True) if kept]
        if generator.random() < SHUFFLED:
            words = [words[number] for number in generator.permutation(len(words))]
        return np.concatenate(words)


def begin_words(tokenizer: Any) -> np.ndarray:
    """Whether each token of a byte-level vocabulary begins a word: it stands for a space first, or for no letter or digit."""
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    return np.array([token.startswith("Ġ") or not token[:1].isalnum() for token in tokens])


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
