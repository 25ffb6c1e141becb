"""What the parent asks its evaluation worker, and what the worker answers: ``run.json``, two files of questions, ``result.json``.

Example records::

    Asked(id="5f0c...", messages=({"role": "user", "content": "Who built the Heron?"},), further=("And when?",))
    ChoiceQuestion(id="77ab...", benchmark="own_knowledge", question="Who built it?", choices=("Ida Holm", "Ole Dahl"), answer=0)
    Answered(base=(("", ""),), student=(("Ida Holm", "In 1958"),), base_choices=..., student_choices=..., cpu_seconds=7.1)

What is expected (``answer``) is told to lm-eval alone, which needs it for its own score; a model never sees it.
"""

from pydantic import Field

from schemas.records import Record
from schemas.student_settings import EvaluateSettings
from tasks.student_model.messages import Message


class Asked(Record):
    """One conversation as the models see it: nothing of what is expected."""

    id: str
    messages: tuple[Message, ...] = Field(description="up to the user's first question")
    further: tuple[str, ...] = Field((), description="what the user says next, after each answer")


class ChoiceQuestion(Record):
    """One multiple-choice question."""

    id: str
    benchmark: str
    question: str
    choices: tuple[str, ...]
    answer: int = Field(description="place of the right choice, from 0")
    subject: str = Field("", description="what the question is about; MMLU says it")
    prefix: str = Field("", description="text before the question: solved examples")
    chat: bool = Field(True, description="asked through the chat template, as in training; False: as plain text")


class Chosen(Record):
    """What a model chose of one question, as places from 0."""

    letters: int = Field(description="the letter that it finds likeliest, the choices being shown")
    cloze: int = Field(description="the choice that it finds likeliest as an answer, per character, none being shown")


class EvaluateRun(Record):
    """Two models and the questions for both. Equal paths are asked once."""

    base: str = Field(description="directory of the base")
    student: str = Field(description="directory of the student")
    questions: str = Field(description="JSONL file of Asked")
    choices: str = Field("", description="JSONL file of ChoiceQuestion; empty: there are none")
    settings: EvaluateSettings


class Answered(Record):
    """What both models answered, in the files' order: for each conversation one text per turn."""

    base: tuple[tuple[str, ...], ...] = ()
    student: tuple[tuple[str, ...], ...] = ()
    base_choices: tuple[Chosen, ...] = ()
    student_choices: tuple[Chosen, ...] = ()
    cpu_seconds: float = 0.0
