"""Multiple choice from the taxonomy's own knowledge: the exam's questions, with answers of other exam questions as wrong choices.

Part of ``evaluate``, in the parent process. For each question of a knowledge leaf node, three wrong choices are drawn from the
references of other questions, those that are hardest to tell apart first: of the same leaf node and of the same type (a number
with the same unit, a yes or no, a name, a longer text), then with another unit, then of the same leaf node, then of the same type
anywhere::

    question  What does a brake overhaul cost?
    choices   $900 | Between $1,000 and $1,500 | $80 | $25,000

Nothing is added to what was asked anyway, so what holds for the exam holds here: no teacher and no student has seen a question.
What the critic did not find supported by the leaf node's own source (``critic_filter/exam_check.py``) is neither asked nor
offered as a choice: it is set aside with the critic's reason.

A choice that could be right as well is no choice: one that shares the reference's words or numbers, or that is the reference of
the same question or fact elsewhere, be it in other words. Where three choices cannot be found, the question is left out.

Not covered: skills (their answers are texts to write), wrong choices written by a model.
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence

from schemas.records import ExamCheck, ExamQuestion, Rejected, digest_of
from tasks.evaluate.benchmark_files import Item
from tasks.evaluate.text_tokens import is_number, tokens_of
from tasks.student_model.messages import Message

OWN_KNOWLEDGE = "own_knowledge"
WRONG_CHOICES = 3
LONG_TOKENS = 6
"""From this many tokens an answer is a text, not a name."""
YES_NO = ({"yes"}, {"no"})
ASKING_WORDS = frozenset(
    {"what", "which", "is", "are", "was", "were", "do", "does", "did", "please", "tell", "me", "the", "a", "an"}
)
"""Words that say little about what is asked for."""


def drop_unsupported(
    questions: Sequence[ExamQuestion], checks: Mapping[str, ExamCheck] | None
) -> tuple[list[ExamQuestion], list[Rejected]]:
    """The knowledge questions whose expected answer the critic found supported, and the others with its reason.

    Args:
        checks: by the question's id; a question without one was not checked, and is set aside. None: nobody was asked.
    """
    supported, rejected = list[ExamQuestion](), list[Rejected]()
    for question in questions:
        check = checks.get(question.id) if checks is not None else None
        if question.kind != "knowledge" or checks is None or (check and check.supported):
            supported.append(question)
        else:
            detail = f"{check.critic}: {check.reason} {check.detail}".strip() if check else "the critic was not asked"
            rejected.append(_unsupported(question, detail))
    return supported, rejected


def choices_from_exam(questions: Sequence[ExamQuestion], most: int, seed: int) -> list[Item]:
    """One multiple-choice question for each knowledge question that three wrong choices are found for.

    Args:
        most: most questions; where there are more, a digest under the seed chooses.
        seed: of the draws.
    """
    known = [question for question in questions if question.kind == "knowledge" and tokens_of(question.reference)]
    known = list({question.id: question for question in known}.values())
    pool = _Pool(known)
    chosen = sorted(known, key=lambda question: digest_of([seed, question.id]))
    items: list[Item] = []
    for question in chosen:
        if len(items) == most:
            break
        generator = random.Random(f"{seed}/{question.id}")  # noqa: S311 (draws choices, guards nothing)
        wrong = pool.wrong_choices(question, generator)
        if len(wrong) == WRONG_CHOICES:
            items.append(_item(question, wrong, generator))
    return items


class _Pool:
    """The references that wrong choices are drawn from: each text once per leaf node."""

    def __init__(self, questions: Iterable[ExamQuestion]) -> None:
        self._by_leaf: dict[str, dict[str, ExamQuestion]] = {}
        self._by_type: dict[str, dict[str, ExamQuestion]] = {}
        self._by_question: dict[frozenset[str], set[str]] = {}
        self._by_fact: dict[str, set[str]] = {}
        for question in questions:
            text = " ".join(tokens_of(question.reference))
            self._by_leaf.setdefault(question.leaf_node, {}).setdefault(text, question)
            self._by_type.setdefault(answer_type(question.reference), {}).setdefault(text, question)
            self._by_question.setdefault(gist_of(question.question), set()).add(text)
            if question.fact is not None:
                self._by_fact.setdefault(question.fact, set()).add(text)

    def wrong_choices(self, question: ExamQuestion, generator: random.Random) -> list[str]:
        """Up to three references that cannot be right."""
        kind = answer_type(question.reference)
        near = self._by_leaf[question.leaf_node]
        alike = {text: other for text, other in near.items() if answer_type(other.reference) == kind}
        similar = {text: other for text, other in near.items() if answer_type(other.reference).split()[0] == kind.split()[0]}
        wrong: list[str] = []
        for candidates in (alike, similar, near, self._by_type[kind]):
            drawn = sorted(candidates)
            generator.shuffle(drawn)
            for text in drawn:
                reference = candidates[text].reference
                if len(wrong) < WRONG_CHOICES and self._is_wrong(question, text, reference, wrong):
                    wrong.append(reference)
        return wrong

    def _is_wrong(self, question: ExamQuestion, text: str, reference: str, taken: list[str]) -> bool:
        """Whether a reference surely does not answer the question, and differs from what is taken already."""
        if text in self._by_question[gist_of(question.question)] or text in self._by_fact.get(question.fact or "", ()):
            return False
        return not any(overlaps(reference, other) for other in (question.reference, *taken))


def gist_of(question: str) -> frozenset[str]:
    """The words that tell what is asked for: two questions with the same ones may have the same answers."""
    return frozenset(tokens_of(question)) - ASKING_WORDS


def overlaps(one: str, other: str) -> bool:
    """Whether one answer contains all words of the other, or has the same numbers: then both may be right, or both wrong."""
    first, second = set(tokens_of(one)), set(tokens_of(other))
    numbers = [{token for token in tokens if is_number(token)} for tokens in (first, second)]
    return first <= second or second <= first or (bool(numbers[0]) and numbers[0] == numbers[1])


def answer_type(reference: str) -> str:
    """What kind of answer a text is, for example ``number $``, ``yes_no``, ``name``, ``words`` or ``text``."""
    tokens = tokens_of(reference)
    if {tokens[0]} in YES_NO:
        return "yes_no"
    if any(is_number(token) for token in tokens):
        units = sorted(re.sub(r"[\d.,\s]", "", token) for token in tokens if is_number(token))
        words = [token for token in tokens if not is_number(token)]
        return f"number {units[0] or (words[-1] if words else '')}" if len(tokens) <= LONG_TOKENS else "text with numbers"
    if len(tokens) > LONG_TOKENS:
        return "text"
    return "name" if all(word[:1].isupper() for word in reference.split() if len(word) > 3) else "words"


def _unsupported(question: ExamQuestion, detail: str) -> Rejected:
    return Rejected(
        id=question.id,
        leaf_node=question.leaf_node,
        stage="evaluate",
        reason="choice_not_supported",
        detail=detail,
        row=question.model_dump(mode="json", exclude_none=True),
    )


def _item(question: ExamQuestion, wrong: list[str], generator: random.Random) -> Item:
    choices = [question.reference, *wrong]
    generator.shuffle(choices)
    return Item(
        benchmark=OWN_KNOWLEDGE,
        kind="multiple_choice",
        id=question.id,
        messages=(Message(role="user", content=question.question.strip()),),
        reference=(question.reference,),
        choices=tuple(choices),
        answer=choices.index(question.reference),
    )
