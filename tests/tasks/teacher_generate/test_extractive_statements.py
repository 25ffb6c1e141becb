"""Statements that are asked as a whole: conditions, rules, negations, orders, reasons; and who asks whom."""

import pytest

from tasks.teacher_generate.extractive.attribute_words import ask_as_people_do
from tasks.teacher_generate.extractive.passages import read_pages
from tasks.teacher_generate.extractive.reading import read_document
from tasks.teacher_generate.extractive.turned_round import turn_text
from tests.documents.answer_lists import material_of


def pairs(text: str) -> set[tuple[str, str]]:
    """Each question with its answer."""
    found = set()
    for page in read_pages(material_of(text).chunks):
        for fact in read_document(page).facts:
            found |= {(core.direct, fact.answer.text) for core in fact.cores}
    return found


STATEMENTS = {
    "condition in front": (
        "If the rent is late, the landlord may charge a fee.",
        "What happens if the rent is late?",
        "the landlord may charge a fee",
    ),
    "condition behind": (
        "Visitors get a refund if a tour is cancelled.",
        "What happens if a tour is cancelled?",
        "Visitors get a refund",
    ),
    "condition and order": (
        "If the lamp blinks, press the reset button.",
        "What should you do if the lamp blinks?",
        "press the reset button",
    ),
    "order before something": ("Make a backup before you upgrade.", "What should you do before you upgrade?", "Make a backup"),
    "order with an amount": ("Mix 50 g of oats with milk.", "How much oats should you mix with milk?", "50 g"),
    "second order": ("Add the lentils and simmer the soup for 20 minutes.", "How long should I simmer the soup?", "20 minutes"),
    "order not to": ("Do not open the housing.", "May I open the housing?", "Do not open the housing"),
    "negation": ("Subletting is not permitted.", "Is subletting permitted?", "Subletting is not permitted"),
    "negation in short": ("Tickets can't be returned.", "Can tickets be returned?", "Tickets can't be returned"),
    "no dogs": ("No dogs are allowed on the beach.", "Are dogs allowed on the beach?", "No dogs are allowed on the beach"),
    "must not": ("Software must not be installed.", "May software be installed?", "Software must not be installed"),
    "forbidden": ("Open fires are forbidden.", "Are open fires allowed?", "Open fires are forbidden"),
    "there is none": ("There is no lift in the house.", "Is there a lift in the house?", "There is no lift in the house"),
    "reason": ("Nuts are banned because they are dangerous.", "Why are nuts banned?", "because they are dangerous"),
    "reason in front": ("Because the floor is wet, shoes must be worn.", "Why must shoes be worn?", "Because the floor is wet"),
    "moment that is a clause": (
        "The cake is done when a skewer comes out clean.",
        "When is the cake done?",
        "when a skewer comes out clean",
    ),
    "what is free": ("Upgrades from 4.x are free.", "How much do upgrades from 4.x cost?", "free"),
    "what something is like": ("Carbonation is high.", "What is carbonation like?", "high"),
    "change of an amount": ("The memory is raised from 2 GB to 4 GB.", "What is the memory raised to?", "4 GB"),
    "place without preposition": ("Slippers must be worn upstairs.", "Where must slippers be worn?", "upstairs"),
    "reader instead of passive": ("Bikes can be left behind the hall.", "Where can I leave bikes?", "behind the hall"),
    "cause": ("Brown tips are caused by dry air.", "What causes brown tips?", "dry air"),
    "price of a thing bought": (
        "Ada Berg bought the mill for 900 euros.",
        "For how much did Ada Berg buy the mill?",
        "900 euros",
    ),
    "fee inside an object": ("New members pay a joining fee of 60 euros.", "How much is the joining fee?", "60 euros"),
    "age": ("You need to be at least 16 years old.", "How old must I be?", "at least 16 years"),
    "name in apposition": ("The chaplain, Ida Moll, visits the wards daily.", "Who is the chaplain?", "Ida Moll"),
    "two clauses without article": ("Doors open at 8:20 and lessons start at 8:40.", "When do lessons start?", "8:40"),
    "several days": (
        "The museum is closed on Mondays, on 24 December and on New Year's Day.",
        "When is the museum closed?",
        "Mondays, on 24 December and on New Year's Day",
    ),
    "instead of": (
        "Autosave runs every 5 minutes instead of every 10.",
        "How often does Autosave run instead of every 10?",
        "every 5 minutes",
    ),
    "error code": (
        "# The Veloce 3\n\n## Error codes\n\n- E10: no power\n",
        "What does error code E10 mean for the Veloce 3?",
        "no power",
    ),
    "weight": ("# The Veloce 3\n\n- Weight: 9 kg\n", "How heavy is the Veloce 3?", "9 kg"),
    "ingredients of one of several recipes": (
        "# Five Easy Recipes\n\n## Bean stew\n\nIngredients:\n\n- 2 carrots\n- 1 l stock\n",
        "How many carrots does the bean stew need?",
        "2",
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_asked_as_a_whole_or_for_its_rule(name: str) -> None:
    text, question, answer = STATEMENTS[name]
    assert (question, answer) in pairs(text)


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
