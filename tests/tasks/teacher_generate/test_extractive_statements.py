"""Each kind of statement with the question and answer that a person would expect; what is not asked naturally; who asks whom."""

import pytest

from tests.tasks.teacher_generate.extractive_scenes import pairs, read
from tests.tasks.teacher_generate.statement_examples import NATURAL, QUOTED


@pytest.mark.parametrize("name", NATURAL)
def test_a_statement_is_asked_as_a_person_would(name: str) -> None:
    text, question, answer = NATURAL[name]
    assert (question, answer) in pairs(text)


@pytest.mark.parametrize("name", QUOTED)
def test_a_statement_is_quoted_where_it_is_not_asked_naturally(name: str) -> None:
    text, question, answer = QUOTED[name]
    assert (question, answer) in pairs(text)


@pytest.mark.parametrize(
    "text",
    [
        "The school day ends at 3 p.m., except on Wednesdays.",
        "Adults pay 7 euros, children pay half of that.",
        "On public holidays buses run every 30 minutes.",
        "Homework club is on Monday from 13:30 to 15:00.",
        "The boiler was replaced in November by a pump made by Norden.",
        "Members who pay late are charged a fee of £10.",
        "Other members pay 20 euros.",
        "We are open from 9 a.m. to noon.",
        "It costs 5 euros.",
        "Either party may end the contract within 14 days.",
        "Potted plants are forbidden because soil may carry germs.",
        "Hall B seats 300 people (without the gallery).",
        "A force led by Count Orland arrived on 29 September.",
        "Members aged 14 to 17 need the written consent of a parent.",
        "Buses leave the station every 15 minutes on weekdays and every 30 minutes on Sundays.",
        "The season lasts from 15 April to 10 October.",
        "A hall was built in Kiel. The hall was sold in 1990.",
        "First bottle opened on 23 October.",
        "When he died, the factory closed.",
        "The probe took photos of two of its moons.",
        "Demand for fittings collapsed and Krol turned to bicycles.",
        "Exports began two years later.",
        "Every minute after that costs 12 cents.",
    ],
)
def test_what_is_not_read_with_near_certainty_is_not_asked_naturally(text: str) -> None:
    reading = read(text)
    facts = reading.facts
    natural = [fact.cores[0].direct for fact in facts if not fact.pattern.startswith("quote.")]
    assert [question for question in natural if "sold" in question or "hall was built" not in text] == []
    assert facts or reading.refusals


def test_no_answer_of_a_sentence_is_asked_for_twice() -> None:
    facts = read("A single ticket costs £1.80 and is valid for 90 minutes.").facts
    answers = [fact.answer.text for fact in facts]
    assert "£1.80" in answers
    assert "90 minutes" in answers
    assert len(answers) == len(set(answers))
