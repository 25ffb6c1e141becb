"""The stage: base and student answer the same exam; the report says who knew what.

In the DAG: ``train -> evaluate -> promote``. The parent chooses the questions and scores the answers with rules; the models are
asked in a worker process (``worker.py``), which never sees what is expected.

Example::

    EvaluationReport(scores=(Score(suite="human", group="all", metric="match", questions=14, base=0.0, student=0.79, delta=0.79,
                                   low=0.57, high=1.0), ...), answers=..., not_asked=..., gain_not_claimed=(...), seconds=9.8)

Not covered: judges, multiple choice, safety sets, served models.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from schemas.contracts import Checkpoint, ReportProgress, StageFolders
from schemas.errors import DamagedFileError, TrainingError
from schemas.records import ExamAnswer, ExamQuestion, Rejected
from schemas.student_contracts import EvaluateRequest, EvaluationReport
from tasks.dataset_files.jsonl import write_dataset, write_text_atomically
from tasks.evaluate.evaluate_run import Answered, Asked, EvaluateRun
from tasks.evaluate.exam import Exam, read_curriculum, read_exam
from tasks.evaluate.groups import score_groups
from tasks.evaluate.scoring import score_answer
from tasks.student_model.checkpoint_files import require_intact
from tasks.student_model.messages import exam_messages
from tasks.student_model.worker_process import WorkerJob, local_folder, run_worker


def evaluate_student(request: EvaluateRequest, folders: StageFolders, progress: ReportProgress) -> EvaluationReport:
    """Asks base and student all questions of the exam and scores their answers.

    Raises:
        TrainingError: a model cannot be loaded, or the worker ended early.
        DamagedFileError: a dataset file or checkpoint is not what was recorded.
        WorkspaceError: the folder is no local directory that can be written.
    """
    started, folder = time.monotonic(), local_folder(folders.folder)
    curriculum = read_curriculum(request.samples)
    exam = read_exam(request, curriculum)
    questions = sum(file.rows for file in request.exam)
    if len(exam.asked) + len(exam.not_asked) != questions:
        raise DamagedFileError(f"{questions} exam questions went in, {len(exam.asked)} + {len(exam.not_asked)} came out.")
    answered = ask_models(request, exam.asked, folder, progress)
    answers = list(score_answers(exam, answered))
    return EvaluationReport(
        scores=tuple(score_groups(answers, curriculum.seeds_only, request.evaluate)),
        answers=write_dataset(str(folder / "answers.jsonl"), ExamAnswer, answers),
        not_asked=write_dataset(str(folder / "not_asked.jsonl"), Rejected, exam.not_asked),
        gain_not_claimed=curriculum.seeds_only,
        seconds=round(time.monotonic() - started, 3),
    )


def ask_models(request: EvaluateRequest, questions: Sequence[ExamQuestion], folder: Path, progress: ReportProgress) -> Answered:
    """The answers of base and student to each question; a model that is its own base is asked once.

    Raises:
        TrainingError: an answer is missing.
    """
    if not questions:
        return Answered(base=(), student=(), cpu_seconds=0)
    for checkpoint in (request.base, request.student):
        require_intact(checkpoint)
    file = folder / "questions.jsonl"
    rows = (Asked(id=question.id, messages=tuple(exam_messages(question))) for question in questions)
    write_text_atomically(file, "".join(row.model_dump_json() + "\n" for row in rows))
    run = EvaluateRun(
        base=_asked_path(request.base, request.student),
        student=request.student.path,
        questions=str(file),
        settings=request.evaluate,
    )
    job = WorkerJob("tasks.evaluate.worker", "the evaluation", folder, request.evaluate.threads, "evaluate.batch_size")
    answered = run_worker(job, run, Answered, progress)
    if not len(answered.base) == len(answered.student) == len(questions):
        raise TrainingError(f"{len(questions)} questions were asked, {len(answered.student)} answered. Run the evaluation again.")
    return answered


def score_answers(exam: Exam, answered: Answered) -> Sequence[ExamAnswer]:
    """Each question with both answers and their scores. An empty answer is an answer, and a wrong one."""
    return [
        ExamAnswer(
            question=question,
            changed=exam.is_changed(question),
            base_answer=base,
            student_answer=student,
            base_scores=score_answer(question.question, question.reference, base),
            student_scores=score_answer(question.question, question.reference, student),
        )
        for question, base, student in zip(exam.asked, answered.base, answered.student, strict=True)
    ]


def _asked_path(base: Checkpoint, student: Checkpoint) -> str:
    return student.path if base.sha256 == student.sha256 else base.path
