"""Exact paired tests against enumeration, and the correction for many of them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.promote import paired_tests
from tasks.promote.paired_tests import paired_test, significant, tail

right_or_wrong = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=12)
wordings = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0, 1 / 3, -2 / 3]), max_size=10)
graded = st.lists(st.integers(-1000, 1000).map(lambda n: n / 1000), max_size=9)


def by_enumeration(values: list[float]) -> tuple[float, float]:
    """Over all signs of the differences: how often the sum is at least, and at most, the one seen."""
    seen = sum(values)
    sums = [sum(s * abs(v) for s, v in zip(signs, values, strict=True)) for signs in product((-1, 1), repeat=len(values))]
    return sum(s >= seen - 1e-6 for s in sums) / len(sums), sum(s <= seen + 1e-6 for s in sums) / len(sums)


@given(st.one_of(right_or_wrong, wordings, graded))
def test_the_p_values_are_those_of_all_signs_enumerated(values: list[float]) -> None:
    test = paired_test(values)
    assert (test.p_gain, test.p_loss) == pytest.approx(by_enumeration(values), abs=1e-9)
    assert test.units == len(values)
    assert (test.won, test.lost) == (sum(v > 0 for v in values), sum(v < 0 for v in values))


def test_five_gains_without_a_loss_are_the_fewest_that_tell() -> None:
    assert paired_test([1, 1, 1, 1, 0, 0, 0]).p_gain == 1 / 16
    assert paired_test([1, 1, 1, 1, 1, 0, 0]).p_gain == 1 / 32


@given(graded)
def test_gain_and_loss_are_mirror_images(values: list[float]) -> None:
    test, mirrored = paired_test(values), paired_test([-value for value in values])
    assert test.p_gain == pytest.approx(mirrored.p_loss)


def test_thousands_of_graded_differences_agree_with_the_exact_test(monkeypatch: pytest.MonkeyPatch) -> None:
    values = list(np.random.default_rng(3).normal(0.05, 0.4, 300).clip(-1, 1))
    exact = paired_test(values)
    monkeypatch.setattr(paired_tests, "_MOST_STEPS", 0)
    assert paired_test(values).p_gain == pytest.approx(exact.p_gain, rel=0.1)


def test_a_test_over_nothing_says_nothing() -> None:
    assert paired_test([]).p_gain == 1
    assert significant({}, 0.05) == []


def test_many_tests_share_the_limit() -> None:
    one = {"a": (0.01, 0.001)}
    assert significant(one, 0.05) == ["a"]
    assert significant(one | {str(n): (0.5, 0.001) for n in range(9)}, 0.05) == []


def test_tests_that_could_never_tell_cost_the_others_nothing() -> None:
    unable = {str(n): (0.5, 0.5) for n in range(1000)}
    assert significant({"a": (0.01, 0.001)} | unable, 0.05) == ["a"]


def test_of_several_losses_each_is_named_step_by_step() -> None:
    tests = {"a": (0.001, 1e-6), "b": (0.02, 1e-6), "c": (0.03, 1e-6), "d": (0.6, 1e-6)}
    assert significant(tests, 0.06) == ["a", "b", "c"]
    assert significant(tests, 0.05) == ["a"]


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_chance_alone_seldom_names_any_of_many(leaves: int, seed: int) -> None:
    """Whatever is named has a p-value within the limit that a single test would have."""
    draws = np.random.default_rng(seed).choice([-1, 0, 0, 0, 1], (leaves, 20))
    tests = {str(n): paired_test(list(row)) for n, row in enumerate(draws.astype(float))}
    named = significant({name: (test.p_loss, test.least_p) for name, test in tests.items()}, 0.05)
    assert all(tests[name].p_loss <= 0.05 for name in named)


def test_the_family_of_tests_keeps_its_limit() -> None:
    generator, alarms = np.random.default_rng(5), 0
    for _ in range(400):
        tests = [paired_test(list(row)) for row in generator.choice([-1.0, 0, 0, 1.0], (20, 25))]
        alarms += bool(significant({str(n): (test.p_loss, test.least_p) for n, test in enumerate(tests)}, 0.05))
    assert 0 < alarms / 400 <= 0.08


def test_a_tail_of_unequal_chances() -> None:
    assert tail(0, []) == 1
    assert tail(1, []) == 0
    assert tail(2, [0.25, 0.0475]) == pytest.approx(0.25 * 0.0475)
    assert tail(1, [0.25, 0.0475]) == pytest.approx(1 - 0.75 * 0.9525)
