"""Says which rules can possibly match a text, so that the slow, exact ones run on few texts.

Part of ``safety_scan``. Two prefilters, both supersets of the truth, so the findings are identical with either:

- ``LiteralPrefilter``: each rule has literals one of which every match contains; a substring search per literal.
- ``HyperscanPrefilter``: all rules as one automaton (Hyperscan, prefilter mode, which replaces look-arounds by something
  wider). It
  costs more than a second of compiling, and pays from some thousands of rows on. Linux on x86-64 only.

One example::

    LiteralPrefilter(rules).candidates("export GITHUB=ghp_...") == [17, 212]     # indexes of rules

Not covered: whether a candidate truly matches.
"""

import importlib.util
import re
from collections.abc import Sequence
from typing import Protocol

from tasks.safety_scan.rules import Rule

_LONGEST_COUNT = 16
_QUANTIFIER = re.compile(r"(?<!\\)\{(\d+)(?:(,)(\d*))?\}")


class Prefilter(Protocol):
    """What the scanner needs of a prefilter."""

    def candidates(self, text: str) -> list[int]:
        """Indexes of all rules that may match ``text``, ascending; never too few."""
        ...


class LiteralPrefilter:
    """Substring searches; works everywhere, starts at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._always = [index for index, rule in enumerate(rules) if rule.always]
        self._literals: dict[str, list[int]] = {}
        gates: dict[tuple[str, int], list[int]] = {}
        for index, rule in enumerate(rules):
            for literal in rule.needs:
                self._literals.setdefault(literal.lower(), []).append(index)
            if rule.gate or not rule.needs:
                gates.setdefault((rule.gate or rule.pattern, rule.flags), []).append(index)
        self._gates = [(re.compile(pattern, flags), indexes) for (pattern, flags), indexes in gates.items()]

    def candidates(self, text: str) -> list[int]:
        lowered = text.lower()
        found = set(self._always)
        for literal, indexes in self._literals.items():
            if literal in lowered:
                found.update(indexes)
        for gate, indexes in self._gates:
            if not found.issuperset(indexes) and gate.search(text):
                found.update(indexes)
        return sorted(found)


class HyperscanPrefilter:
    """All rules in one pass over the text.

    Args:
        rules: What is looked for.
        database: The automaton of these very rules, as ``dumped`` gave it.

    Raises:
        ImportError: Hyperscan is not installed on this machine.
    """

    def __init__(self, rules: Sequence[Rule], database: bytes | None = None) -> None:
        import hyperscan

        self._always = [index for index, rule in enumerate(rules) if rule.always]
        expressions: dict[tuple[str, bool], list[int]] = {}
        for index, rule in enumerate(rules):
            if not rule.always:
                expressions.setdefault((loosened(rule.pattern), rule.ignore_case), []).append(index)
        self._indexes = list(expressions.values())
        if database is not None:
            self._database = hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK)
            self._database.scratch = hyperscan.Scratch(self._database)
            return
        base = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_UTF8
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[pattern.encode() for pattern, _ in expressions],
            ids=list(range(len(expressions))),
            flags=[base | (hyperscan.HS_FLAG_CASELESS if ignore_case else 0) for _, ignore_case in expressions],
        )

    def dumped(self) -> bytes:
        """The automaton, for a process of the same rules on this machine."""
        import hyperscan

        return bytes(hyperscan.dumpb(self._database))

    def candidates(self, text: str) -> list[int]:
        matched: list[int] = []
        self._database.scan(text.encode("utf-8", "replace"), match_event_handler=lambda i, *_: matched.append(i))
        if not matched and not self._always:
            return matched
        return sorted({*self._always, *(index for i in matched for index in self._indexes[i])})


def loosened(pattern: str) -> str:
    """A pattern that matches wherever ``pattern`` does, with long counted repeats made open: they cost an automaton its
    states."""

    def open_up(match: re.Match[str]) -> str:
        least = int(match.group(1))
        most = int(match.group(3)) if match.group(3) else (None if match.group(2) else least)
        if least > _LONGEST_COUNT:
            return f"{{{_LONGEST_COUNT},}}"
        return f"{{{least},}}" if most is not None and most > _LONGEST_COUNT else match.group()

    return _QUANTIFIER.sub(open_up, pattern)


def has_hyperscan() -> bool:
    """Whether Hyperscan can be imported here."""
    return importlib.util.find_spec("hyperscan") is not None


def literals_of(pattern: str) -> tuple[str, ...]:
    """Literals one of which stands at the start of every match of ``pattern``; empty where the start is no plain text.

    Understands what this room's tables use: look-behinds, then a group of literal alternatives or literal characters.
    """
    while pattern.startswith(("(?<!", "(?<=", r"\b")):
        pattern = pattern[2:] if pattern.startswith(r"\b") else pattern[_closing(pattern) + 1 :]
    if "|" in _outside_groups(pattern):
        parts = [literals_of(part) for part in _alternatives(pattern)]
    elif pattern.startswith("(?:") and pattern[_closing(pattern) + 1 : _closing(pattern) + 2] not in ("?", "*", "{"):
        parts = [literals_of(part) for part in _alternatives(pattern[3 : _closing(pattern)])]
    else:
        plain = re.match(r"(?:[A-Za-z0-9_:/=~<#@%& '-]|\\[^A-Za-z0-9])*", pattern)
        literal = plain.group() if plain else ""
        if pattern[len(literal) : len(literal) + 1] in ("?", "*", "{"):
            literal = literal[:-2] if literal[-2:-1] == "\\" else literal[:-1]
        literal = literal.replace("\\", "")
        return (literal,) if len(literal) >= 2 else ()
    return tuple(dict.fromkeys(literal for part in parts for literal in part)) if all(parts) else ()


def _closing(pattern: str) -> int:
    """The offset of the parenthesis that closes the one at the start."""
    depth, at, in_class = 0, 0, False
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            at += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return len(pattern)


def _outside_groups(pattern: str) -> str:
    kept, at = "", 0
    while at < len(pattern):
        if pattern[at] == "(":
            at += _closing(pattern[at:])
        elif pattern[at] == "[":
            at = pattern.index("]", at + 1)
        elif pattern[at] == "\\":
            at += 1
        else:
            kept += pattern[at]
        at += 1
    return kept


def _alternatives(pattern: str) -> list[str]:
    parts, start, at = [], 0, 0
    while at < len(pattern):
        if pattern[at] == "(":
            at += _closing(pattern[at:])
        elif pattern[at] == "[":
            at = pattern.index("]", at + 1)
        elif pattern[at] == "\\":
            at += 1
        elif pattern[at] == "|":
            parts.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*parts, pattern[start:]]
