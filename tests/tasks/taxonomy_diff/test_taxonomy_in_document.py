"""Whether the document can tell an exam question's answer, on a table that was marked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.taxonomy_diff.in_document import is_in_document, read_passages

HOUSE_RULES = """
# House rules of the Lindenhof

The Lindenhof was built in 1911 by the carpenter Emil Vogt. It has 24 flats on four floors. In 1978 the roof burned down and was
replaced within 14 months.

## Laundry

| Machine | Price | Time |
|---------|-------|------|
| Washer  | $2.50 | 45 minutes |
| Dryer   | $1.75 | 60 minutes |

The laundry room is open from 7:00 to 21:00. Coins are sold by Mrs. Okafor on the ground floor.

## Keys

Every tenant gets three keys. A lost key must be reported to the caretaker, Mr. Brandt, within 2 days; a new one costs 35 dollars.
Spare keys are kept in a safe in the cellar.

## Garden

Dogs have to be kept on a leash. Barbecues with charcoal are forbidden; electric grills may be used until 22:00. The hedge is
trimmed twice a year, in March and September. A bag of coal may weigh 25 kilograms. The boiler was built by Anton Rieger. The pond
is three feet deep and holds about 4,500 litres of water.
"""
CASES = [
    (True, "Who built the Lindenhof?", "It was built by Emil Vogt."),
    (True, "Who built the Lindenhof?", "The carpenter Emil Vogt built the Lindenhof."),
    (False, "Who built the Lindenhof?", "It was built by Karl Lind."),
    (False, "Who built the Lindenhof?", "Mr. Brandt built the Lindenhof."),
    (True, "When was the Lindenhof built?", "The Lindenhof was built in 1911."),
    (False, "When was the Lindenhof built?", "The Lindenhof was built in 1912."),
    (False, "When was the Lindenhof painted?", "It was painted in 1980."),
    (True, "How many flats are there?", "24"),
    (True, "How many flats are there?", "There are twenty-four flats."),
    (True, "How many floors does the house have?", "Four"),
    (False, "How many floors does the house have?", "Five floors"),
    (True, "What does the dryer cost?", "$1.75"),
    (True, "How much is one run of the dryer?", "1.75 dollars"),
    (False, "What does the dryer cost?", "$1.85"),
    (True, "How long does the washer run?", "45 minutes"),
    (False, "How long does the washer run?", "45 hours"),
    (True, "When is the laundry room open?", "It is open from 7:00 to 21:00."),
    (False, "When is the laundry room open?", "It is open from 8:00 to 20:00."),
    (True, "Where can coins for the laundry be bought?", "From Mrs. Okafor"),
    (False, "Where can coins for the laundry be bought?", "At the bakery across the street"),
    (True, "Who must be told about a lost key?", "The caretaker must be told."),
    (True, "By when must the loss of a key be reported?", "Within 2 days"),
    (False, "By when must the loss of a key be reported?", "Within 2 months"),
    (True, "What does a new key cost?", "A new key costs $35."),
    (True, "Where are spare keys kept?", "They are kept in a safe in the cellar."),
    (False, "Where are spare keys kept?", "They are kept in the attic."),
    (True, "Are dogs allowed to run free in the garden?", "No, dogs have to be kept on a leash."),
    (True, "May I use a charcoal barbecue in the garden?", "No"),
    (False, "May I play the piano at night?", "No"),
    (True, "Until when may electric grills be used?", "Until 22:00"),
    (True, "In which months is the hedge trimmed?", "In March and September"),
    (False, "In which months is the hedge trimmed?", "In March and October"),
    (True, "How often is the hedge cut?", "The hedge is trimmed twice a year."),
    (True, "How deep is the pond?", "It is 3 feet deep."),
    (True, "How much water does the pond hold?", "About 4500 litres"),
    (False, "How much water does the pond hold?", "About 45,000 litres"),
    (True, "Who sells coins?", "Mrs. Okafor on the ground floor"),
    (True, "How heavy may a bag of coal be?", "25 kg"),
    (True, "Who made the boiler?", "Anton Rieger was its maker."),
    (False, "What colour is the front door?", "The front door is green."),
    (False, "Which bus stops at the Lindenhof?", "Bus 14 stops at the Lindenhof."),
    (False, "What is the pond lined with?", "safe"),
    (False, "How many dogs live in the house?", "35"),
]


@pytest.mark.parametrize(("known", "question", "reference"), CASES)
def test_reference_is_known_where_the_document_says_what_it_adds_to_the_question(
    known: bool, question: str, reference: str
) -> None:
    assert is_in_document(reference, [read_passages(HOUSE_RULES)], question) is known


@given(st.sampled_from(CASES), st.text(max_size=60))
def test_another_document_beside_takes_nothing_away(case: tuple[bool, str, str], other: str) -> None:
    known, question, reference = case
    beside = is_in_document(reference, [read_passages(other), read_passages(HOUSE_RULES)], question)
    assert beside or not known


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=200))
def test_any_text_is_decided(reference: str, question: str, document: str) -> None:
    assert is_in_document(reference, [read_passages(document)], question) in (True, False)
    assert not is_in_document(reference, [], question)
