"""How runs, samples and refusals look in a terminal. Every text may come from a document or a model, so nothing in it is obeyed:
control characters are replaced, and no text is read as markup.

    1  knowledge/vehicles/delorean_dmc12
       question  How much does a clutch cost?
       answer    $1,400
       source    delorean_dmc12.md at 806c2eb34a, characters 2,684 to 2,690; extractive, active.cost
       passage   ... A new clutch costs [$1,400] ...
       critique  lexical: support 1.00, type 1.00

Not covered: ``--json``, which ``commands.py`` prints.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import filesize
from rich.console import Console, ConsoleDimensions
from rich.table import Table
from rich.text import Text

from flows.commands.data.leaf_counts import LeafLine
from flows.commands.data.passages import Passage
from flows.commands.data.prune import Unused
from flows.commands.data.runs import StoredRun
from schemas.errors import DamagedFileError
from schemas.records import Rejected, Sample

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys or what makes text read in another order; line breaks and tabs stay."""
_LONGEST = 600
"""Characters of one field that are shown."""
_WIDE = 160
"""Columns of a table that goes to a file or a pipe."""
_LABEL = 13
"""Columns of a field's name."""
_FIELDS_OF_REFUSED = ("question", "context", "answer", "statement", "text", "prompt", "description")


def safe(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


def open_console() -> Console:
    """Where data is printed: stdout, in full width where that is no terminal."""
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, markup=False, emoji=False)


def print_whole(console: Console, table: Table) -> None:
    """A table as wide as in a file: where the terminal is narrower, it breaks the lines, and nothing is lost."""
    needed = console.measure(table, options=console.options.update(width=_WIDE)).maximum
    if needed > console.width:
        console.size = ConsoleDimensions(needed, console.height)
    console.print(table, soft_wrap=True)


