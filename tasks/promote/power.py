"""How many questions a leaf node needs, for a loss of half its answers to be seen.

Part of ``promote``: what ``labflow`` warns below. Assumed is a leaf node of which the release has nine of ten answers right, and
of which a student has half as many, whichever those are. The other leaf nodes are
answered by an equally good student with other mistakes: those of them that differ much are tested too, and share the limit.

    questions_needed(leaf_nodes=20, limit=0.05) == 32

``python -m tests.benchmarks.gate`` checks the number by simulation, through the gate.

Not covered: smaller losses; all leaf nodes together show them first.
"""

from functools import lru_cache
from math import comb, log2

POWER = 0.9
"""How often such a loss is to be seen."""
RIGHT_BEFORE = 0.9
"""The share of its questions that the release has right."""
_LOST, _WON = RIGHT_BEFORE * (1 - RIGHT_BEFORE / 2), (1 - RIGHT_BEFORE) * RIGHT_BEFORE / 2
_DIFFER = 2 * RIGHT_BEFORE * (1 - RIGHT_BEFORE)
"""How often two such students that know nothing of each other differ."""
_MOST = 1000


@lru_cache(maxsize=64)
def questions_needed(leaf_nodes: int, limit: float) -> int:
    """The fewest questions (facts, or human questions) of one leaf node that show the loss in nine of ten cases.

    Args:
        leaf_nodes: How many are tested at once, from 1.
        limit: Most probability of a false alarm in any of them.
    """
    return next((count for count in range(1, _MOST) if _power(count, limit / _tests(count, leaf_nodes, limit)) >= POWER), _MOST)


def _tests(questions: int, leaf_nodes: int, limit: float) -> int:
    """Among how many leaf nodes the limit is shared: the lost one, and those that differ enough to be tested at all."""
    for count in range(1, leaf_nodes):
        least = max(0, -int(-log2(count / limit) // 1))
        if 1 + (leaf_nodes - 1) * _at_least(least, questions, _DIFFER) <= count:
            return count
    return leaf_nodes


def _power(questions: int, limit: float) -> float:
    chances = _counts(questions, _LOST + _WON)
    seen = 0.0
    for discordant, chance in enumerate(chances):
        least = _losses_that_tell(discordant, limit)
        if least is not None:
            seen += chance * _at_least(least, discordant, _LOST / (_LOST + _WON))
    return seen


def _losses_that_tell(discordant: int, limit: float) -> int | None:
    """The fewest losses among so many differences that are no chance; None where even all of them could be."""
    if not discordant or 0.5**discordant > limit:
        return None
    return next(losses for losses in range(discordant + 1) if _at_least(losses, discordant, 0.5) <= limit)


@lru_cache(maxsize=16384)
def _at_least(successes: int, events: int, chance: float) -> float:
    return min(1.0, sum(_counts(events, chance)[successes:]))


@lru_cache(maxsize=4096)
def _counts(events: int, chance: float) -> tuple[float, ...]:
    """The probabilities of 0, 1, ... successes."""
    return tuple(comb(events, k) * chance**k * (1 - chance) ** (events - k) for k in range(events + 1))
