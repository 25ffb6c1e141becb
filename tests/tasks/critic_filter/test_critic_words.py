"""Numbers, times, units and everyday words in the forms that people use for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.critic_filter.quantities import find_wrong_unit, has_limit
from tasks.critic_filter.synonyms import related_words
from tasks.critic_filter.word_forms import added_words, base_form, content_words, numbers_of, other_forms


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("at 13:30", "half past one"),
        ("at 5:45 p.m.", "at a quarter to six"),
        ("at 19:00", "7 p.m."),
        ("until 8 p.m.", "20:00"),
        ("the first 30 minutes", "half an hour"),
        ("three keys", "3"),
    ],
)
def test_a_time_or_number_stands_in_another_form(said: str, asked: str) -> None:
    assert set(numbers_of(asked)) <= {*numbers_of(said), *other_forms(said)}


def test_a_time_is_no_other_number() -> None:
    assert "20" not in {*numbers_of("at 8 p.m."), *other_forms("at 8 p.m.")}


@pytest.mark.parametrize(
    ("one", "other"),
    [("17 kilograms", "17 kg"), ("the fourth floor", "the 4th floor"), ("74 square metres", "74 m²"), ("it's closed", "closed")],
)
def test_two_ways_to_write_it_are_the_same_words(one: str, other: str) -> None:
    assert content_words(one) == content_words(other)


def test_an_ordinal_is_no_count() -> None:
    assert numbers_of("the 4th floor") == []
    assert "4" not in content_words("the fourth floor")


def test_words_that_people_use_for_the_same_are_related_both_ways() -> None:
    assert base_form("children") in related_words(base_form("kids"))
    assert base_form("kids") in related_words(base_form("children"))


def test_a_day_is_asked_for_where_the_text_says_weekend_but_not_for_another_day() -> None:
    assert base_form("weekend") in related_words(base_form("Sunday"))
    assert base_form("Saturday") not in related_words(base_form("Sunday"))
    assert base_form("Sunday") not in related_words(base_form("weekend"))


def test_numbers_are_told_in_digits_among_what_an_answer_adds() -> None:
    assert added_words("How many cabins are there?", "Twelve cabins") == {"12"}


@pytest.mark.parametrize("text", ["A tea is 5.00 €.", "A tea is 5 euros. A cake is 3 €.", "A tea is €5."])
def test_a_currency_stands_as_sign_or_name(text: str) -> None:
    assert find_wrong_unit(text, set(content_words(text)), "What is a tea?", "€5") is None
    assert find_wrong_unit(text, set(content_words(text)), "What is a tea?", "$5") == "$5"


def test_a_limit_is_seen() -> None:
    assert has_limit("Children under 12 need an adult.")
    assert has_limit("Groups of ten or more pay less.")
    assert not has_limit("There are 12 cabins.")


@given(st.text(max_size=120))
def test_any_text_has_words_and_numbers(text: str) -> None:
    assert all(content_words(text))
    assert all(isinstance(number, str) for number in [*numbers_of(text), *other_forms(text)])
