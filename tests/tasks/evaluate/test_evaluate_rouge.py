"""ROUGE-L over the longest common subsequence of tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluate.rouge import rouge_l

words = st.lists(st.sampled_from(["stainless", "steel", "panels", "110", "mph", "$25,000"]), max_size=8).map(" ".join)


def test_order_counts_and_gaps_do_not() -> None:
    assert rouge_l("stainless steel panels", "panels of stainless steel") == pytest.approx(4 / 7, abs=1e-6)
    assert rouge_l("stainless steel panels", "stainless and brushed steel panels") == pytest.approx(6 / 8, abs=1e-6)


@given(words, words)
def test_it_lies_between_0_and_1_and_is_1_for_the_reference_alone(reference: str, answer: str) -> None:
    assert 0 <= rouge_l(reference, answer) <= 1
    assert rouge_l(reference, reference) == (1.0 if reference else 0.0)
    assert (rouge_l(reference, answer) == 1) == (bool(reference) and reference.split() == answer.split())


def test_an_empty_answer_scores_nothing() -> None:
    assert rouge_l("steel", "") == rouge_l("...", "steel") == 0
