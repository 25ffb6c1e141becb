"""One rendering of a question into messages, for training and for the exam alike.

Part of ``train`` and ``evaluate``: what the student is asked in the exam has exactly the form in which it was taught.

- **Knowledge is asked closed-book**: the question alone. The student must know it; showing the passage would measure reading.
  (A sample that says ``unmask`` shows its passage, because then the passage itself is what is learned.)
- **A skill is asked with its context**, where it has one: the table to read, the text to change.

Example::

    [{"role": "user", "content": "Context:\\n| City | Rain |\\n...\\n\\nQuestion: Where did it rain most?"},
     {"role": "assistant", "content": "Bergen"}]

Not covered: conversations of several turns, system messages (``labelled_tokens.py`` takes both), chat templates.
"""

from typing_extensions import TypedDict  # pydantic reads only this one before Python 3.12

from schemas.records import ExamQuestion, LeafKind, Sample


class Message(TypedDict):
    """One turn of a conversation."""

    role: str
    content: str


def sample_messages(sample: Sample) -> list[Message]:
    """The conversation that a sample teaches: the question by the user, the answer by the assistant."""
    asked = render_question(sample.question, sample.context if shows_context(sample.kind, sample.unmask) else None)
    return [Message(role="user", content=asked), Message(role="assistant", content=sample.answer)]


def exam_messages(question: ExamQuestion) -> list[Message]:
    """The conversation that a student is asked to continue."""
    shown = question.context if shows_context(question.kind, unmask=False) else None
    return [Message(role="user", content=render_question(question.question, shown))]


def shows_context(kind: LeafKind, unmask: bool) -> bool:
    """Whether the context is put before the question."""
    return unmask or kind != "knowledge"


def render_question(question: str, context: str | None) -> str:
    """The user's turn."""
    if context is None or not context.strip():
        return question.strip()
    return f"Context:\n{context.strip()}\n\nQuestion: {question.strip()}"
