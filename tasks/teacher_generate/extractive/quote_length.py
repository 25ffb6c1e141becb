"""How long a quotation may be, and where a longer one is cut.

    "The lake, which froze in 1929, ..., is ___ deep and"  ->  "... is ___ deep and"     at the border of a clause

Part of ``quotes``. Not covered: whether what is left still says what it speaks of.
"""

import re
from collections.abc import Iterator

LONGEST_QUOTE = 30
"""Words."""


def shorten(left: str, right: str) -> tuple[str, str]:
    """Both sides of a gap, cut at the borders of clauses where they are too long together; dots stand for what was cut."""
    room = LONGEST_QUOTE - min(len(right.split()), LONGEST_QUOTE // 2)
    for border in _borders(left):
        if len(left.split()) <= room:
            break
        left = f"... {left[border:]}" if border < len(left.rstrip()) else left
        break
    room = LONGEST_QUOTE - len(left.split())
    if len(right.split()) > room:
        ends = [match.start() for match in re.finditer(r"[,;:](?= )| (?=(?:and|but|or|which|who|because|if|when)\b)", right)]
        fitting = [end for end in ends if 0 < len(right[:end].split()) <= room]
        right = f"{right[: fitting[-1]]} ..." if fitting else right
    return left, right


def _borders(left: str) -> Iterator[int]:
    """Where a left side that is too long may start: the first border that leaves it short enough."""
    for match in re.finditer(r"[,;:] (?:and |but |or )?| (?:and|but|or) ", left):
        if len(left[match.end() :].split()) <= LONGEST_QUOTE // 2:
            yield match.end()
