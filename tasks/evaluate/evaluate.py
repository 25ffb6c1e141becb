"""The stage: base and student answer the same questions; the report says who knew what, and what was lost.

In the DAG: ``train -> evaluate -> promote``. The parent chooses the questions and scores the answers with rules, and asks a judge
where one is set; the models are asked in a worker process or by a server (``asking.py``) and never see what is expected.

Example::

    EvaluationReport(scores=(Score(suite="human", group="all", metric="match", questions=14, base=0.0, student=0.79, delta=0.79,
                                   low=0.57, high=1.0), ...), answers=..., not_asked=..., gain_not_claimed=(...), seconds=9.8,
                     benchmarks=(BenchmarkScore(name="safety_harmful", metric="refused", questions=36, ...), ...), judge=None)

**exam questions + rows of benchmark files in = answered + not asked**, and asserted.

Not covered: comparing the checkpoints of a phase (the exam is asked once, of the student that training hands over).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.benchmarks import BenchmarkAnswer, BenchmarkScore, JudgeReport
from schemas.contracts import DatasetFile, ReportProgress, StageFolders
from schemas.errors import DamagedFileError
from schemas.records import ExamAnswer, ExamQuestion, Rejected
from schemas.student_contracts import EvaluateRequest, EvaluationReport
from tasks.chat_model.wire import ReadSecret
from tasks.dataset_files.jsonl import write_dataset
from tasks.evaluate.asking import Questions, ask_models, require_lm_eval
from tasks.evaluate.benchmark_files import Item, require_inputs
from tasks.evaluate.benchmarks import as_asked, as_choices, gather_items, read_answers, score_benchmarks
from tasks.evaluate.evaluate_run import Answered, Asked
from tasks.evaluate.exam import Exam, read_checks, read_curriculum, read_exam
from tasks.evaluate.groups import score_groups
from tasks.evaluate.judging import (
    benchmark_subjects,
    exam_pair_score,
    exam_subjects,
    judge_answers,
    with_benchmark_scores,
    with_exam_scores,
)
from tasks.evaluate.rouge import ROUGE_L, rouge_l
from tasks.evaluate.scoring import score_answer
from tasks.student_model.messages import exam_messages
from tasks.student_model.worker_process import local_folder


@dataclass
class Scored:
    """All answers with their scores, as they are completed."""

    exam: list[ExamAnswer]
    benchmarks: list[BenchmarkAnswer]
    pairs: list[BenchmarkScore]
    judge: JudgeReport | None = None


def evaluate_student(
    request: EvaluateRequest, folders: StageFolders, progress: ReportProgress, read_secret: ReadSecret | None = None
) -> EvaluationReport:
    """Asks base and student all questions of the exam and of the benchmarks, and scores their answers.

    Args:
        read_secret: reads a Secret block for the judge's API key; None where there are none.

    Raises:
        TrainingError: a model cannot be loaded, or the worker ended early.
        ModelServerError: a server that answers or judges does not start, or is of no use.
        DamagedFileError: a dataset file or checkpoint is not what was recorded.
        UsageError: a benchmark's file cannot be read, or what is needed to ask is not installed.
        WorkspaceError: the folder is no local directory that can be written.
    """
    started, folder, settings = time.monotonic(), local_folder(folders.folder), request.evaluate
    require_lm_eval(settings)
    require_inputs(request.inputs_sha256, settings)
    curriculum = read_curriculum(request.samples)
    exam = read_exam(request, curriculum)
    questions = sum(file.rows for file in request.exam)
    if len(exam.asked) + len(exam.not_asked) != questions:
        raise DamagedFileError(f"{questions} exam questions went in, {len(exam.asked)} + {len(exam.not_asked)} came out.")
    items, bad_rows = gather_items(settings, exam.asked, read_checks(request))
    asked = Questions([*exam_asked(exam.asked), *as_asked(items)], as_choices(items))
    answered, engine = ask_models(request, asked, folder, folders.cache, progress)
    scored = Scored(list(score_answers(exam, answered)), read_answers(items, answered, len(exam.asked)), [])
    if settings.judge.is_set:
        _judge(scored, request, folders, folder, progress, read_secret)
    unusable = "none is set" if scored.judge is None else scored.judge.reason
    return EvaluationReport(
        scores=tuple(score_groups(scored.exam, curriculum.seeds_only, settings)),
        answers=write_dataset(str(folder / "answers.jsonl"), ExamAnswer, scored.exam),
        not_asked=write_dataset(str(folder / "not_asked.jsonl"), Rejected, [*exam.not_asked, *bad_rows]),
        gain_not_claimed=curriculum.seeds_only,
        seconds=round(time.monotonic() - started, 3),
        benchmarks=(*scored.pairs, *score_benchmarks(scored.benchmarks, settings, unusable)),
        benchmark_answers=_write_benchmarks(folder, items, scored.benchmarks),
        judge=scored.judge,
        engine=engine,
    )


def exam_asked(questions: Sequence[ExamQuestion]) -> list[Asked]:
    """The exam's questions as the models see them."""
    return [Asked(id=question.id, messages=tuple(exam_messages(question))) for question in questions]


def score_answers(exam: Exam, answered: Answered) -> Sequence[ExamAnswer]:
    """Each question of the exam with both answers and their scores. An empty answer is an answer, and a wrong one.

    Args:
        answered: the exam's conversations come first; those of benchmarks are left alone.
    """
    count = len(exam.asked)
    return [
        ExamAnswer(
            question=question,
            changed=exam.is_changed(question),
            base_answer=base[0],
            student_answer=student[0],
            base_scores=score_by_rule(question, base[0]),
            student_scores=score_by_rule(question, student[0]),
        )
        for question, base, student in zip(exam.asked, answered.base[:count], answered.student[:count], strict=True)
    ]


def score_by_rule(question: ExamQuestion, answer: str) -> dict[str, float]:
    """All metrics that need no judge."""
    return score_answer(question.question, question.reference, answer) | {ROUGE_L: rouge_l(question.reference, answer)}


def _judge(
    scored: Scored,
    request: EvaluateRequest,
    folders: StageFolders,
    folder: Path,
    progress: ReportProgress,
    read_secret: ReadSecret | None,
) -> None:
    """Adds what the judge says to the scores."""
    subjects = [*exam_subjects(scored.exam), *benchmark_subjects(scored.benchmarks)]
    scores, scored.judge = judge_answers(subjects, request.evaluate, folders, folder, progress, read_secret)
    scored.exam = with_exam_scores(scored.exam, scores)
    scored.benchmarks = with_benchmark_scores(scored.benchmarks, scores)
    scored.pairs = exam_pair_score(subjects, scores, request.evaluate)


def _write_benchmarks(folder: Path, items: Sequence[Item], answers: Sequence[BenchmarkAnswer]) -> DatasetFile | None:
    return write_dataset(str(folder / "benchmark_answers.jsonl"), BenchmarkAnswer, answers) if items else None
