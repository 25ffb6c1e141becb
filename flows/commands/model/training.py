"""``labflow model train``: a student from a file of conversations, outside of Prefect. Thin: heavy things run in the worker."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.options import AsJson, Config, Debug, Overrides, Profile, one_line, read_settings

if TYPE_CHECKING:
    from schemas.contracts import Progress, ReportProgress
    from schemas.settings import Settings
    from schemas.student_contracts import Trained, TrainPlan

TRAIN_EPILOG = """
[bold]Examples[/]

  labflow model train --data rows.jsonl --model models/granite --dry-run      samples, tokens, steps, memory

  labflow model train --data rows.jsonl --model models/granite --out tuned --method lora --learning-rate 2e-4

  labflow model train --data rows.jsonl --model scratch --epochs 20           a small student made from the file alone

  labflow model train --data rows.jsonl --model models/granite --processes 2  two processes, one for each GPU

A row is {"messages": [{"role": ..., "content": ...}, ...]} or {"question": ..., "answer": ..., "context": ...}. Interrupted, the
same command goes on from the last saved step. Every further setting of training: --set train.NAME=VALUE.

[bold]Exit codes[/]  0 trained, 1 failure, 2 bad usage
"""


def train(
    data: Annotated[Path, typer.Option(help="JSONL file of 'messages' rows, or of 'question' and 'answer' rows.")],
    model: Annotated[str, typer.Option(help="Directory of the model to begin with, or 'scratch'.")],
    out: Annotated[Path | None, typer.Option(help="Where the student goes.  [default: ./trained-NAME-OF-DATA]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; take no step.")] = False,
    method: Annotated[str | None, typer.Option(help="full, lora, qlora or osf.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Times that each row is seen.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak; about 1e-5 for all weights, 2e-4 for adapters.")] = None,
    processes: Annotated[int | None, typer.Option(help="Worker processes: one for each GPU.")] = None,
    profile: Profile = "offline",
    config: Config = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Train a student on a file of conversations, by itself: no taxonomy, no Prefect, no exam."""
    given = {"base": model, "method": method, "epochs": epochs, "learning_rate": learning_rate, "processes": processes}
    with one_line(debug, "interrupted. Run the same command again: it goes on from the last saved step."):
        named = [f"train.{name}={value}" for name, value in given.items() if value is not None]
        settings = read_settings(profile, config, [*(overrides or []), *named], None)
        folder = out or Path(f"trained-{data.stem}")
        result = plan(settings, data) if dry_run else run(settings, data, folder)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        typer.echo("\n".join(describe(result)))


def plan(settings: "Settings", data: Path) -> "TrainPlan":
    """What a training on the file would do."""
    import tempfile

    from schemas.contracts import StageFolders, ignore_progress
    from tasks.train.from_file import plan_file

    with tempfile.TemporaryDirectory() as folder:
        return plan_file(settings.train, data, StageFolders(folder=folder, cache=folder), ignore_progress)


def run(settings: "Settings", data: Path, folder: Path) -> "Trained":
    """The student trained on the file; progress goes to stderr."""
    from schemas.contracts import StageFolders
    from tasks.train.from_file import train_file

    folders = StageFolders(folder=str(folder), cache=str(folder))
    return train_file(settings.train, data, folders, watch())


def watch() -> "ReportProgress":
    """Shows progress on stderr: one line that is written anew in a terminal, now and then a line elsewhere."""
    import sys
    import time

    shown = [0.0]

    def report(progress: "Progress") -> None:
        now, last = time.monotonic(), progress.done == progress.total
        if not sys.stderr.isatty() and now - shown[0] < 10 and not last:
            return
        shown[0] = now
        total = f" of {progress.total:,}" if progress.total is not None else ""
        line = f"{progress.done:,}{total} {progress.unit}  {progress.note}"
        typer.echo(f"\r{line:<70}" if sys.stderr.isatty() else line, err=True, nl=last or not sys.stderr.isatty())

    return report


def describe(result: "Trained | TrainPlan") -> list[str]:
    """The lines for a person."""
    from schemas.student_contracts import Trained

    if not isinstance(result, Trained):
        return describe_plan(result)
    lines = describe_plan(result.plan) if result.plan else []
    lines.append(f"{'student':<18}{result.checkpoint.path}  (sha256 {result.checkpoint.sha256[:12]})")
    if result.adapter:
        lines.append(f"{'adapter':<18}{result.adapter.path}")
    for phase, step in result.chosen_steps.items():
        lines.append(f"{'chosen':<18}step {step:,} of phase {phase}: best on the held-out samples")
    lines.append(f"{'took':<18}{result.seconds:,.0f} s ({result.cpu_seconds:,.0f} CPU s)")
    if result.over_long.rows:
        lines.append(f"{'set aside':<18}{result.over_long.rows:,} samples longer than train.max_length: {result.over_long.path}")
    return lines


def describe_plan(plan: "TrainPlan") -> list[str]:
    """The plan, one line for each phase and one for the memory."""
    lines = [f"{'model':<18}{plan.parameters:,} weights, {plan.trainable:,} of them change ({plan.method})"]
    for phase in plan.phases:
        counts: dict[str, Any] = {
            "samples": phase.samples,
            "replayed": phase.replayed,
            "from the replay file": phase.from_file,
            "passages": phase.passages,
            "held out": phase.validation,
        }
        mix = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        lines.append(f"{phase.name:<18}{mix}; {phase.epochs:g} epochs, {phase.steps:,} steps, {phase.tokens:,} tokens")
        lines.append(f"{'':<18}peak learning rate {phase.learning_rate:g}; {_padding(phase.tokens, phase.padded_tokens)}")
    if plan.over_long:
        lines.append(f"{'too long':<18}{plan.over_long:,} samples are set aside")
    memory = plan.memory
    parts = {"weights": memory.weights, "gradients": memory.gradients, "optimizer": memory.optimizer}
    parts["activations"] = memory.activations
    said = ", ".join(f"{name} {_size(size)}" for name, size in parts.items())
    each = " in each process" if plan.processes > 1 else ""
    lines.append(f"{'memory, estimated':<18}{_size(memory.total)}{each}: {said}")
    return lines


def _padding(tokens: int, padded: int) -> str:
    return f"{1 - tokens / padded:.0%} padding"


def _size(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB" if count >= 2**30 else f"{count / 2**20:,.1f} MiB"
