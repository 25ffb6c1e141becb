"""What proves a gain on what changed, and what is too little to tell."""

import pytest
from promote_rows import LEAF, answer, answers, change, question

from schemas.records import ExamAnswer
from schemas.student_contracts import Reason
from schemas.student_settings import GateSettings
from tasks.promote.exam_units import References, read_units
from tasks.promote.gain import judge_gain


def reasons(rows: list[ExamAnswer], earlier: References | None = None, gate: GateSettings | None = None) -> dict[str, Reason]:
    units = read_units(rows, "match", change(), (), earlier or {})
    return {reason.rule: reason for reason in judge_gain(units, units, gate or GateSettings())}


def passed(rows: list[ExamAnswer], earlier: References | None = None, gate: GateSettings | None = None) -> dict[str, bool]:
    return {rule: reason.passed for rule, reason in reasons(rows, earlier, gate).items()}


def taught_otherwise(rows: list[ExamAnswer]) -> References:
    return {(row.question.leaf_node, row.question.question, row.question.context): {"no"} for row in rows}


def test_five_facts_gained_and_none_lost_prove_a_gain() -> None:
    assert passed(answers("gggggwr", facts=True)) == {"gain": True, "no_loss": True}


def test_what_chance_does_as_well_is_no_proof() -> None:
    found = reasons(answers("ggggwwrr", facts=True))
    assert not found["gain"].passed
    assert "chance does as much in 6.2 % of cases" in found["gain"].message


def test_wordings_of_one_fact_are_not_several_proofs() -> None:
    rows = [answer(question(f"wording {number}", fact="one"), 0, 1) for number in range(10)]
    found = reasons(rows)
    assert "too few questions to tell: 10 on what changed about one fact" in found["enough_questions"].message


def test_a_gain_below_the_least_one_asked_for_does_not_count() -> None:
    assert not passed(answers("g" * 6 + "r" * 94))["gain"]


def test_a_gain_on_reserved_wordings_does_not_excuse_a_loss_on_human_questions() -> None:
    rules = passed(answers("gggggggg", facts=True) + answers("lllll"))
    assert not rules["no_loss"]
    assert not rules["human_gain"]


def test_reserved_wordings_alone_prove_nothing_where_no_human_question_is_answered() -> None:
    assert passed(answers("gggggggg", facts=True) + answers("www")) == {"gain": True, "human_gain": False, "no_loss": True}


def test_human_questions_that_both_answer_need_no_gain() -> None:
    assert passed(answers("gggggggg", facts=True) + answers("rrr"))["human_gain"]


def test_one_edited_fact_is_proven_by_all_of_its_wordings() -> None:
    rows = answers("g", facts=True)
    found = reasons(rows, taught_otherwise(rows))
    assert found["small_change"].passed
    assert "at most 4.8 % of cases" in found["small_change"].message
    assert passed(answers("w", facts=True), taught_otherwise(rows)) == {"small_change": False, "no_loss": True}


def test_one_wording_of_an_edited_fact_is_not_enough() -> None:
    rows = [answer(question("a", fact="one"), 0, 1), answer(question("b", fact="one"), 0, 0)]
    assert not passed(rows, taught_otherwise(rows))["small_change"]


@pytest.mark.parametrize("asked", [["a"], ["a", "b"]])
def test_an_edit_of_which_only_some_questions_were_asked_before_is_a_new_fact(asked: list[str]) -> None:
    rows = [answer(question(text, fact="one"), 0, 1) for text in ("a", "b", "c")]
    assert "enough_questions" in passed(rows, taught_otherwise([row for row in rows if row.question.question in asked]))


@pytest.mark.parametrize(("new", "rule"), [("g", "enough_questions"), ("gg", "enough_questions"), ("ggg", "small_change")])
def test_of_new_facts_it_takes_three(new: str, rule: str) -> None:
    assert passed(answers(new, facts=True))[rule] is (rule == "small_change")


@pytest.mark.parametrize("outcomes", ["ggw", "ggr", "gggl", "wwww"])
def test_a_small_change_must_be_learned_whole(outcomes: str) -> None:
    assert not passed(answers(outcomes, facts=True))["small_change"]


def test_too_few_questions_say_how_many_are_needed() -> None:
    message = reasons(answers("gg"))["enough_questions"].message
    assert "too few questions to tell: 2 on what changed" in message
    assert "about 3 new facts, or about 1 whose answer was edited, and 2 in all" in message
    assert "enough_questions" in passed(answers("g" * 20), gate=GateSettings(minimum_questions=21))


def test_the_same_edit_is_told_by_the_question_not_by_its_place() -> None:
    rows = answers("g", facts=True)
    elsewhere = {("knowledge/other", row.question.question, None): {"no"} for row in rows}
    assert "enough_questions" in passed(rows, elsewhere)
    unchanged = {(LEAF, row.question.question, None): {row.question.reference} for row in rows}
    assert "enough_questions" in passed(rows, unchanged)
