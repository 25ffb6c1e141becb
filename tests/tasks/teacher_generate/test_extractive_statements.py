"""Each kind of statement with the question and answer that a person would expect; what was misread; and who asks whom."""

import pytest

from tasks.teacher_generate.extractive.attribute_words import ask_as_people_do
from tasks.teacher_generate.extractive.turned_round import turn_text
from tests.tasks.teacher_generate.extractive_scenes import pairs
from tests.tasks.teacher_generate.statement_examples import DOCUMENT_FORMS, SENTENCES, WHOLE_STATEMENTS

EXAMPLES = SENTENCES | WHOLE_STATEMENTS | DOCUMENT_FORMS


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_statement_is_asked_as_a_person_would(name: str) -> None:
    text, question, answer = EXAMPLES[name]
    assert (question, answer) in pairs(text)


def test_no_example_hides_another_of_the_same_name() -> None:
    assert len(EXAMPLES) == len(SENTENCES) + len(WHOLE_STATEMENTS) + len(DOCUMENT_FORMS)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("First bottle opened on 23 October.", "did first bottle"),
        ("Electrical system repairs cost between $600 and $900.", "What repairs costs"),
        ("When he died, the factory closed.", "What happens"),
        ("The probe took photos of two of its moons.", "of its"),
    ],
)
def test_what_was_misread_on_unseen_documents_is_not_asked(text: str, wrong: str) -> None:
    assert not [question for question, _ in pairs(text) if wrong in question]


def test_we_and_you_are_turned_round_for_the_reader() -> None:
    assert turn_text("What do we charge if you lose your key?") == "What do you charge if I lose my key?"
    assert turn_text("How soon will a technician visit you?") == "How soon will a technician visit me?"
    assert turn_text("What should you do if you are ill?") == "What should I do if I am ill?"


def test_what_is_said_of_him_is_asked_with_his_name() -> None:
    text = "In 1887 Elias Brandt opened a workshop. His sons joined him in 1903."
    assert ("When did the sons of Elias Brandt join Elias Brandt?", "1903") in pairs(text)


@pytest.mark.parametrize(
    ("noun", "value", "question"),
    [
        ("origin", "West Africa", "Where does the fern come from?"),
        ("height", "2 m", "How tall is the fern?"),
        ("colour", "green", "What colour is the fern?"),
        ("light", "half shade", "What light does the fern need?"),
        ("location", "hall 3", "Where is the fern?"),
    ],
)
def test_attributes_with_a_word_of_their_own_are_asked_by_it(noun: str, value: str, question: str) -> None:
    assert question in {core.direct for core in ask_as_people_do(noun, value, "the fern")}


def test_an_attribute_without_such_a_word_has_no_such_question() -> None:
    assert ask_as_people_do("energy class", "B", "the fern") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Demand for fittings collapsed and Krol turned to bicycles.", "and Krol turned"),
        ("Tickets are sold at the start, which takes a minute.", "a minute"),
        ("Final gravity was 1.003, which gives 6.7 % alcohol.", "6.7 %"),
        ("# The Veloce 3\n\nOpen the settings in the app, tap Account and then Delete.", "the app, tap Account and then Delete"),
        ("Exports began two years later.", "two years later"),
        ("Every minute after that costs 12 cents.", "12 cents"),
        ("Water comes from a spring near the hut.", "When"),
    ],
)
def test_what_was_misread_before_yields_nothing(text: str, wrong: str) -> None:
    assert not any(wrong in answer or question.startswith(wrong) for question, answer in pairs(text))
