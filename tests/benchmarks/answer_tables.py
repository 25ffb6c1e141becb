"""Answer tables of two imagined students, for simulations of the gate: who has which question right, drawn with a seed.

    twenty = Part(leaf_names(20), facts=27, human=5, changed=False, base=0.9, student=0.9)
    Simulation(twenty).run(tables=1000, seed=7)["released"]

Two students of *equal skill but different answers* have each fact right with the same probability, independently of one another.
The wordings of a fact are right or wrong together: the hardest case for a test that would count them one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schemas.contracts import DatasetFile, TaxonomyChange
from schemas.records import ExamAnswer, ExamQuestion
from schemas.student_contracts import EvaluationReport, Reason
from schemas.student_settings import GateSettings
from tasks.promote.gate import judge_answers

NOWHERE = DatasetFile(path="/nowhere/rows.jsonl", sha256="0" * 64, rows=0, record="ExamAnswer")
REPORT = EvaluationReport(scores=(), answers=NOWHERE, not_asked=NOWHERE, gain_not_claimed=(), seconds=0)
WORDINGS = 2


@dataclass(frozen=True)
class Part:
    """The questions of some leaf nodes, and how good both students are at them."""

    leaves: tuple[str, ...]
    facts: int
    """Facts of each leaf node, each asked in two wordings."""
    human: int
    """Human questions of each leaf node."""
    changed: bool
    base: float
    student: float
    edited: bool = False
    """Whether the release was examined on the same questions with other answers."""


class Simulation:
    """Draws answers for its parts, over and over, and asks the gate."""

    def __init__(self, *parts: Part, gate: GateSettings | None = None) -> None:
        self.gate = gate or GateSettings()
        changed = sorted({leaf for part in parts if part.changed for leaf in part.leaves})
        self.change = TaxonomyChange(
            base="b" * 40,
            head="h" * 40,
            added=(),
            modified=tuple(changed),
            renamed=(),
            deleted=(),
            faults=(),
            leaf_nodes=NOWHERE,
            seed_examples=NOWHERE,
            chunks=NOWHERE,
            exam=NOWHERE,
            leaf_keys={},
            run_key="r" * 16,
        )
        self._parts = [(part, [_all_answers(part, unit) for unit in _questions(part)]) for part in parts]
        self._earlier = {
            (question.leaf_node, question.question, question.context): {"another answer"}
            for part in parts
            if part.edited
            for unit in _questions(part)
            for question in unit
        }

    def judge(self, generator: np.random.Generator) -> tuple[Reason, ...]:
        """One table, judged."""
        answers = [answer for part, units in self._parts for answer in _draw(part, units, generator)]
        return judge_answers(answers, REPORT, self.change, self.gate, self._earlier)

    def run(self, tables: int, seed: int) -> dict[str, float]:
        """Shares of the tables that were released, and that each rule refused."""
        generator, released = np.random.default_rng(seed), 0
        refused: dict[str, int] = {}
        for _ in range(tables):
            reasons = self.judge(generator)
            released += all(reason.passed for reason in reasons)
            for rule in {reason.rule for reason in reasons if not reason.passed}:
                refused[rule] = refused.get(rule, 0) + 1
        return {"released": released / tables, **{rule: number / tables for rule, number in sorted(refused.items())}}


def leaf_names(count: int, start: int = 0) -> tuple[str, ...]:
    """``knowledge/leaf_000`` and so on."""
    return tuple(f"knowledge/leaf_{number:03d}" for number in range(start, start + count))


def _questions(part: Part) -> list[list[ExamQuestion]]:
    units = []
    for leaf in part.leaves:
        units += [
            [_question(leaf, f"f{fact} w{wording}", f"f{fact}") for wording in range(WORDINGS)] for fact in range(part.facts)
        ]
        units += [[_question(leaf, f"h{number}", None)] for number in range(part.human)]
    return units


def _question(leaf: str, question: str, fact: str | None) -> ExamQuestion:
    suite = "human" if fact is None else "reserved_phrasing"
    return ExamQuestion.model_validate(
        {
            "id": f"{leaf} {question}",
            "suite": suite,
            "leaf_node": leaf,
            "kind": "knowledge",
            "question": question,
            "reference": "new",
            "fact": fact,
        }
    )


Outcomes = dict[tuple[bool, bool], list[ExamAnswer]]
"""A unit's answers by who has it right: base and student. They are made once, and drawn many times."""


def _all_answers(part: Part, unit: list[ExamQuestion]) -> Outcomes:
    return {
        (base, student): [
            ExamAnswer(
                question=question,
                changed=part.changed,
                base_answer="",
                student_answer="",
                base_scores={"match": float(base)},
                student_scores={"match": float(student)},
            )
            for question in unit
        ]
        for base in (False, True)
        for student in (False, True)
    }


def _draw(part: Part, units: list[Outcomes], generator: np.random.Generator) -> Iterator[ExamAnswer]:
    right = generator.random((len(units), 2)) < (part.base, part.student)
    for unit, (base, student) in zip(units, right.tolist(), strict=True):
        yield from unit[base, student]
