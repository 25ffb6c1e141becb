"""How releases look in a terminal. Names and reasons may come from anybody: nothing in them is obeyed (see ``data/printing.py``).

release  time (UTC)           taxonomy    parent  leaf nodes  samples  human  reserved  state
      1  2026-01-05 06:00:00  a2c6d5e92e       -           3      447   0.90      0.99  rolled back
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.accounting.cost import price_words
from flows.commands.data.printing import print_whole, safe
from flows.commands.release.difference import Difference, ScorePair
from flows.commands.release.history import StoredRelease
from schemas.contracts import Usage
from schemas.student_contracts import LedgerLine, Rollback, Score

_NAMED = 20
"""Leaf nodes or settings that are listed of each kind."""


def print_list(console: Console, releases: Sequence[StoredRelease], rollbacks: Iterable[Rollback]) -> None:
    """One line for each release, then the rollbacks."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("release", justify="right", no_wrap=True)
    for name in ("time (UTC)", "taxonomy"):
        table.add_column(name, no_wrap=True)
    for name in ("parent", "leaf nodes", "samples", "human", "reserved"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for each in releases:
        release = each.release
        counts = (str(release.parent or "-"), str(len(release.leaf_nodes)), f"{release.samples.rows:,}")
        scores = (_all_of(each.scores, "human"), _all_of(each.scores, "reserved_phrasing"))
        cells = (str(each.number), _time(release.date), release.taxonomy_commit[:10], *counts, *scores, each.state)
        table.add_row(*(Text(safe(cell)) for cell in cells), style="bold" if each.is_current else "")
    print_whole(console, table)
    for line in rollbacks:
        console.print(describe_rollback(line), soft_wrap=True)


def print_refusals(console: Console, ledger: Iterable[LedgerLine]) -> None:
    """What was refused, and why."""
    for line in ledger:
        if not isinstance(line, Rollback) and not line.released:
            failed = "; ".join(reason.message for reason in line.reasons if not reason.passed)
            console.print(safe(f"{_time(line.date)}  {line.taxonomy_commit[:10]}  refused: {failed}"), soft_wrap=True)


def print_release(console: Console, found: StoredRelease) -> None:
    """One release in full."""
    release, verdict = found.release, found.verdict
    console.print(f"release {found.number}{f'  {found.state}' if found.state else ''}", style="bold")
    facts = [
        ("time (UTC)", _time(release.date)),
        ("taxonomy", release.taxonomy_commit),
        ("compared with", f"release {release.parent}" if release.parent else "the untrained base"),
        ("leaf nodes", _names(sorted(release.leaf_nodes))),
        ("samples", f"{release.samples.rows:,} ({release.samples.sha256[:16]})"),
        ("exam", ", ".join(f"{file.rows:,} ({file.sha256[:16]})" for file in release.exam) or "-"),
        ("student", f"{release.checkpoint.parameters:,} weights ({release.checkpoint.sha256[:16]})"),
        ("  lies in", release.checkpoint.path),
        ("run", str(found.run_folder) if found.run_folder.is_dir() else f"{verdict.run} (its folder is gone)"),
        ("models asked", _usage(verdict.usage)),
        ("cost", "-" if verdict.cost is None else f"{price_words(verdict.cost)}, at the prices of the settings"),
    ]
    if found.taken_back:
        facts.append(("rolled back", describe_rollback(found.taken_back)))
    facts += [
        (f"{item.step}", f"{item.decision} by {item.by} on {_time(item.date)} {item.comment}") for item in verdict.approvals
    ]
    for name, value in facts:
        console.print(f"{safe(name):<15}{safe(value)}", soft_wrap=True)
    for reason in verdict.reasons:
        state = "warning" if reason.severity == "warning" else "passed" if reason.passed else "failed"
        console.print(safe(f"gate  {state}  {reason.message}"), soft_wrap=True)
    if found.scores:
        console.print()
        console.print(_score_table(found.scores))


def print_difference(console: Console, found: Difference) -> None:
    """Two releases side by side."""
    before, after = found.before, found.after
    commits = f"{before.release.taxonomy_commit[:10]} -> {after.release.taxonomy_commit[:10]}"
    console.print(f"release {before.number} -> release {after.number}   taxonomy {commits}", style="bold", soft_wrap=True)
    kinds = (("added", found.added, "green"), ("changed", found.changed, "yellow"), ("removed", found.removed, "red"))
    for name, paths, style in kinds:
        for path in paths[:_NAMED]:
            console.print(f"  {name:<9}{safe(path)}", style=style, soft_wrap=True)
        if len(paths) > _NAMED:
            console.print(f"  {name:<9}{len(paths) - _NAMED} more", style=style)
    if not (found.added or found.changed or found.removed):
        console.print("  no leaf node differs")
    old, new = before.release.samples.rows, after.release.samples.rows
    console.print(f"\nsamples  {old:,} -> {new:,} ({new - old:+,})")
    for line in found.samples[:_NAMED]:
        console.print(f"  {safe(line.leaf_node)}  {line.before:,} -> {line.after:,}", soft_wrap=True)
    if found.scores:
        console.print()
        console.print(_pair_table(found.scores, before.number, after.number))
    for title, changes in (("settings", found.settings), ("versions", found.versions)):
        if changes:
            console.print(f"\n{title}")
        for name, (old_value, new_value) in list(changes.items())[:_NAMED]:
            console.print(safe(f"  {name}  {old_value} -> {new_value}"), soft_wrap=True)
    for told in found.missing:
        console.print(safe(f"not compared: {told}"), soft_wrap=True)


def describe_rollback(line: Rollback) -> str:
    """One sentence."""
    return safe(f"{_time(line.date)}  rolled back from {line.rollback_from} to {line.rollback_to} by {line.by}: {line.reason}")


def _score_table(scores: Iterable[Score]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("exam", no_wrap=True)
    for name in ("metric", "questions", "base", "student", "gain", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in scores:
        numbers = (f"{score.base:.2f}", f"{score.student:.2f}", f"{score.delta:+.2f}", f"{score.low:+.2f} to {score.high:+.2f}")
        table.add_row(safe(f"{score.suite}, {score.group}"), score.metric, f"{score.questions:,}", *numbers)
    return table


def _pair_table(pairs: Iterable[ScorePair], before: int, after: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("exam of each", no_wrap=True)
    for name in ("metric", f"release {before}", "questions", f"release {after}", "questions"):
        table.add_column(name, justify="right", no_wrap=True)
    for pair in pairs:
        cells = [cell for score in (pair.before, pair.after) for cell in _cells(score)]
        table.add_row(safe(f"{pair.suite}, {pair.group}"), pair.metric, *cells)
    return table


def _cells(score: Score | None) -> tuple[str, str]:
    return (f"{score.student:.2f}", f"{score.questions:,}") if score else ("-", "-")


def _all_of(scores: Iterable[Score], suite: str) -> str:
    return next((f"{score.student:.2f}" for score in scores if (score.suite, score.group) == (suite, "all")), "-")


def _usage(usage: Usage) -> str:
    if not usage.requests and not usage.cached:
        return "none"
    return f"{usage.requests:,} requests, {usage.prompt_tokens + usage.completion_tokens:,} tokens, {usage.cached:,} reused"


def _names(paths: Sequence[str]) -> str:
    more = len(paths) - _NAMED
    return f"{len(paths)}: {', '.join(paths[:_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _time(date: str) -> str:
    return date.replace("T", " ").removesuffix("Z")
