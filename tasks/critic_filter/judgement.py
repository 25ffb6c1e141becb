"""What a critic is shown, and what it says: the words that the stage shares with both critics.

Both critics (``lexical`` and ``model_critic``) are one function of this shape::

    judge_samples(samples: Iterable[Judged], critic: CriticSettings, cache: str, progress: ReportProgress) -> Iterator[Judgement]

One judgement for each sample, in any order: they are matched by ``sample.id``. A judgement without a reason keeps the sample;
one with a reason refuses it. Either way the sample that comes back carries its ``Critique``. What could not be judged (a request
that failed for good, an answer that cannot be read) is a refusal with a reason such as ``no_verdict``, never a pass.

    Judged(sample=<"How much does a clutch cost?" / "$900">, source="Repairs\\n\\nA clutch costs $900.")
    Judgement(sample=<the same, with critique>, reason=None)

Not covered: reading and writing files, counting and the canaries; that is ``filter``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from schemas.contracts import ReportProgress, Usage
from schemas.records import Sample
from schemas.settings import CriticSettings


@dataclass(frozen=True)
class Judged:
    """A sample with the text that must support it.

    ``source`` is the sample's chunk with its headings; for a seed example the human's own context; for a grounded skill the
    sample's context; None where nothing can be checked against (freeform skills).
    """

    sample: Sample
    source: str | None


@dataclass(frozen=True)
class Judgement:
    """A critic's verdict: ``sample`` carries its critique, ``reason`` (a short code) refuses it, None keeps it."""

    sample: Sample
    reason: str | None = None
    detail: str = ""
    usage: Usage = field(default_factory=Usage)


JudgeSamples = Callable[[Iterable[Judged], CriticSettings, str, ReportProgress], Iterator[Judgement]]
"""A critic."""
