"""How texts become comparable tokens."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluate.text_tokens import ARTICLES, is_number, spell_number, stem, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The price: $10,000.50, or 2 %!", "price 10000.5 dollar or 2 percent"),
        ("$1.5 million and €3k", "1500000 dollar and 3000 euro"),
        ("5 m of cable", "5 m of cable"),
        ("9 A.M. isn't late", "9 am is not late"),
        ("10W-40, DMC-12", "10 w 40 dmc 12"),
        ("5-7 days, -3 °C", "5 7 days -3 degree c"),
        ("1,000-1,500", "1000 1500"),
        ("twenty-one", "20 1"),
        ("08:15", "8 15"),
        ("２．５ Ｌ", "2.5 l"),
        ("owner's manual", "owner's manual"),
        ("1,2,3", "1 2 3"),
        ("version 2.10, 2.10 m", "version 2.10 2.1 m"),
        ("It cannot, won't and can’t", "it can not will not and can not"),
        ("", ""),
    ],
)
def test_examples(text: str, tokens: str) -> None:
    assert tokens_of(text) == tokens.split()


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False))
def test_a_number_keeps_its_value_in_every_spelling(number: Decimal) -> None:
    (plain,) = tokens_of(str(number))
    (grouped,) = tokens_of(f"{number:,}")
    assert plain == grouped
    assert Decimal(plain) == number


@given(st.text("0123456789", min_size=1, max_size=400), st.integers(0, 9))
def test_long_numbers_are_exact(digits: str, power: int) -> None:
    assert spell_number(digits, power) == (digits + "0" * power).lstrip("0").zfill(1)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_gives_tokens_without_articles_or_spaces(text: str) -> None:
    for token in tokens_of(text):
        assert token not in ARTICLES
        assert token == token.strip()
        assert token


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_normalised_text_is_already_normal(text: str) -> None:
    once = tokens_of(text)
    assert all(is_number(token) or stem(token) for token in once)


@pytest.mark.parametrize(
    ("one", "other"),
    [("weighs", "weigh"), ("batteries", "battery"), ("serviced", "services"), ("boxes", "box"), ("owner's", "owner")],
)
def test_endings_do_not_matter(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("glass", "glas"), ("front", "rear"), ("red", "reed"), ("bus", "bu")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)
