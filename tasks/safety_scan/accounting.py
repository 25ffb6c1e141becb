"""Counts verdicts, so that no row is lost: in = allow + redact + quarantine + drop.

Part of ``safety_scan``.

One example::

    counts_by_rule == {"redact:personal.email": 3, "drop:duplicate.exact": 12, "allow:advice.medical": 1}

Not covered: rows of other stages.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from schemas.contracts import ScanLeafCounts
from schemas.errors import ScanError
from tasks.safety_scan.likeness import words
from tasks.safety_scan.row_judge import Outcome

_NOT_A_SHARE = ("duplicate.", "leaf_blocked")
"""Rules whose rows do not count against a leaf node: repetitions, and consequences of its own verdict."""


class Accounts:
    """The counts of one scan."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.decided: Counter[str] = Counter()
        self._by_leaf: dict[str, Counter[str]] = defaultdict(Counter)
        self._blocked_rules: dict[str, Counter[str]] = defaultdict(Counter)
        self._counting_rows: Counter[str] = Counter()
        self._questions: dict[str, _Diversity] = defaultdict(_Diversity)

    def count(self, outcome: Outcome, is_leaf_node: bool = False) -> None:
        """Books one row's verdict, and each rule that found something in it."""
        verdict, rule = outcome.verdict, outcome.rule
        self.verdicts[verdict] += 1
        leaf = self._by_leaf[outcome.leaf_node]
        leaf[verdict] += 1
        if outcome.decided:
            self.decided[outcome.decided] += 1
        if outcome.booked or rule:
            self.rules.update({*outcome.booked, f"{verdict}:{rule}"} if rule else outcome.booked)
        if rule.startswith("duplicate."):
            leaf["duplicates"] += 1
        if is_leaf_node or rule.startswith(_NOT_A_SHARE):
            return
        self._counting_rows[outcome.leaf_node] += 1
        if verdict in ("quarantine", "drop"):
            self._blocked_rules[outcome.leaf_node][rule] += 1

    @property
    def total(self) -> int:
        """Rows that have a verdict."""
        return sum(self.verdicts.values())

    def count_question(self, leaf_node: str, pairs: Sequence[int]) -> None:
        """Books a kept sample's question, as ``word_pairs`` has it, for the leaf's diversity."""
        self._questions[leaf_node].add(pairs)

    def check(self, rows: int, refused: int) -> None:
        """Raises ScanError unless every row has a verdict, and every refused row stands in the file."""
        counted, blocked = sum(self.verdicts.values()), self.verdicts["quarantine"] + self.verdicts["drop"]
        if set(self.verdicts) - {"allow", "redact", "quarantine", "drop"} or counted != rows or blocked != refused:
            raise ScanError(
                f"the scan lost rows: {rows} in, {counted} judged, {blocked} blocked, {refused} written as refused. "
                "This is a defect of labflow; please report it with the policy."
            )

    def blocked_shares(self) -> Iterator[tuple[str, float, Counter[str]]]:
        """By leaf node: the share of its rows that was blocked, and the rules that did it."""
        for leaf_node, rules in sorted(self._blocked_rules.items()):
            yield leaf_node, sum(rules.values()) / self._counting_rows[leaf_node], rules

    def leaf_counts(self) -> tuple[ScanLeafCounts, ...]:
        """By leaf node, in order of path."""
        return tuple(
            ScanLeafCounts(
                leaf_node=leaf_node,
                allowed=counts["allow"],
                redacted=counts["redact"],
                quarantined=counts["quarantine"],
                dropped=counts["drop"],
                duplicates=counts["duplicates"],
                question_diversity=self._questions[leaf_node].share(),
            )
            for leaf_node, counts in sorted(self._by_leaf.items())
        )


class _Diversity:
    """How many of a leaf's two-word sequences are different: counted in small leaves, estimated from an even sample in large
    ones.

    The sample is of all sequences whose CRC lies under a threshold, which is halved whenever they grow too many: memory is
    bounded, and the same questions give the same number on every machine.
    """

    def __init__(self) -> None:
        self._sampled: set[int] = set()
        self._threshold, self._total = 1 << 32, 0

    def add(self, pairs: Sequence[int]) -> None:
        self._total += len(pairs)
        if self._threshold == 1 << 32:
            self._sampled.update(pairs)
        else:
            self._sampled.update(code for code in pairs if code < self._threshold)
        while len(self._sampled) > _MOST_SAMPLED:
            self._threshold //= 2
            self._sampled = {code for code in self._sampled if code < self._threshold}

    def share(self) -> float | None:
        if not self._total:
            return None
        return round(min(1.0, len(self._sampled) * (1 << 32) / self._threshold / self._total), 4)


_MOST_SAMPLED = 8_192


def word_pairs(question: str) -> list[int]:
    """A number for each two words that follow each other; the same on every machine."""
    return [zlib.crc32(f"{one} {other}".encode()) for one, other in pairwise(words(question))]
