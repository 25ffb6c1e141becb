"""From the sources to what was trained on: what went into each step, what went on, what was set aside and what was refused.

Every step must balance: in = on + set aside + refused. The page shows the sum, and says so where it does not come out.

Example: ``Step(name="Critic", unit="samples", rows_in=800, rows_on=712, refused=88, reasons=[("unsupported number", 61), ...])``
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flows.report.refusals import StageRefusals
from flows.report.wording import count
from schemas.contracts import Generated, ScanResult, TaxonomyChange
from schemas.student_contracts import RunSummary, Trained


@dataclass(frozen=True)
class Step:
    """One step of the funnel.

    ``aside`` rows went elsewhere for a good reason, which ``aside_note`` names.
    """

    name: str
    unit: str
    rows_in: int
    rows_on: int
    refused: int
    refusals: StageRefusals
    aside: int = 0
    note: str = ""

    @property
    def balances(self) -> bool:
        """Whether nothing went missing."""
        return self.rows_in == self.rows_on + self.aside + self.refused


@dataclass(frozen=True)
class Level:
    """One bar of the funnel: what is left, and what was lost on the way to it."""

    label: str
    rows: int
    lost: int = 0
    lost_note: str = ""


def funnel_steps(summary: RunSummary, refusals: dict[str, StageRefusals]) -> list[Step]:
    """The steps that ran, in the order of the DAG."""
    return list(_steps(summary, refusals))


def _steps(summary: RunSummary, refusals: dict[str, StageRefusals]) -> Iterator[Step]:
    if summary.sources:
        yield _sources_step(summary.change, summary.sources, refusals["sources"])
    if summary.generated:
        yield _teacher_step(summary.generated, refusals["teacher"])
    if summary.generated and summary.filtered:
        f = summary.filtered
        yield Step("Critic", "samples", summary.generated.samples.rows, f.kept.rows, f.rejected.rows, refusals["critic"])
    if summary.filtered and summary.scanned:
        s = summary.scanned
        clean = sum(file.rows for file in s.clean)
        yield Step(
            "Scan of the samples",
            "",
            summary.filtered.kept.rows,
            clean,
            s.refused.rows - refusals["scan"].welcome,
            refusals["scan"],
            aside=refusals["scan"].welcome,
            note="; ".join(_scan_notes(s, refusals["scan"].welcome)),
        )
    if summary.scanned and summary.trained:
        yield _training_step(sum(file.rows for file in summary.scanned.clean), summary.trained, refusals["train"])
    if summary.generated and summary.report:
        yield _exam_step(summary, refusals["exam"])


def _scan_notes(scan: ScanResult, same_as_exam: int) -> Iterator[str]:
    if same_as_exam:
        yield f"{same_as_exam:,} kept out because they ask the same as an exam question, as they should be"
    if scan.redacted:
        yield f"{scan.redacted:,} redacted"


def _sources_step(change: TaxonomyChange, scan: ScanResult, refusals: StageRefusals) -> Step:
    rows = (change.leaf_nodes.rows, change.seed_examples.rows, change.chunks.rows)
    note = f"{count(rows[0], 'leaf node')}, {count(rows[1], 'seed example')}, {count(rows[2], 'chunk')}"
    if scan.redacted:
        note += f"; {scan.redacted:,} redacted"
    clean = sum(file.rows for file in scan.clean)
    return Step("Scan of the sources", "", sum(rows), clean, scan.refused.rows, refusals, note=note)


def _teacher_step(generated: Generated, refusals: StageRefusals) -> Step:
    reserved = generated.reserved.rows
    return Step(
        "Teacher",
        "drafts",
        generated.drafts,
        generated.samples.rows,
        generated.rejected.rows,
        refusals,
        aside=reserved,
        note=f"{count(reserved, 'wording')} set aside for the exam" if reserved else "",
    )


def _training_step(clean: int, trained: Trained, refusals: StageRefusals) -> Step:
    used = trained.samples + trained.validation
    replayed = max(0, used + trained.over_long.rows - clean)
    notes = [f"with {count(replayed, 'sample')} replayed from earlier releases"] if replayed else []
    notes += [f"{count(trained.validation, 'sample')} of them to choose the checkpoint by"] if trained.validation else []
    return Step("Training", "samples", clean + replayed, used, trained.over_long.rows, refusals, note="; ".join(notes))


def _exam_step(summary: RunSummary, refusals: StageRefusals) -> Step:
    assert summary.generated is not None
    assert summary.report is not None
    human, reserved = summary.change.exam.rows, summary.generated.reserved.rows
    report = summary.report
    return Step(
        "Exam",
        "questions",
        human + reserved,
        report.answers.rows,
        report.not_asked.rows,
        refusals,
        note=f"{human:,} human, {reserved:,} reserved wordings",
    )


def funnel_levels(summary: RunSummary, refusals: dict[str, StageRefusals]) -> list[Level]:
    """The bars of the funnel: chunks, drafts, samples, kept, clean, trained on."""
    levels = []
    if summary.sources and len(summary.sources.clean) == 3:
        chunks, clean = summary.change.chunks.rows, summary.sources.clean[2].rows
        levels.append(Level("Chunks of the documents", clean, chunks - clean, f"{chunks - clean:,} refused by the scan"))
    if summary.generated:
        g = summary.generated
        levels.append(Level("Drafts of the teacher", g.drafts))
        notes = [f"{g.reserved.rows:,} kept for the exam"] if g.reserved.rows else []
        notes += [f"{g.rejected.rows:,} refused"] if g.rejected.rows else []
        levels.append(Level("Samples", g.samples.rows, g.drafts - g.samples.rows, ", ".join(notes)))
    if summary.filtered:
        lost = summary.filtered.rejected.rows
        levels.append(Level("Kept by the critic", summary.filtered.kept.rows, lost, f"{lost:,} refused"))
    if summary.scanned:
        lost, same = summary.scanned.refused.rows, refusals["scan"].welcome
        notes = [f"{same:,} in the exam"] if same else []
        notes += [f"{lost - same:,} refused"] if lost > same else []
        levels.append(Level("After the scan", sum(f.rows for f in summary.scanned.clean), lost, ", ".join(notes)))
    if summary.trained:
        lost = summary.trained.over_long.rows
        levels.append(Level("Trained on", summary.trained.samples, lost, f"{lost:,} too long"))
    return levels
