"""What the page says first: the outcome in a few words and one sentence, and the numbers at a glance.

Example: ``Headline("Released as number 1", "good", "On what changed, the student has 12 of 14 human questions right; ...", ...)``

Not covered: why. The verdict's reasons follow right below.
"""

from dataclasses import dataclass

from flows.accounting.cost import price_words
from flows.report.exam import ExamPart
from flows.report.wording import arrows, count, duration, rate, sentence
from schemas.student_contracts import RunSummary, Score

SUITE_WORDS = {"human": "human questions", "reserved_phrasing": "reserved wordings"}
RULES = {
    "gain": "Gain on what changed",
    "human_gain": "Gain on human questions",
    "enough_questions": "Enough questions to tell",
    "no_loss": "No loss on what changed",
    "small_change": "A small change, learned",
    "no_regression": "No loss elsewhere",
    "benchmarks": "No loss on benchmarks",
    "safety": "No less safe",
    "power": "Leaf nodes too small to tell",
    "approval": "A person's word",
}
NEAR_ZERO = 0.05
COUNTED_METRICS = ("match", "exact_match")
"""Metrics that are 0 or 1 for each question."""


@dataclass(frozen=True)
class Figure:
    """One number at a glance."""

    name: str
    value: str
    note: str


@dataclass(frozen=True)
class Headline:
    """The first screen of the page."""

    title: str
    tone: str
    """``good``, ``bad`` or ``quiet``: a colour, never the only sign."""
    sentence: str
    figures: list[Figure]


def write_headline(summary: RunSummary, exam: ExamPart | None, metric: str) -> Headline:
    """Outcome, one sentence, and up to four numbers."""
    release = summary.verdict.release if summary.verdict else None
    title, tone = {
        "released": (f"Released as number {release.number}" if release else "Released", "good"),
        "refused": ("Refused", "bad"),
        "nothing_changed": ("Nothing changed", "quiet"),
        "already_refused": ("Refused before", "bad"),
        "generated": ("Samples made, nothing trained", "quiet"),
    }[summary.outcome]
    return Headline(title=title, tone=tone, sentence=_sentence(summary, metric), figures=_figures(summary, exam))


def name_of_base(summary: RunSummary) -> str:
    """What the student is compared with."""
    if summary.change.base is None:
        return "the untrained base"
    release = summary.verdict.release if summary.verdict else None
    return f"release {release.parent}" if release and release.parent else "the current release"


def base_note(summary: RunSummary, exam: ExamPart) -> str:
    """What the base is, and what its scores say."""
    asked, right = exam.human.asked + exam.reserved.asked, exam.human.base + exam.reserved.base
    note = f"The base is {name_of_base(summary)}"
    if summary.change.base is None:
        note += ", the model as it was before its first training step"
    if not asked:
        return f"{note}."
    near_zero = right <= NEAR_ZERO * asked
    if summary.change.base is None and near_zero:
        return (
            f"{note}. It has {rate(right, asked)} right: near zero, so nearly all that the student knows it learned in this run."
        )
    return f"{note}. It has {rate(right, asked)} right{', near zero' if near_zero else ''}."


def _sentence(summary: RunSummary, metric: str) -> str:
    reasons = summary.verdict.reasons if summary.verdict else ()
    if summary.outcome == "released" and summary.report:
        mine = [s for s in summary.report.scores if s.metric == metric and s.questions]
        scores = [s for s in mine if s.group == "claimed"] or [s for s in mine if s.group == "all"]
        if scores:
            start = "On what changed, the" if scores[0].group == "claimed" else "The"
            student = " and ".join(f"{_right(s, s.student)} {SUITE_WORDS[s.suite]}" for s in scores)
            base = " and ".join(_right(s, s.base) for s in scores)
            return f"{start} student has {student} right; {name_of_base(summary)} had {base}."
    if summary.outcome == "refused":
        failed = [reason.message for reason in reasons if not reason.passed]
        if failed:
            return sentence(arrows("; ".join(failed)))
    return sentence(arrows(summary.message))


def _right(score: Score, value: float) -> str:
    """``12 of 14`` where the score is a share of right answers, else the score."""
    if score.metric in COUNTED_METRICS:
        return rate(round(value * score.questions), score.questions)
    return f"{value:.2f} on {score.questions:,}"


def _figures(summary: RunSummary, exam: ExamPart | None) -> list[Figure]:
    figures = []
    if exam:
        for name, tally in (("Human questions", exam.human), ("Reserved wordings", exam.reserved)):
            if tally.asked:
                figures.append(Figure(name, rate(tally.student, tally.asked), f"right; base {tally.base:,}"))
    if summary.trained:
        trained = summary.trained
        note = f"{trained.steps:,} steps, {duration(trained.cpu_seconds)} of CPU"
        figures.append(Figure("Samples trained on", f"{trained.samples:,}", note))
    if summary.cost:
        figures.append(Figure("Cost of the models", price_words(summary.cost.total), "at the set prices"))
    figures.append(Figure("Time of the run", duration(summary.seconds), changed_leaves(summary)))
    return figures


def changed_leaves(summary: RunSummary) -> str:
    """How many leaf nodes this run takes up."""
    change = summary.change
    number = len(change.added) + len(change.modified) + len(change.renamed) + len(change.deleted)
    return f"{count(number, 'leaf node')} changed"
