"""Pairs whose verdict is known: human seed examples as they are (good), and the same spoiled (bad).

    good                  "What does a clutch cost?" / "$900", source "A clutch costs $900. A tire costs $80."
    answer of another     "What does a clutch cost?" / "$80"
    number changed        "What does a clutch cost?" / "$1,907"
    source of another     the good pair, with a source that does not hold its answer

A critic is asked about few of them: they are a smoke detector, not a benchmark (that is in the tests).

Not covered: subtler errors, such as an answer that is true but says too little.
"""

import re

from schemas.records import Provenance, Sample, SeedExample, digest_of, sample_id
from tasks.critic_filter.judgement import Judged

MOST_GOOD = 16
MOST_BAD_OF_A_KIND = 8


def spoil_seeds(seeds: list[SeedExample], seed: int) -> tuple[list[Judged], list[Judged]]:
    """(good, bad) canaries from the seed examples that have a context.

    Args:
        seed: Which seed examples are taken where there are many; the same seed takes the same ones.
    """
    grounded = [example for example in seeds if example.context]
    grounded.sort(key=lambda example: digest_of([seed, example.id]))
    good = {item.sample.id: item for item in (_judged(e, e.answer, e.context) for e in grounded[:MOST_GOOD])}
    bad: dict[str, Judged] = {}
    for spoil in (swap_answer, change_number, swap_source):
        spoiled = [item for example in grounded if (item := spoil(example, grounded)) is not None]
        bad |= {item.sample.id: item for item in spoiled[:MOST_BAD_OF_A_KIND]}
    return list(good.values()), [item for key, item in bad.items() if key not in good]


def swap_answer(example: SeedExample, others: list[SeedExample]) -> Judged | None:
    """The pair with the answer of another question on the same context, or else of the same leaf node."""
    fits = [o for o in others if o.leaf_node == example.leaf_node and _plain(o.answer) != _plain(example.answer)]
    fits.sort(key=lambda other: (other.context != example.context, digest_of([example.id, other.id])))
    return _judged(example, fits[0].answer, example.context) if fits else None


def change_number(example: SeedExample, others: list[SeedExample]) -> Judged | None:
    """The pair with each number of its answer changed; None where there is none."""
    del others
    numbers = iter(range(7, 1000, 6))
    answer = re.sub(r"\d+(?:[.,]\d+)*", lambda match: _other_number(match.group(), next(numbers)), example.answer)
    return _judged(example, answer, example.context) if answer != example.answer else None


def swap_source(example: SeedExample, others: list[SeedExample]) -> Judged | None:
    """The pair with another pair's context, which does not hold its answer; None where all do."""
    needed = _terms(example.answer) - _terms(example.question) or _terms(example.answer)
    for other in others:
        # An answer in a whole sentence stands in no context word by word: what it adds to the question must be absent.
        if other.context and other.context != example.context and len(needed & _terms(other.context)) <= len(needed) / 2:
            # The id must not be the good pair's: the same content is judged against another source.
            return _judged(example, example.answer, other.context, mark="another source")
    return None


def _terms(text: str | None) -> set[str]:
    return set(_plain(text or "").split())


def _other_number(number: str, step: int) -> str:
    whole = re.sub(r"[.,]", "", number)
    return str(int(whole[:12]) + step * 10 ** max(0, len(whole) - 2) + 1)


def _judged(example: SeedExample, answer: str, source: str | None, mark: str = "") -> Judged:
    context = None if example.kind == "knowledge" else source
    provenance = Provenance(taxonomy_commit="", leaf_key="", seed_example=example.id, pattern="canary", teacher="seed")
    key = sample_id(example.leaf_node, example.question, source, answer + mark)
    sample = Sample(
        id=key,
        leaf_node=example.leaf_node,
        kind=example.kind,
        question=example.question,
        context=context,
        answer=answer,
        origin="generated",  # a critic must not trust it for being human
        provenance=provenance,
    )
    return Judged(sample, source)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
