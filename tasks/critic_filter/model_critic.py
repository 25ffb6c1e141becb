"""The critic that asks a served model.

Each sample is held against the criteria of its kind, one request each, until one refuses it::

    knowledge        question -> faithfulness -> relevancy
    grounded skill   question -> faithfulness -> pair
    freeform skill   question -> pair

    question      self-contained, clear, answerable                               yes or no
    faithfulness  every claim of the answer is supported by the source            yes or no
    relevancy     the answer answers the question, all of it and nothing else     0 to 2
    pair          question and answer as an example of the skill                  1 to 3

After LAB (Sudalairaj et al. 2024), section 3.2, with its thresholds as defaults. Answers are judged against the source
itself, never against what the teacher made of it. Each criterion that was asked is a score on the sample,
with the critic's words.

An answer that cannot be parsed after one more try is a refusal (``critic_unparsable``), never a guess. A judgement in short::

    {"reason": "unfaithful", "detail": "The source says 130 hp.", "scores": {"question": 1.0, "faithfulness": 0.0}}

Not covered: canaries, counts and thresholds across samples (``filter``); criteria of the user's own beyond the wording of the
prompts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, StringConstraints

from schemas.contracts import ReportProgress, Usage
from schemas.records import Critique, LeafKind, digest_of
from schemas.settings import CriticSettings
from tasks.chat_model.asking import NO_SUPPORT, Support, work_through
from tasks.chat_model.chat import Ask, ChatRequest, add_usage
from tasks.chat_model.door import Limits
from tasks.chat_model.managed_server import name_of_model
from tasks.chat_model.prompts import Prompt, load_prompts
from tasks.chat_model.watching import Watch
from tasks.chat_model.worker import Job
from tasks.critic_filter.judgement import Judged, Judgement

Explanation = Annotated[str, StringConstraints(strip_whitespace=True)]
_LONGEST_EXPLANATION = 500
"""Characters of one criterion's explanation that stay on the sample."""
_UNASKABLE = {"model_request_failed": "critic_failed"}
"""Reasons by kind of failure; every other kind is an answer that cannot be read."""


class YesNo(BaseModel):
    """The explanation comes first: a model that has to give reasons before its verdict gives better verdicts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explanation: Explanation
    verdict: Literal["yes", "no"]

    @property
    def score(self) -> int:
        return int(self.verdict == "yes")


class Relevancy(BaseModel):
    """0: beside the question; 1: in part, or with much else; 2: all of it and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explanation: Explanation
    relevancy: Literal["0", "1", "2"]

    @property
    def score(self) -> int:
        return int(self.relevancy)


class PairQuality(BaseModel):
    """1: wrong or useless; 2: sound; 3: a model example."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    explanation: Explanation
    quality: Literal["1", "2", "3"]

    @property
    def score(self) -> int:
        return int(self.quality)


Verdict = YesNo | Relevancy | PairQuality


@dataclass(frozen=True)
class Criterion:
    """One thing that a sample is held against.

    Args:
        name: Of the score and of the prompt.
        form: What the critic answers.
        reason: Why a sample is refused that falls short.
        least: The least score that is kept.
    """

    name: str
    form: type[Verdict]
    reason: str
    least: Callable[[CriticSettings], int]


QUESTION = Criterion("question", YesNo, "unclear_question", lambda _: 1)
FAITHFULNESS = Criterion("faithfulness", YesNo, "unfaithful", lambda _: 1)
RELEVANCY = Criterion("relevancy", Relevancy, "irrelevant_answer", lambda critic: critic.minimum_relevancy)
PAIR = Criterion("pair", PairQuality, "poor_pair", lambda critic: critic.minimum_pair)

CRITERIA: dict[LeafKind, tuple[Criterion, ...]] = {
    "knowledge": (QUESTION, FAITHFULNESS, RELEVANCY),
    "grounded_skill": (QUESTION, FAITHFULNESS, PAIR),
    "freeform_skill": (QUESTION, PAIR),
}
FORMS: dict[str, type[BaseModel]] = {each.name: each.form for each in (QUESTION, FAITHFULNESS, RELEVANCY, PAIR)}


def judge_samples(
    samples: Iterable[Judged],
    critic: CriticSettings,
    cache: str,
    progress: ReportProgress,
    planned: int | None = None,
    support: Support = NO_SUPPORT,
) -> Iterator[Judgement]:
    """A judgement for each sample, in their order.

    Args:
        samples: Drawn as they are judged, never all at once.
        planned: How many there are; None where nobody knows.
        support: What the door is lent.
        cache: Local folder for what all runs share; the answers lie under ``answers/critic``.

    Raises:
        ModelServerError: no server answers, or more requests failed than ``max_failed_share`` allows.
        UsageError: a prompt is broken, no endpoint is set, or the API key is not to be found.
    """
    prompts = load_prompts(files("tasks.critic_filter") / "prompts", FORMS, critic.prompts)

    def job_of(judged: Judged) -> Job[Judgement]:
        return partial(judge_sample, judged, critic, prompts)

    watch = Watch(progress, "samples judged", planned, Limits(critic.max_failed_share))
    return work_through(map(job_of, samples), critic.model, f"{cache}/answers/critic", watch, support)


async def judge_sample(judged: Judged, critic: CriticSettings, prompts: dict[str, Prompt], ask: Ask) -> Judgement:
    """Asks the criteria of the sample's kind one after another, until one refuses it."""
    sample = judged.sample
    scores, explanations, usage = dict[str, float](), list[str](), Usage()
    reason, detail = None, ""
    for criterion in criteria_of(judged):
        answer = await ask(_request_for(judged, prompts[criterion.name], critic))
        usage = add_usage(usage, answer.usage)
        if answer.failure is not None:
            reason = _UNASKABLE.get(answer.failure, "critic_unparsable")
            detail = f"{criterion.name}: {answer.detail}"
            break
        verdict = cast(Verdict, answer.content)
        scores[criterion.name] = float(verdict.score)
        explanations.append(f"{criterion.name}: {verdict.explanation[:_LONGEST_EXPLANATION]}")
        if verdict.score < criterion.least(critic):
            reason, detail = criterion.reason, verdict.explanation[:_LONGEST_EXPLANATION] or "no explanation"
            break
    critique = Critique(critic=name_of_model(critic.model), scores=scores, explanation="\n".join(explanations))
    return Judgement(sample.model_copy(update={"critique": critique}), reason, detail, usage)


def criteria_of(judged: Judged) -> tuple[Criterion, ...]:
    """What the sample is held against; faithfulness only where there is a source to be faithful to."""
    criteria = CRITERIA[judged.sample.kind]
    return criteria if judged.source is not None else tuple(each for each in criteria if each is not FAITHFULNESS)


def _request_for(judged: Judged, prompt: Prompt, critic: CriticSettings) -> ChatRequest:
    """At temperature 0: a verdict shall be the same tomorrow, and the same pair is judged once."""
    sample = judged.sample
    messages = prompt.render(
        question=sample.question, answer=sample.answer, context=sample.context or "", source=judged.source or "", kind=sample.kind
    )
    shard = digest_of([sample.leaf_node, sample.provenance.leaf_key])[:32]
    return ChatRequest(messages, critic.max_tokens, 0.0, form=prompt.form, example=prompt.example, shard=shard)
