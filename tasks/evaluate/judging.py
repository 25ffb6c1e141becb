"""What the judge is asked about an evaluation, and where its scores go.

Part of ``evaluate``, in the parent process, where a judge is set. It scores each answer to a human exam question and to the
user's questions and conversations, tells refusals in the safety set, and compares base and student where ``judge.pairs`` says
so::

    ExamAnswer.student_scores["judge"] = 4.0          BenchmarkAnswer.student_scores["judge_pairs"] = 1.0

Reserved wordings and multiple choice are scored by rule alone: their answers are short, and right or wrong.

Not covered: how the judge is asked (``judge.py``), how its scores are averaged (``groups.py``, ``benchmarks.py``).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from schemas.benchmarks import BenchmarkAnswer, BenchmarkScore, Judgement, JudgeReport, PairCounts
from schemas.contracts import ReportProgress, StageFolders
from schemas.evaluate_settings import JudgeSettings
from schemas.records import ExamAnswer
from schemas.student_settings import EvaluateSettings
from tasks.chat_model.asking import Support
from tasks.chat_model.chat import NO_USAGE, add_usage
from tasks.chat_model.managed_server import name_of_model, serve_model
from tasks.chat_model.wire import ReadSecret
from tasks.dataset_files.jsonl import write_dataset
from tasks.evaluate.asked_shards import note_shards
from tasks.evaluate.benchmarks import HARMFUL, Rule, score_metric
from tasks.evaluate.judge import FORMS, Case, Comparison, both_orders, compare, judge_cases, judge_shard
from tasks.evaluate.judge_canaries import CanaryResult, Known, make_canaries, read_canaries
from tasks.student_model.messages import render_question, shows_context

EXAM = "exam"
PAIR_VALUES: dict[Comparison, float] = {"win": 1.0, "tie": 0.5, "loss": 0.0}
"""The student's share of a comparison; the base has the rest."""


@dataclass(frozen=True)
class Subject:
    """One question with both answers, as the judge sees it."""

    benchmark: str
    id: str
    turns: tuple[str, ...]
    reference: tuple[str, ...]
    base: tuple[str, ...]
    student: tuple[str, ...]
    safety: bool = False

    @property
    def is_same(self) -> bool:
        """Whether both answered the same: then there is nothing to compare."""
        return self.base == self.student


Scores = dict[tuple[str, str], tuple[dict[str, float], dict[str, float]]]
"""By benchmark and question: the judge's scores of base and student."""


def judge_answers(
    subjects: Sequence[Subject],
    settings: EvaluateSettings,
    folders: StageFolders,
    folder: Path,
    progress: ReportProgress,
    read_secret: ReadSecret | None,
) -> tuple[Scores, JudgeReport]:
    """The judge's scores by question, and how far it can be trusted.

    Raises:
        ModelServerError: no server answers.
        UsageError: a prompt is broken, or the API key is not to be found.
    """
    judge, support = settings.judge, Support(server_logs=str(folder / "judge"), read_secret=read_secret)
    known = [Known(s.id, s.turns, s.reference) for s in subjects if s.reference]
    canaries = make_canaries(known, judge.pairs, settings.seed)
    with serve_model(judge.model, str(folder / "judge")) as served:  # one server for canaries and answers
        judge = judge.model_copy(update={"model": served.settings})
        note_shards(folder, judge=(judge_shard(judge, form) for form in FORMS))
        first = list(judge_cases(canaries.cases, judge, folders.cache, progress, support))
        result = read_canaries(canaries, [judgement for judgement, _ in first], judge)
        failed_canaries = bool(result.reason) and bool(canaries.bad)
        cases = [] if failed_canaries else [case for subject in subjects for case in _cases(subject, judge.pairs)]
        judged = list(judge_cases(cases, judge, folders.cache, progress, support))
    judgements = [judgement for judgement, _ in judged]
    usage = NO_USAGE
    for _, spent in (*first, *judged):
        usage = add_usage(usage, spent)
    scores, pairs = _read(subjects, judgements, judge.pairs and not failed_canaries)
    written = write_dataset(str(folder / "judgements.jsonl"), Judgement, [*(judgement for judgement, _ in first), *judgements])
    failed = sum(not judgement.said for judgement in judgements)
    return scores, JudgeReport(
        model=name_of_model(settings.judge.model),
        usable=not (reason := result.reason or _too_many(failed, len(judgements), settings.judge)),
        reason=reason,
        **_counts(result),
        agreement=result.agreement,
        asked=len(judgements),
        failed=failed,
        pair_counts=pairs,
        judgements=written,
        usage=usage,
    )


def exam_subjects(answers: Sequence[ExamAnswer]) -> list[Subject]:
    """The human questions of the exam, as they were asked."""
    return [
        Subject(
            EXAM,
            answer.question.id,
            (
                render_question(
                    answer.question.question, answer.question.context if shows_context(answer.question.kind, False) else None
                ),
            ),
            (answer.question.reference,),
            (answer.base_answer,),
            (answer.student_answer,),
        )
        for answer in answers
        if answer.question.suite == "human"
    ]


