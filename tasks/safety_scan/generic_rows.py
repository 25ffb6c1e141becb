"""Scans anybody's rows: objects with any of ``id``, ``question``, ``context``, ``answer``, ``messages``.

Part of ``safety_scan``, pure: rows in, judged rows out, one for each and in order; the caller reads and writes files. Every
text of a row is scanned, wherever it stands, not only under the names above: what is not scanned is not clean.

One example::

    {"id": 7, "messages": [{"role": "user", "content": "Mail ann@example.org"}]}
      -> ScannedRow(id="7", verdict="redact", rule="personal.email", findings=(... field="messages.0.content" ...),
                    clean={"id": 7, "messages": [{"role": "user", "content": "Mail [EMAIL_1]"}]}, shown=None)

Not covered: rows that are no JSON objects; texts in keys.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from schemas.errors import UsageError
from schemas.records import ExamQuestion, Finding, digest_of
from tasks.safety_scan.canaries import check_canaries
from tasks.safety_scan.contamination import ExamGuard
from tasks.safety_scan.duplicates import DuplicateFinder
from tasks.safety_scan.fields import Asked
from tasks.safety_scan.policy import Policy
from tasks.safety_scan.text_scanner import TextScanner
from tasks.safety_scan.verdicts import judge, mask_row


@dataclass(frozen=True)
class ScannedRow:
    """What became of one row.

    Args:
        id: The row's id as text; where it has none, or its id is itself private, a digest of the row as it may be shown.
        verdict: allow, redact, quarantine or drop.
        rule: What decided; empty for allow.
        findings: Masked, on the original texts' offsets.
        clean: The row as it may go on; None for a refused one.
        shown: A refused row, masked; None for a clean one.
    """

    id: str
    verdict: str
    rule: str
    findings: tuple[Finding, ...]
    clean: dict[str, Any] | None
    shown: Any


def scan_generic_rows(
    rows: Iterable[Mapping[str, Any]], policy: Policy, exam: Iterable[ExamQuestion] = (), many: bool = False
) -> Iterator[ScannedRow]:
    """Judges each row, in order.

    Args:
        rows: JSON objects.
        policy: What is looked for, and what is done about it.
        exam: Questions that no row may contain.
        many: Whether some thousands of rows are coming, so that a slow start pays.

    Raises:
        UsageError: a row is no object; the message names its number, from 1.
        ScanError: the scanner missed a canary.
    """
    scanner = TextScanner(policy, "hyperscan" if many else "literals")
    check_canaries(scanner)
    guard = ExamGuard(exam, policy.contamination) if policy.layers.contamination else None
    finder = DuplicateFinder(policy.duplicates) if policy.layers.duplicates else None
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise UsageError(f"row {number} is {type(row).__name__}, not an object with question, context, answer or messages")
        scanned, asked = judge_generic(dict(row), scanner, guard)
        if asked and finder and (rule := finder.rule_against(asked)):
            action = policy.action(rule)
            if action in ("quarantine", "drop"):
                scanned = replace(scanned, verdict=action, rule=rule, clean=None, shown=scanned.clean)
        yield scanned


def judge_generic(row: dict[str, Any], scanner: TextScanner, guard: ExamGuard | None) -> tuple[ScannedRow, Asked | None]:
    """The verdict by all that needs no other row, and what the clean row asks."""
    texts = dict(_texts(row, ""))
    judged = judge({name: text for name, text in texts.items() if name != "id"}, scanner)
    clean = _replaced(row, judged.texts) if judged.texts else row
    verdict, rule, asked = judged.verdict, judged.rule, None
    if not judged.is_blocked and (asked := _asked(clean)) and guard and (other := guard.rule_against(asked)):
        action = scanner.policy.action(other)
        if action in ("quarantine", "drop"):
            verdict, rule = action, other
    identity = str(row["id"]) if row.get("id") not in (None, "") else ""
    refused, has_id = verdict in ("quarantine", "drop"), bool(identity) and not scanner.hits(identity)
    shown = mask_row(row, scanner) if refused or (judged.is_private and not has_id) else None
    if not has_id:
        identity = digest_of(row if shown is None else shown)[:16]
    if not refused:
        return ScannedRow(identity, verdict, rule, judged.findings, clean, None), asked
    return ScannedRow(identity, verdict, rule, judged.findings, None, shown), None


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, f"{path}.{index}" if path else str(index))


def _replaced(row: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    changed = copy.deepcopy(row)

    def put(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: put(part, f"{path}.{key}" if path else str(key)) for key, part in value.items()}
        if isinstance(value, list):
            return [put(part, f"{path}.{index}") for index, part in enumerate(value)]
        return texts.get(path, value)

    result: dict[str, Any] = put(changed, "")
    return result


def _asked(row: Mapping[str, Any]) -> Asked | None:
    """Question, context and answer; of messages, all that the user said and the last that the assistant said."""
    question, answer, context = (_text(row.get(key)) for key in ("question", "answer", "context"))
    messages = row.get("messages")
    if not question and isinstance(messages, list):
        turns = [(str(m.get("role", "")), _text(m.get("content"))) for m in messages if isinstance(m, Mapping)]
        question = "\n".join(text for role, text in turns if role in ("user", "human"))
        answers = [text for role, text in turns if role in ("assistant", "gpt")]
        answer = answer or (answers[-1] if answers else "")
        context = context or "\n".join(text for role, text in turns if role == "system")
    return Asked(question, answer, context) if question or answer else None


def _text(value: Any) -> str:
    if isinstance(value, list):  # content in parts, as chat APIs have it
        return "\n".join(_text(part.get("text")) for part in value if isinstance(part, Mapping))
    return value if isinstance(value, str) else ""
