"""How often does the gate err? Simulated answer tables through the gate's own code; prints JSON.

python -m tests.benchmarks.gate [TABLES]      1,000 tables for each line, about 90 s of CPU

equal_skill     two students of equal skill but different answers: released in at most 5 %
small_changes   the same for changes of one to four facts, where the exact test has nothing to say
lost_leaf       a leaf node that lost half its answers among 20 unchanged ones: refused in at least 90 %, from the number of
                questions on that labflow does not warn of; no_regression alone, so that no other rule helps
false_alarms    the same 20 leaf nodes, none of which lost anything: refused by no_regression in at most 10 %
learned         a student that did learn: how often it is released
"""

import json
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

from schemas.records import ExamAnswer
from tasks.evaluate.scoring import score_answer
from tasks.promote.power import questions_needed
from tests.benchmarks.answer_tables import Part, Simulation, leaf_names

SEED = 7
SKILLS = (0.1, 0.3, 0.5, 0.7, 0.9)


def changed(facts: int, human: int, base: float, student: float, edited: bool = False) -> Part:
    """One leaf node whose questions changed."""
    return Part(leaf_names(1), facts, human, True, base, student, edited)


def unchanged(leaves: int, units: int, base: float = 0.9, student: float = 0.9) -> Part:
    """Leaf nodes with so many facts and human questions, five of them human."""
    return Part(leaf_names(leaves, 1), max(0, units - 5), min(units, 5), False, base, student)


def lost(units: int) -> Part:
    """The leaf node that lost half its answers."""
    return Part(("knowledge/lost",), max(0, units - 5), min(units, 5), False, 0.9, 0.45)


def equal_skill(tables: int) -> Iterator[dict[str, Any]]:
    for facts, human in ((5, 0), (10, 5), (75, 10), (0, 6), (0, 30)):
        for skill in SKILLS:
            found = Simulation(changed(facts, human, skill, skill)).run(tables, SEED)
            yield {"facts": facts, "human_questions": human, "skill": skill, **found}


def small_changes(tables: int) -> Iterator[dict[str, Any]]:
    for facts, human, edited in ((1, 0, False), (1, 1, False), (2, 0, False), (3, 0, False), (2, 2, False), (0, 4, False)):
        for skill in (0.3, 0.5, 0.7):
            found = Simulation(changed(facts, human, skill, skill, edited)).run(tables, SEED)
            yield {"new_facts": facts, "human_questions": human, "skill": skill, **found}
    for facts in (1, 2, 4):
        for skill in (0.01, 0.05):  # the release was taught another answer: guess_rate at most
            found = Simulation(changed(facts, 0, skill, skill, edited=True)).run(tables, SEED)
            yield {"edited_facts": facts, "skill": skill, **found}


def assumption_broken(tables: int) -> Iterator[dict[str, Any]]:
    for facts in (1, 2, 4):
        found = Simulation(changed(facts, 0, 0.5, 0.5, edited=True)).run(tables, SEED)
        yield {"edited_facts": facts, "skill": 0.5, "assumed_at_most": 0.05, **found}


def lost_leaf(tables: int) -> Iterator[dict[str, Any]]:
    for leaves in (5, 20, 100):
        needed = questions_needed(leaves, 0.05)
        for units in (needed // 2, needed):
            found = Simulation(unchanged(leaves - 1, units), lost(units)).run(tables if leaves < 100 else tables // 5, SEED)
            refused = found.get("no_regression", 0.0)
            yield {"leaf_nodes": leaves, "facts_and_questions_each": units, "needed": needed, "refused": refused}


def false_alarms(tables: int) -> Iterator[dict[str, Any]]:
    for units in (10, questions_needed(20, 0.05)):
        found = Simulation(unchanged(20, units)).run(tables, SEED)
        yield {"leaf_nodes": 20, "facts_and_questions_each": units, "refused": found.get("no_regression", 0.0)}


def learned(tables: int) -> Iterator[dict[str, Any]]:
    parts = {
        "one edited fact": changed(1, 0, 0.0, 0.95, edited=True),
        "three new facts": changed(3, 0, 0.0, 0.95),
        "ten new facts, three human questions": changed(10, 3, 0.0, 0.9),
    }
    for name, part in parts.items():
        found = Simulation(part, unchanged(20, questions_needed(20, 0.05))).run(tables, SEED)
        yield {"change": name, "beside": "20 unchanged leaf nodes of equal skill", **found}


def guess_rate(answers: Path) -> dict[str, Any]:
    """How often a known answer passes for another one, among amounts of money and among all others."""
    with answers.open("rb") as stream:
        rows = [ExamAnswer.model_validate_json(line) for line in stream]
    known = [row for row in rows if row.question.fact and row.student_scores["match"] == 1]
    pairs = passed = 0
    for mine, other in permutations(known, 2):
        expected = other.question.reference
        kinds = {"$" in row.question.reference for row in (mine, other)}
        if mine.question.fact != other.question.fact and mine.question.reference != expected and len(kinds) == 1:
            pairs += 1
            passed += score_answer(mine.question.question, expected, mine.student_answer)["match"] == 1
    return {"pairs": pairs, "passed": passed, "share": round(passed / pairs, 5) if pairs else None}


def measure(tables: int, answers: Path | None = None) -> dict[str, Any]:
    """All simulations, and the rate at which a student guesses."""
    parts = (equal_skill, small_changes, assumption_broken, lost_leaf, false_alarms, learned)
    measured = {"guess_rate": guess_rate(answers)} if answers else {}
    simulated = {part.__name__: list(part(tables)) for part in parts}
    return {"benchmark": "gate", "tables": tables, "seed": SEED, **simulated, **measured}


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(json.dumps(measure(count, Path(sys.argv[2]) if len(sys.argv) > 2 else None), indent=1))
