"""No text is slow to scan because somebody wanted it so: time grows with length, not with its square."""

import pytest

from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.text_scanner import TextScanner

HARD = [
    "a",
    "1 ",
    "a.",
    "a@",
    "sk-",
    "key=",
    "://",
    "how ",
    "%41",
    "\n",
    "aA1",
    "a\u200b",
    "a\ufeff",
    "you ",
    "1.",
    "eyJ",
    "A B ",
    "x\n",
    "a@b.co ",
]
CHARACTERS = 40_000


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner(load_policy(None)[0])


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", HARD)
def test_a_long_text_made_to_be_slow_is_scanned_all_the_same(scanner: TextScanner, piece: str) -> None:
    """A pattern that backtracks over the square of this length does not end within the limit."""
    scanner.hits((piece * CHARACTERS)[:CHARACTERS])
