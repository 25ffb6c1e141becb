"""Is a difference more than chance? Exact paired tests, and many of them at once.

Part of ``promote``. Base and student answer the same questions, so each question tells whether the student gained, lost or did
the same. If both were equally good, a gain would be as likely as the loss of the same size: the sign of each difference is a
coin's toss. The p-value is the share of all tosses whose sum reaches the one seen (a sign-flip permutation test; Fisher 1935,
"The Design of Experiments", section 21). Where all differences are of one size, as with right and wrong answers, that is the sign
test over the discordant pairs, McNemar's exact test.

No draws are made: the distribution of the sum is computed. Graded differences are rounded to thousandths for it, which keeps the
test exact (the rounding does not know the signs).

    paired_test([1, 1, 1, 1, 1, 0, 0])  ->  won 5, lost 0, p_gain 1/32

``significant`` asks many tests at once and keeps the probability of any false alarm below the limit: Holm's steps (1979, "A
simple sequentially rejective multiple test procedure") over those tests that could reach it at all. A leaf node whose answers
barely differ cannot, whatever the signs, so it costs the others nothing (Tarone 1990, "A modified Bonferroni method for discrete
data").

Not covered: estimates of how large a difference is (the intervals in ``evaluate``), sequential looks at the same answers.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=str)

_SAME = 1e-9
_FRACTIONS = 60
"""Means over up to six right or wrong answers are whole sixtieths."""
_GRADES = 1000
_MOST_STEPS = 200_000_000
"""Above so many, the sum of the flips is normal to many digits."""


@dataclass(frozen=True)
class PairedTest:
    """One comparison: how many units the student won and lost, and how likely chance does as much."""

    units: int
    won: int
    lost: int
    p_gain: float
    p_loss: float

    @property
    def least_p(self) -> float:
        """The smallest p-value that so many differences can have, whatever their signs."""
        return 0.5 ** (self.won + self.lost)


def paired_test(differences: Iterable[float]) -> PairedTest:
    """The exact test of student minus base, one number for each independent unit."""
    values = list(differences)
    told = [value for value in values if abs(value) > _SAME]
    won = sum(value > 0 for value in told)
    p_gain, p_loss = _sign_test(won, len(told)) if _one_size(told) else _flip_signs(told)
    return PairedTest(units=len(values), won=won, lost=len(told) - won, p_gain=p_gain, p_loss=p_loss)


def significant(tests: Mapping[Key, tuple[float, float]], limit: float) -> list[Key]:
    """The tests whose p-value is too small for chance, the clearest first.

    Args:
        tests: For each its p-value and the smallest that it could have had.
        limit: Most probability that any of them is named by chance.
    """
    number = next(k for k in range(1, len(tests) + 2) if sum(least <= limit / k for _, least in tests.values()) <= k)
    able = sorted((p, key) for key, (p, least) in tests.items() if least <= limit / number)
    found = []
    for step, (p, key) in enumerate(able):
        if p > limit / (len(able) - step):
            break
        found.append(key)
    return found


def tail(successes: int, chances: Iterable[float]) -> float:
    """The probability of at least so many successes among independent events of the given chances."""
    counts = np.ones(1)
    for chance in chances:
        counts = np.convolve(counts, [1 - chance, chance])
    return float(min(1.0, counts[successes:].sum()))


def _one_size(values: list[float]) -> bool:
    return not values or max(map(abs, values)) - min(map(abs, values)) < _SAME


def _sign_test(won: int, tosses: int) -> tuple[float, float]:
    """(probability of at least so many heads, of at most so many)."""
    ways = at_least = at_most = 0
    term = 1
    for heads in range(tosses + 1):
        ways += term
        at_least += term if heads >= won else 0
        at_most += term if heads <= won else 0
        term = term * (tosses - heads) // (heads + 1)
    return at_least / ways, at_most / ways


def _flip_signs(values: list[float]) -> tuple[float, float]:
    """The same for differences of several sizes: over all ways to set their signs."""
    sizes = _whole_numbers([abs(value) for value in values])
    positive = sum(size for size, value in zip(sizes, values, strict=True) if value > 0)
    total = sum(sizes)
    if total * len(sizes) > _MOST_STEPS:
        spread = math.sqrt(sum(size * size for size in sizes))
        score = (2 * positive - total) / spread / math.sqrt(2)
        return 0.5 * math.erfc(score), 0.5 * math.erfc(-score)
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    for size in sizes:
        if size:
            moved = 0.5 * chances[:-size]
            chances *= 0.5
            chances[size:] += moved
    return min(1.0, float(chances[positive:].sum())), min(1.0, float(chances[: positive + 1].sum()))


def _whole_numbers(sizes: list[float]) -> list[int]:
    scale = _FRACTIONS if all(abs(size * _FRACTIONS - round(size * _FRACTIONS)) < 1e-4 for size in sizes) else _GRADES
    whole = [round(size * scale) for size in sizes]
    common = math.gcd(*whole) or 1
    return [size // common for size in whole]
