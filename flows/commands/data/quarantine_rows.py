"""The quarantine as a person works through it: which rows, what was decided, and what a decision is about.

A scan's quarantined rows stand, masked, in its ``refused.jsonl``; those that passed because a person had released them are found
in what the scan was given, and masked here: a release can be taken back. A decision names the row's very content, so the row is
looked up in what the scan was given: by its leaf node and by all of it that the mask shows, then by the id that a scan under the
same policy gives it. Nothing of it is printed or kept but a slow salted digest (``tasks/safety_scan/decisions.py``).

    Quarantined(id="1f0c...", leaf_node="knowledge/cars", rule="credential.jwt", of="samples", state="open", ...)

Not covered: rows of ``labflow data scan``, which a person edits as they like.
"""

import getpass
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.commands.data.quarantine_scans import LookedAt, Scans
from schemas.errors import DamagedFileError, UsageError
from schemas.records import QuarantineDecision, Rejected
from tasks.dataset_files.jsonl import read_dataset
from tasks.safety_scan.decisions import append_decision, content_digest, read_decisions
from tasks.safety_scan.fields import RECORDS, ScannedRecord, identity_of, texts_of
from tasks.safety_scan.masking import MASK
from tasks.safety_scan.policy import DENIED, load_policy
from tasks.safety_scan.row_judge import describe, quarantine_id
from tasks.safety_scan.text_scanner import TextScanner
from tasks.safety_scan.verdicts import judge, mask_row

OPEN, RELEASED, DENIED_STATE, OTHER_POLICY = "open", "released", "denied", "decided under another policy"


@dataclass(frozen=True)
class Quarantined:
    """One row that waits for a person, or waited.

    Args:
        scan: Which scan found it: of sources or of samples, and under which policy.
        state: open, released, denied, or decided under another policy (then that decision does not count).
        row: The row as it may be shown.
        history: All decisions on it, oldest first.
    """

    id: str
    leaf_node: str
    rule: str
    detail: str
    scan: LookedAt
    state: str
    row: dict[str, Any]
    history: tuple[QuarantineDecision, ...] = field(default=())

    @property
    def of(self) -> str:
        return self.scan.of

    @property
    def policy_sha256(self) -> str:
        return self.scan.policy_sha256


def decisions_path(workspace: Path) -> Path:
    """Where a workspace keeps what persons decided."""
    return workspace / "quarantine" / "decisions.jsonl"


def quarantined_rows(scans: Scans, workspace: Path, policy: str | None = None) -> list[Quarantined]:
    """The rows that scans quarantined, those that were denied, and those that passed because they had been released.

    Args:
        policy: Path of the policy that released rows are looked for under; None: the built-in one.
    """
    made = read_decisions(decisions_path(workspace))
    found = []
    for scan in scans.scans:
        refused = (row for row in read_dataset(scan.refused, Rejected) if row.stage == "safety_scan")
        rows = [_quarantined(row, scan, made) for row in refused if _waits(row)]
        found += rows
        if scan.released:
            found += _released_rows(scan, made, {row.id for row in rows}, policy)
    return found


def _waits(row: Rejected) -> bool:
    return row.reason.startswith("quarantine:") or row.reason == f"drop:{DENIED}"


def _quarantined(row: Rejected, scan: LookedAt, made: Iterable[QuarantineDecision]) -> Quarantined:
    rule = row.reason.partition(":")[2]
    history = tuple(decision for decision in made if decision.row == row.id and rule in (decision.rule, DENIED))
    counting = [decision for decision in history if decision.policy_sha256 == scan.policy_sha256]
    state = OTHER_POLICY if history else OPEN
    if counting:
        state = RELEASED if counting[-1].decision == "release" else DENIED_STATE
    if rule == DENIED and counting:
        rule = counting[-1].rule
    return Quarantined(row.id, row.leaf_node, rule, row.detail, scan, state, row.row, history)


def _released_rows(
    scan: LookedAt, made: Iterable[QuarantineDecision], listed: set[str], policy: str | None
) -> Iterator[Quarantined]:
    """The rows of a scan's input that persons had released, masked as the scan would mask them."""
    loaded, digest = load_policy(policy)
    if digest != scan.policy_sha256:
        return  # their ids are known to the policy alone
    scanner = TextScanner(loaded)
    decided: dict[str, list[QuarantineDecision]] = {}
    for decision in made:
        if decision.policy_sha256 == digest and decision.row not in listed:
            decided.setdefault(decision.row, []).append(decision)
    leaves = {decision.leaf_node for each in decided.values() for decision in each}
    for raw in _raw_rows(scan, leaves):
        judged = judge(texts_of(raw), scanner)
        identity = quarantine_id(raw, judged, scanner)
        if history := decided.pop(identity, None):
            shown: Any = mask_row(raw.model_dump(mode="json", exclude_none=True), scanner)
            if "id" in shown and judged.is_private:
                shown["id"] = identity
            row = Rejected(id=identity, leaf_node=history[-1].leaf_node, stage="safety_scan",
                           reason=f"quarantine:{history[-1].rule}", detail=describe(judged.findings), row=shown)  # fmt: skip
            yield _quarantined(row, scan, history)


