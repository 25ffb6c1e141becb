"""How the quarantine looks in a terminal and as JSON. What is printed was masked by the scan; control characters are replaced."""

from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from flows.commands.data.printing import open_console, print_whole, safe
from flows.commands.data.quarantine_rows import OTHER_POLICY, Quarantined, decisions_path

_LONGEST = 1200
"""Characters of one field that are shown."""
_FIELDS = ("question", "context", "answer", "text", "headings", "description", "outline")


def as_values(row: Quarantined) -> dict[str, Any]:
    """The row for another program."""
    return {
        "id": row.id,
        "leaf_node": row.leaf_node,
        "of": row.of,
        "rule": row.rule,
        "state": row.state,
        "detail": row.detail,
        "policy_sha256": row.policy_sha256,
        "row": row.row,
        "decisions": [decision.model_dump(mode="json") for decision in row.history],
    }


def print_quarantined(rows: list[Quarantined], workspace: Path) -> None:
    """One line for each row, and what the decisions so far amount to."""
    console = open_console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "of", "rule", "state"):
        table.add_column(name, no_wrap=True)
    table.add_column("leaf node", overflow="fold")
    for row in rows:
        # A leaf node's id is its path: it stands in the last column already.
        identity = row.id if row.id != row.leaf_node else row.id[:24]
        table.add_row(*(Text(safe(cell)) for cell in (identity, row.of, row.rule, row.state, row.leaf_node)))
    print_whole(console, table)
    waiting = sum(row.state in ("open", OTHER_POLICY) for row in rows)
    console.print(f"\n{len(rows)} rows, {waiting} wait for a decision. Decisions: {safe(str(decisions_path(workspace)))}")
    other = sum(row.state == OTHER_POLICY for row in rows)
    if other:
        console.print(f"{other} were decided under another policy: those decisions do not count under this run's policy.")


def print_one(row: Quarantined) -> None:
    """All that may be shown of one row."""
    console = open_console()
    lines = [("id", row.id), ("leaf node", row.leaf_node), ("of", row.of), ("rule", row.rule), ("state", row.state)]
    lines.append(("policy", row.policy_sha256[:12]))
    lines += [("finding", part) for part in row.detail.split("; ") if part]
    for name in _FIELDS:
        value = row.row.get(name)
        if value:
            text = " > ".join(map(str, value)) if isinstance(value, list) else str(value)
            lines.append((name, text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."))
    for each in row.history:
        counts = "" if each.policy_sha256 == row.policy_sha256 else f" (policy {each.policy_sha256[:12]}: does not count)"
        lines.append((each.decision, f"{each.date} by {each.by}: {each.reason}{counts}"))
    for name, text in lines:
        console.print(f"{name:<10} {safe(text)}", soft_wrap=True)
