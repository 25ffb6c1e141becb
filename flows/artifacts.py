"""What a person sees of a run in the Prefect UI, without logs: tables, figures, samples, the verdict.

    labflow-leaf-nodes   table: a line for each leaf node: generated, kept, rejected by reason, blocked, base and student
    labflow-funnel       what became of the documents' chunks, step by step
    labflow-samples      questions and answers with their sources
    labflow-outcome      the verdict with the gate's reasons, before and after, the loss curve; where report and model are
    labflow-report       link: the report, where ``observability.runs_url`` says that a web server shows the runs

All texts come from a taxonomy, a document or a model: whatever Markdown or HTML they hold is shown, not obeyed. Figures are
pictures inside the artifact; nothing is fetched from anywhere.

Not covered: progress (``tasks/placement/progress.py``), and the report itself (``flows/report``).
"""

import base64
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from httpx import HTTPError
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from flows.report.charts import Chart, funnel_chart, loss_chart, score_charts
from flows.report.exam import ExamPart, read_exam
from flows.report.funnel import funnel_levels
from flows.report.leaf_table import LeafRow, read_leaf_rows
from flows.report.losses import read_losses
from flows.report.passages import ShownSample, choose_samples
from flows.report.refusals import read_refusals
from flows.report.wording import clip
from schemas.contracts import LeafCounts, ScanLeafCounts
from schemas.student_contracts import RunSummary

MOST_LEAVES = 300
"""Lines of the table; the report has all."""
_COLOURS = {"--muted": "#5b666e", "--rule": "#c9cfd1", "--base": "#7b8894", "--student": "#0b6bb5", "--refused": "#d99a4a"}
"""A picture knows nothing of the page around it, which may be dark: it brings its own paper."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>:/@])")
_logger = logging.getLogger("labflow.flow")


def publish_curriculum(summary: RunSummary) -> None:
    """Table, funnel and samples, as soon as there are samples."""
    _publish(_table, "labflow-leaf-nodes", leaf_table(summary, None), leaf_words(summary))
    _publish(_markdown, "labflow-funnel", funnel_markdown(summary), "What became of the documents")
    _publish(_markdown, "labflow-samples", samples_markdown(summary), "Samples that the student is taught, with their sources")


def publish_outcome(summary: RunSummary, metric: str, runs_url: str | None = None) -> None:
    """The verdict and what it rests on, and the table with the exam's results.

    Args:
        metric: the gate's.
        runs_url: where a browser finds the workspace's ``runs/``; None: nowhere.
    """
    exam = read_exam(summary.report, metric) if summary.report else None
    _publish(_table, "labflow-leaf-nodes", leaf_table(summary, exam), leaf_words(summary))
    _publish(_markdown, "labflow-funnel", funnel_markdown(summary), "What became of the documents")
    _publish(_markdown, "labflow-outcome", outcome_markdown(summary, metric, runs_url), summary.message)
    if runs_url:
        _publish(_link, "labflow-report", page_links(summary, runs_url)["report"], summary.message)


def leaf_table(summary: RunSummary, exam: ExamPart | None) -> list[dict[str, Any]]:
    """A line for each leaf node, changed ones first."""
    rows = read_leaf_rows(summary, exam)[:MOST_LEAVES]
    judged = {c.leaf_node: c for c in summary.filtered.leaf_counts} if summary.filtered else {}
    scans = [scan for scan in (summary.sources, summary.scanned) if scan]
    scanned = [{c.leaf_node: c for c in scan.leaf_counts} for scan in scans]
    return [_leaf_line(row, judged.get(row.path), [each[row.path] for each in scanned if row.path in each]) for row in rows]


def _leaf_line(row: LeafRow, judged: LeafCounts | None, scans: list[ScanLeafCounts]) -> dict[str, Any]:
    rejected = judged.rejected if judged else {}
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(rejected.items()))
    line: dict[str, Any] = {
        "leaf node": row.path,
        "kind": row.kind,
        "change": row.change,
        "generated": row.generated,
        "kept": row.kept,
        "rejected": f"{sum(rejected.values())} ({reasons})" if rejected else 0,
        "blocked": sum(scan.quarantined + scan.dropped for scan in scans),
    }
    tally = row.human if row.human.asked else row.reserved
    if tally.asked:
        line |= {"questions": tally.asked, "base right": tally.base, "student right": tally.student}
    return line


def leaf_words(summary: RunSummary) -> str:
    """What stands above the table."""
    more = summary.change.leaf_nodes.rows - MOST_LEAVES
    return "Leaf nodes, changed ones first" + (f"; {more:,} more stand in the report" if more > 0 else "")


def funnel_markdown(summary: RunSummary) -> str:
    """The funnel as a picture and in figures."""
    levels = funnel_levels(summary, read_refusals(summary))
    lines = ["| step | rows | lost |", "|---|--:|---|"]
    lines += [f"| {level.label} | {level.rows:,} | {level.lost_note if level.lost else ''} |" for level in levels]
    return "\n".join([_picture(funnel_chart(levels)), "", *lines])


def samples_markdown(summary: RunSummary) -> str:
    """Questions and answers with the passage that they were taught from."""
    shown = choose_samples(summary)
    return "\n\n---\n\n".join(_sample_markdown(sample) for sample in shown) or "There is not one sample."


def _sample_markdown(shown: ShownSample) -> str:
    sample = shown.sample
    passage = clip(" ".join("".join(piece.text for piece in shown.pieces).split()), 500)
    lines = [f"**{plain(sample.question)}**", plain(clip(sample.answer)), f"> {plain(passage)}" if passage else ""]
    lines.append(f"*{plain(sample.leaf_node)}: {plain('; '.join(shown.source))}*")
    return "\n\n".join(line for line in lines if line)


def outcome_markdown(summary: RunSummary, metric: str, runs_url: str | None = None) -> str:
    """The verdict, before and after, and where things are."""
    lines = [f"## {plain(summary.message)}", ""]
    if summary.verdict:
        lines += ["| | the gate's rule | |", "|---|---|---|"]
        lines += [
            f"| {'!' if r.severity == 'warning' else '✓' if r.passed else '✗'} | {plain(r.rule)} | {plain(r.message)} |"
            for r in summary.verdict.reasons
        ]
        lines += [f"\n{plain(a.by)} {a.decision} {plain(a.step)}: {plain(a.comment)}" for a in summary.verdict.approvals]
    if summary.report:
        lines += ["", *(_picture(chart) for chart in score_charts(summary.report.scores, metric).values())]
    if summary.trained:
        curve = read_losses(summary.trained)
        lines += ["", "### Loss", plain(curve.in_words), "", _picture(loss_chart(curve))]
    return "\n".join([*lines, "", "### Where it is", "", *_places(summary, runs_url)])


def page_links(summary: RunSummary, runs_url: str) -> dict[str, str]:
    """What a browser can open: the report, and the student's directory where there is one."""
    folder = f"{runs_url.rstrip('/')}/{quote(summary.folder.rpartition('/')[2])}"
    model = {"model": f"{folder}/train/{quote(Path(summary.trained.checkpoint.path).name)}/"} if summary.trained else {}
    return {"report": f"{folder}/report.html", **model}


