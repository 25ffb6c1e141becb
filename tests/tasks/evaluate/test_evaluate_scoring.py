"""What counts as a right answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluate.scoring import METRICS, exact_match, match, score_answer, token_f1

COST = ("How much does a brake overhaul cost?", "Between $1,000 and $1,500")
texts = st.text(st.characters(codec="utf-8"), max_size=60)
VOCABULARY = ["stainless", "steel", "110", "mph", "$25,000", "every", "2", "years", "no", "paint", "10W-40", "the"]
words = st.lists(st.sampled_from(VOCABULARY), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("Brushed stainless steel", "brushed stainless steel."),
        ("The DeLorean Motor Company", "DeLorean Motor Company"),
        ("$10,000,000", "$10000000"),
        ("$10,000,000", "10 million dollars"),
        ("Every 2 years", "every two years"),
        ("35 % front", "35% front"),
        ("2,712 lb", "2712 lb"),
    ],
)
def test_two_spellings_of_one_answer_match_exactly(reference: str, answer: str) -> None:
    assert exact_match(reference, answer) == 1


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("2.5 L", "25 L"),
        ("$25,000", "€25,000"),
        ("$25,000", "25,000"),
        ("-5 degrees", "5 degrees"),
        ("9 a.m. to 5 p.m.", "9 p.m. to 5 a.m."),
        ("Stainless steel", "steel stainless"),
        ("Stainless steel", ""),
        ("...", ""),
    ],
)
def test_another_number_unit_or_order_does_not_match_exactly(reference: str, answer: str) -> None:
    assert exact_match(reference, answer) == 0


@pytest.mark.parametrize(
    "answer",
    ["Between $1,000 and $1,500", "It costs between 1000 and 1500 dollars.", "$1,000 to $1,500", "From $1k to $1.5k"],
)
def test_match_forgives_phrasing(answer: str) -> None:
    assert match(*COST, answer) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Between $1,000 and $1,800",
        "Between $1,000 and $1,500, or $2,000 with labour",
        "Between 1,000 and 1,500 euros",
        "Not between $1,000 and $1,500",
        "A brake overhaul costs much",
    ],
)
def test_match_does_not_forgive_facts(answer: str) -> None:
    assert match(*COST, answer) == 0


def test_words_of_the_question_need_not_be_said_again() -> None:
    assert match("What are the outer panels made of?", "The outer panels are made of steel", "steel") == 1


def test_numbers_of_the_question_may_be_said_again() -> None:
    assert match("What happened to the company in 1982?", "It went bankrupt", "It went bankrupt in 1982") == 1


def test_a_reference_without_news_must_be_met_exactly() -> None:
    question = "Is the interior black or grey?"
    assert match(question, "Black", "black") == 1
    assert match(question, "Black", "black or grey") == 0


def test_yes_and_no_are_content() -> None:
    question = "May steel wool be used on the panels?"
    assert match(question, "No", "No, it must never be used") == 1
    assert match(question, "No", "No") == 1
    assert match(question, "No", "Yes") == 0


def test_token_f1_counts_shared_tokens() -> None:
    assert token_f1("brushed stainless steel", "stainless steel doors") == pytest.approx(2 / 3, abs=1e-6)
    assert token_f1("every 2 years", "leather") == 0


@given(texts, texts, texts)
def test_scores_lie_between_0_and_1_for_any_text(question: str, reference: str, answer: str) -> None:
    scores = score_answer(question, reference, answer)
    assert set(scores) == set(METRICS)
    assert all(0 <= score <= 1 for score in scores.values())


@given(words, words)
def test_a_reference_is_its_own_right_answer(question: str, reference: str) -> None:
    scores = score_answer(question, reference, reference)
    assert set(scores.values()) == ({1.0} if exact_match(reference, reference) else {0.0})


@given(words, words, words)
def test_case_does_not_matter(question: str, reference: str, answer: str) -> None:
    assert score_answer(question, reference, answer) == score_answer(question.upper(), reference.lower(), answer.title())


@given(texts, texts)
def test_an_exact_match_is_a_full_score_in_every_metric(question: str, answer: str) -> None:
    if exact_match(answer, answer):
        assert set(score_answer(question, answer, answer).values()) == {1.0}


@given(texts, texts)
def test_token_f1_does_not_depend_on_which_is_the_reference(one: str, other: str) -> None:
    assert token_f1(one, other) == token_f1(other, one)


@given(texts, texts)
def test_an_empty_answer_is_never_right(question: str, reference: str) -> None:
    assert set(score_answer(question, reference, "").values()) == {0.0}
