"""Cells of tables: asked for as people do where that is certain, by their place in the table everywhere else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.settings import TeacherSettings
from tasks.teacher_generate.extractive.attribute_words import ask_as_people_do
from tasks.teacher_generate.extractive.attributes import ask_attribute, is_name
from tasks.teacher_generate.extractive.drafts import draft_leaf, plain
from tasks.teacher_generate.extractive.facts import Fact
from tests.documents.answer_lists import material_of
from tests.tasks.teacher_generate.extractive_scenes import pairs, read

BIKE = "# The Veloce 3\n\nThe Veloce 3 is a bicycle.\n\n"

NATURAL = {
    "list of properties": (f"{BIKE}| Property | Value |\n|---|---|\n| Weight | 9 kg |\n", "How heavy is the Veloce 3?", "9 kg"),
    "list without header cells": (f"{BIKE}| | |\n|---|---|\n| Gears | 18 |\n", "How many gears does the Veloce 3 have?", "18"),
    "things with names": (
        "| Model | Weight |\n|---|---|\n| Veloce 3 | 9 kg |\n",
        "What is the weight of Veloce 3?",
        "9 kg",
    ),
    "unit in the header": (
        "| Model | Weight (kg) |\n|---|---|\n| Veloce 3 | 9 |\n",
        "What is the weight of Veloce 3 in kg?",
        "9",
    ),
    "things of a document": (
        "# Marlow Castle\n\n| Service | Price |\n|---|---|\n| Guided tour | 25 € |\n",
        'According to "Marlow Castle", how much does the guided tour cost?',
        "25 €",
    ),
    "things of a section": (
        "# Workshop\n\n## Service prices\n\n| Service | Price |\n|---|---|\n| Brake check | 25 € |\n",
        'According to "Service prices" of "Workshop", how much does the brake check cost?',
        "25 €",
    ),
    "people who pay": (
        "# Marlow Castle\n\n| | Price |\n|---|---|\n| Adults | 9 € |\n",
        'According to "Marlow Castle", how much do adults pay?',
        "9 €",
    ),
    "properties down the side": (
        "| Property | Veloce 3 | Veloce 5 |\n|---|---|---|\n| Weight | 9 kg | 8 kg |\n",
        "How much does Veloce 5 weigh?",
        "8 kg",
    ),
    "properties of whatever a table is about": (
        "# Pump Guide\n\n## Warranty\n\n| Item | Value |\n|---|---|\n| Service life | 900 hours |\n",
        'According to the table "Warranty" of "Pump Guide", what is the service life?',
        "900 hours",
    ),
    "attribute of several words": (
        "# Marlow Castle\n\n| Article | Order number |\n|---|---|\n| Milk jug | RV-7 |\n",
        'According to "Marlow Castle", what is the order number of the milk jug?',
        "RV-7",
    ),
    "doer": (
        "# Night School\n\n| Subject | Teacher |\n|---|---|\n| Art | Ida Krol |\n",
        'According to "Night School", who is the teacher of art?',
        "Ida Krol",
    ),
    "phone of an office": (
        "# Marlow Castle\n\n| Office | Phone |\n|---|---|\n| Ticket office | 020 7946 0018 |\n",
        'According to "Marlow Castle", what is the phone number of the ticket office?',
        "020 7946 0018",
    ),
}

QUOTED = {
    "columns that are categories": (
        "# Hut\n\n## Prices\n\n| | Members | Others |\n|---|---|---|\n| Bunk bed | 14 € | 28 € |\n",
        'In the table "Prices" of "Hut", what is listed for "Bunk bed" under "Members"?',
        "14 €",
    ),
    "number as a row": (
        "# Rota\n\n| Shift | Monday |\n|---|---|\n| 1 | Ida |\n",
        'In the table "Rota", what is listed under "Monday" where "Shift" is "1"?',
        "Ida",
    ),
    "range as a row": (
        "# Pool\n\n| Age | Fee |\n|---|---|\n| under 6 | 2 € |\n",
        'In the table "Pool", what is listed under "Fee" where "Age" is "under 6"?',
        "2 €",
    ),
    "verb as a header": (
        "# Bus\n\n| Stop | Leaves |\n|---|---|\n| Mill Bridge | 9:10 |\n",
        'In the table "Bus", what is listed for "Mill Bridge" under "Leaves"?',
        "9:10",
    ),
    "clause as a row": (
        "# Pump\n\n| Symptom | Cause |\n|---|---|\n| Pump is loud | air |\n",
        'In the table "Pump", what is listed for "Pump is loud" under "Cause"?',
        "air",
    ),
    "tick": (
        "# Bus\n\n| Service | Sun |\n|---|---|\n| Night bus | ✓ |\n",
        'In the table "Bus", what is listed for "Night bus" under "Sun"?',
        "✓",
    ),
    "no": (
        "# Plans\n\n| Plan | Support |\n|---|---|\n| Basic | no |\n",
        'In the table "Plans", what is listed for "Basic" under "Support"?',
        "no",
    ),
    "rows known by two columns": (
        "# Yoga\n\n| Day | Time | Hall |\n|---|---|---|\n| Monday | 9:00 | A |\n| Monday | 11:00 | B |\n",
        'In the table "Yoga", what is listed under "Hall" where "Day" is "Monday" and "Time" is "11:00"?',
        "B",
    ),
    "row below an empty cell": (
        "# Yoga\n\n| Day | Time | Hall |\n|---|---|---|\n| Monday | 9:00 | A |\n| | 11:00 | B |\n",
        'In the table "Yoga", what is listed under "Hall" where "Time" is "11:00"?',
        "B",
    ),
    "header that is a row": (
        "# Desk\n\n| Night porter | 020 7946 0018 |\n|---|---|\n| Fax | none |\n",
        'In the table "Desk", what is listed for "Night porter"?',
        "020 7946 0018",
    ),
    "header with a year": (
        "# Desk\n\n| Room | Fee 2026 |\n|---|---|\n| Attic | none |\n",
        'In the table "Desk", what is listed for "Attic" under "Fee 2026"?',
        "none",
    ),
    "header used twice": (
        "# Halls\n\n| Hall | Size | Size |\n|---|---|---|\n| Long hall | 9 m | 4 m |\n",
        'In the table "Halls", what is listed for "Long hall" in the third column?',
        "4 m",
    ),
    "two tables in one section": (
        "# Menu\n\n| Tea | S |\n|---|---|\n| Mint | £2 |\n\n| Cake | S |\n|---|---|\n| Plum | £3 |\n",
        'In the second table under "Menu", what is listed for "Plum" under "S"?',
        "£3",
    ),
    "two sections of one name": (
        "# Guide\n\n## Rooms\n\n### Rates\n\nSee below.\n\n## Boats\n\n### Rates\n\n| | Day |\n|---|---|\n| Canoe | £9 |\n",
        'In the table "Rates" of "Boats" of "Guide", what is listed for "Canoe" under "Day"?',
        "£9",
    ),
    "no title at all": (
        "| Service | Price | Days |\n|---|---|---|\n| Brake check | 25 € | 2 |\n",
        'In the table with the columns "Service", "Price" and "Days", what is listed for "Brake check" under "Price"?',
        "25 €",
    ),
    "answer in the title": (
        "# Ferry Harl – Osten\n\n| From | To | Fare |\n|---|---|---|\n| Osten | Harl | £9 |\n",
        'In the table with the columns "From", "To" and "Fare", what is listed for "Osten" under "To"?',
        "Harl",
    ),
    "inches and quotation marks": (
        '# Shop\n\n| Board | Tail |\n|---|---|\n| The "Fish" 5" | swallow |\n',
        'In the table "Shop", what is listed for "The \'Fish\' 5″" under "Tail"?',
        "swallow",
    ),
}


@pytest.mark.parametrize("name", NATURAL)
def test_a_known_attribute_of_a_thing_is_asked_for_as_people_do(name: str) -> None:
    text, question, answer = NATURAL[name]
    assert (question, answer) in pairs(text)


@pytest.mark.parametrize("name", QUOTED)
def test_any_other_cell_is_asked_for_by_its_place(name: str) -> None:
    text, question, answer = QUOTED[name]
    facts = [fact for fact in read(text).facts if fact.answer.text == answer]
    assert [fact.pattern for fact in facts] == ["quote.cell"]
    assert question in {core.direct for core in facts[0].cores}


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("| Bread | Baker |\n|---|---|\n| Rye loaf | - |\n", "empty_value"),
        ("| Bread | Baker |\n|---|---|\n| Rye loaf | [NAME_1] |\n", "masked"),
        ("| Bread | Baker |\n|---|---|\n| Rye loaf | Ida |\n| Rye loaf | Per |\n", "no_row"),
        ("| Bread |\n|---|\n| Rye loaf |\n", "no_header"),
    ],
)
def test_what_has_no_place_of_its_own_or_says_nothing_is_refused_by_name(table: str, reason: str) -> None:
    reading = read(f"# Lists\n\n{table}")
    assert not reading.facts
    assert reason in {refusal.reason for refusal in reading.refusals}


@pytest.mark.parametrize(
    "table",
    [
        "| Name | Price | Price for members |\n|---|---|---|\n| Day ticket | 9 € | 7 € |\n",
        "| Size | Price |\n|---|---|\n| Large | 9 € |\n",
        "| Item | Price |\n|---|---|\n| Total | 9 € |\n",
        "| Item | Price |\n|---|---|\n| Deposit | 9 € |\n",
        "| Stop | Length |\n|---|---|\n| Mill Bridge | 40 m |\n",
        "| Part | Weight |\n|---|---|\n| Frame | 4 kg, with oil |\n",
        "| Part | Warranty |\n|---|---|\n| Rear frame | 2 years |\n",
        "| Course | Duration |\n|---|---|\n| Catamarans | 3 days |\n",
        "| Group | Teacher |\n|---|---|\n| Foxes | Ida Krol |\n",
        "| Service | Price |\n|---|---|\n| Moving house | 49 € |\n",
        "| River | Length |\n|---|---|\n| Little Venn | 61 km |\n",
        "| Bin | Colour |\n|---|---|\n| Garden waste | brown |\n",
        "| Office | Phone |\n|---|---|\n| Chair | 020 7946 0018 |\n",
        "| Extra | Price |\n|---|---|\n| Flipchart | 15 € |\n",
        "| Walk | Departure time |\n|---|---|\n| Coast path | 9:00 |\n",
        "| Hop | Time |\n|---|---|\n| Saaz | 15 min |\n",
    ],
)
def test_in_doubt_nothing_is_asked_as_people_do(table: str) -> None:
    assert {fact.pattern for fact in read(f"# Marlow Castle\n\n{table}").facts} == {"quote.cell"}


def test_what_is_told_of_a_part_is_not_asked_of_the_whole() -> None:
    table = "| Property | Value |\n|---|---|\n| Weight | 4 kg |\n"
    asked = [question for question, _ in pairs(f"{BIKE}## Battery\n\n{table}")]
    assert not [question for question in asked if "weight of the Veloce" in question]


@pytest.mark.parametrize(
    ("noun", "question"),
    [
        ("weight", "How much does the fern weigh?"),
        ("origin", "Where does the fern come from?"),
        ("height", "How tall is the fern?"),
        ("colour", "What colour is the fern?"),
    ],
)
def test_attributes_with_a_word_of_their_own_are_asked_by_it(noun: str, question: str) -> None:
    assert question in {core.direct for core in ask_as_people_do(noun, "the fern")}
    assert ask_as_people_do("energy class", "the fern") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("weight", "heavy"), ("price", "on request"), ("owner", "ask at the desk"), ("price", "5 € or 6 €"), ("start", "9:00")],
)
def test_a_value_of_another_kind_is_not_asked_for(name: str, value: str) -> None:
    assert ask_attribute(name, value, "the fern") == []


def test_names_are_told_from_other_words() -> None:
    assert is_name("Mr. Petrov")
    assert is_name("Ida van Krol")
    assert not is_name("Reception")
    assert not is_name("Ida Krol (room 4)")


_CELL = st.text(alphabet="aB1 9€.:-–✓\"“()[]*|\\`_'é", max_size=8)
_TABLES = st.lists(st.lists(_CELL, min_size=1, max_size=5), min_size=1, max_size=6)


def _write(rows: list[list[str]], width: int) -> str:
    lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in (lines[0], " | ".join(["---"] * width), *lines[1:]))


@given(st.lists(_TABLES, min_size=1, max_size=2))
def test_any_table_is_read_and_a_quoted_question_has_one_answer(tables: list[list[list[str]]]) -> None:
    text = "# Lists\n\n" + "\n\n".join(_write(rows, len(rows[0])) for rows in tables) + "\n"
    answers: dict[str, set[str]] = {}
    for fact in read(text).facts:
        if fact.pattern == "quote.cell":
            for core in fact.cores:
                answers.setdefault(plain(core.direct), set()).add(fact.answer.text)
            assert _stands(fact, text)
    assert all(len(found) == 1 for found in answers.values()), answers


def _stands(fact: Fact, text: str) -> bool:
    """Whether each character of an answer is the document's at its offset."""
    return all(character in (text[offset], " ") for character, offset in zip(fact.answer.text, fact.answer.offsets, strict=True))


def test_quoted_cells_become_samples_with_their_place() -> None:
    text = "# Yoga\n\n| Day | Hall |\n|---|---|\n| Monday | **Blue** hall |\n"
    drafts = draft_leaf(material_of(text), TeacherSettings(), "0" * 40)
    assert {sample.answer for sample in drafts.samples} == {"Blue hall"}
    assert len(drafts.samples) == 3
    assert drafts.reserved
    for sample in drafts.samples:
        passage = text[sample.provenance.answer_start : sample.provenance.answer_end]
        assert re.sub(r"\*", "", passage) == "Blue hall"
