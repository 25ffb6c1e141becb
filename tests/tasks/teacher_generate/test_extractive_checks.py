"""What the last looks refuse: readings that their own words speak against, and questions that no reader would accept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.teacher_generate.extractive.clause_check import has_second_verb
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.question_check import check_fact, check_question
from tasks.teacher_generate.extractive.texts import Text
from tests.tasks.teacher_generate.extractive_scenes import pairs, read


def fact_of(question: str, answer: str, pattern: str = "active.object") -> Fact:
    return Fact(pattern, Text(answer, tuple(range(len(answer)))), (Core(question, ""),), f"{answer}.", ())


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ("How many onion do I need?", "number_disagrees"),
        ("What is Lund Ltd expected to by May?", "broken_question"),
        ("What does the the pump move?", "broken_question"),
        ("What does this leaflet describe?", "points_away"),
        ("What is used afterwards by the crew?", "goes_on_from_elsewhere"),
        ("What decided to sell it in May?", "pronoun_left"),
        ("What do you need?", "says_too_little"),
        ("What was (in May the mill?", "unbalanced"),
        ("On which days is the mill closed there?", "dangling_noun"),
        ("When is the same loaf sold?", "dangling_noun"),
        ("What is the first hour like?", "dangling_noun"),
    ],
)
def test_a_question_that_no_reader_would_accept_is_refused_by_name(question: str, fault: str) -> None:
    assert check_question(question, "a ladder") == fault


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many carrots does the stew need?", "2"),
        ("What should you do if the dog bites and it hurts?", "call the clinic"),
        ("How much does it cost to enter the mill?", "5 €"),
        ("For the Orrin Probe, what is the antenna made of?", "carbon fibre"),
        ("How many beds are there in the hut?", "28"),
        ("Where is the first aid box?", "in the forge"),
        ("What tools such as saws may I borrow?", "none"),
        ("Who won the race with 8 points out of 9?", "Ida Krol"),
    ],
)
def test_a_question_that_people_ask_is_let_through(question: str, answer: str) -> None:
    assert check_question(question, answer) == ""


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("the limit but count toward the quota", "answer_not_whole"),
        ("the driver,", "answer_not_whole"),
        ("also known as the mill", "answer_not_whole"),
        ("a report on the", "answer_not_whole"),
        ("of at the end of the week", "answer_not_whole"),
        ("this leaflet", "points_away"),
        ("the probe", "names_the_topic"),
    ],
)
def test_an_answer_that_is_cut_or_says_nothing_is_refused_by_name(answer: str, fault: str) -> None:
    assert check_fact(fact_of("What does Ida Krol sell?", answer), "the Orrin Probe") == (None, fault)


def test_a_fact_keeps_the_questions_that_can_stand() -> None:
    fact = Fact(
        "line.quantity",
        Text("1", (0,)),
        (Core("How many onion do I need?", ""), Core("How much is needed of onion?", "")),
        "1",
        (),
    )
    kept, reason = check_fact(fact, "")
    assert reason == ""
    assert kept is not None and [core.direct for core in kept.cores] == ["How much is needed of onion?"]


@pytest.mark.parametrize(
    "said",
    [
        "900 men, a third of the town died of fever",
        "14 to 17 need the consent of a parent",
        "bread per day, and horses were eaten",
    ],
)
def test_a_second_verb_without_a_clause_of_its_own_is_seen(said: str) -> None:
    assert has_second_verb(said)


@pytest.mark.parametrize(
    "said",
    [
        "90 bicycles a day",
        "how salt was boiled",
        "0.7 times the mass of the Sun",
        "members who have not paid",
        "to take the town",
    ],
)
def test_what_may_hold_a_verb_is_no_second_statement(said: str) -> None:
    assert not has_second_verb(said)


def test_a_statement_counts_as_covered_only_by_facts_that_pass() -> None:
    reading = read("# Recipes\n\n## Onion soup\n\nOnion soup is hot.\n\nIngredients:\n\n- 2 leeks\n- 1 onion\n")
    assert reading.covered == len({fact.statement for fact in reading.facts})
    assert reading.covered < reading.statements


def test_a_bare_noun_is_not_asked_where_the_document_names_several() -> None:
    asked = pairs("The hut is open from June to October.\n\nOsk hut has 28 beds.\n\nFenn hut has 40 beds.")
    assert not [question for question, _ in asked if "the hut open" in question]
    assert pairs("The hut is open from June to October.\n\nOsk hut has 28 beds.")


@given(st.text(alphabet="abW .,;()\"“”?!'-:@%°5 itheywho", max_size=200), st.text(alphabet="ab T.,()@-5 thisof", max_size=120))
def test_any_question_and_answer_can_be_looked_at(question: str, answer: str) -> None:
    assert isinstance(check_question(question, answer), str)
    if answer.strip():
        fact, reason = check_fact(fact_of(question, answer.strip()), "the Orrin Probe")
        assert (fact is None) == bool(reason)
