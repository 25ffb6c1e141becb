"""The quarantine as a person works through it: which rows, what was decided, and what a decision is about.

A run's quarantined rows stand, masked, in its ``refused.jsonl``. A decision names the row's very content, so the row is looked
up in what the scan was given: by its leaf node and by all of it that the mask shows, then by the id that a scan under the same
policy gives it. Nothing of it is printed or kept but a slow salted digest (``tasks/safety_scan/decisions.py``).

    Quarantined(id="1f0c...", leaf_node="knowledge/cars", rule="credential.jwt", of="samples", state="open", ...)

Not covered: rows of ``labflow data scan``, which a person edits as they like.
"""

import getpass
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.commands.data.runs import StoredRun
from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError, UsageError
from schemas.records import QuarantineDecision, Rejected
from tasks.dataset_files.jsonl import read_dataset
from tasks.safety_scan.decisions import append_decision, content_digest, read_decisions
from tasks.safety_scan.fields import RECORDS, ScannedRecord, identity_of, texts_of
from tasks.safety_scan.masking import MASK
from tasks.safety_scan.policy import DENIED, load_policy
from tasks.safety_scan.row_judge import quarantine_id
from tasks.safety_scan.text_scanner import TextScanner
from tasks.safety_scan.verdicts import judge

OPEN, RELEASED, DENIED_STATE, OTHER_POLICY = "open", "released", "denied", "decided under another policy"


@dataclass(frozen=True)
class Quarantined:
    """One row that waits for a person, or waited.

    Args:
        of: What was scanned: sources or samples.
        state: open, released, denied, or decided under another policy (then that decision does not count).
        policy_sha256: The policy that quarantined it.
        row: The row as it may be shown.
        history: All decisions on it, oldest first.
    """

    id: str
    leaf_node: str
    rule: str
    detail: str
    of: str
    state: str
    policy_sha256: str
    row: dict[str, Any]
    history: tuple[QuarantineDecision, ...] = field(default=())


def decisions_path(workspace: Path) -> Path:
    """Where a workspace keeps what persons decided."""
    return workspace / "quarantine" / "decisions.jsonl"


def quarantined_rows(run: StoredRun, workspace: Path) -> list[Quarantined]:
    """The rows that a run's two scans quarantined, and those that were denied."""
    made = read_decisions(decisions_path(workspace))
    found = []
    for of, scan in (("sources", run.sources), ("samples", run.scanned)):
        if scan is not None:
            refused = (row for row in read_dataset(scan.refused, Rejected) if row.stage == "safety_scan")
            found += [_quarantined(row, of, scan.policy_sha256, made) for row in refused if _waits(row)]
    return found


def _waits(row: Rejected) -> bool:
    return row.reason.startswith("quarantine:") or row.reason == f"drop:{DENIED}"


def _quarantined(row: Rejected, of: str, policy: str, made: Iterable[QuarantineDecision]) -> Quarantined:
    rule = row.reason.partition(":")[2]
    history = tuple(decision for decision in made if decision.row == row.id and rule in (decision.rule, DENIED))
    counting = [decision for decision in history if decision.policy_sha256 == policy]
    state = OTHER_POLICY if history else OPEN
    if counting:
        state = RELEASED if counting[-1].decision == "release" else DENIED_STATE
    if rule == DENIED and counting:
        rule = counting[-1].rule
    return Quarantined(row.id, row.leaf_node, rule, row.detail, of, state, policy, row.row, history)


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
    row: Quarantined, decision: str, reason: str, by: str | None, run: StoredRun, workspace: Path, policy: str | None
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
    contents = _contents(row, run, scanner)
    if not contents:
        raise DamagedFileError(
            f"row {row.id} is no longer among what run {run.name} scanned: its files were removed or changed. "
            "Run again, then decide."
        )
    made = QuarantineDecision(
        row=row.id, leaf_node=row.leaf_node, rule=row.rule, decision="release" if decision == "release" else "deny",
        contents=contents, policy_sha256=row.policy_sha256, by=by or getpass.getuser(),
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), reason=reason.strip(),
    )  # fmt: skip
    append_decision(decisions_path(workspace), made)
    return made


def _contents(row: Quarantined, run: StoredRun, scanner: TextScanner) -> tuple[str, ...]:
    """The digests of all rows of the run that stand behind this id."""
    shown = _strings(row.row)
    if not any(MASK in text for text in shown.values()):
        record = next(kind for kind in RECORDS.values() if kind.__name__ == _kind_of(row.row))
        return (content_digest(row.id, texts_of(record.model_validate(row.row))),)
    texts = [texts_of(raw) for raw in _raw_rows(row, run) if _shows(shown, texts_of(raw)) and _id_of(raw, scanner) == row.id]
    return tuple(sorted({content_digest(row.id, each) for each in texts}))


def _raw_rows(row: Quarantined, run: StoredRun) -> Iterator[ScannedRecord]:
    change = run.change
    sources = (change.leaf_nodes, change.seed_examples, change.chunks)
    samples = (run.filtered.kept,) if run.filtered else ()
    files: tuple[DatasetFile, ...] = sources if row.of == "sources" else samples
    for file in files:
        if file.record == _kind_of(row.row):
            for raw in read_dataset(file, RECORDS[file.record]):
                if identity_of(raw)[1] == row.leaf_node:
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
