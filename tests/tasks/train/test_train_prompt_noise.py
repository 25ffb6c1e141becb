"""Questions as keywords and with random words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from train_rows import SMALL, boat_samples, make_request, make_sample

from tasks.student_model.labelled_tokens import IGNORED
from tasks.student_model.load_student import load_tokenizer
from tasks.train.processes import ALONE
from tasks.train.prompt_noise import PromptNoise, count_in_questions
from tasks.train.question_words import opening_words
from tasks.train.word_tokens import WordTokens, begin_words, open_words
from tasks.train.worker import prepare

NOISE = PromptNoise(share=0.3, first=5, vocabulary=500, seed=7)
IDS = np.arange(400) % 90
LABELS = np.where(np.arange(400) < 300, IGNORED, IDS)
KEYWORDS = PromptNoise(
    0, 1, 100, 7, keywords=1.0, begins=np.arange(100) % 2 == 1, opens=np.zeros(100, dtype=bool), frequency=np.arange(100) / 100
)
"""Odd token ids begin a word, even ones go on with it; a high id is a frequent token, a low one is rare."""
WORDS = [(1, 2), (3, 4), (5,), (81, 82, 82), (53,), (51, 52)]
ROW = np.array([0, *(token for word in WORDS for token in word), 0, 0, 40, 0])
ANSWERED = np.where(np.arange(len(ROW)) < len(ROW) - 2, IGNORED, ROW)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_only_the_question_is_disturbed_and_never_a_special_token(step: int, row: int) -> None:
    noisy, labels = NOISE.disturb(IDS, LABELS, step, row)
    changed = noisy != IDS
    assert (labels == LABELS).all()
    assert not changed[LABELS != IGNORED].any()
    assert not changed[IDS < 5].any()
    assert ((noisy[changed] >= 5) & (noisy[changed] < 500)).all()


def test_about_the_given_share_is_replaced() -> None:
    changed = [(NOISE.disturb(IDS, LABELS, step, 0)[0] != IDS).sum() for step in range(50)]
    assert 0.25 < np.mean(changed) / ((LABELS == IGNORED) & (IDS >= 5)).sum() < 0.35


def test_the_noise_follows_from_seed_step_and_row() -> None:
    noise = replace(KEYWORDS, share=0.3)
    seen = [tuple(noise.disturb(ROW, ANSWERED, 3, row)[0]) for row in (*range(20), *range(20))]
    assert seen[:20] == seen[20:]
    assert len(set(seen[:20])) > 10
    assert seen[:20] != [tuple(noise.disturb(ROW, ANSWERED, 4, row)[0]) for row in range(20)]
    assert seen[:20] != [tuple(replace(noise, seed=8).disturb(ROW, ANSWERED, 3, row)[0]) for row in range(20)]


def test_no_share_is_no_noise() -> None:
    assert (PromptNoise(0, 5, 500, 7).disturb(IDS, LABELS, 1, 1)[0] == IDS).all()


def question_of(row: int) -> list[tuple[int, ...]]:
    """The words that are left of the question; asserts that nothing else has changed."""
    ids, labels = KEYWORDS.disturb(ROW, ANSWERED, 0, row)
    assert (len(ids), ids[0], list(ids[-4:])) == (len(labels), 0, [0, 0, 40, 0])
    assert list(labels) == [IGNORED] * (len(ids) - 2) + [40, 0]
    asked = ids[1:-4]
    return [tuple(word) for word in np.split(asked, np.flatnonzero(asked % 2 == 1)[1:])]


@given(st.integers(0, 10**6))
def test_keywords_are_whole_words_of_the_question_and_at_least_one(row: int) -> None:
    left = question_of(row)
    assert left
    assert sorted(left) == sorted(word for word in WORDS if word in left)


def test_the_rarer_a_word_the_likelier_it_stays_and_some_questions_change_their_order() -> None:
    seen = [question_of(row) for row in range(400)]
    kept = {word: sum(word in left for left in seen) / len(seen) for word in WORDS}
    assert 0.8 < kept[WORDS[0]] < 1
    assert kept[WORDS[0]] > kept[WORDS[1]] > kept[WORDS[2]] > kept[WORDS[4]] > kept[WORDS[3]] > 0.05
    assert kept[WORDS[3]] < 0.25
    moved = [words != sorted(words, key=WORDS.index) for words in seen if len(words) > 1]
    assert 0.2 < np.mean(moved) < 0.5


def test_a_word_that_tells_the_fact_stays() -> None:
    assert all(any(word in left for word in WORDS[:3]) for left in map(question_of, range(400)))


def test_all_questions_of_a_step_are_asked_in_keywords_or_none() -> None:
    some = replace(KEYWORDS, keywords=0.6)
    steps = [[len(some.disturb(ROW, ANSWERED, step, row)[0]) < len(ROW) for row in range(30)] for step in range(100)]
    shares = [np.mean(rows) for rows in steps]
    assert all(share == 0 or share > 0.6 for share in shares)
    assert 0.45 < np.mean([share > 0 for share in shares]) < 0.75


def test_a_word_is_told_by_its_tokens_and_counted_in_the_questions_alone(tmp_path: Path) -> None:
    samples = boat_samples()
    (tmp_path / "run").mkdir()
    base, tokens = prepare(make_request(tmp_path, samples), tmp_path / "run", ALONE)
    tokenizer = load_tokenizer(base.path)
    begins = begin_words(tokenizer)
    asked = tokenizer.encode("What is the length of the Heron?", add_special_tokens=False)
    starts = [tokenizer.decode(asked[place : place + 1])[:1] for place in range(len(asked)) if begins[asked[place]]]
    assert starts.count(" ") == 7
    assert "?" in starts
    quoted = tokenizer.encode('"Heron"', add_special_tokens=False)
    assert open_words(tokenizer)[quoted].sum() == 2
    assert not open_words(tokenizer)[asked].any()
    assert SMALL.vocabulary >= len(tokenizer)
    frequency = count_in_questions(tokens.rows, len(tokenizer.all_special_tokens), len(tokenizer))

    def share(word: str) -> float:
        return float(min(frequency[tokenizer.encode(word, add_special_tokens=False)]))

    assert share("Heron") >= 1
    assert abs(share("length") - 3 / len(samples)) < 0.2
    assert share("spruce") < share("Heron")
    assert not frequency[: len(tokenizer.all_special_tokens)].any()


def noisy_questions(tmp_path: Path, question: str, answer: str) -> tuple[list[str], list[str], int]:
    """What becomes of a question in 300 steps of keywords, the answers that stay with it, and how long it may be (tokens)."""
    (tmp_path / "run").mkdir()
    others = [make_sample(f"What is given for item {number}?", "no") for number in range(30)]
    request = make_request(tmp_path, [make_sample(question, answer), *others], SMALL.model_copy(update={"vocabulary": 2048}))
    base, tokens = prepare(request, tmp_path / "run", ALONE)
    tokenizer = load_tokenizer(base.path)
    first, vocabulary = len(tokenizer.all_special_tokens), len(tokenizer)
    frequency = count_in_questions(tokens.rows, first, vocabulary)
    begins, opens, words = begin_words(tokenizer), open_words(tokenizer), WordTokens(tokenizer)
    noise = PromptNoise(0, first, vocabulary, 7, 1.0, begins, opens, frequency, words)
    ids, labels = np.array(tokens.rows[0]["input_ids"]), np.array(tokens.rows[0]["labels"])
    seen = [noise.disturb(ids, labels, step, 0) for step in range(300)]
    assert all(len(new) == len(new_labels) <= len(ids) for new, new_labels in seen)
    asked = [tokenizer.decode(new[new_labels == IGNORED], skip_special_tokens=True).strip() for new, new_labels in seen]
    answers = {tokenizer.decode(new[new_labels != IGNORED], skip_special_tokens=True).strip() for new, new_labels in seen}
    return asked, sorted(answers), len(ids)


QUOTED = 'In "Rules of the House", what is missing in "Dogs must stay near ___ on the way to the beach and the meadow"?'


def test_a_quoted_question_looks_like_a_question_of_somebody_else(tmp_path: Path) -> None:
    asked, answers, _ = noisy_questions(tmp_path, QUOTED, "the Long Lake")
    words = [text.replace("?", " ").split() for text in asked]
    assert answers == ["the Long Lake"]
    for form in ("Dogs", "dogs", "dog"):
        assert any(form in of_one for of_one in words)
    assert any("lake" in of_one for of_one in words)
    assert 0.5 < np.mean([text.endswith("?") for text in asked]) < 0.9
    openings = opening_words("the Long Lake")
    assert np.mean([text.lower().startswith(openings) for text in asked]) > 0.6
    assert any(text.startswith(("What", "Which", "Who")) for text in asked)
    assert not any('"' in text or "_" in text for text in asked)


def test_a_short_question_never_grows_and_keeps_what_it_asks_for(tmp_path: Path) -> None:
    asked, answers, _ = noisy_questions(tmp_path, "When is tea?", "at 4 p.m.")
    assert answers == ["at 4 p.m."]
    assert np.mean(["tea" in text.lower() for text in asked]) > 0.7
