"""How the gate says what it saw: ``reserved wordings 0.00 -> 0.99 (74 of 75 facts gained, 0 lost; 150 questions)``.

Part of ``promote``. Names of leaf nodes and benchmarks come from users' files: they are cut and freed of control characters.
"""

import re
from collections.abc import Sequence

from tasks.promote.exam_units import Unit, differences, mean_scores
from tasks.promote.paired_tests import paired_test

SUITE_NAMES = {"human": "human questions", "reserved_phrasing": "reserved wordings"}
_LONGEST_NAME = 120
_NAMED = 3
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def describe_units(units: Sequence[Unit]) -> str:
    """Mean scores and how many were gained and lost."""
    base, student = mean_scores(units)
    test, questions = paired_test(differences(units)), sum(unit.questions for unit in units)
    asked = f"{count(questions, 'question')} about {count(len(units), 'fact')}" if questions > len(units) else ""
    suites = {unit.suite for unit in units}
    name = SUITE_NAMES[suites.pop()] if len(suites) == 1 else "questions"
    told = asked or count(questions, "question")
    return f"{name} {base:.2f} -> {student:.2f} ({test.won} gained, {test.lost} lost; {told})"


def name_some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(clean(name) for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def clean(name: str) -> str:
    """A name of a user's that is safe to print."""
    name = _UNPRINTABLE.sub("\ufffd", name)
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def count(number: int, what: str) -> str:
    """``1 question``, ``2 questions``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def percent(share: float) -> str:
    """``4.8 %``, ``less than 0.1 %``."""
    return "less than 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"
