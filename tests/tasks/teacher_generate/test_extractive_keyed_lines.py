""" "key: value" lines: asked for as people do where it is certain what has which attribute, by their place everywhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.teacher_generate.extractive.drafts import plain
from tests.tasks.teacher_generate.extractive_scenes import pairs, read

BIKE = "# The Veloce 3\n\nThe Veloce 3 is a bicycle.\n\n"

NATURAL = {
    "measure": (f"{BIKE}- Weight: 9 kg\n", "How heavy is the Veloce 3?", "9 kg"),
    "noun with its amount": (f"{BIKE}Weight 9 kg\n", "What is the weight of the Veloce 3?", "9 kg"),
    "price": (f"{BIKE}## Technical data\n\n- Price: 1,190 €\n", "How much does the Veloce 3 cost?", "1,190 €"),
    "participle as a key": (f"{BIKE}Released: May 2017\n", "When was the Veloce 3 released?", "May 2017"),
    "maker as a key": (f"{BIKE}Designed by: Ida Krol\n", "Who designed the Veloce 3?", "Ida Krol"),
    "doer as a key": (f"{BIKE}Designer: Ida Krol\n", "Who is the designer of the Veloce 3?", "Ida Krol"),
    "attribute of whatever a section is about": (
        "# Oak Farm\n\n## Fluids and tires\n\n- Brake fluid type: DOT 4\n",
        'According to "Fluids and tires", what is the brake fluid type?',
        "DOT 4",
    ),
    "money at a place": (
        "# Oak Farm\n\n## Booking\n\n- Cleaning fee: 40 €\n",
        'How much is the cleaning fee according to "Booking" of "Oak Farm"?',
        "40 €",
    ),
    "somebody at a place": (
        "# Oak Farm\n\n## Contact\n\nOwner: Ida Krol\n",
        'According to "Contact" of "Oak Farm", who is the owner?',
        "Ida Krol",
    ),
    "parts of several kinds": (
        "# Osk Hill Walking Club\n\nHighest point: Osk Saddle, 2,114 m\n",
        'According to "Osk Hill Walking Club", what is the highest point?',
        "Osk Saddle, 2,114 m",
    ),
    "list item above": (
        "# Care Sheet\n\n- **Snake plant**\n  - Origin: West Africa\n",
        'According to "Snake plant" of "Care Sheet", what is the origin?',
        "West Africa",
    ),
    "ingredients of one of several recipes": (
        "# Five Easy Recipes\n\n## Bean stew\n\nIngredients:\n\n- 2 carrots\n- 1 l stock\n",
        "How many carrots does the bean stew need?",
        "2",
    ),
}

QUOTED = {
    "any key": (
        "# Oak Farm\n\n## Booking\n\n- Deposit: 50 pounds, in cash\n",
        'Under "Booking" of "Oak Farm", what is given for "Deposit"?',
        "50 pounds, in cash",
    ),
    "opening times": (
        "# Welcome to Birch Lane\n\n## When we are open\n\nOpening times: Monday to Friday, 9 to 5; Saturday 10 to 2\n",
        'Under "When we are open", what is given for "Opening times"?',
        "Monday to Friday, 9 to 5; Saturday 10 to 2",
    ),
    "code": (
        "# Probe Manual\n\n## Error codes\n\n- 17: the lamp is out\n",
        'Under "Error codes" of "Probe Manual", what is given for "17"?',
        "the lamp is out",
    ),
    "symptom": (
        "# Probe Manual\n\n## Faults\n\n- Pump does not start: fuse blown\n",
        'Under "Faults" of "Probe Manual", what is given for "Pump does not start"?',
        "fuse blown",
    ),
    "term with a dash": (
        "# Price List\n\n## Terms\n\n- Half board - breakfast and dinner\n",
        'Under "Terms" of "Price List", what is given for "Half board"?',
        "breakfast and dinner",
    ),
    "part of a thing in a list": (
        "# Care Sheet\n\n- **Gecko**\n  - Temperature:\n    - winter: 18 °C\n- **Newt**\n  - Temperature:\n    - winter: 9 °C\n",
        'Under "Temperature" of "Gecko" of "Care Sheet", what is given for "winter"?',
        "18 °C",
    ),
    "dots before a price": (
        "# Marlow Castle: Tariffs\n\nCream tea ......... £7\nCake of the day ... £4\n",
        'Under "Marlow Castle: Tariffs", what is given for "Cream tea"?',
        "£7",
    ),
    "sentence behind a label": (
        "# House Rules\n\n- Dogs: Dogs are welcome on a lead.\n",
        'Under "House Rules", what is given for "Dogs"?',
        "Dogs are welcome on a lead",
    ),
    "letter without a title": (
        "Dear tenants,\n\nRent: 640 € a month\n",
        'In the document that begins "Dear tenants", what is given for "Rent"?',
        "640 € a month",
    ),
    "no": ("# House Rules\n\n- Smoking: no\n", 'Under "House Rules", what is given for "Smoking"?', "no"),
}


@pytest.mark.parametrize("name", NATURAL)
def test_a_known_attribute_is_asked_for_as_people_do(name: str) -> None:
    text, question, answer = NATURAL[name]
    assert (question, answer) in pairs(text)


@pytest.mark.parametrize("name", QUOTED)
def test_any_other_line_is_asked_for_by_its_place(name: str) -> None:
    text, question, answer = QUOTED[name]
    assert (question, answer) in pairs(text)


@pytest.mark.parametrize(
    "line",
    ["Author: Ida Krol", "Phone: 020 7946 0018", "Updated: May 2024", "Maximum length: 12 m", "Deposit: 50 €"],
)
def test_what_may_be_said_of_the_document_itself_is_not_asked_of_its_topic(line: str) -> None:
    cores = [core for fact in read(f"{BIKE}{line}\n").facts for core in fact.cores if fact.statement == line]
    assert cores
    assert not [core for core in cores if "of the Veloce 3" in core.direct or "Who" in core.direct]


def test_what_is_told_of_a_part_is_not_asked_of_the_whole() -> None:
    assert ("What is the weight of the Veloce 3?", "4 kg") not in pairs(f"{BIKE}## Battery\n\nWeight: 4 kg\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Weight: 9 kg", "no_owner"),
        ("# House Rules\n\nOwner: [PERSON_1]\n", "masked"),
        ("# House Rules\n\nOwner: n/a\n", "empty_value"),
        ("# House Rules\n\n- Monday: 9 to 12\n- Monday: 14 to 18\n", "ambiguous_key"),
    ],
)
def test_a_line_that_cannot_be_asked_for_is_refused_by_name(text: str, reason: str) -> None:
    reading = read(text)
    assert not reading.facts
    assert reason in {refusal.reason for refusal in reading.refusals}


_PART = st.text(alphabet="aB1 9€.:-–\"“()[]*\\`_'é", min_size=1, max_size=10)


@given(st.lists(st.tuples(_PART, st.sampled_from([": ", " - ", " – ", " = "]), _PART), min_size=1, max_size=6))
def test_any_lines_are_read_and_a_quoted_question_has_one_answer(lines: list[tuple[str, str, str]]) -> None:
    text = "# Lists\n\n" + "\n".join(f"- {''.join(line)}" for line in lines) + "\n"
    answers: dict[str, set[str]] = {}
    for fact in read(text).facts:
        assert all(said in (text[at], " ") for said, at in zip(fact.answer.text, fact.answer.offsets, strict=True))
        if fact.pattern == "quote.line":
            answers.setdefault(plain(fact.cores[0].direct), set()).add(fact.answer.text)
    assert all(len(found) == 1 for found in answers.values()), answers
