"""``report.html``: what one run did, for a person: on a phone, on a desk, on paper.

At the end of the DAG: ``... -> promote -> report.html``. One page that needs nothing but itself: style and figures are inside,
there is no script and no request. All texts come from a taxonomy, a document or a model and are escaped by the template engine;
the only markup from elsewhere are the page's own figures. Rows are read streaming; of samples and refusals only what is shown is
kept.

Example::

    page = render_report(summary)    # '<!doctype html>\\n<html lang="en">...'

Not covered: comparing several runs.
"""

import re
from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows.accounting.cost import price_words
from flows.report import wording
from flows.report.charts import funnel_chart, group_name, loss_chart, ordered_scores, score_charts
from flows.report.exam import metric_of, read_exam
from flows.report.funnel import funnel_levels, funnel_steps
from flows.report.headline import RULES, base_note, write_headline
from flows.report.leaf_table import read_leaf_rows
from flows.report.lineage import list_files, list_models, list_settings
from flows.report.losses import read_losses
from flows.report.passages import choose_samples
from flows.report.refusals import emptied_leaves, read_refusals
from schemas.settings import Settings
from schemas.student_contracts import RunSummary

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that HTML or UTF-8 cannot hold, and those that make text read in another order than it is; any may come."""


def render_report(summary: RunSummary, settings: Settings | None = None, versions: Mapping[str, str] | None = None) -> str:
    """The page as one string; the same arguments and files give the same bytes.

    Args:
        summary: what the run did; its dataset files are read.
        settings: of the run; without them the page points to ``manifest.json`` for them.
        versions: of the packages that the result may depend on, by name.

    Raises:
        DamagedFileError: a dataset file of the summary is gone or is not what was recorded.
    """
    metric = settings.gate.metric if settings else metric_of(summary.report) if summary.report else "match"
    exam = read_exam(summary.report, metric) if summary.report else None
    refusals = read_refusals(summary)
    scores = summary.report.scores if summary.report else ()
    losses = read_losses(summary.trained) if summary.trained else None
    page = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            summary=summary,
            headline=write_headline(summary, exam, metric),
            metric=metric,
            rules=RULES,
            steps=funnel_steps(summary, refusals),
            funnel=funnel_chart(funnel_levels(summary, refusals)),
            scores=ordered_scores(scores, metric),
            score_charts=score_charts(scores, metric),
            base_note=base_note(summary, exam) if exam else "",
            losses=losses,
            loss_chart=loss_chart(losses) if losses else None,
            samples=choose_samples(summary),
            refusals=refusals,
            exam=exam,
            emptied=emptied_leaves(summary),
            leaves=read_leaf_rows(summary, exam),
            files=list_files(summary),
            models=list_models(summary),
            settings=list_settings(settings),
            versions=dict(versions or {}),
        )
    )
    return _UNPRINTABLE.sub("\ufffd", page)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flows.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "clip": wording.clip,
        "counted": wording.count,
        "price": price_words,
        "reason_words": wording.reason_words,
        "duration": wording.duration,
        "moment": wording.moment,
        "signed": wording.signed,
        "arrows": wording.arrows,
        "sentence": wording.sentence,
        "unwrap": wording.unwrap,
        "group_name": group_name,
    }
    return environment
