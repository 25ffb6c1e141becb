"""Looks at one text with all rules and all readings, and says what stands where.

Part of ``safety_scan``: the middle of it. The text is normalised, the prefilter names the rules that may match, those run, and
their matches are brought back to the original's offsets.

One example::

    TextScanner(policy).hits("mail ann@example.org") == [Hit("personal.email", 5, 20, 1.0, "shape")]

Not covered: what to do about a hit (``verdicts``).
"""

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from tasks.safety_scan import normalise
from tasks.safety_scan.credentials import credential_rules
from tasks.safety_scan.hidden import HIDDEN_RULES, hidden_hits
from tasks.safety_scan.links import link_rules
from tasks.safety_scan.normalise import View
from tasks.safety_scan.personal import PERSONAL_RULES
from tasks.safety_scan.policy import GUARDIAN_FAILURES, SEVERITY, Layers, Links, Policy, load_policy
from tasks.safety_scan.prefilter import HyperscanPrefilter, LiteralPrefilter, Prefilter, has_hyperscan, literals_of
from tasks.safety_scan.rules import Hit, Rule
from tasks.safety_scan.wording import phrase_rules

_VIEWS = (
    Rule("view.spaced", normalise.SPACED, "view"),
    Rule("view.joined", normalise.BROKEN, "view"),
    Rule("view.encoded", normalise.ENCODED, "view"),
    Rule("view.escaped", normalise.ESCAPED, "view"),
)
"""Not findings: they say that a text must be read in another way too."""


class TextScanner:
    """All rules of a policy, compiled.

    Args:
        policy: What to look for.
        prefilter: ``literals`` or ``hyperscan``; same findings, different costs.
        database: What ``HyperscanPrefilter.dumped`` gave in another process: saves two seconds of compiling.
    """

    def __init__(self, policy: Policy, prefilter: str = "literals", database: bytes | None = None) -> None:
        self.policy = policy
        self.rules = rules_of(policy)
        policy.check_names(known_rules(policy))
        self._rules = (*_VIEWS, *self.rules)
        wants_hyperscan = prefilter == "hyperscan" and has_hyperscan()
        self.prefilter: Prefilter = (
            HyperscanPrefilter(self._rules, database) if wants_hyperscan else LiteralPrefilter(self._rules)
        )

    def hits(self, text: str) -> list[Hit]:
        """What was found, by place; of overlapping hits the gravest, then the surest, then the longest stays."""
        return self.hits_by_field({"": text}).get("", [])

    def hits_by_field(self, texts: Mapping[str, str]) -> dict[str, list[Hit]]:
        """What was found in each text; only those with hits. The prefilter sees all texts at once, the rules each by itself."""
        hits: dict[str, list[Hit]] = {}
        views = {name: normalise.plain_view(text) for name, text in texts.items() if text}
        # Two line ends between texts: no token and no phrase goes from one into the next, and each has a clear edge.
        candidates = self.prefilter.candidates("\n\n".join(view.text for view in views.values()))
        for name, view in views.items():
            found = list(hidden_hits(texts[name])) if self.policy.layers.hidden_characters else []
            if candidates:
                found += self._in_all_views(view, candidates)
            if found:
                hits[name] = self._without_overlaps(found) if len(found) > 1 else found
        return hits

    def _in_all_views(self, plain: View, candidates: list[int]) -> Iterator[Hit]:
        wanted = {self._rules[index].id for index in candidates if index < len(_VIEWS)}
        yield from self._in_view(plain, candidates)
        if "view.spaced" in wanted and (view := normalise.spaced_view(plain)):
            yield from self._in_view(view, self.prefilter.candidates(view.text), loose=True)
        if "view.joined" in wanted and (view := normalise.joined_view(plain)):
            yield from self._in_view(view, self.prefilter.candidates(view.text))
        if "view.escaped" in wanted and (view := normalise.escaped_view(plain)):
            yield from self._in_view(view, self.prefilter.candidates(view.text))
        if "view.encoded" in wanted:
            for view in normalise.encoded_views(plain):
                yield from self._in_view(view, self.prefilter.candidates(view.text))

    def _in_view(self, view: View, candidates: list[int], loose: bool = False) -> Iterator[Hit]:
        rules = [self._rules[index] for index in candidates if index >= len(_VIEWS)]
        runs = [(rule, False) for rule in rules if rule.across_lines or view.name != "joined"]
        if loose:  # words ran together: their letters are there, their boundaries are not
            runs += [(rule, True) for rule in self.rules if rule.loose_pattern]
        for rule, loosely in runs:
            for start, end, score in _matches(rule, view.text, loosely):
                if view.name == "joined" and not view.crosses_a_seam(start, end):
                    continue
                first, last = view.span(start, end)
                yield Hit(rule.id, first, last, score, rule.detector, rule.version, view.text[start:end], view.name)

    def _without_overlaps(self, found: list[Hit]) -> list[Hit]:
        """Of hits that overlap and are of one kind, the best; hits of another kind stay, for each kind is judged by itself."""
        kept: dict[str, list[Hit]] = {}  # by kind, in order of place, none overlapping
        for hit in sorted(found, key=self._rank):
            of_kind = kept.setdefault("private" if hit.is_private else hit.rule, [])
            place = bisect(of_kind, hit.start, key=lambda h: h.start)
            rival = next((i for i in (place - 1, place) if 0 <= i < len(of_kind) and of_kind[i].overlaps(hit)), None)
            if rival is None:
                of_kind.insert(place, hit)
            elif hit.is_private and hit.view == of_kind[rival].view:
                # Together they cover more than either: what is masked must be all of it.
                one = of_kind[rival]
                of_kind[rival] = replace(one, start=min(one.start, hit.start), end=max(one.end, hit.end))
        return sorted((hit for hits in kept.values() for hit in hits), key=lambda hit: (hit.start, hit.end, hit.rule))

    def _rank(self, hit: Hit) -> tuple[object, ...]:
        plainness = 0 if hit.view == "plain" else 1
        return (-SEVERITY[self.policy.action(hit.rule)], plainness, -hit.score, hit.start - hit.end, hit.start, hit.rule)


