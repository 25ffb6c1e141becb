"""The page's figures: the funnel, before and after, the loss curve. Each is drawn twice, for a wide page and for a phone, so that
its letters have the size of the page's letters on both.

Colours tell base from student apart for all kinds of colour vision (slate and blue), and never alone: every bar has its number,
every line its name.

Not covered: per-leaf bars beyond ``MOST_LEAVES`` (the table has them all).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from flows.report.funnel import Level
from flows.report.losses import LossCurve
from flows.report.svg import BASE, INK, MUTED, REFUSED, RULE, STUDENT, draw, plain_label
from flows.report.wording import GROUPS, SUITES, count, short_path
from schemas.student_contracts import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, NARROW = 680, 328
MOST_LEAVES = 6
SCORE_ROW = 66
FUNNEL_ROW = 44
ORDER = ("all", "changed", "claimed", "unchanged", "knowledge", "skills")


@dataclass(frozen=True)
class Chart:
    """The same figure for a wide page and for a phone."""

    wide: Markup
    narrow: Markup
    label: str


def funnel_chart(levels: Sequence[Level]) -> Chart | None:
    """Bars from chunks to samples trained on; what was lost on the way is drawn beside what was left."""
    if not levels or not any(level.rows for level in levels):
        return None
    label = "Funnel. " + " ".join(
        f"{level.label}: {level.rows:,}" + (f" ({level.lost_note})." if level.lost else ".") for level in levels
    )
    height = FUNNEL_ROW * len(levels) + 4
    return _both("funnel", label, height, lambda width: lambda figure: _plot_funnel(figure, levels, width))


def _plot_funnel(figure: "Figure", levels: Sequence[Level], width: int) -> None:
    axes = _pixels(figure, width, FUNNEL_ROW * len(levels) + 4)
    most = max(level.rows + level.lost for level in levels)
    for place, level in enumerate(levels):
        top = place * FUNNEL_ROW
        axes.text(0, top + 14, plain_label(level.label), color=INK, va="baseline")
        note = f"{level.lost_note}   " if level.lost else ""
        axes.text(width, top + 14, f"{level.rows:,}", color=INK, ha="right", va="baseline", weight="bold")
        if note:
            axes.text(width - 9 * len(f"{level.rows:,}") - 4, top + 14, note, color=MUTED, ha="right", va="baseline", size=11)
        left, lost = (max(width * part / most, 1.5 if part else 0) for part in (level.rows, level.lost))
        colour = BASE if level.label.startswith("Chunks") else STUDENT
        _bar(axes, 0, left, top + 22, 11, colour)
        if level.lost:
            _bar(axes, left, min(lost, width - left), top + 22, 11, REFUSED, faint=True)


def score_charts(scores: Sequence[Score], metric: str) -> dict[str, Chart]:
    """Base against student for each group, with the 95 % interval of the gain and the number of questions; one chart a suite."""
    charts = {}
    for suite, title in SUITES.items():
        shown = [s for s in chart_scores(scores, metric) if s.suite == suite]
        if shown:
            label = f"{title}, before and after. " + " ".join(
                f"{group_name(s.group)}: base {s.base:.2f}, student {s.student:.2f}, {count(s.questions, 'question')}."
                for s in shown
            )
            charts[suite] = _both(f"scores-{suite}-", label, SCORE_ROW * len(shown) + 24, _scores_plot(shown))
    return charts


def ordered_scores(scores: Sequence[Score], metric: str) -> list[Score]:
    """The scores of one metric: human questions first, groups before leaf nodes."""
    suites, mine = list(SUITES), [s for s in scores if s.metric == metric]
    return sorted(mine, key=lambda s: (suites.index(s.suite), ORDER.index(s.group) if s.group in ORDER else len(ORDER), s.group))


def chart_scores(scores: Sequence[Score], metric: str) -> list[Score]:
    """The scores that are drawn: groups, then the leaf nodes with the most questions."""
    chosen = []
    for suite in SUITES:
        mine = [s for s in ordered_scores(scores, metric) if s.suite == suite and s.questions]
        groups = [s for s in mine if s.group in ORDER]
        once = {(s.questions, s.base, s.student, s.low, s.high): s for s in reversed(groups)}  # 'changed' may be 'all'
        groups = [s for s in groups if once[(s.questions, s.base, s.student, s.low, s.high)] is s]
        leaves = sorted((s for s in mine if s.group not in ORDER), key=lambda s: -s.questions)
        chosen += groups + (leaves[:MOST_LEAVES] if len(leaves) > 1 else [])
    return chosen


def group_name(group: str) -> str:
    """What a group of questions is called: a leaf node by the end of its path."""
    return GROUPS.get(group) or short_path(plain_label(group))


def _scores_plot(scores: Sequence[Score]) -> Callable[[int], Callable[["Figure"], None]]:
    return lambda width: lambda figure: _plot_scores(figure, scores, width)


def _plot_scores(figure: "Figure", scores: Sequence[Score], width: int) -> None:
    axes = _pixels(figure, width, SCORE_ROW * len(scores) + 24)
    span, bottom = width - 44, SCORE_ROW * len(scores)
    for x in (0.0, 0.25, 0.5, 0.75, 1.0):
        axes.plot([x * span] * 2, [18, bottom - 6], color=RULE, lw=0.8, zorder=0)
    for x in (0.0, 0.5, 1.0):
        axes.text(x * span, bottom + 12, f"{x:g}", color=MUTED, ha="left" if x == 0 else "center", va="baseline", size=11)
    for place, score in enumerate(scores):
        top = place * SCORE_ROW
        axes.text(0, top + 12, group_name(score.group), color=INK, va="baseline")
        axes.text(width, top + 12, count(score.questions, "question"), color=MUTED, ha="right", va="baseline", size=11)
        for offset, value, colour in ((19, score.base, BASE), (33, score.student, STUDENT)):
            _bar(axes, 0, max(value * span, 1.5), top + offset, 11, colour)
            axes.text(width, top + offset + 9.5, f"{value:.2f}", color=INK, ha="right", va="baseline", size=11)
        low, high = (min(max(score.base + gain, 0), 1) * span for gain in (score.low, score.high))
        axes.plot([low, high], [top + 49] * 2, color=MUTED, lw=1.2, zorder=3)
        for end in (low, high):
            axes.plot([end] * 2, [top + 46, top + 52], color=MUTED, lw=1.2, zorder=3)


def loss_chart(curve: LossCurve) -> Chart | None:
    """The loss over the steps, one line for each phase, and the learning rate behind it."""
    if not curve.phases:
        return None
    return _both("loss", curve.in_words, 240, lambda width: lambda figure: _plot_loss(figure, curve, width))


def _plot_loss(figure: "Figure", curve: LossCurve, width: int) -> None:
    axes = figure.add_axes((34 / width, 34 / 240, 1 - 44 / width, 1 - 46 / 240))
    for number, phase in enumerate(curve.phases):
        axes.plot(phase.steps, phase.losses, color=STUDENT, lw=0.8, alpha=0.35)
        axes.plot(phase.steps, phase.smooth, color=STUDENT, lw=2, solid_capstyle="round")
        if number:
            axes.axvline(phase.steps[0], color=RULE, lw=1)
        if len(curve.phases) > 1:
            axes.text(phase.steps[0], 1.0, f" {plain_label(phase.name)}", color=MUTED, transform=axes.get_xaxis_transform())
    _plot_rate(axes, curve)
    last = curve.phases[-1]
    end = (last.steps[-1], last.smooth[-1])
    axes.plot(end[:1], end[1:], "o", color=STUDENT, ms=4.5, clip_on=False)
    axes.annotate(f"{end[1]:.2g}", end, (0, 8), textcoords="offset points", ha="right", weight="bold")
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    axes.set_xlabel("step", size=11)
    axes.locator_params(axis="x", nbins=4 if width == NARROW else 8, integer=True)
    axes.locator_params(axis="y", nbins=5)
    axes.tick_params(length=0, labelsize=11)
    axes.grid(axis="y", color=RULE, lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _plot_rate(axes: "Axes", curve: LossCurve) -> None:
    """The learning rate as a dashed line on a scale of its own, which ends at the figure's upper edge."""
    peak = max(rate for phase in curve.phases for rate in phase.rates)
    behind = axes.twinx()
    for phase in curve.phases:
        behind.plot(phase.steps, phase.rates, color=MUTED, lw=1, ls=(0, (4, 3)))
    behind.set_ylim(0, 1.04 * peak if peak else 1)
    behind.axis("off")


def _both(name: str, label: str, height: float, plot: Callable[[int], Callable[["Figure"], None]]) -> Chart:
    wide, narrow = (draw(plot(width), f"{name}{width}", label, (width, height)) for width in (WIDE, NARROW))
    return Chart(wide=wide, narrow=narrow, label=label)


def _pixels(figure: "Figure", width: float, height: float) -> "Axes":
    """Axes over the whole figure whose units are pixels, counted from the top left."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return axes


def _bar(axes: "Axes", left: float, width: float, top: float, height: float, colour: str, faint: bool = False) -> None:
    axes.fill_between(
        [left, left + width], top, top + height, facecolor=colour, alpha=0.55 if faint else None, edgecolor="none", zorder=2
    )
