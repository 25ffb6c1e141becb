"""An evaluation without a taxonomy: a model, perhaps a base, and files of questions; and its scores as a table."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from flows.commands.data.printing import open_console
from schemas.benchmarks import BenchmarkAnswer, BenchmarkScore
from schemas.contracts import ReportProgress, StageFolders
from schemas.errors import UsageError
from schemas.evaluate_settings import OWN_BENCHMARKS, BenchmarkSettings
from schemas.records import Sample
from schemas.student_contracts import EvaluateRequest, EvaluationReport
from schemas.student_settings import EvaluateSettings
from tasks.dataset_files.jsonl import read_dataset, write_dataset, write_text_atomically
from tasks.evaluate.benchmark_files import guess_kind, inputs_of
from tasks.evaluate.evaluate import evaluate_student
from tasks.student_model.checkpoint_files import describe_checkpoint


def examine(
    model: Path, base: Path | None, questions: Sequence[Path], out: Path, settings: EvaluateSettings, progress: ReportProgress
) -> EvaluationReport:
    """Asks the model, and the base where there is one, all questions of the files and of the settings.

    Args:
        model: directory of the model.
        base: directory of what it is compared with; None: nothing.
        questions: JSONL files; each is a benchmark of its own.
        out: where answers, scores and logs go.

    Raises:
        UsageError: nothing is asked, or a file cannot be read.
        TrainingError: a directory holds no model that can be loaded.
    """
    benchmarks = (*settings.benchmarks, *as_benchmarks(questions, {each.name for each in settings.benchmarks}))
    settings = EvaluateSettings(**{**settings.model_dump(), "benchmarks": benchmarks, "multiple_choice": False})
    if not (benchmarks or settings.mmlu or settings.safety):
        raise UsageError("nothing to ask: name --questions FILE.jsonl, or set evaluate.safety=true or evaluate.mmlu=DIR.")
    student = describe_checkpoint(model.resolve())
    request = EvaluateRequest(
        student=student,
        base=describe_checkpoint(base.resolve()) if base else student,
        exam=(),
        samples=write_dataset(str(out.resolve() / "no_samples.jsonl"), Sample, []),
        inputs_sha256=inputs_of(settings),
        evaluate=settings,
    )
    folders = StageFolders(folder=str(out.resolve()), cache=str(out.resolve() / "cache"))
    report = evaluate_student(request, folders, progress)
    write_text_atomically(out.resolve() / "scores.json", report.model_dump_json(indent=2) + "\n")
    return report


def as_benchmarks(questions: Sequence[Path], taken: set[str]) -> list[BenchmarkSettings]:
    """One benchmark for each file, named after it; its kind is told by its first row."""
    taken = taken | set(OWN_BENCHMARKS)
    benchmarks = []
    for file in questions:
        stem = re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-_")[:50] or "questions"
        name = next(
            name for number in range(1, len(taken) + 2) if (name := f"{stem}-{number}" if number > 1 else stem) not in taken
        )
        taken.add(name)
        benchmarks.append(BenchmarkSettings(name=name, path=str(file.resolve()), kind=guess_kind(str(file))))
    return benchmarks


def print_scores(report: EvaluationReport, compared: bool) -> None:
    """All scores with their intervals, then what the judge is worth and what was not asked.

    Args:
        compared: whether there was a base; else its columns are left out.
    """
    console = open_console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    columns = ("base", "model", "change", "95 %") if compared else ("model", "95 %")
    for name in ("benchmark", "metric"):
        table.add_column(name, no_wrap=True)
    for name in ("questions", "failed", *columns):
        table.add_column(name, justify="right", no_wrap=True)
    for score in report.benchmarks:
        if compared or score.metric != "judge_pairs":
            table.add_row(score.name, score.metric, f"{score.questions:,}", f"{score.failed:,}", *_values(score, compared))
    console.print(table)
    for name, count in _unscored(report).items():
        console.print(f"{name}  {count:,} answered, not scored: no references, and no judge is set", soft_wrap=True)
    judge = report.judge
    if judge is not None:
        trust = "usable" if judge.usable else f"not usable: {judge.reason}"
        console.print(f"\njudge {judge.model}  {trust}; agrees with {judge.agreement:.2f} of its canaries; {judge.failed} of "
                      f"{judge.asked} judgements failed", soft_wrap=True)  # fmt: skip
        for pair in judge.pair_counts if compared else ():
            console.print(f"  {pair.benchmark}  model better {pair.win}, as good {pair.tie}, worse {pair.loss}, "
                          f"changed with the order {pair.inconsistent}, failed {pair.failed}", soft_wrap=True)  # fmt: skip
    if report.not_asked.rows:
        console.print(f"\n{report.not_asked.rows} rows could not be asked: {report.not_asked.path}", soft_wrap=True)


def _unscored(report: EvaluationReport) -> Counter[str]:
    """Questions of benchmarks without any score, by name."""
    scored = {score.name for score in report.benchmarks}
    rows = read_dataset(report.benchmark_answers, BenchmarkAnswer) if report.benchmark_answers else ()
    return Counter(row.benchmark for row in rows if row.benchmark not in scored)


def _values(score: BenchmarkScore, compared: bool) -> tuple[str, ...]:
    if compared:
        return (f"{score.base:.2f}", f"{score.student:.2f}", f"{score.delta:+.2f}", f"{score.low:+.2f} to {score.high:+.2f}")
    return (f"{score.student:.2f}", f"{score.student_low:.2f} to {score.student_high:.2f}")