def _matches(rule: Rule, text: str, loose: bool) -> Iterator[tuple[int, int, float]]:
    if rule.find is not None:
        yield from rule.find(text)
        return
    regex = rule.loose_regex if loose else rule.regex
    for match in regex.finditer(text):
        score = rule.check(match) if rule.check else 1.0
        if score:
            yield (*match.span(rule.group), score)


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """The rules of the layers that the policy has on, each with literals for machines without Hyperscan."""
    layers = policy.layers
    rules: tuple[Rule, ...] = (
        *(PERSONAL_RULES if layers.personal else ()),
        *(credential_rules() if layers.credentials else ()),
        *(phrase_rules(policy.phrases) if layers.phrases else ()),
        *(link_rules(policy.links) if layers.links else ()),
    )
    return tuple(rule if rule.needs or rule.gate else replace(rule, needs=literals_of(rule.pattern)) for rule in rules)


def known_rules(policy: Policy) -> set[str]:
    """The ids of all rules that a policy may name: its own and the built-in ones, whatever its layers and lists leave out."""
    complete = policy.model_copy(
        update={"layers": Layers(), "links": Links(allowed_domains=("-",), blocked_domains=("-",), shorteners=("-",))}
    )
    return {rule.id for rule in rules_of(complete)} | _built_in_phrases() | set(HIDDEN_RULES) | ROW_RULES


@cache
def _built_in_phrases() -> frozenset[str]:
    return frozenset(rule.id for rule in load_policy(None)[0].phrases)


ROW_RULES = {
    "duplicate.exact", "duplicate.near", "duplicate.released", "quarantine.denied",
    "contamination.exam_question", "contamination.evaluation_overlap", "leaf_blocked",
    "redaction.not_clean", *GUARDIAN_FAILURES,
}  # fmt: skip
"""What the stage finds with more than one text."""
