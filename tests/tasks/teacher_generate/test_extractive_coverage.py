"""How much of a document the extractive teacher covers, and how much of what it writes is wrong, by hand-checked lists."""

import pytest

from schemas.contracts import ignore_progress
from schemas.records import Sample
from schemas.settings import CriticSettings, TeacherSettings
from tasks.critic_filter.judgement import Judged
from tasks.critic_filter.lexical import judge_samples
from tasks.teacher_generate.extractive.drafts import draft_leaf
from tests.documents.answer_lists import DOCUMENTS, HERE, material_of, read_answers


def kept_samples(text: str) -> list[Sample]:
    """What teacher and critic together let through."""
    material = material_of(text)
    sources = {chunk.id: "\n\n".join([*(f"# {name}" for name in chunk.headings), chunk.text]) for chunk in material.chunks}
    samples = draft_leaf(material, TeacherSettings(), "0" * 40).samples
    judged = [Judged(sample, sources[sample.provenance.chunk or ""]) for sample in samples]
    verdicts = judge_samples(judged, CriticSettings(), "", ignore_progress)
    return [verdict.sample for verdict in verdicts if verdict.reason is None]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_most_statements_yield_a_correct_pair_and_few_pairs_are_wrong(name: str) -> None:
    answers = read_answers(name)
    kept = kept_samples((HERE / name / "document.md").read_text(encoding="utf-8"))
    found = [(sample, answers.find(sample.question, sample.answer)) for sample in kept]
    wrong = [f"{sample.question} -> {sample.answer}" for sample, statement in found if statement is None]
    covered = {statement for _, statement in found if statement is not None}
    quoted = sum((sample.provenance.pattern or "").startswith("quote.") for sample in kept)
    shares = f"{len(kept)} pairs kept, {quoted} of them quoted, {len(wrong)} wrong"
    print(f"{name}: {len(covered)} of {answers.statements} statements covered, {shares}")
    assert len(covered) >= 0.60 * answers.statements
    assert len(wrong) <= 0.03 * len(kept), wrong


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ('In "Sick leave" of "Leave and Travel Policy", what is missing in "Salaries are paid in full for ___"?', "seven weeks"),
        ('In "Expenses" of "Leave and Travel Policy", what is missing in "Salaries are paid in full for ___"?', "six weeks"),
        ('How does the sentence "Salaries are paid ..." go on?', "in full for six weeks"),
        (
            'In "Sick leave" of "Leave and Travel Policy", how does the sentence "Salaries are ..." go on?',
            "in full for six weeks",
        ),
    ],
)
def test_a_quotation_that_is_not_the_documents_own_counts_as_wrong(question: str, answer: str) -> None:
    answers = read_answers("leave_and_travel_policy")
    assert answers.find(question, answer) is None
    right = 'In "Sick leave" of "Leave and Travel Policy", what is missing in "Salaries are paid in full for ___"?'
    assert answers.find(right, "six weeks") is not None
