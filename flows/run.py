"""One run: what it starts from, and what it leaves behind when it is decided."""

import shutil
import time
from pathlib import Path

from flows.accounting.cost import cost_of
from flows.accounting.stage_times import observe_run
from flows.artifacts import publish_curriculum, publish_outcome
from flows.report.page import render_report
from flows.review.asking import Step, ask, record_rejection
from flows.review.preview import clean_samples, write_preview
from flows.teach_and_filter import TeachRequest
from flows.workspace import Workspace, policy_digest, prompts_digest, settings_digest, versions
from schemas.contracts import (
    Checkpoint,
    DatasetFile,
    Filtered,
    Generated,
    GenerateRequest,
    Release,
    ScanRequest,
    ScanResult,
    TaxonomyChange,
    TaxonomyRequest,
)
from schemas.errors import LabflowError, TrainingError
from schemas.records import Record
from schemas.settings import Settings, TaxonomySettings
from schemas.student_contracts import (
    Approval,
    EvaluateRequest,
    LedgerLine,
    Outcome,
    PromoteRequest,
    RunSummary,
    Trained,
    TrainRequest,
    Verdict,
)
from tasks.chat_model.chat import add_usage
from tasks.evaluate.benchmark_files import inputs_of
from tasks.placement.site import Site
from tasks.promote.ledger import current_release, decision_on, explain_decision, read_ledger, utc_now
from tasks.safety_scan.decisions import decisions_file
from tasks.student_model.conversation_file import file_digest
from taxonomy_sample.materialise import materialise


