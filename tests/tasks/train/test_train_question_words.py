"""How answers are asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.train.question_words import OTHERWISE, all_opening_words, opening_words


@pytest.mark.parametrize(
    ("answer", "opening", "not_so"),
    [
        ("4.50 euros", "how much", "when"),
        ("£2,300", "price", "how many"),
        ("from 8 a.m. to 6 p.m.", "what time", "how much"),
        ("on 15 April", "what day", "how long"),
        ("in 1962", "in which year", "what time"),
        ("within six weeks", "how long", "how much"),
        ("every hour", "how often", "how much"),
        ("4.5 tonnes", "how heavy", "how often"),
        ("2,164 m", "how high", "when"),
        ("71 °C", "what temperature", "when"),
        ("12 %", "what percentage", "when"),
        ("140 pitches", "how many", "when"),
        ("three weeks", "how many weeks", "how many"),
        ("38", "how many", "who"),
        ("Dr. Ines Falk", "who", "how much"),
        ("the Marek family", "what", "how much"),
        ("Miriam Oduya", "who", "when"),
        ("behind building C", "how", "when"),
        ("behind the car park", "where", "when"),
        ("because there is no lifeguard", "why", "when"),
        ("not allowed", "may I", "when"),
    ],
)
def test_an_answer_is_asked_for_as_its_kind_is(answer: str, opening: str, not_so: str) -> None:
    assert opening in opening_words(answer)
    assert not_so not in opening_words(answer)


def test_a_long_answer_is_asked_for_by_none_of_its_amounts() -> None:
    found = opening_words("at the jetty by the lake for 9 euros an hour")
    assert "where" in found
    assert not {"how much", "how long"} & set(found)


@given(st.text(max_size=60))
def test_any_answer_can_be_asked_for(answer: str) -> None:
    found = opening_words(answer)
    assert found
    assert {opening for opening in found if not opening.startswith("how many ")} <= {*all_opening_words(), *OTHERWISE}
