"""What a person is shown before deciding: samples with the plan of the training, or the exam's scores.

Not covered: asking (``review``), and the artifacts that hold the same and more (``artifacts``).
"""

from flows.artifacts import plain, samples_markdown
from flows.report.funnel import funnel_levels
from flows.report.refusals import read_refusals
from flows.report.wording import count
from schemas.contracts import DatasetFile
from schemas.records import Sample
from schemas.settings import Settings
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import read_dataset

CHARACTERS_PER_TOKEN = 4
"""Of English text; what a tokenizer makes of it is known only when it is used."""


def write_preview(step: str, so_far: RunSummary, settings: Settings) -> str:
    """Markdown above the form that asks: what has changed and what will be done with it.

    Args:
        step: before_training or before_promotion.
    """
    change = so_far.change
    kinds = {"added": change.added, "changed": change.modified, "deleted": change.deleted}
    shown = {"Taxonomy at commit": change.head, "run key": change.run_key, "samples": clean_samples(so_far).sha256}
    shown |= {"student": so_far.trained.checkpoint.sha256} if so_far.trained else {}
    lines = [", ".join(f"{what} `{digest[:10]}`" for what, digest in shown.items()) + ".", ""]
    lines += [f"- {kind}: {', '.join(map(plain, paths[:20]))}" for kind, paths in kinds.items() if paths]
    if step == "before_training":
        lines += ["", training_plan(so_far, settings), "", "### From documents to samples", ""]
        lines += [f"- {level.label}: {level.rows:,}" for level in funnel_levels(so_far, read_refusals(so_far))]
        lines += ["", "### Some of the samples", "", samples_markdown(so_far)]
    else:
        lines += ["", *_scores(so_far, settings.gate.metric)]
    return "\n".join(lines)


def training_plan(so_far: RunSummary, settings: Settings) -> str:
    """``479 samples, about 21,000 tokens an epoch; 12 epochs, about 490 steps of 512 tokens.``"""
    samples = clean_samples(so_far)
    characters = sum(len(row.question) + len(row.context or "") + len(row.answer) for row in read_dataset(samples, Sample))
    tokens, train = characters // CHARACTERS_PER_TOKEN, settings.train
    steps = max(1, round(tokens * train.epochs / train.batch_tokens))
    return (
        f"{count(samples.rows, 'sample')}, about {tokens:,} tokens an epoch; {train.epochs:g} epochs, "
        f"about {count(steps, 'step')} of {train.batch_tokens:,} tokens."
    )


def clean_samples(so_far: RunSummary) -> DatasetFile:
    """What the student is taught."""
    assert so_far.scanned is not None, "samples are scanned before anybody is asked about them"
    return so_far.scanned.clean[0]


def _scores(so_far: RunSummary, metric: str) -> list[str]:
    scores = [score for score in so_far.report.scores if score.metric == metric] if so_far.report else []
    lines = ["| questions | of | base | student | gain |", "|---|--:|--:|--:|--:|"]
    for score in scores:
        cells = (plain(f"{score.suite}, {score.group}"), score.questions, f"{score.base:.2f}", f"{score.student:.2f}")
        lines.append("| " + " | ".join(map(str, cells)) + f" | {score.delta:+.2f} |")
    return lines