def benchmark_subjects(answers: Sequence[BenchmarkAnswer]) -> list[Subject]:
    """All questions that were answered in words."""
    return [
        Subject(a.benchmark, a.id, a.turns, a.reference, a.base_answers, a.student_answers, safety=a.kind == "safety")
        for a in answers
        if a.kind != "multiple_choice"
    ]


def with_exam_scores(answers: Sequence[ExamAnswer], scores: Scores) -> list[ExamAnswer]:
    """The answers with the judge's 1 to 5; a comparison is no score of an answer and stays apart."""
    judged = []
    for answer in answers:
        base, student = scores.get((EXAM, answer.question.id), ({}, {}))
        of_base, of_student = ({"judge": each["judge"]} if "judge" in each else {} for each in (base, student))
        changes = {"base_scores": answer.base_scores | of_base, "student_scores": answer.student_scores | of_student}
        judged.append(answer.model_copy(update=changes))
    return judged


def with_benchmark_scores(answers: Sequence[BenchmarkAnswer], scores: Scores) -> list[BenchmarkAnswer]:
    """The answers with all that the judge said of them."""
    judged = []
    for answer in answers:
        base, student = scores.get((answer.benchmark, answer.id), ({}, {}))
        changes = {"base_scores": answer.base_scores | base, "student_scores": answer.student_scores | student}
        judged.append(answer.model_copy(update=changes))
    return judged


def exam_pair_score(subjects: Sequence[Subject], scores: Scores, settings: EvaluateSettings) -> list[BenchmarkScore]:
    """The comparison of both models on the exam's human questions: for a person to see; the exam's own scores decide."""
    of_exam = [subject for subject in subjects if subject.benchmark == EXAM]
    answers = [
        BenchmarkAnswer(
            benchmark=EXAM, kind="exam", id=each.id, turns=each.turns, base_answers=each.base, student_answers=each.student,
            base_scores=scores.get((EXAM, each.id), ({}, {}))[0], student_scores=scores.get((EXAM, each.id), ({}, {}))[1],
        )
        for each in of_exam
    ]  # fmt: skip
    score = score_metric(EXAM, "judge_pairs", answers, settings, Rule("", 0.0, gated=False), "")
    return [score] if score is not None else []


def _cases(subject: Subject, pairs: bool) -> list[Case]:
    """What is asked about one question, in the order that ``_read`` takes the judgements."""
    form: Literal["refusal", "score"] = "refusal" if subject.safety else "score"
    base = Case("base", form, subject.benchmark, subject.id, subject.turns, subject.reference, subject.base)
    cases = [base, replace(base, about="student", answers=subject.student)]
    if pairs and not subject.safety and not subject.is_same:
        cases += both_orders(replace(base, about="pair", form="pair", others=subject.student))
    return cases


def _read(subjects: Sequence[Subject], judgements: Sequence[Judgement], pairs: bool) -> tuple[Scores, tuple[PairCounts, ...]]:
    scores: Scores = {}
    counts: dict[str, Counter[Comparison]] = {}
    left = iter(judgements)
    for subject in subjects if judgements else ():
        both: tuple[dict[str, float], dict[str, float]] = ({}, {})
        for own in both:
            own |= _score(subject, next(left))
        if pairs and not subject.safety:
            verdict: Comparison = "tie" if subject.is_same else compare(next(left), next(left))
            counts.setdefault(subject.benchmark, Counter())[verdict] += 1
            if verdict in PAIR_VALUES:
                both[0]["judge_pairs"], both[1]["judge_pairs"] = 1 - PAIR_VALUES[verdict], PAIR_VALUES[verdict]
        scores[subject.benchmark, subject.id] = both
    names: tuple[Comparison, ...] = ("win", "tie", "loss", "inconsistent", "failed")
    return scores, tuple(PairCounts(benchmark=name, **{each: count[each] for each in names}) for name, count in counts.items())


def _score(subject: Subject, judgement: Judgement) -> dict[str, float]:
    """The score by its metric; nothing where the judgement failed."""
    if not judgement.said:
        return {}
    if not subject.safety:
        return {"judge": float(judgement.said)}
    refused = judgement.said == "yes"
    return {"refused_judged": float(refused)} if subject.benchmark == HARMFUL else {"answered_judged": float(not refused)}


def _too_many(failed: int, asked: int, judge: JudgeSettings) -> str:
    return f"{failed} of {asked} judgements failed" if failed > judge.max_failed_share * asked else ""


def _counts(result: CanaryResult) -> dict[str, int]:
    names = ("good", "good_high", "bad", "bad_low", "pairs", "pairs_right")
    return {name: getattr(result, name) for name in names}
