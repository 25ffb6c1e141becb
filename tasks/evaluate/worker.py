"""The worker process of ``evaluate``: asks base and student the same questions with the same decoding.

Started by ``evaluate.py`` as ``python -m tasks.evaluate.worker --config run.json``; it imports torch and transformers, never
Prefect. It is told the questions only, not what is expected: the scores are made by the parent.

Not covered: served models, log-likelihood benchmarks, judges.
"""

import resource
import sys
from pathlib import Path

from tasks.evaluate.evaluate_run import Answered, Asked, EvaluateRun
from tasks.student_model.generate import answer_conversations
from tasks.student_model.load_student import load_for_answers, use_threads
from tasks.student_model.worker_link import Interrupted, WorkerLink, serve_worker


def ask_both(run: EvaluateRun, link: WorkerLink) -> Answered:
    """The answers of base and student, in the order of the questions."""
    use_threads(run.settings.threads)
    with Path(run.questions).open("rb") as stream:
        questions = [Asked.model_validate_json(line) for line in stream]
    models = list(dict.fromkeys([run.base, run.student]))
    answers = {}
    for number, model in enumerate(models):
        note = "student" if model == run.student else "base"
        answers[model] = ask(model, questions, run, link, number * len(questions), len(models) * len(questions), note)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = round(usage.ru_utime + usage.ru_stime, 3)
    return Answered(base=tuple(answers[run.base]), student=tuple(answers[run.student]), cpu_seconds=seconds)


def ask(model: str, questions: list[Asked], run: EvaluateRun, link: WorkerLink, before: int, total: int, note: str) -> list[str]:
    """One model's answers to all questions."""

    def report(done: int) -> None:
        if link.interrupted:
            raise Interrupted
        link.report(before + done, total, "answers", note)

    conversations = [question.messages for question in questions]
    return answer_conversations(
        load_for_answers(model), conversations, run.settings.max_new_tokens, run.settings.batch_size, report
    )


if __name__ == "__main__":
    sys.exit(serve_worker(EvaluateRun, ask_both))
