"""Which rows make up which step."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.train.batches import PlannedBatches, plan_batches

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=700).map(np.array)
budgets = st.integers(16, 2048)


@given(lengths, budgets, st.integers(1, 3), st.integers(0, 99))
def test_every_row_is_seen_once_in_every_epoch_and_batches_stay_within_the_budget(rows, budget, epochs, seed) -> None:
    batches = plan_batches(rows, budget, epochs, seed)
    assert Counter(np.concatenate(batches).tolist()) == dict.fromkeys(range(len(rows)), epochs)
    assert all(len(batch) == 1 or len(batch) * rows[batch].max() <= budget for batch in batches)


@given(lengths, budgets, st.integers(0, 99))
def test_the_same_seed_gives_the_same_plan(rows, budget, seed) -> None:
    one, other = (plan_batches(rows, budget, 2, seed) for _ in range(2))
    assert [batch.tolist() for batch in one] == [batch.tolist() for batch in other]


def test_a_longer_plan_begins_like_a_shorter_one() -> None:
    rows = np.random.default_rng(1).integers(5, 50, 400)
    short, long = plan_batches(rows, 512, 2, 7), plan_batches(rows, 512, 5, 7)
    assert [batch.tolist() for batch in long[: len(short)]] == [batch.tolist() for batch in short]


def test_epochs_and_seeds_differ() -> None:
    rows = np.random.default_rng(1).integers(5, 50, 400)
    batches = plan_batches(rows, 512, 2, 7)
    half = len(batches) // 2
    assert [batch.tolist() for batch in batches[:half]] != [batch.tolist() for batch in batches[half:]]
    assert batches[0].tolist() != plan_batches(rows, 512, 2, 8)[0].tolist()


def test_a_part_of_an_epoch_sees_a_part_of_the_rows() -> None:
    assert sum(len(batch) for batch in plan_batches(np.full(100, 10), 100, 1.25, 7)) == 125
    assert sum(len(batch) for batch in plan_batches(np.full(100, 10), 100, 0.001, 7)) == 1


def test_little_is_padding() -> None:
    rows = np.concatenate([np.random.default_rng(1).integers(12, 40, 900), np.random.default_rng(2).integers(200, 400, 30)])
    batches = plan_batches(rows, 1024, 1, 7)
    padded = sum(len(batch) * rows[batch].max() for batch in batches)
    assert rows.sum() / padded > 0.85


def test_a_row_knows_the_step_that_it_is_read_for() -> None:
    assert list(PlannedBatches([np.array([4, 2]), np.array([3])])) == [[(0, 4), (0, 2)], [(1, 3)]]
