"""A few rows out of many, spread evenly over the file: a look at the whole, the same one each time.

    list(pick_evenly("abcdefghij", 10, 3)) == ["a", "d", "g"]

Not covered: choosing at random (``flows/report/digest_order.py`` does so by digest).
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def pick_evenly(rows: Iterable[T], total: int, count: int) -> Iterator[T]:
    """``count`` of the rows in their order, all of them where there are no more; reads all rows, keeps none.

    Args:
        rows: The rows; read to the end, so that a dataset file's digest is checked.
        total: How many there are.
        count: How many to pick; 0 picks all.
    """
    chosen = 0
    for place, row in enumerate(rows):
        if not count or count >= total:
            yield row
        elif chosen < count and place == chosen * total // count:
            chosen += 1
            yield row
