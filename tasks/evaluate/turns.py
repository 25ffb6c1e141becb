"""A conversation of several turns, asked turn by turn: each next question follows the model's own answer.

Part of ``evaluate``, on both sides of the worker process. All first turns are asked together, then all second ones, so batches
and servers stay full::

    user "Name a river."  -> "The Ouse."   user "How long is it?"  -> "130 km."

Not covered: tools, and references in place of the model's own answers.
"""

from collections.abc import Callable, Sequence

from tasks.chat_model.structured import split_reasoning
from tasks.evaluate.evaluate_run import Asked
from tasks.student_model.messages import Message

HALF_A_CHARACTER = "\N{REPLACEMENT CHARACTER}"
"""What is left of a character whose bytes were cut off at the longest answer; servers leave it out."""
Answer = Callable[[Sequence[Sequence[Message]]], Sequence[str]]
"""The next turn of each conversation."""


def answer_turns(asked: Sequence[Asked], answer: Answer) -> list[tuple[str, ...]]:
    """The answers to each conversation, one text per turn. A model's thinking is no part of its answer.

    Args:
        answer: asks the model; called once per turn with all conversations that have it.
    """
    conversations: list[list[Message]] = [list(each.messages) for each in asked]
    answers: list[list[str]] = [[] for _ in asked]
    turn, active = 0, list(range(len(asked)))
    while active:
        for number, text in zip(active, answer([conversations[number] for number in active]), strict=True):
            said = split_reasoning(text, None)[0].rstrip(HALF_A_CHARACTER).strip()
            answers[number].append(said)
            conversations[number].append(Message(role="assistant", content=said))
        active = [number for number in active if turn < len(asked[number].further)]
        for number in active:
            conversations[number].append(Message(role="user", content=asked[number].further[turn]))
        turn += 1
    return [tuple(texts) for texts in answers]
