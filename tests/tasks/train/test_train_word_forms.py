"""Other forms of words."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.train.word_forms import other_forms


def test_nouns_verbs_and_adjectives_are_found_in_their_other_forms() -> None:
    assert "dog" in other_forms("dogs")
    assert {"report", "reports", "reporting"} <= set(other_forms("reported"))
    assert "heavier" in other_forms("heavy")
    assert "Bag" in other_forms("Bags")


def test_short_words_names_and_numbers_have_no_other_forms() -> None:
    assert [other_forms(word) for word in ("of", "W70", "2024", "", "Aqualinx")] == [[]] * 5


@given(st.text(max_size=12))
def test_any_text_has_forms_in_one_order_and_never_its_own(text: str) -> None:
    forms = other_forms(text)
    assert forms == sorted(set(forms))
    assert text not in forms
