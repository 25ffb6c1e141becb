"""From hits to a verdict: allow, redact, quarantine or drop.

Part of ``safety_scan``. The gravest action that the policy has for any of a row's hits is the row's verdict. A redacted row is
scanned again, and must come back clean.

One example::

    judge({"question": "Mail?", "answer": "ann@example.org"}, scanner)
      -> Judged("redact", {"answer": "[EMAIL_1]"}, findings=(Finding(rule="personal.email", start=0, end=15, ...),))

Not covered: duplicates and contamination, which need other rows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.records import Finding
from tasks.safety_scan.masking import Placeholders, mask, preview, redact
from tasks.safety_scan.policy import SEVERITY, Policy
from tasks.safety_scan.rules import Hit
from tasks.safety_scan.text_scanner import TextScanner

NOT_CLEAN = "redaction.not_clean"


@dataclass(frozen=True)
class Judged:
    """What became of a row's texts.

    Args:
        verdict: allow, redact, quarantine or drop.
        rule: The rule that decided; empty for allow.
        texts: The texts as they may go on (redacted), only those that changed.
        findings: All findings, masked, on the original texts' offsets.
        hits: The hits behind the findings, by field.
    """

    verdict: str
    rule: str
    texts: dict[str, str]
    findings: tuple[Finding, ...]
    hits: dict[str, list[Hit]]

    @property
    def is_blocked(self) -> bool:
        return self.verdict in ("quarantine", "drop")

    @property
    def is_private(self) -> bool:
        """Whether it holds something that nobody may be shown."""
        return any(hit.is_private for hits in self.hits.values() for hit in hits)


CLEAN = Judged("allow", "", {}, (), {})


@dataclass(frozen=True)
class Leave:
    """Why values of a row may stand.

    Args:
        published: Text of the pinned document that the row was taken from; values in it may be allowed by the policy.
        released: Why a person lets stand what the policy quarantines; empty where nobody does.
        redacted_too: Whether that covers what the policy redacts (where the redaction was what failed).
    """

    published: str = ""
    released: str = ""
    redacted_too: bool = False

    def reason(self, hit: Hit, policy: Policy) -> str:
        """Why this hit's value may stand; empty where it may not."""
        action = policy.action(hit.rule)
        if self.released and (action == "quarantine" or (action == "redact" and self.redacted_too)):
            return self.released
        return allowed_because(hit, policy, self.published)


NO_LEAVE = Leave()


def judge(texts: Mapping[str, str], scanner: TextScanner, leave: Leave = NO_LEAVE, keep_length: bool = False) -> Judged:
    """The verdict on a row's texts.

    Args:
        texts: By field.
        leave: Why values may stand that a rule finds.
        keep_length: Whether a redacted text must keep its length.
    """
    hits = scanner.hits_by_field(texts)
    if not hits:
        return CLEAN
    policy = scanner.policy
    findings: list[Finding] = []
    acted: list[tuple[int, str]] = []
    to_redact: dict[str, list[Hit]] = {}
    for name, found in hits.items():
        for hit in found:
            because = leave.reason(hit, policy)
            action = "warn" if because else policy.action(hit.rule)
            if action == "allow":
                continue
            findings.append(finding_of(texts[name], name, hit, because))
            acted.append((SEVERITY[action], hit.rule))
            if action == "redact":
                to_redact.setdefault(name, []).append(hit)
    if not acted:
        return CLEAN
    gravest, rule = max(acted, key=lambda pair: pair[0])
    if gravest <= SEVERITY["warn"]:
        return Judged("allow", "", {}, tuple(findings), hits)
    if gravest == SEVERITY["redact"]:
        placeholders = Placeholders()
        clean = {name: redact(texts[name], found, placeholders, keep_length) for name, found in to_redact.items()}
        if not _comes_back_clean(clean, scanner, leave):
            return Judged("quarantine", NOT_CLEAN, {}, tuple(findings), hits)
        return Judged("redact", rule, clean, tuple(findings), hits)
    return Judged("drop" if gravest == SEVERITY["drop"] else "quarantine", rule, {}, tuple(findings), hits)


def _comes_back_clean(texts: Mapping[str, str], scanner: TextScanner, leave: Leave) -> bool:
    return not any(
        SEVERITY[scanner.policy.action(hit.rule)] >= SEVERITY["redact"] and not leave.reason(hit, scanner.policy)
        for hits in scanner.hits_by_field(texts).values()
        for hit in hits
    )


def allowed_because(hit: Hit, policy: Policy, published: str) -> str:
    """Why the policy lets this value stand; empty where it does not."""
    value = comparable(hit.value)
    if not hit.rule.startswith("credential."):
        for allowed in policy.allowed_values:
            if comparable(allowed.value) == value:
                return allowed.because
        named = any(hit.rule == rule or hit.rule.startswith(rule + ".") for rule in policy.published.rules)
        if named and value and value in comparable(published):
            return policy.published.because
    return ""


def comparable(text: str) -> str:
    """A value without case and separators."""
    return re.sub(r"[\s().\-]", "", text).casefold()


def finding_of(text: str, name: str, hit: Hit, because: str = "") -> Finding:
    """The hit as it may be shown."""
    return Finding(
        rule=hit.rule,
        version=hit.version,
        category=hit.category,
        field=name,
        start=hit.start,
        end=hit.end,
        score=hit.score,
        detector=hit.detector if hit.view == "plain" else f"{hit.detector} ({hit.view})",
        preview=preview(text, hit),
        allowed_because=because,
    )


def booked_as(finding: Finding, policy: Policy) -> str:
    """What a finding counts as, for example ``redact:personal.email``."""
    action = "allow" if finding.allowed_because else policy.action(finding.rule)
    return f"{'allow' if action == 'warn' else action}:{finding.rule}"


def mask_row(value: object, scanner: TextScanner) -> object:
    """A row's JSON with everything private masked, wherever it stands; what still shows something then is masked whole."""
    if isinstance(value, dict):
        return {key: mask_row(part, scanner) for key, part in value.items()}
    if isinstance(value, list):
        return [mask_row(part, scanner) for part in value]
    if not isinstance(value, str) or not value:
        return value
    hits = scanner.hits(value)
    if not hits:
        return value
    masked = mask(value, hits)
    return re.sub(r"\S", "•", masked) if any(hit.is_private for hit in scanner.hits(masked)) else masked
