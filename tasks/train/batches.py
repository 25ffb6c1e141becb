"""Which rows make up which step: batches cut at a budget of padded tokens.

Part of ``train``. In each epoch the rows are shuffled, sorted by length inside windows, cut into batches whose padded size (rows
times longest row) stays within the budget, and the batches are shuffled. Little is padding (Trainer's own fixed-size batches
spend twice the time per real token on short questions mixed with passages), and every step costs about the same memory.

The plan covers all epochs, as one long epoch: which batch is step N follows from seed and lengths alone, so a resumed run goes
on exactly where it stopped.

Example: lengths 9, 3, 4, 8 and a budget of 18 tokens give the batches (9, 8) and (3, 4).

Not covered: several processes, packing without padding.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

WINDOW_ROWS = 256
"""Rows sorted together: enough for even batches, few enough for chance to mix them."""


def plan_batches(lengths: np.ndarray, budget: int, epochs: float, seed: int) -> list[np.ndarray]:
    """The row numbers of each step, over all epochs.

    Args:
        lengths: tokens of each row.
        budget: most padded tokens of one batch; a longer row is a batch of its own.
        epochs: how often each row is seen; a fraction at the end takes that share of the rows, by chance.
        seed: of shuffling.
    """
    batches: list[np.ndarray] = []
    for epoch in range(math.ceil(epochs)):
        generator = np.random.default_rng([seed, epoch])
        order = generator.permutation(len(lengths))
        rows = order[: max(1, round(len(order) * min(1.0, epochs - epoch)))]
        epoch_batches = list(_cut(rows, lengths, budget))
        batches += [epoch_batches[number] for number in generator.permutation(len(epoch_batches))]
    return batches


def _cut(rows: np.ndarray, lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), WINDOW_ROWS):
        window = rows[start : start + WINDOW_ROWS]
        window = window[np.argsort(-lengths[window], kind="stable")]
        first = 0
        while first < len(window):
            count = max(1, budget // max(1, int(lengths[window[first]])))
            yield window[first : first + count]
            first += count


class PlannedBatches:
    """The plan as a batch sampler for a ``DataLoader``: each item is (step, row), so a row knows which step it is read for."""

    def __init__(self, batches: Sequence[np.ndarray]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        for step, batch in enumerate(self._batches):
            yield [(step, int(row)) for row in batch]
