"""Questions that quote the document are checked word by word: in sentences, in tables, in lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Provenance, Sample, sample_id
from tasks.critic_filter.judgement import Judgement
from tasks.critic_filter.lexical import judge_sample
from tasks.critic_filter.passage_match import Source
from tasks.critic_filter.pointing_words import find_dangling
from tasks.critic_filter.quotations import find_place, find_quotation, outside_quotation, quotes

SOURCE = """# Oak Farm

## Tickets

A single ticket costs 5 euros and a return ticket 9 euros. Children under five travel free with an adult. The deposit is
50 pounds. It is paid back in [cash](terms.md "Our terms"), not on the card.

| Ticket | Price | Valid  |
|--------|-------|--------|
| Day    | 12 €  | 1 day  |
| Week   | 40 €  | 7 days |

## Booking

- Deposit: 80 pounds
- **Phone:** only by radio, at noon
- Guided tour: ✓

## Lessons

| Lesson | Monday  | Tuesday |
|--------|---------|---------|
| 1      | Maths   | Sports  |
| 2      | English | Maths   |
"""


def judge(question: str, answer: str, source: str = SOURCE) -> Judgement:
    sample = Sample(
        id=sample_id("leaf", question, None, answer),
        leaf_node="leaf",
        kind="knowledge",
        question=question,
        answer=answer,
        origin="generated",
        provenance=Provenance(taxonomy_commit="0", leaf_key="k", teacher="t"),
    )
    return judge_sample(sample, Source(source), 0.6)


GAP = 'In "Tickets", what is missing in "A single ticket costs ___ and a return ticket 9 euros"?'
REST = 'In "Tickets", how does the sentence "Children under five travel ..." go on?'
AFTER = 'Can you tell me what follows after "The deposit is 50 pounds. It is paid back ..." in "Tickets"?'
CELL = 'In the table "Tickets", what is listed for "Week" under "Price"?'
WHERE = 'What does the table "Lessons" give under "Monday" where "Lesson" is "2"?'
LINE = 'Under "Booking", what is given for "Deposit"?'


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (GAP, "5 euros"),
        ('In "Tickets", which amount is missing in "A single ticket costs 5 euros and a return ticket ___"?', "9 euros"),
        ('In "Tickets" of "Oak Farm": A single ticket costs how much and a return ticket 9 euros?', "5 euros"),
        ('In "Tickets": A single ticket costs how many euros and a return ticket 9 euros?', "5"),
        (REST, "free with an adult"),
        (AFTER, "in cash, not on the card"),
        (CELL, "40 €"),
        ('Please, can you say what is listed for "Day" under "Valid" in the table "Tickets" of "Oak Farm"?', "1 day"),
        ('In the table "Tickets", what is listed for "Day" in the third column?', "1 day"),
        (WHERE, "English"),
        (LINE, "80 pounds"),
        ('What is listed for "Phone" under "Booking" of "Oak Farm"?', "only by radio, at noon"),
        ('Under "Booking", what is given for "Guided tour"?', "✓"),
    ],
)
def test_what_stands_so_in_the_source_is_kept(question: str, answer: str) -> None:
    verdict = judge(question, answer)
    assert verdict.reason is None
    assert verdict.sample.critique is not None
    assert verdict.sample.critique.scores == {"quoted": 1.0}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (GAP, "5 pounds"),
        ('In "Tickets": A single ticket costs how much and a return ticket 9 euros?', "6 euros"),
        ('In "Tickets": A single ticket costs how much and a return ticket 9 euros?', "50 pounds"),
        (GAP, "50 euros"),
        (REST, "free"),
        (REST, "in cash, not on the card"),
        (REST, "free with an adult. The deposit is"),
        (AFTER, "free with an adult"),
        (CELL, "12 €"),
        (CELL, "7 days"),
        (CELL, "40 $"),
        (WHERE, "Maths"),
        (LINE, "50 pounds"),
        ('Under "Booking", what is given for "Phone"?', "only by"),
        ('In the table "Tickets", what is listed for "Month" under "Price"?', "40 €"),
        ('In "Tickets", how does the sentence "Dogs travel ..." go on?', "free with an adult"),
    ],
)
def test_another_rest_number_cell_or_line_is_refused(question: str, answer: str) -> None:
    assert judge(question, answer).reason == "not_as_quoted"


def test_a_quoted_sentence_without_its_answer_in_the_source_is_refused() -> None:
    without = SOURCE.replace("Children under five travel free with an adult.", "")
    assert judge(REST, "free with an adult", without).reason == "not_as_quoted"


def test_the_same_key_in_two_sections_is_told_apart_by_its_place() -> None:
    source = "# Pets\n\n- **Gecko** (small)\n  - Water: daily\n- **Snake**\n  - Water: weekly\n"
    assert judge('What is listed for "Water" under "Snake" of "Pets"?', "weekly", source).reason is None
    assert judge('What is listed for "Water" under "Gecko" of "Pets"?', "weekly", source).reason == "not_as_quoted"


def test_a_quotation_that_begins_with_a_pronoun_needs_the_sentence_before() -> None:
    assert judge('In "Tickets", how does the sentence "It is paid back ..." go on?', "in cash, not on the card").reason == (
        "not_self_contained"
    )


@pytest.mark.parametrize(
    "question",
    [
        'In "Notes", what is missing in "Every member pays their fee by ___, and it is not paid back"?',
        'In the table with the columns "A" and "B", what is listed for "X"?',
        'In "Rules", how does the sentence "The following Tuesday it is ..." go on?',
    ],
)
def test_words_inside_a_quotation_point_nowhere(question: str) -> None:
    assert find_dangling(question) is None


def test_a_pronoun_beside_a_quotation_still_points_outside() -> None:
    assert find_dangling('When was it painted, "The Ferry"?') == "it"


@pytest.mark.parametrize(
    "question",
    [
        'Who painted "The Ferry"?',
        'What does "E20" mean?',
        'Who said "I have a dream ..."?',
        "How much does a ticket cost?",
        'In "Tickets": when is it free?',
    ],
)
def test_naming_something_in_quotation_marks_is_no_quotation(question: str) -> None:
    assert not quotes(question)


def test_a_quoted_heading_does_not_say_what_kind_of_answer_is_asked_for() -> None:
    asked = 'In "How do I get a ticket?", how much does a single ticket cost?'
    assert judge(asked, "5 euros").reason is None


WORDS = st.lists(
    st.sampled_from(("the", "a", "boat", "red", "pays", "nine", "euros", "under", "seven", "ferry", "12", "kg")),
    min_size=3,
    max_size=12,
)


@given(WORDS, st.data())
def test_any_cut_of_a_sentence_is_completed_by_what_was_cut_out_and_by_nothing_else(
    words: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(1, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    source = Source(f"# Boats\n\nTom said {' '.join(words)}. Nobody answered.")
    left, answer, right = ("Tom said " + " ".join(words[:start])), " ".join(words[start:end]), " ".join(words[end:])
    quotation = find_quotation(f'In "Boats", what is missing in "{left} ___ {right}"?')
    assert quotation is not None
    assert source.wording.fault_of_quotation(quotation, answer) is None
    assert source.wording.fault_of_quotation(quotation, f"{answer} never") is not None


@given(st.text(max_size=80))
def test_any_text_can_be_asked_for_quotations(text: str) -> None:
    find_quotation(text)
    find_place(text)
    assert '"' not in outside_quotation(text).replace('""', "") or text.count('"') % 2 or '""' in text


def test_bold_lines_under_the_title_are_each_a_line_of_their_own() -> None:
    source = "# Lake Run\n\n**Date:** Sunday, 5 May\n**Start:** town hall, 9 a.m.\n**Limit**: 800 runners\n"
    for key, value in (("Date", "Sunday, 5 May"), ("Start", "town hall, 9 a.m."), ("Limit", "800 runners")):
        assert judge(f'Under "Lake Run", what is given for "{key}"?', value, source).reason is None
    assert judge('Under "Lake Run", what is given for "Start"?', "800 runners", source).reason == "not_as_quoted"
