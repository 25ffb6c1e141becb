"""Judges one row after another, by everything that needs no other row: rules, redaction, the exam, decisions of persons.

Part of ``safety_scan``: what a worker process does, or this process where the input is small. Duplicates and the guardian come
afterwards (``scan``, ``file_scan``).

One example::

    RowJudge(brief).outcome("Sample", b'{"id": "1f0c...", "answer": "Mail ann@example.org", ...}\\n')
      -> Outcome("redact", "personal.email", line=b'{"id": "77ab...", "answer": "Mail [EMAIL_1]", ...}\\n', ...)

Not covered: reading and writing files.
"""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.errors import DamagedFileError
from schemas.records import ExamQuestion, Finding, QuarantineDecision, Record, Rejected, Sample, digest_of
from tasks.safety_scan.contamination import ExamGuard
from tasks.safety_scan.decisions import Decisions, because_of
from tasks.safety_scan.fields import RECORDS, Asked, ScannedRecord, asked_of, identity_of, texts_of, with_texts
from tasks.safety_scan.generic_rows import ScannedRow, judge_generic
from tasks.safety_scan.policy import DENIED, Policy
from tasks.safety_scan.text_scanner import TextScanner
from tasks.safety_scan.verdicts import NOT_CLEAN, Judged, Leave, booked_as, judge, mask_row

JSON_ROWS = "json"
"""Rows of anybody's: any JSON object."""
_SHOWN_FINDINGS = 20


