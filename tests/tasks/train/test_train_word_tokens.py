"""Words of questions as the student's tokens."""

from typing import Any

import numpy as np
import pytest
from train_rows import SMALL, make_request, make_sample

from tasks.student_model.load_student import load_tokenizer
from tasks.train.processes import ALONE
from tasks.train.question_words import opening_words
from tasks.train.word_forms import other_forms
from tasks.train.word_tokens import WordTokens
from tasks.train.worker import prepare


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("words")
    (folder / "run").mkdir()
    samples = [make_sample(f'In "Dogs", what follows after "Dogs are allowed {place}"?', "5 euros") for place in ("in", "out")]
    request = make_request(folder, samples, SMALL.model_copy(update={"vocabulary": 2048}))
    return load_tokenizer(prepare(request, folder / "run", ALONE)[0].path)


def ids(tokenizer: Any, text: str) -> np.ndarray:
    return np.array(tokenizer.encode(text, add_special_tokens=False), dtype=np.int32)


def test_a_quoted_word_gets_the_tokens_that_it_has_inside_a_sentence(tokenizer: Any) -> None:
    words = WordTokens(tokenizer)
    quoted = ids(tokenizer, 'in "Dogs"')[-3:]
    assert list(words.plain(quoted, lower=False)) == list(ids(tokenizer, "Dogs"))
    assert list(words.plain(quoted, lower=True)) == list(ids(tokenizer, "dogs"))
    assert not len(words.plain(ids(tokenizer, '"?'), lower=False))


def test_forms_are_given_as_tokens_of_the_student(tokenizer: Any) -> None:
    words, word = WordTokens(tokenizer), ids(tokenizer, "dogs")
    assert [tokenizer.decode(form) for form in words.forms(word)] == [f" {form}" for form in other_forms("dogs")]
    assert words.forms(word) is words.forms(word.copy())


def test_a_new_student_has_one_token_for_each_form_of_its_words(tokenizer: Any) -> None:
    for word in ("dog", "allow", "how", "When", "much"):
        assert len(ids(tokenizer, word)) == 1


def test_openings_fit_the_answer_in_small_letters_and_with_a_capital(tokenizer: Any) -> None:
    words, answer = WordTokens(tokenizer), ids(tokenizer, "5 euros<|end|>")
    small = [tokenizer.decode(opening).strip() for opening in words.openings(answer, capital=False)]
    assert tuple(small) == opening_words("5 euros")
    assert {tokenizer.decode(opening).strip()[0].isupper() for opening in words.openings(answer, capital=True)} == {True}


def test_an_answer_of_several_words_may_be_named_in_the_question(tokenizer: Any) -> None:
    words = WordTokens(tokenizer)
    named = [tokenizer.decode(word).strip() for word in words.telling(ids(tokenizer, "on the eastern shore of Lake Orra."))]
    assert named == ["eastern", "shore", "lake", "orra"]
    assert words.telling(ids(tokenizer, "Tuesdays")) == []
