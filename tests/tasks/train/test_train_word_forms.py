"""Other forms of words."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from train_rows import make_request, make_sample

from tasks.student_model.load_student import load_tokenizer
from tasks.train.processes import ALONE
from tasks.train.word_forms import WordForms, other_forms
from tasks.train.worker import prepare


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


def test_forms_are_given_as_tokens_of_the_student(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    request = make_request(tmp_path, [make_sample(f"Are dogs allowed {place}?", "no") for place in ("inside", "here")])
    tokenizer = load_tokenizer(prepare(request, tmp_path / "run", ALONE)[0].path)
    forms = WordForms(tokenizer)
    word = tokenizer(" dogs", add_special_tokens=False, return_tensors="np")["input_ids"][0]
    assert [tokenizer.decode(form) for form in forms.of(word)] == [f" {form}" for form in other_forms("dogs")]
    assert forms.of(word) is forms.of(word.copy())
