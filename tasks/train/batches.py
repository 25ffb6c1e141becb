"""Which rows make up which step, and which process takes which of them: batches cut at a budget of padded tokens.

Part of ``train``. In each epoch the rows are shuffled, sorted by length inside windows, cut into batches whose padded size (rows
times longest row) stays within the budget, and the batches are shuffled. Little is padding (Trainer's own fixed-size batches
spend twice the time per real token on short questions mixed with passages), and every step costs about the same memory.

The plan covers all epochs, as one long epoch: which batch is step N follows from seed and lengths alone, so a resumed run goes
on exactly where it stopped. It does not depend on the number of processes either: they share each step's rows, so that more of
them make the same student sooner.

Example: lengths 9, 3, 4, 8 and a budget of 18 tokens give the batches (9, 8) and (3, 4). Two processes take 9 and 8 of the first.

Not covered: packing without padding (``collating.py`` flattens the same batches).
"""

import math
from collections.abc import Iterator

import numpy as np

WINDOW_ROWS = 256
"""Rows sorted together: enough for even batches, few enough for chance to mix them."""
FILLER = -1
"""In place of a row's number: a process that has nothing to do computes some row, and its loss does not count."""


def plan_batches(lengths: np.ndarray, budget: int, epochs: float, seed: int) -> list[list[np.ndarray]]:
    """The row numbers of each step of each epoch.

    Args:
        lengths: tokens of each row.
        budget: most padded tokens of one batch; a longer row is a batch of its own.
        epochs: how often each row is seen; a fraction at the end takes that share of the rows, by chance.
        seed: of shuffling.
    """
    planned: list[list[np.ndarray]] = []
    for epoch in range(math.ceil(epochs)):
        generator = np.random.default_rng([seed, epoch])
        order = generator.permutation(len(lengths))
        rows = order[: max(1, round(len(order) * min(1.0, epochs - epoch)))]
        batches = list(cut_batches(rows, lengths, budget))
        planned.append([batches[number] for number in generator.permutation(len(batches))])
    return planned


def cut_batches(rows: np.ndarray, lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    """The rows in batches of similar length, each within the budget.

    Args:
        rows: numbers of rows, in any order.
        lengths: tokens of each row.
        budget: most padded tokens of one batch.
    """
    for start in range(0, len(rows), WINDOW_ROWS):
        window = rows[start : start + WINDOW_ROWS]
        window = window[np.argsort(-lengths[window], kind="stable")]
        first = 0
        while first < len(window):
            count = max(1, budget // max(1, int(lengths[window[first]])))
            yield window[first : first + count]
            first += count


def share_batch(batch: np.ndarray, lengths: np.ndarray, processes: int, micro_budget: int | None) -> list[list[np.ndarray]]:
    """The rows of one step by process and, within a process, by what it computes at once.

    Every process has equally many parts, because those that share a model's weights must go through it together.

    Args:
        batch: row numbers, longest first.
        lengths: tokens of each row.
        processes: that share the step.
        micro_budget: most padded tokens of one part; None: each process takes its rows at once.
    """
    shares = []
    for process in range(processes):
        rows = batch[process::processes]
        parts = list(cut_batches(rows, lengths, micro_budget)) if micro_budget and len(rows) else [rows]
        shares.append(parts)
    most = max(len(parts) for parts in shares)
    filler = np.array([FILLER])
    return [[part if len(part) else filler for part in parts] + [filler] * (most - len(parts)) for parts in shares]
