"""A few out of very many, chosen without a list of all: those whose keys have the smallest digests.

The choice looks random, needs no seed, does not depend on the order of the rows, and is the same on every machine. It takes as
much memory as it keeps.

Not covered: choosing by share, and weights.
"""

import hashlib
import heapq
from typing import Generic, TypeVar

T = TypeVar("T")


class SmallestDigests(Generic[T]):
    """Keeps at most ``size`` items, one for each key: those with the smallest key digests.

    Args:
        size: most items kept, from 1.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[str, tuple[int, str, T]] = {}
        self._largest_first: list[tuple[int, str]] = []

    def offer(self, key: str, item: T, tie: str = "") -> None:
        """Keeps the item, where its key's digest is small enough.

        Args:
            key: what the choice is made by; of several items with one key, the one with the smallest ``tie`` stays.
            item: what is kept.
            tie: decides between items with the same key.
        """
        if key in self._kept:
            rank, kept_tie, _ = self._kept[key]
            if tie < kept_tie:
                self._kept[key] = (rank, tie, item)
            return
        rank = _rank(key)
        if len(self._kept) >= self._size:
            if (-rank, key) <= self._largest_first[0]:
                return
            del self._kept[heapq.heappop(self._largest_first)[1]]
        self._kept[key] = (rank, tie, item)
        heapq.heappush(self._largest_first, (-rank, key))

    def items(self) -> list[T]:
        """What was kept, smallest digest first."""
        ordered = sorted(self._kept.items(), key=lambda entry: (entry[1][0], entry[0]))
        return [item for _, (_, _, item) in ordered]


def _rank(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")
