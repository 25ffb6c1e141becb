"""What repeats goes, what is another fact or another wording stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scan_rows_of import sample, scan

from schemas.records import Sample
from tasks.safety_scan.duplicates import EXACT, NEAR, DuplicateFinder
from tasks.safety_scan.fields import Asked
from tasks.safety_scan.policy import DuplicateLimits


def second_of(first: tuple[str, str], second: tuple[str, str], **more) -> str:
    finder = DuplicateFinder(DuplicateLimits())
    assert finder.rule_against(Asked(*first, **more)) == ""
    return finder.rule_against(Asked(*second, **more))


@pytest.mark.parametrize("second", [("How long is it?", "4.2 m"), ("how long  is it", "4.2 M."), ("“How long is it?”", "4.2 m!")])
def test_the_same_but_for_case_and_punctuation_is_exact(second):
    assert second_of(("How long is it?", "4.2 m"), second) == EXACT


LONG = "The service interval of the engine oil is six thousand miles, and the filter should be replaced by the workshop at the same time, whatever the season"  # noqa: E501


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("How long is the car?", "It is 4.2 m long."), ("How long is a car?", "It's 4.2 m long")),
        (
            ("What is the service interval?", LONG),
            ("What is the service interval?", LONG.replace("whatever the season", "whatever the seasons")),
        ),
        (
            ("Name the designers of the car.", "The designers were A and B."),
            ("Name the designer of the car.", "The designer was A and B."),
        ),
    ],
)
def test_near_in_question_and_answer_is_near(first, second):
    assert second_of(first, second) == NEAR


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("How much is the door?", "It costs 120 dollars."), ("How much is the door?", "It costs 130 dollars.")),
        (("How much is the door?", "It costs 120 dollars."), ("How much is the floor?", "It costs 120 dollars.")),
        (("Who drove car 7?", "Anna drove it."), ("Who drove car 8?", "Anna drove it.")),
        (("Who drove first?", "John Smith drove first."), ("Who drove first?", "Joan Smith drove first.")),
        (("Is it safe?", "It is safe to drive in snow."), ("Is it safe?", "It is not safe to drive in snow.")),
        (("When was it built?", "In the north, in the spring."), ("Where was it built?", "In the north, in the spring.")),
        (("What is C?", "A programming language."), ("What is C++?", "A programming language.")),
        (("How cold is it?", "It is 5 degrees."), ("How cold is it?", "It is -5 degrees.")),
        (("Which is true of x?", "x < 3"), ("Which is true of x?", "x > 3")),
        (("How far is Rome from Paris, by road?", "Two days."), ("How far is Paris from Rome, by road?", "Two days.")),
        (("What is the top speed?", "175 km/h"), ("How fast can it go?", "175 km/h")),
        (("What is the service interval?", LONG), ("What is the service interval?", LONG.replace("six", "seven"))),
    ],
)
def test_what_differs_in_meaning_stays(first, second):
    assert second_of(first, second) == ""


def test_wordings_of_one_fact_stay_and_their_repetition_goes():
    wordings = ["What is the top speed of the car?", "What's the top speed of a car?", "The top speed of the car is what?"]
    finder = DuplicateFinder(DuplicateLimits())
    verdicts = [finder.rule_against(Asked(q, "It is 175 km/h.", fact="f1")) for q in [*wordings, wordings[0].upper()]]
    assert verdicts == ["", "", "", EXACT]


def test_another_context_is_another_item():
    finder = DuplicateFinder(DuplicateLimits())
    assert finder.rule_against(Asked("Is the table sorted?", "Yes, it is sorted.", "1 2 3")) == ""
    assert finder.rule_against(Asked("Is the table sorted?", "Yes, it is sorted.", "4 5 6")) == ""


def test_the_first_of_two_stays_within_and_across_leaf_nodes_and_files(tmp_path):
    rows = [sample("How long is it?", "4.2 m"), sample("how long is it", "4.2 m"), sample("How wide?", "2 m")]
    scanned = scan(tmp_path, rows, [sample("How long is it?", "4.2 m", leaf="knowledge/cars/other")])
    assert [row.question for row in scanned.clean(Sample)] == ["How long is it?", "How wide?"]
    assert scanned.reasons == ["drop:duplicate.exact"] * 2
    assert {c.leaf_node: c.duplicates for c in scanned.result.leaf_counts} == {
        "knowledge/cars/dmc12": 1,
        "knowledge/cars/other": 1,
    }


@given(st.lists(st.tuples(st.text("ab ?1", max_size=6), st.text("xy 2", max_size=6)), max_size=12))
def test_what_is_kept_has_no_exact_duplicates_and_nothing_unique_is_lost(rows):
    finder = DuplicateFinder(DuplicateLimits(near=False))
    kept = [row for row in rows if not finder.rule_against(Asked(*row))]
    again = DuplicateFinder(DuplicateLimits(near=False))
    assert [again.rule_against(Asked(*row)) for row in kept] == [""] * len(kept)
    assert {again.rule_against(Asked(*row)) for row in rows} <= {EXACT}


def test_a_template_with_many_numbers_stays_linear():
    finder = DuplicateFinder(DuplicateLimits())
    assert {
        finder.rule_against(Asked(f"What is the torque of bolt {i} in the plan?", f"It is {i * 3} Nm.")) for i in range(800)
    } == {""}
    assert max(len(e) if isinstance(e, list) else 1 for e in finder._bands.values()) <= 24


def test_diversity_of_questions_is_reported(tmp_path):
    same = [sample(f"What is the torque of bolt {i}?", f"It is {i} Nm.") for i in range(30)]
    words = "river castle engine violin market planet garden letter winter bridge copper ladder".split()  # noqa: SIM905
    varied = [sample(f"{a} {b}?", f"{b} is {a}.", leaf="knowledge/varied") for a in words for b in words if a < b][:30]
    counts = {c.leaf_node: c.question_diversity for c in scan(tmp_path, same + varied).result.leaf_counts}
    assert counts["knowledge/cars/dmc12"] < 0.5 < counts["knowledge/varied"]