class Brief(Record):
    """All that judging depends on; a worker process is handed it as JSON.

    Args:
        prefilter: ``literals`` or ``hyperscan``.
    """

    policy: Policy
    policy_sha256: str
    prefilter: str = "literals"
    exam: tuple[ExamQuestion, ...] = ()
    decisions: tuple[QuarantineDecision, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of one row.

    Args:
        verdict: allow, redact, quarantine or drop.
        rule: What decided; empty for allow.
        leaf_node: Empty for rows of anybody's.
        booked: What its findings count as, for example ``redact:personal.email``.
        line: What is to be written where it is not the line that came in: the changed row, or the ``Rejected`` one.
        asked: The clean row's question and answer, for the layers that come afterwards; None where it has none.
        report: For rows of anybody's: the line of ``verdicts.jsonl``.
        decided: release or deny, where a person's decision led to the verdict.
    """

    verdict: str
    rule: str
    leaf_node: str = ""
    booked: tuple[str, ...] = ()
    line: bytes | None = None
    asked: Asked | None = None
    report: bytes = b""
    decided: str = ""


class RowJudge:
    """A scanner, an exam guard and the decisions that count.

    Args:
        brief: What is looked for.
        database: The prefilter's automaton, where another process has compiled it.
    """

    def __init__(self, brief: Brief, database: bytes | None = None) -> None:
        policy = brief.policy
        self.scanner = TextScanner(policy, brief.prefilter, database)
        self.exam = ExamGuard(brief.exam, policy.contamination) if policy.layers.contamination else None
        self.decisions = Decisions(brief.decisions, brief.policy_sha256)

    def outcome(self, kind: str, line: bytes) -> Outcome:
        """The verdict on a row.

        Args:
            kind: A record type, or ``JSON_ROWS``.
            line: Its JSON.

        Raises:
            DamagedFileError: the line is no such row; the message does not say where it stands.
        """
        return self._outcome_of_json(line) if kind == JSON_ROWS else self._outcome_of_record(kind, line)

    # -- our own records ---------------------------------------------------------------------------------------------------

    def _outcome_of_record(self, kind: str, line: bytes) -> Outcome:
        try:
            row = RECORDS[kind].model_validate_json(line)
        except ValidationError as error:
            raise DamagedFileError(f"is not a {kind}: {error.errors(include_input=False)[0]['msg']}") from None
        published = _published_text(row)
        verdict, rule, judged, kept = self._judged(row, Leave(published))
        decided = ""
        if verdict == "quarantine" and self.decisions:
            decision = self.decisions.on(quarantine_id(row, judged, self.scanner), rule, texts_of(row))
            if decision is not None and decision.decision == "deny":
                verdict, rule, decided = "drop", DENIED, "deny"
            elif decision is not None:
                decided = "release"
                leave = Leave(published, because_of(decision), redacted_too=rule == NOT_CLEAN)
                verdict, rule, judged, kept = self._judged(row, leave)
        booked = tuple(sorted({booked_as(finding, self.scanner.policy) for finding in judged.findings}))
        leaf_node = identity_of(row)[1]
        if verdict in ("quarantine", "drop"):
            rejected = self._rejected(row, verdict, rule, judged)
            return Outcome(verdict, rule, leaf_node, booked, _line_of(rejected), decided=decided)
        changed = bool(judged.texts)
        if isinstance(kept, Sample) and kept.findings != judged.findings:
            kept, changed = kept.model_copy(update={"findings": judged.findings}), True
        return Outcome(verdict, rule, leaf_node, booked, _line_of(kept) if changed else None, asked_of(kept), decided=decided)

    def _judged(self, row: ScannedRecord, leave: Leave) -> tuple[str, str, Judged, ScannedRecord]:
        """Verdict and rule of the rules and the exam, what the rules found, and the row as it may go on."""
        judged = judge(texts_of(row), self.scanner, leave, keep_length=type(row).__name__ == "Chunk")
        kept = with_texts(row, judged.texts) if judged.texts else row
        if not judged.is_blocked and self.exam and (asked := asked_of(kept)) and (rule := self.exam.rule_against(asked)):
            action = self.scanner.policy.action(rule)
            if action == "drop" or (action == "quarantine" and not leave.released):
                return action, rule, judged, kept
        return judged.verdict, judged.rule, judged, kept

    def _rejected(self, row: ScannedRecord, verdict: str, rule: str, judged: Judged) -> Rejected:
        shown: Any = mask_row(row.model_dump(mode="json", exclude_none=True), self.scanner)
        identity, leaf_node = quarantine_id(row, judged, self.scanner), identity_of(row)[1]
        if "id" in shown and judged.is_private:
            shown["id"] = identity
        reason = f"{verdict}:{rule}"
        return Rejected(
            id=identity, leaf_node=leaf_node, stage="safety_scan", reason=reason, detail=describe(judged.findings), row=shown
        )

    # -- anybody's rows ----------------------------------------------------------------------------------------------------

    def _outcome_of_json(self, line: bytes) -> Outcome:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DamagedFileError(f"is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise DamagedFileError(f"is {type(row).__name__}, not an object with question, context, answer or messages")
        scanned, asked = judge_generic(row, self.scanner, self.exam)
        booked = tuple(sorted({booked_as(finding, self.scanner.policy) for finding in scanned.findings}))
        out: bytes | None = None
        if scanned.clean is None:
            out = refused_line(scanned)
        elif scanned.verdict == "redact" or has_repeated_keys(line, row):
            out = json_line(scanned.clean)
        return Outcome(scanned.verdict, scanned.rule, "", booked, out, asked, report_line(scanned))


def quarantine_id(row: ScannedRecord, judged: Judged, scanner: TextScanner) -> str:
    """The row's id; of one that holds something private, a digest of what may be shown of it.

    A plain digest over a short private value would give it away to whoever tries all values.
    """
    identity, leaf_node = identity_of(row)
    if not judged.is_private or identity == leaf_node:
        return identity
    shown: Any = mask_row(texts_of(row), scanner)
    return digest_of([type(row).__name__, leaf_node, shown])[:16]


def has_repeated_keys(line: bytes, row: dict[str, Any]) -> bool:
    """Whether an object of the line names a key twice: only the last value was read, and scanned."""
    if line.count(b'":') == _count_keys(row):
        return False
    found = False

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        values = dict(pairs)
        found = found or len(values) < len(pairs)
        return values

    json.loads(line, object_pairs_hook=look)
    return found


def _count_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_count_keys(part) for part in value.values() if isinstance(part, dict | list))
    return sum(_count_keys(part) for part in value if isinstance(part, dict | list))


def describe(findings: tuple[Finding, ...]) -> str:
    """The findings on one line, masked."""
    return "; ".join(f"{f.field} {f.start}:{f.end} {f.rule} {f.preview}" for f in findings[:_SHOWN_FINDINGS])


def json_line(value: Any) -> bytes:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": ")).encode("utf-8", "surrogatepass") + b"\n"


def report_line(scanned: ScannedRow) -> bytes:
    """The line of ``verdicts.jsonl``."""
    findings = [finding.model_dump(mode="json") for finding in scanned.findings]
    return json_line({"id": scanned.id, "verdict": scanned.verdict, "rule": scanned.rule, "findings": findings})


def refused_line(scanned: ScannedRow) -> bytes:
    """The line of ``quarantine.jsonl`` and ``dropped.jsonl``."""
    return json_line({"id": scanned.id, "rule": scanned.rule, "detail": describe(scanned.findings), "row": scanned.shown})


def _line_of(row: Record) -> bytes:
    return row.model_dump_json(exclude_none=True).encode("utf-8", "surrogatepass") + b"\n"


def _published_text(row: ScannedRecord) -> str:
    """The row's text that is known to stand in the pinned document."""
    if type(row).__name__ == "Chunk":
        return "\n".join(texts_of(row).values())
    if isinstance(row, Sample) and row.provenance.document is not None:
        extracted = (row.question, row.answer) if row.origin == "extracted" else ()
        return "\n".join((row.context or "", *extracted))
    return ""
