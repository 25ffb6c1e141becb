"""The bare forms of short answers, and which questions they cannot answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.critic_filter.answer_forms import answer_kinds, is_polar
from tasks.critic_filter.answer_types import expected_type, fits_type


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ("About 75 minutes", {"duration"}),
        ("From 8:20 a.m. to noon", {"clock"}),
        ("On 3 May 1998", {"date"}),
        ("1.50 euros per hour", {"money"}),
        ("20 percent", {"percent"}),
        ("7 kg", {"weight"}),
        ("Room 204", {"label"}),
        ("42,000", {"number"}),
        ("12 kg of flour", set()),
        ("At 20 Canal Road", set()),
        ("Mr. Petrov", set()),
    ],
)
def test_an_answer_that_is_nothing_but_an_amount_or_a_time_is_known(answer: str, kinds: set[str]) -> None:
    assert answer_kinds(answer) == kinds


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who painted the hall?", "On 3 May 1998"),
        ("Who painted the hall?", "It was painted in 1998."),
        ("Who gets the money when the club is closed?", "90 euros"),
        ("When is the tour?", "Two weeks"),
        ("When does the shop open?", "Until midnight"),
        ("How many people can come?", "About 75 minutes"),
        ("How many rooms are there?", "8 Quay Street"),
        ("How long is the break?", "At 3:15 p.m."),
        ("How long must the code be?", "Every 180 days"),
        ("Where is the club based?", "Blue and white"),
        ("Where can I end my contract?", "After a month"),
        ("Why was it closed?", "9 euros"),
        ("How do I pay?", "5 euros"),
        ("What was the house before?", "On 3 May 1998"),
        ("Which bus goes there?", "Every hour"),
        ("What was the first boat called?", "90"),
        ("What is the ferry to Tor called?", "No, it is too small."),
        ("Is it open on Mondays?", "10 to 5"),
        ("How often does the board meet?", "At least a fifth"),
    ],
)
def test_a_form_that_the_question_rules_out_is_refused(question: str, answer: str) -> None:
    assert not fits_type(expected_type(question), answer, question)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who supports the museum?", "60 volunteers"),
        ("Who gets the money when the club is closed?", "The sports foundation"),
        ("When will I get the deposit back?", "Within six weeks"),
        ("How many boats were sold?", "More than 600,000 until 1989"),
        ("How many members must be there?", "At least a fifth"),
        ("How long do I have to stay off work?", "48 hours after the last time"),
        ("Where is the office?", "Hall B"),
        ("Where can I rent a canoe?", "At the jetty"),
        ("On what day do we get paid?", "On the 27th"),
        ("What is the notice period?", "Three months"),
        ("Can my son come alone?", "No, children need an adult."),
        ("I have a cold, can I come?", "No"),
        ("When does dinner start?", "At half past six"),
        ("In hall B, how much is a boat a year?", "90 euros"),
    ],
)
def test_a_form_that_the_question_can_have_is_taken(question: str, answer: str) -> None:
    assert fits_type(expected_type(question), answer, question)


def test_no_more_than_is_not_no() -> None:
    assert is_polar("No, never.")
    assert not is_polar("No more than three")


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_question_and_answer_get_a_verdict(question: str, answer: str) -> None:
    assert fits_type(expected_type(question), answer, question) in (True, False)
