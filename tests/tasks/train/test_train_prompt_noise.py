"""Random words in questions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.train.prompt_noise import PromptNoise

NOISE = PromptNoise(share=0.3, first=5, vocabulary=500, seed=7)
IDS = np.arange(400) % 90
QUESTION = np.arange(400) < 300


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_only_the_question_is_disturbed_and_never_a_special_token(step: int, row: int) -> None:
    noisy = NOISE.disturb(IDS, QUESTION, step, row)
    changed = noisy != IDS
    assert not changed[~QUESTION].any()
    assert not changed[IDS < 5].any()
    assert ((noisy[changed] >= 5) & (noisy[changed] < 500)).all()


def test_about_the_given_share_is_replaced() -> None:
    changed = [(NOISE.disturb(IDS, QUESTION, step, 0) != IDS).sum() for step in range(50)]
    assert 0.25 < np.mean(changed) / (QUESTION & (IDS >= 5)).sum() < 0.35


def test_the_noise_follows_from_seed_step_and_row() -> None:
    once = NOISE.disturb(IDS, QUESTION, 3, 4)
    assert (NOISE.disturb(IDS, QUESTION, 3, 4) == once).all()
    assert (NOISE.disturb(IDS, QUESTION, 4, 4) != once).any()
    assert (NOISE.disturb(IDS, QUESTION, 3, 5) != once).any()


def test_no_share_is_no_noise() -> None:
    assert (PromptNoise(0, 5, 500, 7).disturb(IDS, QUESTION, 1, 1) == IDS).all()
