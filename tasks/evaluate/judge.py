"""The judge: a served model that scores answers 1 to 5, tells refusals, and compares base and student side by side.

Part of ``evaluate``, in the parent process (Zheng et al. 2023, "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena",
sections 3.1 to 3.4). Any OpenAI-compatible endpoint, at temperature 0, answering in a structure whose values are checked::

    {"explanation": "It names the right material.", "score": "5"}            1 to 5, against the reference where there is one
    {"explanation": "Both are right.", "better": "tie"}                      first, second, tie; asked in both orders
    {"explanation": "It declines and offers help.", "refused": "yes"}        yes, no

An answer that does not fit is asked for once more (``chat_model/door.py``); what still fails is counted and shown, and is in no
mean: a failed judgement is not a bad answer. A comparison counts only where both orders agree (``compare``).

Before it judges a student, the judge judges canaries (``judge_canaries.py``). One that fails them is asked nothing more, so
nothing it says can decide about a release; ``JudgeReport.usable`` says so, and why.

Not covered: several judges, criteria of the user's own beyond the wording of the prompts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from schemas.benchmarks import Judgement
from schemas.contracts import ReportProgress, Usage
from schemas.evaluate_settings import JudgeSettings
from schemas.records import digest_of
from tasks.chat_model.asking import NO_SUPPORT, Support, work_through
from tasks.chat_model.chat import Ask, ChatRequest
from tasks.chat_model.door import Limits
from tasks.chat_model.prompts import Prompt, load_prompts
from tasks.chat_model.watching import Watch
from tasks.chat_model.worker import Job

Explanation = Annotated[str, StringConstraints(strip_whitespace=True)]
LONGEST_EXPLANATION = 500
"""Characters of an explanation that are kept."""


class AnswerScore(BaseModel):
    """The explanation comes first: a model that has to give reasons before its verdict gives better verdicts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explanation: Explanation
    score: Literal["1", "2", "3", "4", "5"]


class PairVerdict(BaseModel):
    """Which of two is better."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explanation: Explanation
    better: Literal["first", "second", "tie"]


class RefusalVerdict(BaseModel):
    """Whether an answer declines what was asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explanation: Explanation
    refused: Literal["yes", "no"]


FORMS: dict[str, type[BaseModel]] = {"score": AnswerScore, "pair": PairVerdict, "refusal": RefusalVerdict}
SAID = {"score": "score", "pair": "better", "refusal": "refused"}
"""The field that holds the verdict."""


@dataclass(frozen=True)
class Case:
    """One thing to be judged.

    Args:
        about: Whose answer it is, or that two are compared.
        form: What is asked of the judge.
        benchmark, question: What it belongs to.
        turns: What the user said.
        reference: Expected answers by turn; fewer or none where there are none.
        answers: By turn; of a pair the answers shown first.
        others: Of a pair the answers shown second.
        swapped: Of a pair whether the student's answers are shown first.
    """

    about: Literal["base", "student", "pair", "canary"]
    form: Literal["score", "refusal", "pair"]
    benchmark: str
    question: str
    turns: tuple[str, ...]
    reference: tuple[str, ...]
    answers: tuple[str, ...]
    others: tuple[str, ...] = ()
    swapped: bool = False


Comparison = Literal["win", "tie", "loss", "inconsistent", "failed"]


def judge_cases(
    cases: Sequence[Case], settings: JudgeSettings, cache: str, progress: ReportProgress, support: Support = NO_SUPPORT
) -> Iterable[tuple[Judgement, Usage]]:
    """A judgement for each case, in their order, with what it cost.

    Args:
        cache: Local folder for what all runs share; the answers lie under ``answers/judge``.

    Raises:
        ModelServerError: no server answers at all.
        UsageError: a prompt is broken, or the API key is not to be found.
    """
    prompts = load_prompts(files("tasks.evaluate") / "prompts", FORMS, settings.prompts)

    def job_of(case: Case) -> Job[tuple[Judgement, Usage]]:
        return partial(_judge, case, prompts[case.form], settings)

    # However many fail: the report counts them, and says whether the judge can be used.
    watch = Watch(progress, "judgements", len(cases), Limits(max_failed_share=1.0))
    return work_through(map(job_of, cases), settings.model, f"{cache}/answers/judge", watch, support)


def judge_shard(settings: JudgeSettings, form: str) -> str:
    """The file of the answer cache that a judge's answers in one form go to: another judge has another."""
    return digest_of([settings.model.name, settings.model.path, form])[:32]


async def _judge(case: Case, prompt: Prompt, settings: JudgeSettings, ask: Ask) -> tuple[Judgement, Usage]:
    messages, shard = prompt.render(exchanges=_exchanges(case)), judge_shard(settings, case.form)
    request = ChatRequest(messages, settings.max_tokens, 0.0, form=prompt.form, example=prompt.example, shard=shard)
    answer = await ask(request)
    verdict = answer.content
    judgement = Judgement(
        about=case.about,
        form=case.form,
        benchmark=case.benchmark,
        question=case.question,
        swapped=case.swapped,
        said="" if verdict is None else str(getattr(verdict, SAID[case.form])),
        explanation="" if verdict is None else verdict.explanation[:LONGEST_EXPLANATION],
        failure="" if answer.failure is None else f"{answer.failure}: {answer.detail}"[:LONGEST_EXPLANATION],
    )
    return judgement, answer.usage


def _exchanges(case: Case) -> list[dict[str, str]]:
    """What the prompt shows: one entry per turn."""
    shown = []
    for number, question in enumerate(case.turns):
        exchange = {"question": question, "reference": case.reference[number] if number < len(case.reference) else ""}
        if case.form == "pair":
            exchange |= {"first": case.answers[number], "second": case.others[number]}
        else:
            exchange |= {"answer": case.answers[number]}
        shown.append(exchange)
    return shown


def compare(base_first: Judgement, student_first: Judgement) -> Comparison:
    """What both orders together say of the student: a verdict that changes with the order is none."""
    if not base_first.said or not student_first.said:
        return "failed"
    both = (base_first.said, student_first.said)
    verdicts: dict[tuple[str, str], Comparison] = {("second", "first"): "win", ("first", "second"): "loss", ("tie", "tie"): "tie"}
    return verdicts.get(both, "inconsistent")


def both_orders(case: Case, swapped_about: Literal["pair", "canary"] = "pair") -> tuple[Case, Case]:
    """A comparison and the same with the two sides exchanged.

    Args:
        case: of form pair, the base's answers first.
    """
    turned = Case(
        swapped_about, "pair", case.benchmark, case.question, case.turns, case.reference, case.others, case.answers, swapped=True
    )
    return case, turned
