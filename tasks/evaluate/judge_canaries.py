"""Answers whose worth is known: does the judge see it?

Part of ``evaluate``, in the parent process. Made from questions that have a reference; what a student said plays no part::

    good   the reference itself                            must get 4 or 5
    bad    the reference of another question               must get 1 or 2
    pair   the reference beside another one's              the reference must be better, whichever is shown first

A judge that scores everything high (or low) agrees with half of the canaries; one that prefers the first place fails the pairs.
It is used where good ones, bad ones and pairs each reach ``canary_floor``. They are few: a smoke detector, not a benchmark.

Not covered: subtle errors, such as an answer that is true but says too little.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.benchmarks import Judgement
from schemas.evaluate_settings import JudgeSettings
from schemas.records import digest_of
from tasks.evaluate.exam_choices import overlaps
from tasks.evaluate.judge import Case, both_orders, compare
from tasks.evaluate.text_tokens import tokens_of

MOST, MOST_PAIRS, FEWEST = 12, 4, 3
HIGH, LOW = ("4", "5"), ("1", "2")


@dataclass(frozen=True)
class Known:
    """A question with its reference."""

    id: str
    turns: tuple[str, ...]
    reference: tuple[str, ...]


@dataclass(frozen=True)
class Canaries:
    """Cases to be judged, by what must come out."""

    good: tuple[Case, ...]
    bad: tuple[Case, ...]
    pairs: tuple[tuple[Case, Case], ...]

    @property
    def cases(self) -> list[Case]:
        """All of them, in the order that ``read_canaries`` takes their judgements."""
        return [*self.good, *self.bad, *(case for pair in self.pairs for case in pair)]


@dataclass(frozen=True)
class CanaryResult:
    """How many were judged as known."""

    good: int
    good_high: int
    bad: int
    bad_low: int
    pairs: int
    pairs_right: int
    reason: str
    """Why the judge must not be used; empty where it may."""

    @property
    def agreement(self) -> float:
        """Share of all canaries judged as known."""
        asked = self.good + self.bad + self.pairs
        return round((self.good_high + self.bad_low + self.pairs_right) / asked, 6) if asked else 0.0


def make_canaries(known: Sequence[Known], pairs: bool, seed: int) -> Canaries:
    """Canaries of a few questions, drawn under the seed; none where the questions have too few different references.

    Args:
        pairs: whether comparisons are asked for at all.
    """
    usable = [each for each in known if each.reference and tokens_of(each.reference[0])]
    drawn = sorted({each.id: each for each in usable}.values(), key=lambda each: digest_of([seed, each.id]))
    good = tuple(_case(each, each.reference[0]) for each in drawn[:MOST])
    swapped = [(each, wrong) for each in drawn[: 2 * MOST] if (wrong := _wrong_answer(each, drawn)) is not None]
    bad = tuple(_case(each, wrong) for each, wrong in swapped[:MOST])
    beside = tuple(both_orders(_pair(each, wrong), "canary") for each, wrong in swapped[:MOST_PAIRS]) if pairs else ()
    return Canaries(good, bad, beside)


def read_canaries(canaries: Canaries, judgements: Sequence[Judgement], settings: JudgeSettings) -> CanaryResult:
    """Whether the judge may be used. A failed judgement is a wrong one.

    Args:
        judgements: one for each of ``canaries.cases``, in that order.
    """
    good, bad = len(canaries.good), len(canaries.bad)
    high = sum(each.said in HIGH for each in judgements[:good])
    low = sum(each.said in LOW for each in judgements[good : good + bad])
    rest = judgements[good + bad :]
    # The reference is shown second in the first order, where the student's answer stands.
    right = sum(compare(rest[2 * number], rest[2 * number + 1]) == "win" for number in range(len(canaries.pairs)))
    reason = _why_not(((high, good, "reference answers scored 4 or 5"), (low, bad, "wrong answers scored 1 or 2"),
                       (right, len(canaries.pairs), "references preferred in both orders")), settings.canary_floor)  # fmt: skip
    return CanaryResult(good, high, bad, low, len(canaries.pairs), right, reason)


def _why_not(counts: tuple[tuple[int, int, str], ...], floor: float) -> str:
    if min(counts[0][1], counts[1][1]) < FEWEST:
        return f"too few questions with different references for canaries: {FEWEST} are needed"
    failed = [f"{right} of {asked} {what}" for right, asked, what in counts if asked and right < floor * asked]
    return f"failed its canaries: only {', '.join(failed)}" if failed else ""


def _wrong_answer(each: Known, others: Sequence[Known]) -> str | None:
    """The reference of another question that surely does not answer this one."""
    fits = [other.reference[0] for other in others if not overlaps(other.reference[0], each.reference[0])]
    return min(fits, key=lambda text: digest_of([each.id, text]), default=None)


def _case(each: Known, answer: str) -> Case:
    return Case("canary", "score", "canary", each.id, each.turns[:1], each.reference[:1], (answer,))


def _pair(each: Known, wrong: str) -> Case:
    return Case("canary", "pair", "canary", each.id, each.turns[:1], each.reference[:1], (wrong,), (each.reference[0],))
