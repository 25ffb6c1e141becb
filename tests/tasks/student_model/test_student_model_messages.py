"""Training and exam ask in the same form."""

import pytest

from schemas.records import ExamQuestion, Provenance, Sample
from tasks.student_model.messages import exam_messages, sample_messages

TABLE = "| City | Rain |\n| Bergen | 2,250 mm |"


def sample(kind: str, context: str | None, unmask: bool = False) -> Sample:
    provenance = Provenance(taxonomy_commit="0" * 40, leaf_key="k", teacher="t")
    text = {"question": "Where does it rain most?", "answer": "Bergen", "context": context}
    return Sample(id="1", leaf_node="x", kind=kind, origin="generated", unmask=unmask, provenance=provenance, **text)


def question(kind: str, context: str | None) -> ExamQuestion:
    text = {"question": "Where does it rain most?", "reference": "Bergen", "context": context}
    return ExamQuestion(id="1", suite="human", leaf_node="x", kind=kind, **text)


@pytest.mark.parametrize("kind", ["knowledge", "grounded_skill", "freeform_skill"])
@pytest.mark.parametrize("context", [None, TABLE, "  \n"])
def test_a_question_is_taught_as_it_is_examined(kind: str, context: str | None) -> None:
    taught = sample_messages(sample(kind, context))
    assert taught[:-1] == exam_messages(question(kind, context))
    assert taught[-1] == {"role": "assistant", "content": "Bergen"}


def test_knowledge_is_asked_without_its_passage() -> None:
    assert exam_messages(question("knowledge", TABLE)) == [{"role": "user", "content": "Where does it rain most?"}]


def test_a_grounded_skill_is_asked_with_its_context() -> None:
    (message,) = exam_messages(question("grounded_skill", TABLE))
    assert message["content"] == f"Context:\n{TABLE}\n\nQuestion: Where does it rain most?"


def test_an_unmasked_sample_shows_its_passage() -> None:
    assert TABLE in sample_messages(sample("knowledge", TABLE, unmask=True))[0]["content"]