def find_row(rows: Iterable[Quarantined], wanted: str) -> Quarantined:
    """The row whose id begins so.

    Raises:
        UsageError: none, or rows with several ids.
    """
    found = {row.id: row for row in rows if wanted and row.id.startswith(wanted)}
    if len(found) != 1:
        said = "no quarantined row's id begins" if not found else f"the ids of {len(found)} quarantined rows begin"
        raise UsageError(f"{said} with {wanted!r}. 'labflow data quarantine list' shows them.")
    return next(iter(found.values()))


def decide(
    row: Quarantined, decision: str, reason: str, by: str | None, workspace: Path, policy: str | None
) -> QuarantineDecision:
    """Records a person's decision, and returns it.

    Args:
        decision: release or deny.
        by: Who decides; None: whoever is logged in.
        policy: Path of the policy that quarantined the row; None: the built-in one.

    Raises:
        UsageError: the reason is empty or holds something private, or the policy is another one.
        DamagedFileError: the row is not among what the run's scan was given.
    """
    loaded, digest = load_policy(policy)
    if digest != row.policy_sha256:
        raise UsageError(
            f"row {row.id} was quarantined under policy {row.policy_sha256[:12]}, and {policy or 'the built-in policy'} is "
            f"{digest[:12]}: name that one with --policy or --config, or decide on a run under this one."
        )
    scanner = TextScanner(loaded)
    if not reason.strip():
        raise UsageError("say why: --reason TEXT. It is recorded with the decision.")
    if any(hit.is_private for hit in scanner.hits(reason)):
        raise UsageError("the reason holds a private value or a credential, and it is recorded: leave that out.")
    contents = _contents(row, scanner)
    if not contents:
        raise DamagedFileError(
            f"row {row.id} is no longer among what was scanned: its files were removed or changed. Run again, then decide."
        )
    made = QuarantineDecision(
        row=row.id, leaf_node=row.leaf_node, rule=row.rule, decision="release" if decision == "release" else "deny",
        contents=contents, policy_sha256=row.policy_sha256, by=by or getpass.getuser(),
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), reason=reason.strip(),
    )  # fmt: skip
    append_decision(decisions_path(workspace), made)
    return made


def _contents(row: Quarantined, scanner: TextScanner) -> tuple[str, ...]:
    """The digests of all scanned rows that stand behind this id."""
    shown = _strings(row.row)
    if not any(MASK in text for text in shown.values()):
        record = next(kind for kind in RECORDS.values() if kind.__name__ == _kind_of(row.row))
        return (content_digest(row.id, texts_of(record.model_validate(row.row))),)
    same_kind = (raw for raw in _raw_rows(row.scan, {row.leaf_node}) if type(raw).__name__ == _kind_of(row.row))
    texts = [texts_of(raw) for raw in same_kind if _shows(shown, texts_of(raw)) and _id_of(raw, scanner) == row.id]
    return tuple(sorted({content_digest(row.id, each) for each in texts}))


def _raw_rows(scan: LookedAt, leaf_nodes: set[str]) -> Iterator[ScannedRecord]:
    """What the scan was given of some leaf nodes."""
    for file in scan.given:
        for raw in read_dataset(file, RECORDS[file.record]):
            if identity_of(raw)[1] in leaf_nodes:
                yield raw


def _id_of(raw: ScannedRecord, scanner: TextScanner) -> str:
    return quarantine_id(raw, judge(texts_of(raw), scanner), scanner)


def _kind_of(row: dict[str, Any]) -> str:
    if "question" in row:
        return "Sample" if "provenance" in row else "SeedExample"
    return "Chunk" if "text" in row else "LeafNode"


def _strings(row: dict[str, Any]) -> dict[str, str]:
    """The texts of a masked row, named as ``texts_of`` names them."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, str):
            found[name] = value
        elif isinstance(value, list):
            found.update((f"{name}.{i}", text) for i, text in enumerate(value) if isinstance(text, str))
    return found


def _shows(masked: dict[str, str], texts: dict[str, str]) -> bool:
    """Whether the masked texts could be these, as far as the mask shows."""
    return all(
        len(masked.get(name, "")) == len(text)
        and all(seen in (MASK, letter) for seen, letter in zip(masked[name], text, strict=True))
        for name, text in texts.items()
    )
