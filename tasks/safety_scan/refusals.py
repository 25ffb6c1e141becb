"""Refuses rows that the rules had let pass: for what they have in common with other rows, or for what the guardian says.

Part of ``safety_scan``. Such a row is clean of private values already (redacted where that was needed), so it is shown as it is.
A person's decision is asked before a row is quarantined.

One example::

    refuse("Sample", line, outcome, "duplicate.near") -> (Outcome("drop", "duplicate.near", ...), b'{"id": ..., "reason": ...}')

Not covered: what the rules themselves refuse (``row_judge``), which is masked.
"""

import json

from schemas.records import Finding, Rejected
from tasks.safety_scan.decisions import Decisions, because_of
from tasks.safety_scan.fields import RECORDS, identity_of, texts_of
from tasks.safety_scan.policy import DENIED, Policy
from tasks.safety_scan.row_judge import Outcome

_ALWAYS_DROPPED = "leaf_blocked"


class Refusals:
    """Turns a rule into a refused row, or into a note on a row that passes.

    Args:
        policy: What is done about a rule.
        decisions: What persons decided under this policy.
    """

    def __init__(self, policy: Policy, decisions: Decisions) -> None:
        self._policy, self._decisions = policy, decisions

    def refuse(
        self, kind: str, line: bytes, outcome: Outcome, rule: str, finding: Finding | None = None
    ) -> tuple[Outcome, bytes]:
        """The row's outcome under that rule, and the line that is to be written.

        Args:
            kind: The record type.
            line: The row as it would have gone on.
            outcome: Its outcome so far.
            finding: What was found, where it was found in a text.
        """
        action = "drop" if rule == _ALWAYS_DROPPED else self._policy.action(rule)
        if action not in ("quarantine", "drop"):
            booked = (*outcome.booked, f"allow:{rule}")
            passed = Outcome(outcome.verdict, outcome.rule, outcome.leaf_node, booked, decided=outcome.decided)
            return passed, line if action == "allow" else _with_finding(line, kind, finding, "")
        row = RECORDS[kind].model_validate_json(line)
        identity, leaf_node = identity_of(row)
        decided = ""
        if action == "quarantine" and self._decisions and (decision := self._decisions.on(identity, rule, texts_of(row))):
            if decision.decision == "release":
                booked = (*outcome.booked, f"allow:{rule}")
                because = because_of(decision)
                passed = Outcome(outcome.verdict, outcome.rule, leaf_node, booked, decided="release")
                return passed, _with_finding(line, kind, finding, because)
            action, rule, decided = "drop", DENIED, "deny"
        detail = f"{finding.field} {finding.preview}".strip() if finding else ""
        refused = Rejected(
            id=identity, leaf_node=leaf_node, stage="safety_scan", reason=f"{action}:{rule}", detail=detail,
            row=row.model_dump(mode="json", exclude_none=True),
        )  # fmt: skip
        written = refused.model_dump_json(exclude_none=True).encode("utf-8", "surrogatepass") + b"\n"
        return Outcome(action, rule, leaf_node, outcome.booked, decided=decided), written


def _with_finding(line: bytes, kind: str, finding: Finding | None, because: str) -> bytes:
    """A sample keeps what was found in it; other records have no place for that."""
    if finding is None or kind != "Sample":
        return line
    row = json.loads(line)
    kept = finding.model_copy(update={"allowed_because": because}).model_dump(mode="json")
    row["findings"] = [*row.get("findings", []), kept]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
