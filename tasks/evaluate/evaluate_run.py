"""What the parent asks its evaluation worker, and what the worker answers: ``run.json`` and ``result.json``.

Example records::

    {"base": "/.../base", "student": "/.../student", "questions": [{"id": "5f0c...", "messages": [...]}], "settings": {...}}
    {"answers": {"5f0c...": {"base": "", "student": "Stainless steel"}}, "cpu_seconds": 7.1}
"""

from pydantic import Field

from schemas.records import Record
from schemas.student_settings import EvaluateSettings
from tasks.student_model.messages import Message


class Asked(Record):
    """One question as the models see it: nothing of what is expected."""

    id: str
    messages: tuple[Message, ...]


class EvaluateRun(Record):
    """Two models and the questions for both. Equal paths are asked once."""

    base: str = Field(description="directory of the base")
    student: str = Field(description="directory of the student")
    questions: str = Field(description="JSONL file of Asked")
    settings: EvaluateSettings


class Answered(Record):
    """What both models answered, for each question in the file's order."""

    base: tuple[str, ...]
    student: tuple[str, ...]
    cpu_seconds: float
