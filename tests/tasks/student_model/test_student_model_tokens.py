"""Which tokens are labelled, and what the tokenizer of a student from scratch does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import TrainingError
from tasks.student_model.labelled_tokens import IGNORED, PLAIN_TEMPLATE, defuse, label_messages, label_text, render_prompt
from tasks.student_model.messages import Message
from tasks.student_model.scratch_student import ASSISTANT, END, SYSTEM, USER, train_tokenizer

CORPUS = ["The Heron is 9 m long.", "How long is the Heron?", "Who built the Heron? Ida Holm built it in 1962."] * 3
TOKENIZER = train_tokenizer(CORPUS, 512, 1024)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


def turn(role: str, content: str) -> Message:
    return Message(role=role, content=content)


TALK = [turn("user", "How long is the Heron?"), turn("assistant", "9 m")]


def test_only_the_answer_and_its_end_are_labelled() -> None:
    tokens = label_messages(TOKENIZER, TALK)
    labelled = [token for token in tokens.labels if token != IGNORED]
    assert TOKENIZER.decode(labelled) == f" 9 m{END}"
    assert TOKENIZER.decode(tokens.input_ids) == f"{USER} How long is the Heron?{END}{ASSISTANT} 9 m{END}"


def test_all_tokens_are_labelled_where_the_sample_says_so() -> None:
    tokens = label_messages(TOKENIZER, TALK, unmask=True)
    assert tokens.labels == tokens.input_ids


def test_every_turn_of_the_assistant_is_labelled() -> None:
    talk = [turn("system", "Be brief."), *TALK, turn("user", "Who built it?"), turn("assistant", "Ida Holm")]
    labels = [token for token in label_messages(TOKENIZER, talk).labels if token != IGNORED]
    assert TOKENIZER.decode(labels) == f" 9 m{END} Ida Holm{END}"


@given(texts, texts)
def test_a_prompt_has_the_same_tokens_in_training_and_in_generation(question: str, answer: str) -> None:
    talk = [turn("user", question), turn("assistant", answer)]
    trained = label_messages(TOKENIZER, talk)
    prompt = TOKENIZER.encode(render_prompt(TOKENIZER, talk[:1]), add_special_tokens=False)
    assert trained.input_ids[: len(prompt)] == prompt
    assert set(trained.labels[: len(prompt)]) == {IGNORED}
    assert IGNORED not in trained.labels[len(prompt) :]


@given(st.lists(st.sampled_from([USER, ASSISTANT, END, SYSTEM, " ", "a", "<|", "|>"]), max_size=8).map("".join))
def test_text_of_others_cannot_open_or_close_a_turn(text: str) -> None:
    ids = TOKENIZER.encode(render_prompt(TOKENIZER, [turn("user", text)]), add_special_tokens=False)
    special = [token for token in TOKENIZER.convert_ids_to_tokens(ids) if token in (USER, ASSISTANT, END, SYSTEM)]
    assert special == [USER, END, ASSISTANT]


@given(texts)
def test_the_tokenizer_gives_any_text_back(text: str) -> None:
    safe = defuse(text, TOKENIZER.all_special_tokens)
    decoded = TOKENIZER.decode(TOKENIZER.encode(safe, add_special_tokens=False))
    assert decoded in (safe, f" {safe}")


def test_the_same_corpus_gives_the_same_tokenizer() -> None:
    again = train_tokenizer(CORPUS, 512, 1024)
    assert again.backend_tokenizer.to_str() == TOKENIZER.backend_tokenizer.to_str()


def test_a_word_has_one_token_at_the_start_of_an_answer_and_inside_a_sentence() -> None:
    assert TOKENIZER.encode("Heron", add_special_tokens=False) == TOKENIZER.encode("the Heron", add_special_tokens=False)[1:]


def test_long_passages_are_cut_not_dropped() -> None:
    pieces = label_text(TOKENIZER, "Ida Holm built the Heron. " * 20, max_length=16)
    assert all(len(piece.input_ids) <= 16 for piece in pieces)
    assert TOKENIZER.decode([token for piece in pieces for token in piece.input_ids]).count("Heron") == 20
    assert pieces[-1].input_ids[-1] == TOKENIZER.eos_token_id


def test_a_model_without_a_template_is_given_a_plain_one() -> None:
    tokenizer = train_tokenizer(CORPUS, 512, 1024)
    tokenizer.chat_template = PLAIN_TEMPLATE
    assert render_prompt(tokenizer, TALK[:1]) == "User: How long is the Heron?\nAssistant: "
    labels = [token for token in label_messages(tokenizer, TALK).labels if token != IGNORED]
    assert tokenizer.decode(labels).strip() == f"9 m{END}"


def test_a_template_that_rewrites_earlier_turns_is_refused() -> None:
    tokenizer = train_tokenizer(CORPUS, 512, 1024)
    tokenizer.chat_template = "{{ messages | length }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    with pytest.raises(TrainingError, match="rewrites earlier turns"):
        label_messages(tokenizer, TALK)
