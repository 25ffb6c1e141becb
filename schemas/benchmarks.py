"""What an evaluation says besides the exam: benchmarks, safety, the judge. Parts of ``EvaluationReport`` and rows of its
files."""

from typing import Literal

from pydantic import Field

from schemas.contracts import DatasetFile, Usage
from schemas.records import Record

Kind = Literal["questions", "conversations", "multiple_choice", "safety", "exam"]


class BenchmarkScore(Record):
    """Base and student on one benchmark by one metric, each mean with its bootstrap 95 % interval.

    Means are taken over the questions that have a score for both models: ``failed`` others have none, and are in no mean.
    """

    name: str = Field(description="of the settings, or own_knowledge, mmlu, safety_harmful, safety_harmless, exam")
    kind: Kind
    metric: str = Field(
        description="match, exact_match, token_f1, rouge_l, letters, cloze, refused, answered, "
        "refused_judged, answered_judged: 0 to 1; "
        "judge: 1 to 5; judge_pairs: share of comparisons won, a tie counts half"
    )
    questions: int = Field(description="questions that both models have a score for")
    failed: int = Field(0, description="questions without one: a judgement failed, or differed between the two orders")
    base: float
    base_low: float
    base_high: float
    student: float
    student_low: float
    student_high: float
    delta: float = Field(description="student - base, paired")
    low: float = Field(description="95 % bootstrap interval of the delta")
    high: float
    margin: float = Field(description="most loss that the gate accepts, in the metric's own units")
    gated: bool = Field(description="whether a loss beyond the margin can refuse a release: one metric of each benchmark at most")
    not_gated: str = Field("", description="why it does not count for the gate where one would expect it to")


class BenchmarkAnswer(Record):
    """One question of a benchmark with what was expected and what base and student answered."""

    benchmark: str
    kind: Kind
    id: str
    turns: tuple[str, ...] = Field(description="what the user says, one text per turn")
    reference: tuple[str, ...] = Field((), description="expected answers by turn; of multiple choice the right choice")
    choices: tuple[str, ...] = ()
    base_answers: tuple[str, ...] = Field(description="by turn; of multiple choice the chosen one by form: letters, cloze")
    student_answers: tuple[str, ...]
    base_scores: dict[str, float] = Field(description="by metric; a metric without a score failed")
    student_scores: dict[str, float]


class Judgement(Record):
    """One thing that the judge was asked, and what it said."""

    about: Literal["base", "student", "pair", "canary"]
    form: Literal["score", "refusal", "pair"]
    benchmark: str = Field(description="'exam', or the benchmark's name")
    question: str = Field(description="id of the question")
    swapped: bool = Field(False, description="pair: the student's answer was shown first")
    said: str = Field("", description="1 to 5; yes or no; first, second or tie; empty where it failed")
    explanation: str = ""
    failure: str = Field("", description="why there is no usable answer")


class PairCounts(Record):
    """Side by side, in both orders: a verdict counts only where both orders agree on it."""

    benchmark: str
    win: int = Field(description="the student's answer is better in both orders")
    tie: int = Field(description="as good in both orders")
    loss: int = Field(description="the base's answer is better in both orders")
    inconsistent: int = Field(description="the verdict changed with the order; counted nowhere else")
    failed: int = Field(description="a judgement of one of the orders failed")


class JudgeReport(Record):
    """Who judged, how well it judged answers whose worth is known, and what failed."""

    model: str
    usable: bool = Field(description="False: none of its scores may decide about a release")
    reason: str = Field("", description="why it is not usable")
    good: int = Field(description="canaries: reference answers asked")
    good_high: int = Field(description="of those, scored 4 or 5")
    bad: int = Field(description="canaries: answers of other questions asked")
    bad_low: int = Field(description="of those, scored 1 or 2")
    pairs: int = Field(0, description="canaries: a reference beside another question's answer, in both orders")
    pairs_right: int = Field(0, description="of those, the reference was better in both orders")
    agreement: float = Field(description="share of all canaries judged as known, 0 to 1; a failed judgement is not")
    asked: int = Field(description="judgements asked for, canaries not counted")
    failed: int = Field(description="of those, without a usable answer after one more try; in no mean")
    pair_counts: tuple[PairCounts, ...] = ()
    judgements: DatasetFile = Field(description="Judgement")
    usage: Usage = Usage()
