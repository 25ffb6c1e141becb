"""Paired bootstrap intervals."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluate import intervals
from tasks.evaluate.intervals import bootstrap_interval

differences = st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=40)


@given(differences, st.integers(0, 2**32 - 1))
def test_an_interval_lies_within_what_was_seen_and_repeats_under_its_seed(values: list[float], seed: int) -> None:
    low, high = bootstrap_interval(values, 100, seed)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap_interval(values, 100, seed) == (low, high)


def test_equal_differences_leave_no_doubt() -> None:
    assert bootstrap_interval([0.5] * 20, 1000, 7) == (0.5, 0.5)


def test_more_questions_make_a_narrower_interval() -> None:
    few, many = (bootstrap_interval([0.0, 1.0] * count, 1000, 7) for count in (5, 500))
    assert many[1] - many[0] < (few[1] - few[0]) / 5


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(3).random((200, 60)) < 0.3
    covered = sum(low <= 0.3 <= high for row in draws for low, high in [bootstrap_interval(row.astype(float), 400, 7)])
    assert 0.90 <= covered / 200 <= 0.99


def test_many_questions_are_drawn_in_blocks_with_the_same_answer(monkeypatch) -> None:
    values = list(np.random.default_rng(1).random(100))
    whole = bootstrap_interval(values, 1000, 7)
    monkeypatch.setattr(intervals, "BLOCK_NUMBERS", 10_000)
    assert bootstrap_interval(values, 1000, 7) == whole