def _places(summary: RunSummary, runs_url: str | None) -> list[str]:
    """Links where a browser can follow them; and paths, since browsers open no ``file://`` from a web page."""
    lines = [f"- [open the {what}](<{url}>)" for what, url in (page_links(summary, runs_url).items() if runs_url else ())]
    lines.append(f"- report: `{_code(summary.folder)}/report.html`")
    if summary.trained:
        lines.append(f"- model: `{_code(summary.trained.checkpoint.path)}`")
    return [*lines, f"- on a machine with the workspace: `labflow runs open {_code(summary.folder.rpartition('/')[2])}`"]


def plain(text: str) -> str:
    """A text as one line of Markdown that shows it as it is: no markup, no links, no HTML."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", line)


def _code(text: str) -> str:
    return text.replace("`", "'").replace("\n", " ")


def _picture(chart: Chart | None) -> str:
    """The chart as an image inside the text."""
    if chart is None:
        return ""
    svg = str(chart.wide)
    for name, colour in _COLOURS.items():
        svg = svg.replace(f"var({name})", colour)
    svg = svg.replace("currentColor", "#1d2328")
    svg = re.sub(r"^<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12" ', svg)
    svg = re.sub(r"^(<svg [^>]*>)", r'\1<rect x="-9999" y="-9999" width="99999" height="99999" fill="#fdfdfb"/>', svg)
    encoded = base64.b64encode(svg.encode("utf-8", "replace")).decode()
    return f"![{plain(chart.label)}](data:image/svg+xml;base64,{encoded})"


def _table(key: str, content: Any, description: str) -> None:
    create_table_artifact(table=content, key=key, description=description)


def _markdown(key: str, content: Any, description: str) -> None:
    create_markdown_artifact(markdown=content, key=key, description=description)


def _link(key: str, content: str, description: str) -> None:
    create_link_artifact(link=content, link_text="report", key=key, description=description)


def _publish(create: Any, key: str, content: Any, description: str) -> None:
    """What is shown is not what counts: a server that is away for a moment must not end a run."""
    try:
        create(key, content, description)
    except HTTPError as error:
        _logger.warning("the artifact %s could not be stored: %s", key, error)
