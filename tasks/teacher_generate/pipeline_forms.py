"""What the teacher's answers look like, one form per prompt.

Each prompt of ``prompts/`` asks for one of these; ``tasks.chat_model`` makes the server keep to it and parses it::

    Questions(questions=("Who founded the company?", "In which year did it move?"))
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Form(BaseModel):
    """Frozen, so that a prompt's example can be cached; closed, so that a server cannot add fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Pair(Form):
    question: Text
    answer: Text


class Pairs(Form):
    """Questions with their answers."""

    pairs: tuple[Pair, ...] = Field(min_length=1)


class GroundedPair(Form):
    context: Text
    question: Text
    answer: Text


class GroundedPairs(Form):
    """Questions with their answers, each about a context of its own."""

    pairs: tuple[GroundedPair, ...] = Field(min_length=1)


class Questions(Form):
    questions: tuple[Text, ...] = Field(min_length=1)


class Contexts(Form):
    contexts: tuple[Text, ...] = Field(min_length=1)


class Answer(Form):
    """An answer, or the word that there is none: a teacher that may say so invents less."""

    answerable: Literal["yes", "no"]
    answer: str


class Summary(Form):
    summary: Text


class Facts(Form):
    facts: tuple[Text, ...] = Field(min_length=1)


FORMS: dict[str, type[Form]] = {
    "knowledge_pairs": Pairs,
    "knowledge_summary": Summary,
    "knowledge_facts": Facts,
    "knowledge_questions": Questions,
    "knowledge_answer": Answer,
    "grounded_pairs": GroundedPairs,
    "grounded_contexts": Contexts,
    "grounded_questions": Questions,
    "grounded_answer": Answer,
    "freeform_pairs": Pairs,
    "freeform_questions": Questions,
    "freeform_answer": Answer,
}
"""By the name of the prompt."""
