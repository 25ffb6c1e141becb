"""How often the gate errs, over answer tables that are drawn with a seed. ``tests/benchmarks/gate.py`` draws more of them."""

import pytest

from tasks.promote.power import questions_needed
from tests.benchmarks.answer_tables import Part, Simulation, leaf_names
from tests.benchmarks.gate import changed, lost, unchanged

TABLES = 300


@pytest.mark.parametrize("skill", [0.3, 0.5, 0.8])
@pytest.mark.parametrize(("facts", "human"), [(5, 0), (12, 4), (0, 12)])
def test_students_of_equal_skill_are_hardly_ever_released(facts: int, human: int, skill: float) -> None:
    assert Simulation(changed(facts, human, skill, skill)).run(TABLES, seed=11)["released"] <= 0.05


@pytest.mark.parametrize(("facts", "human", "edited", "skill"), [(3, 0, False, 0.5), (2, 2, False, 0.5), (1, 0, True, 0.05)])
def test_nor_where_little_changed(facts: int, human: int, edited: bool, skill: float) -> None:
    found = Simulation(changed(facts, human, skill, skill, edited)).run(1000, seed=11)
    assert found["released"] <= 0.05


def test_a_leaf_that_lost_half_its_answers_among_twenty_is_found() -> None:
    units = questions_needed(20, 0.05)
    found = Simulation(unchanged(19, units), lost(units)).run(150, seed=11)
    assert found["no_regression"] >= 0.9


def test_twenty_leaves_that_lost_nothing_are_seldom_accused() -> None:
    found = Simulation(unchanged(20, 32)).run(100, seed=11)
    assert found.get("no_regression", 0) <= 0.1


def test_a_student_that_learned_is_released_as_a_rule() -> None:
    part = Part(leaf_names(1), 10, 3, True, 0.0, 0.9)
    assert Simulation(part).run(200, seed=11)["released"] >= 0.9
    assert Simulation(changed(1, 0, 0.0, 1.0, edited=True)).run(20, seed=11)["released"] == 1
