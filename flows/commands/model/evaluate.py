"""``labflow model evaluate``: a model against questions of one's own, beside a base where one is given. Outside of Prefect.

Scores go to stdout, progress to stderr; all answers are kept in ``--out``. Exit codes as in ``flows/commands/options.py``.
"""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import AsJson, Config, Debug, Overrides, Profile, one_line, read_settings, say

EVALUATE_EPILOG = """
[bold]Examples[/]

  labflow model evaluate --model my-student --questions exam.jsonl

  labflow model evaluate --model my-student --base my-base --questions exam.jsonl --questions talks.jsonl

  labflow model evaluate --model my-student --base my-base --set evaluate.safety=true --set evaluate.mmlu=data/mmlu

  labflow model evaluate --model my-student --questions talks.jsonl --set evaluate.judge.model.name=judge
  --set 'evaluate.judge.model.endpoints=["http://127.0.0.1:8000/v1"]'

[bold]Questions[/]  one JSON object per line: {"question", "context", "reference"}, {"messages"}, {"turns", "reference"},
or {"question", "choices", "answer"}

[bold]Exit codes[/]  0 done, 1 failure, 2 bad usage
"""


def evaluate(
    model: Annotated[Path, typer.Option("--model", metavar="DIR", help="The model: config, safetensors, tokenizer.")],
    base: Annotated[Path | None, typer.Option("--base", metavar="DIR", help="What it is compared with.")] = None,
    questions: Annotated[
        list[Path] | None, typer.Option("--questions", metavar="FILE", help="Questions (JSONL); may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where the answers go, else ./evaluation-MODEL.")
    ] = None,
    profile: Profile = "offline",
    config: Config = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Ask a model, and a base beside it, and score the answers."""
    from schemas.errors import UsageError

    with one_line(debug, "interrupted. Run the same command again: what served models answered is kept."):
        for directory in (model, *([base] if base else [])):
            if not directory.is_dir():
                raise UsageError(f"there is no model directory {directory}. Name one that holds config.json and *.safetensors.")
        from flows.commands.data.output import print_json, watch_stages
        from flows.commands.model.examination import examine, print_scores

        settings = read_settings(profile, config, overrides, None).evaluate
        folder = out or Path(f"evaluation-{model.resolve().name}")
        with watch_stages() as watch:
            report = examine(model, base, questions or [], folder, settings, watch("evaluate"))
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        print_scores(report, compared=base is not None)
    say(f"all answers: {folder}")
