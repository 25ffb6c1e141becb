"""What the gate counts as one, and on which side."""

from promote_rows import LEAF, OTHER, answer, change, question

from schemas.contracts import Rename
from tasks.promote.exam_units import mean_scores, read_units


def test_wordings_of_a_fact_are_one_unit_and_human_questions_are_one_each() -> None:
    rows = [answer(question(text, fact="f"), 0, score) for text, score in (("a", 1), ("b", 0))]
    rows += [answer(question(text), 1, 1) for text in ("c", "d")]
    units = read_units(rows, "match", change(), (), {})
    assert [(unit.suite, unit.questions, unit.difference) for unit in units] == [
        ("reserved_phrasing", 2, 0.5),
        ("human", 1, 0),
        ("human", 1, 0),
    ]
    assert mean_scores(units) == (0.5, 0.75)


def test_the_same_fact_in_two_leaf_nodes_is_two() -> None:
    rows = [answer(question("a", leaf, fact="f"), 0, 1) for leaf in (LEAF, OTHER)]
    assert len(read_units(rows, "match", change(), (), {})) == 2


def test_a_gain_is_looked_for_in_changed_questions_of_changed_leaf_nodes_that_claim_one() -> None:
    what = change(added=(LEAF, "skills"))
    rows = [
        answer(question("new"), 0, 1),
        answer(question("old"), 1, 1, changed=False),
        answer(question("seeds", "skills"), 0, 1),
        answer(question("more wordings", OTHER), 1, 1),
    ]
    assert [unit.part for unit in read_units(rows, "match", what, ("skills",), {})] == ["claimed", "kept", "changed", "kept"]


def test_a_renamed_leaf_node_may_not_lose_its_answers() -> None:
    what = change(added=()).model_copy(update={"renamed": (Rename(from_path=OTHER, to_path=LEAF),)})
    (unit,) = read_units([answer(question("a"), 1, 0)], "match", what, (), {})
    assert (unit.part, unit.lost) == ("kept", True)


def test_answers_without_a_score_are_left_out() -> None:
    rows = [answer(question("a"), 0, 1), answer(question("b"), 0, 1).model_copy(update={"student_scores": {}})]
    assert len(read_units(rows, "match", change(), (), {})) == 1