def print_runs(console: Console, runs: Iterable[StoredRun | DamagedFileError]) -> None:
    """One line for each run."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("run", "time (UTC)", "outcome", "taxonomy"):
        table.add_column(name, no_wrap=True)
    table.add_column("samples", justify="right", no_wrap=True)
    table.add_column("where", overflow="fold")
    for run in runs:
        if isinstance(run, DamagedFileError):
            table.add_row("?", "", Text("unreadable", style="red"), "", "", Text(safe(str(run))))
            continue
        rows = str(run.scanned.clean[0].rows) if run.scanned and run.scanned.clean else "-"
        time = run.started.replace("T", " ").removesuffix("Z")
        cells = (run.name, time, run.outcome, run.change.head[:10], rows, run.folder)
        table.add_row(*(Text(safe(cell)) for cell in cells))
    print_whole(console, table)


def print_leaf_table(console: Console, lines: Iterable[LeafLine]) -> None:
    """What became of each leaf node's samples."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("leaf node", overflow="fold")
    for name in ("generated", "kept", "rejected", "blocked", "samples"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for line in lines:
        rejected = None if line.kept is None else sum(line.rejected.values())
        counts = (line.generated, line.kept, rejected, line.blocked, line.samples)
        cells = ("-" if count is None else str(count) for count in counts)
        table.add_row(Text(safe(line.leaf_node)), *cells, Text(safe("; ".join(_reasons(line)))))
    print_whole(console, table)


def _reasons(line: LeafLine) -> Iterator[str]:
    for title, reasons in (("rejected", line.rejected), ("not written", line.not_written)):
        if reasons:
            ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
            yield f"{title}: " + ", ".join(f"{reason} {count}" for reason, count in ordered)
    if line.blocked:
        kinds = {"quarantined": line.quarantined, "dropped": line.dropped}
        told = ", ".join(f"{kind} {count}" for kind, count in kinds.items() if count)
        yield f"blocked: {told}" + (f" ({line.duplicates} duplicates)" if line.duplicates else "")


def print_sample(console: Console, number: int, sample: Sample, passage: Passage | None, verdict: str = "") -> None:
    """One sample with its source, its critique and what the scanner found.

    Args:
        verdict: Why it was refused, where it was.
    """
    _print_head(console, number, sample.leaf_node, verdict)
    _print_field(console, "question", sample.question)
    if sample.context:
        _print_field(console, "context", sample.context)
    _print_field(console, "answer", sample.answer)
    _print_field(console, "source", describe_source(sample))
    if passage is not None and passage.text != sample.context:
        marked = Text(safe(_on_one_line(passage.before)))
        marked.append(safe(_on_one_line(passage.answer)), style="bold reverse")
        marked.append(safe(_on_one_line(passage.after)))
        _print_field(console, "passage", marked)
    if sample.critique:
        scores = ", ".join(f"{name} {score:.2f}" for name, score in sorted(sample.critique.scores.items()))
        said = f"\n{sample.critique.explanation}" if sample.critique.explanation else ""
        _print_field(console, "critique", f"{sample.critique.critic}: {scores or 'no scores'}{said}")
    for finding in sample.findings:
        allowed = f", allowed: {finding.allowed_because}" if finding.allowed_because else ""
        place = f"{finding.field} {finding.start}:{finding.end}"
        _print_field(console, "finding", f"{finding.rule} in {place} {finding.preview}{allowed}")


def print_refused(console: Console, number: int, row: Rejected) -> None:
    """One refused row: which stage, why, and what it was."""
    _print_head(console, number, row.leaf_node, f"{row.stage}: {row.reason}")
    if row.detail:
        _print_field(console, "detail", row.detail)
    for name in [field for field in _FIELDS_OF_REFUSED if row.row.get(field)] or list(row.row)[:4]:
        _print_field(console, name[: _LABEL - 2], str(row.row[name]))
    critique = row.row.get("critique")
    if isinstance(critique, Mapping):
        _print_field(console, "critique", f"{critique.get('critic')}: {_scores_of(critique)}\n{critique.get('explanation', '')}")


def print_unused(console: Console, root: Path, unused: Sequence[Unused], dry_run: bool) -> None:
    """What is removed, by kind, and how much that frees."""
    for item in unused:
        console.print(
            f"{item.kind:<12}{filesize.decimal(item.bytes):>10}  {safe(os.path.relpath(item.path, root))}", soft_wrap=True
        )
    size = filesize.decimal(sum(item.bytes for item in unused))
    if not unused:
        console.print("nothing to remove: all of it is used.")
    elif dry_run:
        console.print(f"{len(unused)} would be removed, {size} freed. Nothing was touched.")
    else:
        console.print(f"{len(unused)} removed, {size} freed.")


def describe_source(sample: Sample) -> str:
    """Where the sample came from, and who wrote it."""
    origin, parts = sample.provenance, []
    if origin.document is not None:
        place = f"{origin.document.path} at {origin.document.commit[:10]}"
        start, end = origin.answer_start, origin.answer_end
        if start is None or end is None:
            start, end = origin.chunk_start, origin.chunk_end
        parts.append(place if start is None or end is None else f"{place}, characters {start:,} to {end:,}")
    if sample.origin == "seed":
        parts.append("seed example, as a person wrote it")
    else:
        parts.append(", ".join(part for part in (origin.teacher, origin.pattern) if part))
        if origin.seed_example and origin.document is None:
            parts.append(f"after seed example {origin.seed_example}")
    return "; ".join(parts)


def _scores_of(critique: Mapping[str, Any]) -> str:
    scores = critique.get("scores")
    return ", ".join(f"{name} {score}" for name, score in sorted(scores.items())) if isinstance(scores, Mapping) else ""


def _print_head(console: Console, number: int, leaf_node: str, verdict: str) -> None:
    head = Text(f"{number:>3}  ", style="bold")
    head.append(safe(leaf_node), style="bold")
    if verdict:
        head.append(f"  {safe(_on_one_line(verdict))}", style="red")
    console.print(head, soft_wrap=True)


def _print_field(console: Console, name: str, value: str | Text) -> None:
    text = value if isinstance(value, Text) else Text(safe(value.strip()))
    if len(text) > _LONGEST:
        more = len(text) - _LONGEST
        text = text[:_LONGEST]
        text.append(f" ... ({more:,} more characters)")
    label = Text(f"     {safe(name):<{_LABEL}}", style="dim")
    for line in text.wrap(console, max(20, console.width - len(label)), tab_size=4):
        console.print(label + line, soft_wrap=True)
        label = Text(" " * len(label))


def _on_one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)
