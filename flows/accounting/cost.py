"""What a run's served models cost: their tokens at the prices of the settings.

At the end of a run; the terminal's table, ``report.html`` and ``--json`` show it::

    cost_of(summary, settings)    # Cost(teacher=0.48, critic=0.12, total=0.6); None where no price is set

Tokens are those that were asked for in the run that made the samples: answers from the log cost nothing, and a stage whose
finished result is used again shows what it cost then.

Not covered: the hours of a GPU (``metrics``), and the served models that answer the exam.
"""

from collections.abc import Iterator
from functools import reduce

from schemas.contracts import Usage
from schemas.served_model_settings import ModelSettings
from schemas.settings import Settings
from schemas.student_contracts import Cost, RunSummary
from tasks.chat_model.chat import add_usage

PRICED_TOKENS = 1_000_000
"""Prices are of so many tokens."""


def cost_of(summary: RunSummary, settings: Settings) -> Cost | None:
    """The cost by role and in all; None where no served model that was asked has a price."""
    costs = {role: _cost(usage, model) for role, usage, model in _asked(summary, settings)}
    if all(cost is None for cost in costs.values()):
        return None
    return Cost(**costs, total=sum(cost for cost in costs.values() if cost is not None))


def _asked(summary: RunSummary, settings: Settings) -> Iterator[tuple[str, Usage, ModelSettings]]:
    """The served models that were asked, by role, as far as the run came."""
    if summary.generated and settings.teacher.kind == "model":
        yield "teacher", summary.generated.usage, settings.teacher.model
    if summary.filtered and settings.critic.kind == "model":
        yield "critic", summary.filtered.usage, settings.critic.model
    guards = [scan.guardian.usage for scan in (summary.sources, summary.scanned) if scan and scan.guardian]
    if guards:
        yield "guardian", reduce(add_usage, guards), settings.scan.guardian.model
    if summary.report and summary.report.judge:
        yield "judge", summary.report.judge.usage, settings.evaluate.judge.model


def price_words(cost: float) -> str:
    """``12.40``, ``0.0312``: two decimals, or two digits that tell something.

    >>> [price_words(cost) for cost in (1234.5, 0.25, 0.0312, 0.0)]
    ['1,234.50', '0.25', '0.031', '0.00']
    """
    return f"{cost:,.2f}" if cost >= 0.1 or not cost else f"{cost:.2g}"


def _cost(usage: Usage, model: ModelSettings) -> float | None:
    if model.prompt_price is None and model.completion_price is None:
        return None
    prompt, completion = model.prompt_price or 0.0, model.completion_price or 0.0
    return (usage.prompt_tokens * prompt + usage.completion_tokens * completion) / PRICED_TOKENS
