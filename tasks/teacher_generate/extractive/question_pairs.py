"""A document's own questions with their answers -> facts.

    "**Q: How do I sign up?**\\nA: Download the app."   ->  "For the Volta Bike Share, how do I sign up?"  -> "Download the app."
    "### Where can I park?\\nAt any station."           ->  "For the Volta Bike Share, where can I park?"  -> "At any station."

The answer is the first sentences that follow, as many as make a short one. Such a question has no indirect form, because its
words are the document's: frames that need one leave it out.

Not covered: answers that are lists or tables.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.passages import Page, Unit
from tasks.teacher_generate.extractive.questions import small_wh
from tasks.teacher_generate.extractive.texts import Text

_ASKS = re.compile(
    r"(?:^|[.,:!?] )(?:(?:and|but|so) )?(?:(?:in|at|by|to|for|from|with|on|since|until) )?"
    r"(?:what|when|where|who|whom|whose|why|which|how|is|are|was|were|do|does|did|can|could|may|must|shall|should|will|would|has|have|had|am)\b",
    re.IGNORECASE,
)
"""A question begins with a question word or an auxiliary, behind a sentence or a condition: "Found an animal?" is a heading."""
LONGEST_ANSWER = 25
"""Words. Sentences are added while the answer stays below."""
LEAST_QUESTION = 3
"""Words. "Why?" asks nothing by itself."""


def pair_questions(page: Page, topic: str) -> Iterator[Fact]:
    """The facts of a page's own questions, in order.

    Args:
        topic: What the document is about, with its article; "" where its questions stand for themselves.
    """
    for asked, units in groupby(page.units, key=lambda unit: unit.asked):
        if len(asked.split()) >= LEAST_QUESTION and _ASKS.search(asked):
            answering = list(units)
            if not answering[0].listed and (answer := _read_answer(answering)):
                yield Fact("pair.answer", answer, tuple(_ask(asked, topic)), f"{asked} {answer.text}", answering[0].headings)


def _read_answer(units: list[Unit]) -> Text | None:
    """The first sentences of the first paragraph; None where they are too long."""
    answer: Text | None = None
    for unit in units:
        size = len(unit.text.text.split()) + (len(answer.text.split()) if answer else 0)
        if unit.block != units[0].block or size > LONGEST_ANSWER or unit.text.text.endswith((":", "?")):
            break
        if answer is None:
            answer = unit.text
        else:
            answer = Text(f"{answer.text} {unit.text.text}", (*answer.offsets, answer.offsets[-1] + 1, *unit.text.offsets))
    return answer


def _ask(asked: str, topic: str) -> Iterator[Core]:
    named = all(word in asked.lower() for word in topic.removeprefix("the ").lower().split())
    if topic and not named:
        several = ". " in asked  # "I lost my key. What now?"
        yield Core(f"About {topic}: {asked}" if several else f"For {topic}, {small_wh(asked)}", "")
    yield Core(asked, "")
