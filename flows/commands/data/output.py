"""What ``labflow data`` prints on stdout: for people with ``printing.py``, for other programs as JSON.

JSON is ASCII only: a control character of a model's answer must not reach a terminal as it is.

    {"run": {"run": "20260105T060000Z-3f2a91c0", ...}, "leaf_nodes": [...], "samples": [{..., "passage": "..."}]}

Not covered: what ``labflow retrain`` prints (``summary_table.py``).
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from flows.commands.data.leaf_counts import LeafLine
from flows.commands.data.passages import Passage, find_passages
from flows.commands.data.printing import open_console, print_leaf_table, print_refused, print_sample, safe
from flows.commands.data.runs import StoredRun
from flows.terminal.progress import StageLines
from schemas.errors import DamagedFileError
from schemas.records import Record, Rejected, Sample

if TYPE_CHECKING:
    from flows.commands.data.preview import Preview, WatchStage

_BATCH = 1000
"""Rows whose passages are looked for at once: the file of passages is read once for each so many."""
_REFUSED_SHOWN = 5
"""Rows of a preview that teacher or scan refused, of each."""


@contextmanager
def watch_stages() -> "Iterator[WatchStage]":
    """Shows on stderr how far stages are that run as plain functions."""
    lines = StageLines(Console(stderr=True))
    try:
        yield lambda stage: partial(lines.show, stage)
        lines.end_stage()
    finally:
        lines.close_bars()


def print_json(value: Any) -> None:
    """One JSON document."""
    typer.echo(json.dumps(value, indent=2))


def describe_run(run: StoredRun | DamagedFileError) -> dict[str, Any]:
    """A run in a few fields."""
    if isinstance(run, DamagedFileError):
        return {"error": str(run)}
    return {
        "run": run.name,
        "started": run.started,
        "outcome": run.outcome,
        "message": run.message,
        "taxonomy_commit": run.change.head,
        "samples": run.scanned.clean[0].rows if run.scanned and run.scanned.clean else None,
        "folder": run.folder,
    }


def print_run(run: StoredRun, lines: Iterable[LeafLine], rows: Iterable[Record]) -> None:
    """A run for a person: counts by leaf node, then samples or refused rows."""
    console = open_console()
    console.print(f"{run.name}  {run.outcome}: {safe(run.message)}", soft_wrap=True)
    console.print(f"{safe(run.folder)}\n", soft_wrap=True)
    print_leaf_table(console, lines)
    for number, (row, passage) in enumerate(_with_passages(rows, run), 1):
        console.print()
        if isinstance(row, Sample):
            print_sample(console, number, row, passage)
        elif isinstance(row, Rejected):
            print_refused(console, number, row)


def print_run_json(run: StoredRun, lines: Iterable[LeafLine], name: str, rows: Iterable[Record]) -> None:
    """The same as one JSON object, whose last list ``name`` is printed as it is read: there may be a million rows."""
    head = {"run": describe_run(run), "leaf_nodes": [line.as_json() for line in lines], name: []}
    typer.echo(json.dumps(head, indent=2).removesuffix("]\n}"), nl=False)
    separator, end = "\n", "]\n}"
    for row, passage in _with_passages(rows, run):
        value = row.model_dump(mode="json")
        if isinstance(row, Sample):
            value["passage"] = passage.text if passage else None
        typer.echo(f"{separator}    {json.dumps(value)}", nl=False)
        separator, end = ",\n", "\n  ]\n}"
    typer.echo(end)


def _with_passages(rows: Iterable[Record], run: StoredRun) -> Iterator[tuple[Record, Passage | None]]:
    for batch in _in_batches(rows):
        passages = find_passages((row for row in batch if isinstance(row, Sample)), run.passages())
        for row in batch:
            yield row, passages.get(row.id) if isinstance(row, Sample) else None


def _in_batches(rows: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def print_preview(found: "Preview") -> None:
    """A preview for a person."""
    console = open_console()
    for number, shown in enumerate(found.shown, 1):
        verdict = f"{shown.refused.reason}: {shown.refused.detail}" if shown.refused else ""
        print_sample(console, number, shown.sample, shown.passage, verdict)
        console.print()
    for number, row in enumerate((*found.blocked[:_REFUSED_SHOWN], *found.not_written[:_REFUSED_SHOWN]), 1):
        print_refused(console, number, row)
        console.print()
    kept = sum(shown.refused is None for shown in found.shown)
    canaries, usage = found.canaries, found.usage
    console.print(f"written: {found.drafts}; of {len(found.shown)} shown, the critic keeps {kept}")
    console.print(f"refused by the scan of the sources: {len(found.blocked)}; by the teacher: {len(found.not_written)}")
    told = f"{canaries.good_kept} of {canaries.good} good kept, {canaries.bad_caught} of {canaries.bad} bad caught"
    console.print(f"canaries: {told}")
    if usage.requests or usage.cached:
        console.print(f"models: {usage.requests} requests, {usage.prompt_tokens} + {usage.completion_tokens} tokens")


def describe_preview(found: "Preview") -> dict[str, Any]:
    """A preview for a program."""
    return {
        "leaf_node": found.leaf_node.path,
        "taxonomy_commit": found.taxonomy_commit,
        "chunks": found.chunks,
        "drafts": found.drafts,
        "samples": [
            {
                **shown.sample.model_dump(mode="json"),
                "passage": shown.passage.text if shown.passage else None,
                "rejected": {"reason": shown.refused.reason, "detail": shown.refused.detail} if shown.refused else None,
            }
            for shown in found.shown
        ],
        "not_written": [row.model_dump(mode="json") for row in found.not_written],
        "blocked": [row.model_dump(mode="json") for row in found.blocked],
        "canaries": found.canaries.model_dump(mode="json"),
        "usage": found.usage.model_dump(mode="json"),
    }
