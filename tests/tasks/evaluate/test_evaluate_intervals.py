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


def test_wordings_of_one_fact_are_drawn_together() -> None:
    facts = list(np.random.default_rng(2).choice([0.0, 1.0], 40))
    wordings = [value for value in facts for _ in range(3)]
    units = [str(number) for number in range(40) for _ in range(3)]
    assert bootstrap_interval(wordings, 1000, 7, units) == bootstrap_interval(facts, 1000, 7)
    apart = bootstrap_interval(wordings, 1000, 7)
    together = bootstrap_interval(wordings, 1000, 7, units)
    assert apart[1] - apart[0] < 0.7 * (together[1] - together[0])


def test_facts_of_several_sizes_weigh_by_their_questions() -> None:
    low, high = bootstrap_interval([1.0, 1.0, 1.0, 0.0], 1000, 7, ["a", "a", "a", "b"])
    assert (low, high) == (0.0, 1.0)
    assert bootstrap_interval([1.0, 1.0, 1.0, 1.0], 1000, 7, ["a", "a", "a", "b"]) == (1.0, 1.0)
