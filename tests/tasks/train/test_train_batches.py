"""Which rows make up which step."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.train.batches import FILLER, plan_batches, share_batch

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=700).map(np.array)
budgets = st.integers(16, 2048)


def steps(rows: np.ndarray, budget: int, epochs: float, seed: int) -> list[np.ndarray]:
    return [batch for epoch in plan_batches(rows, budget, epochs, seed) for batch in epoch]


@given(lengths, budgets, st.integers(1, 3), st.integers(0, 99))
def test_every_row_is_seen_once_in_every_epoch_and_batches_stay_within_the_budget(rows, budget, epochs, seed) -> None:
    batches = steps(rows, budget, epochs, seed)
    assert Counter(np.concatenate(batches).tolist()) == dict.fromkeys(range(len(rows)), epochs)
    assert all(len(batch) == 1 or len(batch) * rows[batch].max() <= budget for batch in batches)


@given(lengths, budgets, st.integers(0, 99))
def test_the_same_seed_gives_the_same_plan(rows, budget, seed) -> None:
    one, other = (steps(rows, budget, 2, seed) for _ in range(2))
    assert [batch.tolist() for batch in one] == [batch.tolist() for batch in other]


def test_a_longer_plan_begins_like_a_shorter_one() -> None:
    rows = np.random.default_rng(1).integers(5, 50, 400)
    short, long = steps(rows, 512, 2, 7), steps(rows, 512, 5, 7)
    assert [batch.tolist() for batch in long[: len(short)]] == [batch.tolist() for batch in short]


def test_epochs_and_seeds_differ() -> None:
    rows = np.random.default_rng(1).integers(5, 50, 400)
    first, second = plan_batches(rows, 512, 2, 7)
    assert [batch.tolist() for batch in first] != [batch.tolist() for batch in second]
    assert first[0].tolist() != steps(rows, 512, 2, 8)[0].tolist()


def test_a_part_of_an_epoch_sees_a_part_of_the_rows() -> None:
    assert sum(len(batch) for batch in steps(np.full(100, 10), 100, 1.25, 7)) == 125
    assert sum(len(batch) for batch in steps(np.full(100, 10), 100, 0.001, 7)) == 1


def test_little_is_padding() -> None:
    rows = np.concatenate([np.random.default_rng(1).integers(12, 40, 900), np.random.default_rng(2).integers(200, 400, 30)])
    batches = steps(rows, 1024, 1, 7)
    padded = sum(len(batch) * rows[batch].max() for batch in batches)
    assert rows.sum() / padded > 0.85


@given(lengths, budgets, st.integers(1, 5), st.none() | st.integers(16, 400))
def test_processes_share_a_step_without_losing_or_doubling_a_row(rows, budget, processes, micro) -> None:
    for batch in steps(rows, budget, 1, 7):
        shares = share_batch(batch, rows, processes, micro)
        taken = np.concatenate([part for parts in shares for part in parts])
        assert sorted(taken[taken != FILLER].tolist()) == sorted(batch.tolist())
        assert len(shares) == processes
        assert len({len(parts) for parts in shares}) == 1  # those that share weights go through them together
        if micro is not None:
            own = [part[part != FILLER] for parts in shares for part in parts]
            assert all(len(part) < 2 or len(part) * rows[part].max() <= micro for part in own)
