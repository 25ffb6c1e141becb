"""Turns the policy's phrases into rules.

Part of ``safety_scan``. The phrase language is small, so that a compliance officer can read and change it:

    build a? pipe bomb          these words in this order; ``a`` may be missing; any word may have a plural s
    make|build|assemble         one of these
    nail_bomb|pipe_bomb         an alternative of two words
    kill ~3 children            up to three words between

Between words there may be spaces, hyphens and line breaks. A rule's ``near`` and ``unless`` are phrases too.

One example::

    PhraseRule(id="prohibited.weapons.explosives", phrases=("pipe bomb",), near=("how to make|build",))

Not covered: paraphrase, other languages than the policy's, irony, quotation. That needs a model.
"""

import re
from functools import lru_cache

from tasks.safety_scan.normalise import plain_view
from tasks.safety_scan.policy import PhraseRule
from tasks.safety_scan.prefilter import literals_of
from tasks.safety_scan.rules import Check, Rule

_GAP = r"[\s_,'\"*-]{1,4}"
_LOOSE_GAP = r"[\s_-]{0,4}"
_LEAST_LOOSE_LETTERS = 9
"""A phrase shorter than this is not sought in letters without word boundaries: it would be found inside other words."""


@lru_cache(maxsize=4096)
def phrase_pattern(phrase: str, loose: bool = False) -> str:
    """The regular expression of one phrase; ``loose``: without word boundaries, for text whose words ran together."""
    gap = _LOOSE_GAP if loose else _GAP
    pattern, begun = "", False
    for word in plain_view(phrase).text.split():
        if between := re.fullmatch("~([0-9]{1,2})", word):
            pattern += rf"(?:{gap}[\w'-]{{1,30}}){{0,{between.group(1)}}}"
            continue
        piece = "(?:" + "|".join(_word_pattern(w, gap) for w in word.rstrip("?").split("|")) + ")"
        if word.endswith("?"):
            pattern += f"(?:{gap}{piece})?" if begun else f"(?:{piece}{gap})?"
        else:
            pattern += gap + piece if begun else piece
            begun = True
    return pattern if loose else rf"(?<!\w){pattern}(?!\w)"


def _word_pattern(word: str, gap: str) -> str:
    if word.endswith("*"):
        return gap.join(re.escape(part) for part in word[:-1].split("_")) + r"\w{0,12}"
    return gap.join(re.escape(part) for part in word.split("_")) + r"(?:'?s|es)?"


def phrase_rules(rules: tuple[PhraseRule, ...]) -> tuple[Rule, ...]:
    """One rule for each of the policy's phrase rules."""
    made = []
    for rule in rules:
        patterns = [phrase_pattern(p) for p in rule.phrases] + [f"(?:{p})" for p in rule.patterns]
        loose = [phrase_pattern(p, True) for p in rule.phrases if sum(c.isalpha() for c in p) >= _LEAST_LOOSE_LETTERS]
        pattern = "|".join(patterns)
        starts = {p: literals_of(p) for p in rule.patterns}
        needs = {literal for p in rule.phrases for literal in phrase_literals(p)}
        made.append(
            Rule(
                rule.id,
                pattern,
                "phrase",
                version=rule.version,
                ignore_case=True,
                check=_nearby(rule) if rule.near or rule.unless else None,
                loose_pattern="|".join(loose) or None,
                needs=tuple(sorted(needs.union(*starts.values()))),
                gate="|".join(f"(?:{p})" for p, literals in starts.items() if not literals) or None,
                always=not pattern.isascii(),
            )
        )
    return tuple(made)


def phrase_literals(phrase: str) -> tuple[str, ...]:
    """Literals one of which every match of the phrase contains: those of its most telling word."""
    choices = []
    for word in plain_view(phrase).text.split():
        if not word.endswith("?") and not re.fullmatch("~[0-9]{1,2}", word):
            choices.append(tuple(max(re.split("[_*]", part), key=len).lower() for part in word.split("|")))
    return max(choices, key=lambda literals: min(len(literal) for literal in literals))


def _nearby(rule: PhraseRule) -> Check:
    near, unless = _any_of(rule.near), _any_of(rule.unless)
    loose_near = _any_of(rule.near, True)

    def check(match: re.Match[str]) -> float:
        start, end = max(0, match.start() - rule.window), match.end() + rule.window
        around = match.string[start:end]
        if near and not near.search(around) and not (loose_near and " " not in match.group() and loose_near.search(around)):
            return 0.0
        return 0.0 if unless and unless.search(around) else 1.0

    return check


def _any_of(phrases: tuple[str, ...], loose: bool = False) -> re.Pattern[str] | None:
    return re.compile("|".join(phrase_pattern(p, loose) for p in phrases), re.IGNORECASE | re.ASCII) if phrases else None
