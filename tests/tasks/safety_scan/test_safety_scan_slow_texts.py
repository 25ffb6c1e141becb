"""No text is slow to scan because somebody wanted it so: time grows with length, not with its square."""

import time

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
CHARACTERS = 6_000


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner(load_policy(None)[0])


@pytest.mark.parametrize("piece", HARD)
def test_four_times_the_text_takes_far_less_than_sixteen_times_as_long(scanner, piece):
    def seconds(characters: int) -> float:
        text = (piece * characters)[:characters]
        started = time.process_time()
        scanner.hits(text)
        return time.process_time() - started

    once = min(seconds(CHARACTERS) for _ in range(2))
    assert seconds(4 * CHARACTERS) < max(0.6, 10 * once)
