"""Exam questions and samples for the tests of this room."""

from schemas.records import ExamQuestion, Provenance, Sample, sample_id

LEAF, SKILL = "knowledge/boats/heron", "compositional_skills/greetings"


def make_question(question: str, reference: str, **fields) -> ExamQuestion:
    values = {"suite": "human", "leaf_node": LEAF, "kind": "knowledge"} | fields
    return ExamQuestion(
        id=sample_id(values["leaf_node"], question, None, reference), question=question, reference=reference, **values
    )


def make_sample(question: str, answer: str, origin: str = "extracted", leaf: str = LEAF, fact: str | None = None) -> Sample:
    return Sample(
        id=sample_id(leaf, question, None, answer),
        leaf_node=leaf,
        kind="knowledge" if leaf == LEAF else "freeform_skill",
        question=question,
        answer=answer,
        origin=origin,
        provenance=Provenance(taxonomy_commit="0" * 40, leaf_key="k", teacher=origin, fact=fact),
    )
