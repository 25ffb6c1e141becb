"""Random words in the questions, so that a student made from scratch understands wordings that it was not taught.

Part of ``train``, inside the worker process. A student that has seen nothing but six wordings of each question has never met the
words of a seventh: their vectors are still random, and it answers with whatever random words call up. So in training each token
of a question is replaced by a random one with a small probability, anew in every epoch: what the student learns to lean on is the
words that matter, and unknown ones become noise that it has seen before. (Word dropout: Iyyer et al. 2015, "Deep Unordered
Composition Rivals Syntactic Methods for Text Classification", section 2.2; replaced rather than left out, as in Devlin et al.
2019, "BERT", section 3.1.)

Example, with ``#`` for a random token::

    <|user|> What is # top speed of # car? <|end|> <|assistant|> 110 mph <|end|>

Which tokens are replaced follows from seed, step and row alone: a resumed run sees the same noise.

Not covered: answers, passages and contexts (they stay as they are: an answer may have to be copied from its context), and
existing base models, which have met other wordings already.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PromptNoise:
    """How questions are disturbed."""

    share: float
    """Probability that a token is replaced, 0 to 1."""
    first: int
    """Lowest token id that may be put in or replaced: those below are special."""
    vocabulary: int
    seed: int

    def disturb(self, ids: np.ndarray, question: np.ndarray, step: int, row: int) -> np.ndarray:
        """A copy of a row's token ids with some of its question's replaced.

        Args:
            ids: token ids, shape (tokens,).
            question: which of them may be replaced, boolean, same shape.
            step: of the plan, from 0.
            row: number of the row.
        """
        if self.share == 0:
            return ids
        generator = np.random.default_rng([self.seed, step, row])
        chosen = question & (ids >= self.first) & (generator.random(len(ids)) < self.share)
        return np.where(chosen, generator.integers(self.first, self.vocabulary, len(ids)), ids)