class Run:
    """A run in a workspace. Make it with ``begin_run``."""

    def __init__(self, settings: Settings, workspace: Workspace, taxonomy: TaxonomySettings, ledger: list[LedgerLine]) -> None:
        self.started, self._began = utc_now(), time.monotonic()
        self.settings, self.workspace, self.taxonomy = settings, workspace, taxonomy
        self.settings_digest = settings_digest(settings)
        self._ledger = ledger
        self.approvals: tuple[Approval, ...] = ()
        self.release: Release | None = current_release(ledger)

    def site(self, stage: str) -> Site:
        """Where a stage runs and where its files go."""
        placement = self.settings.placement
        return Site(storage=self.workspace.storage, placement=getattr(placement, stage), shared=placement.storage)

    # -- what each stage is asked ----------------------------------------------------------------------------------

    def taxonomy_request(self) -> TaxonomyRequest:
        """The change since the current release."""
        return TaxonomyRequest(taxonomy=self.taxonomy, release=self.release, settings_digest=self.settings_digest)

    def scan_request(self, rows: tuple[DatasetFile, ...], exam: tuple[DatasetFile, ...] = ()) -> ScanRequest:
        """A scan of the files under the run's policy, whose content is part of the request."""
        folder = self.workspace.root / "quarantine"
        return ScanRequest(
            rows=rows,
            policy=self.settings.scan,
            policy_sha256=policy_digest(self.settings),
            exam=exam,
            decisions=decisions_file(folder / "decisions.jsonl", folder),  # an immutable copy beside it
            earlier=self.release.samples if exam and self.release else None,
        )

    def teach_request(self, change: TaxonomyChange, sources: ScanResult) -> TeachRequest:
        """Samples from what the scan let through, and their critique."""
        leaf_nodes, seeds, chunks = sources.clean
        teacher, critic = self.settings.teacher, self.settings.critic
        generate = GenerateRequest(
            leaf_nodes=leaf_nodes,
            seed_examples=seeds,
            chunks=chunks,
            teacher=teacher,
            prompts_sha256=prompts_digest(teacher.prompts),
            taxonomy_commit=change.head,
        )
        return TeachRequest(
            generate=generate,
            critic=critic,
            critic_prompts_sha256=prompts_digest(critic.prompts),
            exam=change.exam if self.settings.evaluate.multiple_choice else None,  # what is asked as choices is checked first
        )

    def train_request(self, change: TaxonomyChange, sources: ScanResult, scanned: ScanResult) -> TrainRequest:
        """A student taught with what critic and scan let through."""
        (samples,) = scanned.clean
        start, replay = self.starting_point(change)
        return TrainRequest(
            samples=samples,
            chunks=sources.clean[2],
            replay=replay,
            replay_file_sha256=file_digest(self.settings.train.replay_file),
            start=start,
            taxonomy_commit=change.head,
            train=self.settings.train,
        )

    def evaluate_request(
        self, trained: Trained, filtered: Filtered, scanned: ScanResult, exam: tuple[DatasetFile, ...]
    ) -> EvaluateRequest:
        """The exam of the student and of what it is compared with: the current release, or the untrained base."""
        release = self.release
        return EvaluateRequest(
            student=trained.checkpoint,
            base=release.checkpoint if release else trained.base,
            exam=exam,
            exam_checks=filtered.exam_checks,
            samples=scanned.clean[0],
            earlier_exam=release.exam if release else (),
            adapter=trained.adapter if self.settings.train.method in ("lora", "qlora") else None,  # vLLM knows no other
            adapter_base_sha256=trained.base.sha256,
            inputs_sha256=inputs_of(self.settings.evaluate),
            evaluate=self.settings.evaluate,
        )

    def promote_request(self, so_far: RunSummary, exam: tuple[DatasetFile, ...]) -> PromoteRequest:
        """The decision on the student, by the gate's rules and what people said."""
        generated, filtered, trained, report = so_far.generated, so_far.filtered, so_far.trained, so_far.report
        if not (generated and filtered and trained and report):
            raise LabflowError("promote comes after all other stages")
        return PromoteRequest(
            report=report,
            checkpoint=trained.checkpoint,
            samples=clean_samples(so_far),
            exam=exam,
            change=so_far.change,
            gate=self.settings.gate,
            parent=self.release,
            ledger=self.workspace.ledger,
            run=self.name(so_far.change),
            approvals=self.approvals,
            usage=add_usage(generated.usage, filtered.usage),
            cost=cost.total if (cost := cost_of(so_far, self.settings)) else None,
        )

    # -- what people say -------------------------------------------------------------------------------------------

    def is_approved(self, step: Step, so_far: RunSummary) -> bool:
        """Asks a person where the settings want that, and says whether the run may go on."""
        decided = decision_on(self._ledger, so_far.run_key)
        if decided is None:
            self.approvals += ask(step, self.settings.review, lambda: write_preview(step, so_far, self.settings))
        approvals = decided.approvals if decided else self.approvals  # decided before: only the report is missing
        return all(approval.decision == "approved" for approval in approvals)

    def reject(self, so_far: RunSummary) -> RunSummary:
        """Remembers a person's refusal and closes the run."""
        parent = self.release.number if self.release else None
        verdict = record_rejection(self.workspace.ledger, so_far, self.name(so_far.change), self.approvals, parent)
        return self.close(so_far, verdict)

    # -- how a run ends --------------------------------------------------------------------------------------------

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
        message = explain_decision(self._ledger, decided)
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

    def show_samples(
        self, change: TaxonomyChange, sources: ScanResult, generated: Generated, filtered: Filtered, scanned: ScanResult
    ) -> RunSummary:
        """Shows the samples in the Prefect UI, and returns the summary of the run up to them."""
        samples = sum(file.rows for file in scanned.clean)
        message = f"{samples} samples made, nothing trained: labflow retrain goes on from here"
        results = {"sources": sources, "generated": generated, "filtered": filtered, "scanned": scanned}
        summary = self._summarise("generated", message, self.name(change), change, **results)
        publish_curriculum(summary)
        return summary

    def close_samples(self, so_far: RunSummary) -> RunSummary:
        """Writes the folder of a run that ends with its samples, and returns the summary. The ledger does not hear of it."""
        return self._write(so_far, self.name(so_far.change))

    def close(self, so_far: RunSummary, verdict: Verdict) -> RunSummary:
        """Writes the run's folder, report and manifest, and returns the summary."""
        if verdict.release:
            message = f"released as number {verdict.release.number}"
        else:
            message = "refused: " + "; ".join(reason.message for reason in verdict.reasons if not reason.passed)
        stages = ("sources", "generated", "filtered", "scanned", "trained", "report")
        results = {stage: getattr(so_far, stage) for stage in stages} | {"verdict": verdict}
        outcome: Outcome = "released" if verdict.release else "refused"
        summary = self._write(self._summarise(outcome, message, verdict.run, so_far.change, **results), verdict.run)
        publish_outcome(summary, self.settings.gate.metric, self.settings.observability.runs_url)
        return summary

    def _summarise(
        self, outcome: Outcome, message: str, run: str, change: TaxonomyChange, **results: Record | None
    ) -> RunSummary:
        summary = RunSummary(
            outcome=outcome,
            message=message,
            run_key=change.run_key,
            folder=str(self.workspace.run_folder(run)),
            started=self.started,
            seconds=time.monotonic() - self._began,
            change=change,
            **results,
        )
        return summary.model_copy(update={"cost": cost_of(summary, self.settings)})

    def _write(self, summary: RunSummary, run: str) -> RunSummary:
        page = render_report(summary, self.settings, versions())
        self.workspace.write_run(run, summary, self.settings, page)
        return observe_run(summary, self.settings.observability)


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
