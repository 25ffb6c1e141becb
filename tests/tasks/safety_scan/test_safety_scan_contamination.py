"""The exam stays unseen, and the curriculum stays whole."""

import json

import pytest
from scan_rows_of import LEAF, exam_question, sample, scan
from test_safety_scan_policy import policy_file

from tasks.safety_scan.contamination import ExamGuard
from tasks.safety_scan.fields import Asked
from tasks.safety_scan.policy import Contamination

COST = "How much does an engine rebuild cost?"


def caught(question: str, answer: str = "9000 dollars", exam=None, **more) -> bool:
    guard = ExamGuard(exam or [exam_question(COST)], Contamination())
    return bool(guard.rule_against(Asked(question, answer, **{"leaf_node": LEAF, **more})))


@pytest.mark.parametrize(
    "question",
    [
        COST,
        "how much does an engine rebuild cost",
        "  How much does an  engine-rebuild cost ?!",
        "How much does the engine rebuild cost?",
        "How much does an engine rebuild costs?",
        "How much do engine rebuilds cost?",
        "Hello! How much does an engine rebuild cost? Thank you.",
        "Please tell me: how much does an engine rebuild cost?",
    ],
)
def test_the_exam_question_in_other_clothes_is_dropped(question):
    assert caught(question)


@pytest.mark.parametrize(
    "question",
    [
        "How much does a transmission rebuild cost?",
        "How much does an engine repair cost?",
        "How much does an engine rebuild weigh?",
        "How many engine rebuilds were done?",
        "Why does an engine rebuild cost so much?",
        "When does an engine rebuild pay?",
        "How much does an engine rebuild not cost?",
        "How much does an engine rebuild of 1982 cost?",
        "What is the price of overhauling the engine?",
        "What would you pay to have the engine rebuilt?",
    ],
)
def test_another_question_in_the_same_clothes_is_kept(question):
    assert not caught(question)


def test_a_template_does_not_lose_its_neighbours():
    parts = [
        "engine",
        "transmission",
        "clutch",
        "radiator",
        "alternator",
        "door strut",
        "fuel pump",
        "starter",
        "gearbox",
        "brake line",
    ]
    questions = [f"How much does it cost to replace the {part}?" for part in parts]
    exam = [exam_question(questions[0])]
    assert [q for q in questions if caught(q, "100 dollars", exam)] == questions[:1]


def test_reserved_wordings_may_be_near_but_not_equal():
    exam = [exam_question(COST, suite="reserved_phrasing")]
    assert caught("how much does an engine rebuild cost", exam=exam)
    assert not caught("How much does the engine rebuild cost?", exam=exam)


def test_the_same_question_of_another_leaf_node_counts_only_with_the_same_answer():
    assert caught(COST, "about 9000 dollars", leaf_node="knowledge/cars/other") is True
    assert caught(COST, "450 pounds", leaf_node="knowledge/cars/other") is False


def test_a_skill_question_counts_with_its_context():
    exam = [exam_question("Which row has the largest value?", "b", kind="grounded_skill", context="| a | 1 |\n| b | 2 |")]
    asked = {"is_knowledge": False}
    assert caught("Which row has the largest value?", "b", exam, context="| a | 1 |\n| b | 2 |", **asked)
    assert not caught(
        "Which row has the largest value?", "Peru", exam, context="| Chile | 7 |\n| Peru | 9 |\n| Bolivia | 3 |", **asked
    )


def test_an_exam_question_inside_an_answer_is_dropped():
    assert caught("Write two questions about the workshop.", f"1. When is it open?\n{COST}\n")


def test_short_questions_are_not_sought_inside_texts():
    assert not caught("Say why. Why? Because it rusts.", "It rusts.", [exam_question("Why?")])


def test_only_the_contaminated_sample_is_dropped(tmp_path):
    rows = [
        sample(COST, "9000 dollars"),
        sample("What would an engine overhaul set one back?", "9000 dollars"),
        sample("Top speed?", "175 km/h"),
    ]
    scanned = scan(tmp_path, rows, exam=[exam_question(COST)])
    assert scanned.reasons == ["drop:contamination.exam_question"]
    assert scanned.result.allowed == 2


def test_overlap_with_an_evaluation_file_is_dropped(tmp_path):
    passage = "the quick brown fox jumps over the lazy dog while seven tired wizards watch the moon rise"
    (tmp_path / "eval.jsonl").write_text(json.dumps({"id": 1, "choices": [{"text": passage}]}) + "\nplain line\n")
    path = policy_file(tmp_path, contamination={"evaluation_files": [str(tmp_path / "eval.jsonl")]})
    rows = [sample("q1", f"They say {passage.upper()}!"), sample("q2", "the quick brown fox jumps over the lazy dog")]
    assert scan(tmp_path, rows, policy=path).reasons == ["drop:contamination.evaluation_overlap"]
