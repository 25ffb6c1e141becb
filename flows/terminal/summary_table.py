"""What a person at a terminal sees at the end of a run: what changed, what was made of it, scores, verdict, where files are."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.accounting.cost import price_words
from flows.commands.data.printing import safe
from flows.report.wording import REASONS
from schemas.contracts import DatasetFile, ScanResult, TaxonomyChange
from schemas.records import Rejected
from schemas.student_contracts import EvaluationReport, RunSummary, Score
from tasks.dataset_files.jsonl import read_dataset

COLOURS = {"released": "green", "nothing_changed": "green", "refused": "red", "already_refused": "red", "generated": "green"}
SUITES = {"human": "human", "reserved_phrasing": "reserved"}
NARROW = 72
GROUPS = ("all", "changed", "unchanged", "knowledge", "skills", "claimed")


def print_summary(console: Console, summary: RunSummary) -> None:
    """Prints the summary of a run."""
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(summary):
        facts.add_row(name, escape(safe(value)))
    console.print()
    _print_table(console, facts)
    if summary.report:
        console.print()
        _print_table(console, _score_table(summary.report, console.width))
    console.print()
    if summary.verdict and summary.report:
        reasons = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        reasons.add_column(no_wrap=True)
        reasons.add_column(no_wrap=True)
        reasons.add_column(overflow="fold")
        for reason in summary.verdict.reasons:
            told = "[green]passed[/]" if reason.passed else "[red]failed[/]"
            mark = "[yellow]warning[/]" if reason.severity == "warning" else told
            reasons.add_row("gate", mark, escape(safe(reason.message)))
        _print_table(console, reasons)
        console.print()
    console.print(f"[bold {COLOURS[summary.outcome]}]{escape(safe(summary.message))}[/]", highlight=False)
    console.print(f"files: {escape(summary.folder)}", highlight=False, soft_wrap=True)


def _print_table(console: Console, table: Table) -> None:
    """Prints a table; where nobody looks at a screen, without the blanks that fill its lines."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    lines = captured.get().splitlines()
    console.print("\n".join(line.rstrip() for line in lines), markup=False, highlight=False, soft_wrap=True)


def _facts(summary: RunSummary) -> Iterator[tuple[str, str]]:
    yield "taxonomy", f"{summary.change.base[:10] if summary.change.base else 'nothing'} -> {summary.change.head[:10]}"
    yield "leaf nodes changed", _changes(summary.change)
    if summary.change.faults:
        yield "faults", f"{len(summary.change.faults)}: labflow taxonomy check shows them"
    if summary.sources:
        yield "sources scanned", _scan_line(summary.sources)
    if summary.generated:
        generated = summary.generated
        written, reused = len(generated.generated_leaf_nodes), len(generated.reused_leaf_nodes)
        yield "generated", f"{generated.samples.rows} samples; leaf nodes: {written} written now, {reused} reused"
        if generated.rejected.rows:
            yield "  not written", _rejected_line(generated.rejected)
        if generated.usage.requests:
            usage = generated.usage
            tokens = usage.prompt_tokens + usage.completion_tokens
            yield (
                "  model",
                f"{usage.requests} requests, {tokens:,} tokens, {usage.cached} cached",
            )
    if summary.filtered:
        filtered = summary.filtered
        yield "kept by the critic", str(filtered.kept.rows)
        if filtered.rejected.rows:
            yield "  rejected", _rejected_line(filtered.rejected)
        canaries = filtered.canaries
        yield (
            "  canaries",
            f"{canaries.good_kept} of {canaries.good} good kept, {canaries.bad_caught} of {canaries.bad} bad caught"
            + "".join(
                f", {name} {share:.2f}"
                for name, share in (("precision", canaries.precision), ("recall", canaries.recall))
                if share is not None
            ),
        )
        for leaf in filtered.leaf_counts:
            if leaf.examples:
                told = f"{leaf.leaf_node}: the critic {leaf.refused_by} rejected all {leaf.generated}, for example"
                yield "  nothing kept", "\n".join((told, *leaf.examples))
    if summary.scanned:
        yield "samples scanned", _scan_line(summary.scanned)
    if summary.trained:
        trained = summary.trained
        amount = f"{trained.samples} samples, {trained.tokens:,} tokens, {trained.steps} steps"
        yield "trained", f"{amount}, {trained.seconds:.0f} s ({trained.cpu_seconds:.0f} CPU s)"
    if summary.cost:
        cost = summary.cost
        parts = ((role, getattr(cost, role)) for role in ("teacher", "critic", "guardian", "judge"))
        roles = [f"{role} {price_words(part)}" for role, part in parts if part is not None]
        yield "cost of the models", f"{price_words(cost.total)} ({', '.join(roles)}), at the prices of the settings"
    if summary.report and summary.report.gain_not_claimed:
        yield "no gain claimed", ", ".join(summary.report.gain_not_claimed)


def _changes(change: TaxonomyChange) -> str:
    renamed = tuple(f"{rename.from_path} -> {rename.to_path}" for rename in change.renamed)
    kinds = (("added", change.added), ("modified", change.modified), ("renamed", renamed), ("deleted", change.deleted))
    parts = [f"{len(paths)} {kind}: {', '.join(paths[:3])}{', ...' if len(paths) > 3 else ''}" for kind, paths in kinds if paths]
    return "\n".join(parts) or "none"


def _scan_line(scan: ScanResult) -> str:
    line = f"{scan.allowed} allowed, {scan.redacted} redacted, {scan.quarantined} quarantined, {scan.dropped} dropped"
    rules = ", ".join(f"{_rule_words(rule)} {count}" for rule, count in sorted(scan.counts_by_rule.items()))
    return f"{line} ({rules})" if rules else line


def _rule_words(rule: str) -> str:
    """``same as an exam question`` of ``drop:contamination.exam_question``: that the exam stays unseen is no fault."""
    return REASONS.get(rule.partition(":")[2], rule)


def _rejected_line(file: DatasetFile) -> str:
    counts = Counter(row.reason for row in read_dataset(file, Rejected))
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return f"{file.rows} ({reasons})"


def _score_table(report: EvaluationReport, width: int) -> Table:
    """The scores by match; a narrow terminal has no room for the interval and the exact matches."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("exam", no_wrap=True)
    names = ("questions", "base", "student", "gain", "95 %", "exact")
    shown = len(names) if width >= NARROW else 4
    for name in names[:shown]:
        table.add_column(name, justify="right", no_wrap=True)
    exact = {(s.suite, s.group): s for s in report.scores if s.metric == "exact_match"}
    for score in _shown_scores(report):
        interval = f"{score.low:+.2f} to {score.high:+.2f}"
        numbers = (f"{score.base:.2f}", f"{score.student:.2f}", f"{score.delta:+.2f}", interval)
        name = f"{SUITES[score.suite]}, {score.group}"
        cells = (str(score.questions), *numbers, f"{exact[score.suite, score.group].student:.2f}")
        table.add_row(name, *cells[:shown])
    return table


def _shown_scores(report: EvaluationReport) -> Iterator[Score]:
    """The scores by ``match`` of the groups that tell something: the same questions are shown once, under the first name."""
    shown: set[tuple[str, int, float, float]] = set()
    for score in report.scores:
        same = (score.suite, score.questions, score.base, score.student)
        if score.metric == "match" and score.group in GROUPS and same not in shown:
            shown.add(same)
            yield score
