"""The worker process of ``evaluate``: asks base and student the same questions with the same decoding.

Started by ``asking.py`` as ``python -m tasks.evaluate.worker --config run.json``; it imports torch and transformers, never
Prefect. It is told the questions only, not what is expected: the scores are made by the parent. Each model is loaded once,
answers the conversations turn by turn, and then the multiple-choice questions, if there are any (``choice_worker.py``, through
lm-eval).

Not covered: served models (``serving.py``), judges (``judge.py``); several GPUs for one model (vLLM's business).
"""

import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from schemas.records import Record
from tasks.evaluate.evaluate_run import Answered, Asked, ChoiceQuestion, Chosen, EvaluateRun
from tasks.evaluate.turns import answer_turns
from tasks.student_model.generate import answer_conversations
from tasks.student_model.load_student import Student, load_for_answers, use_threads
from tasks.student_model.messages import Message
from tasks.student_model.worker_link import Interrupted, WorkerLink, serve_worker

R = TypeVar("R", bound=Record)
Report = Callable[[int], None]


def ask_both(run: EvaluateRun, link: WorkerLink) -> Answered:
    """The answers of base and student, in the order of the questions."""
    use_threads(run.settings.threads)
    questions, choices = _read(run.questions, Asked), _read(run.choices, ChoiceQuestion) if run.choices else []
    models = list(dict.fromkeys([run.base, run.student]))
    each = sum(1 + len(question.further) for question in questions) + len(choices)
    answers: dict[str, list[tuple[str, ...]]] = {}
    chosen: dict[str, list[Chosen]] = {}
    for number, model in enumerate(models):
        note = "student" if model == run.student else "base"
        report = _reporter(link, number * each, len(models) * each, note)
        student = load_for_answers(model)
        answers[model] = ask(student, questions, run, report)
        chosen[model] = choose(
            student, choices, run, _reporter(link, (number + 1) * each - len(choices), len(models) * each, note)
        )
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Answered(
        base=tuple(answers[run.base]),
        student=tuple(answers[run.student]),
        base_choices=tuple(chosen[run.base]),
        student_choices=tuple(chosen[run.student]),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 3),
    )


def ask(student: Student, questions: list[Asked], run: EvaluateRun, report: Report) -> list[tuple[str, ...]]:
    """One model's answers to all conversations, one text per turn."""
    done = 0

    def answer(conversations: Sequence[Sequence[Message]]) -> list[str]:
        nonlocal done
        before = done
        texts = answer_conversations(
            student,
            conversations,
            run.settings.max_new_tokens,
            run.settings.batch_size,
            lambda answered: report(before + answered),
        )
        done += len(conversations)
        return texts

    return answer_turns(questions, answer)


def choose(student: Student, choices: list[ChoiceQuestion], run: EvaluateRun, report: Report) -> list[Chosen]:
    """What one model chose of each multiple-choice question."""
    if not choices:
        return []
    from tasks.evaluate.choice_worker import choose_answers  # lm-eval is an extra, and costs a second to import

    return choose_answers(student, choices, run.settings.batch_size, report)


def _reporter(link: WorkerLink, before: int, total: int, note: str) -> Report:
    def report(done: int) -> None:
        if link.interrupted:
            raise Interrupted
        link.report(before + done, total, "answers", note)

    return report


def _read(path: str, record: type[R]) -> list[R]:
    with Path(path).open("rb") as stream:
        return [record.model_validate_json(line) for line in stream]


if __name__ == "__main__":
    sys.exit(serve_worker(EvaluateRun, ask_both))
