"""One run: what it starts from, and what it leaves behind when it is decided."""

import shutil
import time
from pathlib import Path

from flows.report.page import render_report
from flows.workspace import Workspace, policy_digest, settings_digest, versions
from schemas.contracts import Checkpoint, DatasetFile, Filtered, Generated, Release, ScanRequest, ScanResult, TaxonomyChange
from schemas.errors import LabflowError, TrainingError
from schemas.records import Record
from schemas.settings import Settings, TaxonomySettings
from schemas.student_contracts import EvaluationReport, Outcome, RunSummary, Trained, Verdict
from tasks.placement import Site
from tasks.promote.ledger import current_release, decision_on, read_ledger, utc_now
from taxonomy_sample.materialise import materialise


class Run:
    """A run in a workspace. Make it with ``begin_run``."""

    def __init__(self, settings: Settings, workspace: Workspace, taxonomy: TaxonomySettings, ledger: list[Verdict]) -> None:
        self.started, self._began = utc_now(), time.monotonic()
        self.settings, self.workspace, self.taxonomy = settings, workspace, taxonomy
        self.settings_digest = settings_digest(settings)
        self._ledger = ledger
        self.release: Release | None = current_release(ledger)

    def site(self, stage: str) -> Site:
        """Where a stage runs and where its files go."""
        return Site(storage=self.workspace.storage, placement=getattr(self.settings.placement, stage))

    def scan_request(self, rows: tuple[DatasetFile, ...], exam: tuple[DatasetFile, ...] = ()) -> ScanRequest:
        """A scan of the files under the run's policy, whose content is part of the request."""
        return ScanRequest(rows=rows, policy=self.settings.scan, policy_sha256=policy_digest(self.settings), exam=exam)

    def name(self, change: TaxonomyChange) -> str:
        """``20260105T060000Z-3f2a91c0``: sorts by time, ends in the run key."""
        return f"{self.started.replace('-', '').replace(':', '')}-{change.run_key[:8]}"

    def was_decided(self, change: TaxonomyChange) -> bool:
        """Whether the same content and settings were released or refused, and that run was written out whole.

        Where it was killed between decision and report, it goes through its finished stages again and writes the report.
        """
        decided = decision_on(self._ledger, change.run_key)
        return decided is not None and self.workspace.has_run(decided)

    def nothing_to_do(self, change: TaxonomyChange) -> RunSummary:
        """The summary of a run that had been decided before."""
        decided = decision_on(self._ledger, change.run_key)
        if decided is None:
            raise LabflowError(f"no decision on run key {change.run_key}")
        if decided.release:
            current = self.release.number if self.release else None
            message = f"nothing changed since release {decided.release.number}"
            if decided.release.number != current:
                message = f"this content is already release {decided.release.number}; the current one is release {current}"
        else:
            failed = "; ".join(reason.message for reason in decided.reasons if not reason.passed)
            message = f"already refused on {decided.date[:10]}: {failed}"
        outcome: Outcome = "nothing_changed" if decided.release else "already_refused"
        return self._summarise(outcome, message, decided.run, change, verdict=decided)

    def starting_point(self, change: TaxonomyChange) -> tuple[Checkpoint | None, DatasetFile | None]:
        """The checkpoint to train from and the samples to replay: none of both for the pristine base.

        Raises:
            TrainingError: ``train.start`` is ``release`` after deletions: what was deleted would stay in the student.
        """
        if self.settings.train.start == "base" or self.release is None:
            return None, None
        if change.deleted:
            raise TrainingError(
                f"{change.deleted[0]} was deleted, but a student that starts from release {self.release.number} still knows it. "
                "Set train.start=base."
            )
        return self.release.checkpoint, self.release.samples

    def close_samples(
        self, change: TaxonomyChange, sources: ScanResult, generated: Generated, filtered: Filtered, scanned: ScanResult
    ) -> RunSummary:
        """Writes the folder of a run that ends with its samples, and returns the summary. The ledger does not hear of it."""
        samples = sum(file.rows for file in scanned.clean)
        message = f"{samples} samples made, nothing trained: labflow retrain goes on from here"
        results = {"sources": sources, "generated": generated, "filtered": filtered, "scanned": scanned}
        return self._write(self._summarise("generated", message, self.name(change), change, **results), self.name(change))

    def close(
        self,
        change: TaxonomyChange,
        sources: ScanResult,
        generated: Generated,
        filtered: Filtered,
        scanned: ScanResult,
        trained: Trained,
        report: EvaluationReport,
        verdict: Verdict,
    ) -> RunSummary:
        """Writes the run's folder, report and manifest, and returns the summary."""
        if verdict.release:
            message = f"released as number {verdict.release.number}"
        else:
            message = "refused: " + "; ".join(reason.message for reason in verdict.reasons if not reason.passed)
        results = {"sources": sources, "generated": generated, "filtered": filtered, "scanned": scanned}
        results |= {"trained": trained, "report": report, "verdict": verdict}
        outcome: Outcome = "released" if verdict.release else "refused"
        return self._write(self._summarise(outcome, message, verdict.run, change, **results), verdict.run)

    def _summarise(self, outcome: Outcome, message: str, run: str, change: TaxonomyChange, **results: Record) -> RunSummary:
        return RunSummary(
            outcome=outcome,
            message=message,
            run_key=change.run_key,
            folder=str(self.workspace.run_folder(run)),
            started=self.started,
            seconds=time.monotonic() - self._began,
            change=change,
            **results,
        )

    def _write(self, summary: RunSummary, run: str) -> RunSummary:
        page = render_report(summary, self.settings, versions())
        self.workspace.write_run(run, summary, self.settings, page)
        return summary


def begin_run(settings: Settings, workspace: Workspace) -> Run:
    """A run on the settings' taxonomy, or on the built-in sample, which is made in the workspace where there is none."""
    taxonomy = settings.taxonomy
    if taxonomy.path is None:
        sample = Path(workspace.root) / "sample"
        if not sample.exists():
            part = sample.with_name("sample.part")  # what a killed run has left
            shutil.rmtree(part, ignore_errors=True)
            materialise(part)
            part.rename(sample)
        taxonomy = taxonomy.model_copy(update={"path": str(sample / "taxonomy")})
    tokenizer = Path(settings.train.base) / "tokenizer.json"
    if taxonomy.chunk_tokenizer is None and settings.train.base != "scratch" and tokenizer.exists():
        taxonomy = taxonomy.model_copy(update={"chunk_tokenizer": str(tokenizer)})
    return Run(settings, workspace, taxonomy, read_ledger(workspace.ledger))
