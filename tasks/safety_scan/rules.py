"""What a rule is: a pattern with an id and a version, and a check that says how sure it is.

Part of ``safety_scan``. Rules come from ``personal`` and ``credentials`` (patterns with checksums) and from the policy file
(``wording``). All of them are read by ``text_scanner`` on the normalised text.

One example::

    Rule(id="personal.payment_card", pattern=r"(?<![0-9])[3-6][0-9 -]{11,22}[0-9](?![0-9])", detector="checksum", check=...)

Patterns have ASCII meaning (``\\w``, ``\\b`` and case know no other letters): the text is normalised before, and only so does the
prefilter's automaton see exactly what ``re`` sees.

Not covered: the meaning of a text. A rule knows shapes and wordings.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

Check = Callable[[re.Match[str]], float]
"""Says how sure a match is: 0 is no finding, 1 is certain (for example a checksum of two digits that holds)."""

Finder = Callable[[str], Iterator[tuple[int, int, float]]]
"""Start, end and score of everything in a text that a pattern alone cannot delimit."""

SEVEN_DIGITS = r"[0-9](?:[ \n().,+/-]{0,3}[0-9]){6}"
"""The gate of most numbers that name a person: a text without seven digits in a row, separators aside, has none."""

PRIVATE = ("personal", "credential")
"""Categories whose values are never shown, not even in part."""


@dataclass(frozen=True)
class Rule:
    """One thing to look for.

    Args:
        id: ``category.name``; the category may itself have parts (``prohibited.weapons.explosives``).
        pattern: A regular expression with ASCII meaning.
        detector: What decides: ``shape``, ``checksum``, ``assignment``, ``phrase``, ``phonenumbers``, ``detect-secrets``...
        version: Raised when the rule's findings change.
        ignore_case: Whether case matters.
        group: The group that holds the value; 0 is the whole match.
        check: How sure a match is; None: always 1.
        find: Used instead of pattern and check, in texts in which the pattern matches.
        across_lines: Also sought after line breaks inside tokens were closed.
        loose_pattern: Used on text whose letters were spaced out, where word boundaries are lost.
        needs: Literals (any case) one of which every match contains, for the prefilter of machines without Hyperscan.
        gate: A wider pattern with the same flags, for the same prefilter: a match has one of ``needs``, or this matches.
        always: Never prefiltered, because its pattern has letters outside ASCII.
    """

    id: str
    pattern: str
    detector: str
    version: int = 1
    ignore_case: bool = False
    group: int = 0
    check: Check | None = None
    find: Finder | None = None
    across_lines: bool = True
    loose_pattern: str | None = None
    needs: tuple[str, ...] = ()
    gate: str | None = None
    always: bool = False

    @property
    def category(self) -> str:
        return self.id.rpartition(".")[0]

    @property
    def is_private(self) -> bool:
        return self.id.startswith(PRIVATE)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self.flags)

    @cached_property
    def loose_regex(self) -> re.Pattern[str]:
        return re.compile(self.loose_pattern or self.pattern, self.flags)

    @property
    def flags(self) -> int:
        return (0 if self.always else re.ASCII) | re.DOTALL | (re.IGNORECASE if self.ignore_case else 0)


@dataclass(frozen=True)
class Hit:
    """A match of one rule, on the original text's offsets."""

    rule: str
    start: int
    end: int
    score: float
    detector: str
    version: int = 1
    value: str = field(default="", repr=False)
    """The normalised value: for consistent placeholders and allowed values; never written anywhere."""
    view: str = "plain"
    """How the text was read: plain, spaced, joined, decoded."""

    @property
    def category(self) -> str:
        return self.rule.rpartition(".")[0]

    @property
    def is_private(self) -> bool:
        return self.rule.startswith(PRIVATE)

    def overlaps(self, other: "Hit") -> bool:
        return self.start < other.end and other.start < self.end


def has_word_near(text: str, start: int, end: int, words: tuple[str, ...], before: int = 60, after: int = 30) -> bool:
    """Whether one of the words (lower case) stands within so many characters of ``text[start:end]``."""
    around = text[max(0, start - before) : start].lower() + "\n" + text[end : end + after].lower()
    return any(word in around and re.search(rf"(?<![a-z]){re.escape(word)}(?:s|es)?(?![a-z])", around) for word in words)
