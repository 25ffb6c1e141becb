"""How sure a difference is: paired bootstrap intervals.

Part of ``evaluate``. The questions are drawn again with replacement, many times; the middle 95 % of the resampled mean
differences are the interval (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13: percentile intervals).
Base and student answer the same questions, so the differences per question are drawn, not the scores of each: what makes a
question hard for both cancels out.

The wordings of one fact are drawn together, as one: who knows the fact has all of them right, so they are not several proofs.

Example: differences 1, 1, 0, 1, 0, 1, 1, 1 have the mean 0.75 and an interval of 0.5 to 1.0.

Not covered: tests against a null hypothesis (``promote`` has them); few questions (an interval over three says little).
"""

from collections.abc import Sequence

import numpy as np

BLOCK_NUMBERS = 4_000_000
"""Resampled numbers held in memory at once."""


def bootstrap_interval(
    differences: Sequence[float], resamples: int, seed: int, units: Sequence[str] | None = None
) -> tuple[float, float]:
    """Low and high end of the 95 % interval of the mean difference.

    Args:
        differences: student's score minus base's, for each question; at least one.
        resamples: number of bootstrap samples.
        seed: of the draws.
        units: for each question the fact that it asks for; None where each stands for itself.
    """
    places = {unit: place for place, unit in enumerate(dict.fromkeys(units or ()))}
    owners = np.array([places[unit] for unit in units]) if units is not None else np.arange(len(differences))
    values = np.bincount(owners, weights=np.asarray(differences, dtype=np.float64))
    sizes = np.bincount(owners)
    generator = np.random.default_rng(seed)
    rows = max(1, BLOCK_NUMBERS // len(values))
    means = []
    for done in range(0, resamples, rows):
        drawn = generator.integers(0, len(values), (min(rows, resamples - done), len(values)))
        means.append(values[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)
