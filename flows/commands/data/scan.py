"""``labflow data scan``: the safety scan on anybody's rows. Thin: heavy things are imported inside the command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import AsJson, Debug, one_line

if TYPE_CHECKING:
    from tasks.safety_scan.file_scan import FileScanned

SCAN_EPILOG = """
[bold]Examples[/]

  labflow data scan rows.jsonl --out scanned            verdicts.jsonl, clean.jsonl, quarantine.jsonl, dropped.jsonl

  labflow data scan rows.jsonl --out scanned --exam exam.jsonl --policy my-policy.yaml --json

Rows are JSON objects with any of id, question, context, answer, messages; every text in them is scanned.
"""
_RULES_SHOWN = 20


def scan(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="One JSON object a line.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the results go.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Policy (YAML); without it the built-in.")
    ] = None,
    exam: Annotated[
        Path | None, typer.Option("--exam", metavar="FILE", help="JSONL of questions that no row may contain.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=0, max=64, help="Processes; without it one a core for a large file.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Scan a JSONL file for private values, secrets, prohibited wording, hidden text, duplicates and exam questions.

    One verdict a row, in order: allow, redact, quarantine or drop. No model and no network is needed.
    """
    with one_line(debug, "interrupted: nothing was written."):
        from flows.commands.data.output import print_json, watch_stages
        from tasks.safety_scan.file_scan import scan_file

        with watch_stages() as watch:
            found = scan_file(source, out, str(policy) if policy else None, exam, watch("safety_scan"), workers)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            _print_table(found)


def _print_table(found: "FileScanned") -> None:
    from rich.table import Table

    from flows.commands.data.printing import open_console, print_whole, safe

    console = open_console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("file", overflow="fold")
    table.add_row("allow", f"{found.allowed:,}", "clean.jsonl")
    table.add_row("redact", f"{found.redacted:,}", "clean.jsonl, with placeholders")
    table.add_row("quarantine", f"{found.quarantined:,}", "quarantine.jsonl, masked")
    table.add_row("drop", f"{found.dropped:,}", "dropped.jsonl, masked")
    table.add_row("all", f"{found.rows:,}", "verdicts.jsonl")
    print_whole(console, table)
    rules = sorted(found.counts_by_rule.items(), key=lambda pair: (-pair[1], pair[0]))
    for rule, rows in rules[:_RULES_SHOWN]:
        console.print(f"{rows:>8,}  {safe(rule)}")
    if len(rules) > _RULES_SHOWN:
        console.print(f"{len(rules) - _RULES_SHOWN:>8,}  further rules: summary.json")
    if found.question_diversity is not None:
        console.print(
            f"question diversity {found.question_diversity:.2f}; policy {safe(found.policy)} {found.policy_sha256[:12]}"
        )
    console.print(safe(found.folder), soft_wrap=True)
