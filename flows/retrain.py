"""The DAG: a change in a Git taxonomy becomes a released student, or a refusal with reasons.

taxonomy_diff -> safety_scan -> teacher_generate -> critic_filter -> safety_scan -> train -> evaluate -> promote
"""

from typing import Literal

from prefect import flow

from flows.run import begin_run
from flows.workspace import open_workspace, prompts_digest
from schemas.contracts import FilterRequest, GenerateRequest, TaxonomyRequest
from schemas.settings import Settings
from schemas.student_contracts import EvaluateRequest, PromoteRequest, RunSummary, TrainRequest
from tasks.chat_model.managed_server import keep_servers
from tasks.critic_filter.task import critic_filter
from tasks.evaluate.task import evaluate
from tasks.promote.task import promote
from tasks.safety_scan.task import safety_scan
from tasks.taxonomy_diff.task import taxonomy_diff
from tasks.teacher_generate.task import teacher_generate
from tasks.train.task import train


@flow(name="retrain")
def retrain(settings: Settings, up_to: Literal["samples", "release"] = "release") -> RunSummary:
    """Runs the whole workflow, or up to the scanned samples; or says why there is nothing to do."""
    with open_workspace(settings) as workspace:
        run = begin_run(settings, workspace)
        release, storage = run.release, workspace.storage

        change = taxonomy_diff(
            TaxonomyRequest(taxonomy=run.taxonomy, release=release, settings_digest=run.settings_digest), storage
        )
        if run.was_decided(change):
            return run.nothing_to_do(change)

        sources = safety_scan(run.scan_request((change.leaf_nodes, change.seed_examples, change.chunks)), storage)
        leaf_nodes, seeds, chunks = sources.clean
        with keep_servers():  # one for teacher and critic where both are the same model
            generated = teacher_generate(
                GenerateRequest(
                    leaf_nodes=leaf_nodes,
                    seed_examples=seeds,
                    chunks=chunks,
                    teacher=settings.teacher,
                    prompts_sha256=prompts_digest(settings.teacher.prompts),
                    taxonomy_commit=change.head,
                ),
                run.site("teacher_generate"),
            )
            filtered = critic_filter(
                FilterRequest(
                    samples=generated.samples,
                    chunks=chunks,
                    seed_examples=seeds,
                    critic=settings.critic,
                    prompts_sha256=prompts_digest(settings.critic.prompts),
                ),
                run.site("critic_filter"),
            )
        exam = (change.exam, generated.reserved)
        scanned = safety_scan(run.scan_request((filtered.kept,), exam), storage)
        (samples,) = scanned.clean
        if up_to == "samples":
            return run.close_samples(change, sources, generated, filtered, scanned)

        start, replay = run.starting_point(change)
        trained = train(
            TrainRequest(samples=samples, chunks=chunks, replay=replay, start=start, train=settings.train), run.site("train")
        )
        report = evaluate(
            EvaluateRequest(
                student=trained.checkpoint,
                base=release.checkpoint if release else trained.base,
                exam=exam,
                samples=samples,
                earlier_exam=release.exam if release else (),
                evaluate=settings.evaluate,
            ),
            run.site("evaluate"),
        )
        verdict = promote(
            PromoteRequest(
                report=report,
                checkpoint=trained.checkpoint,
                samples=samples,
                exam=exam,
                change=change,
                gate=settings.gate,
                parent=release,
                ledger=workspace.ledger,
                run=run.name(change),
            )
        )
        return run.close(change, sources, generated, filtered, scanned, trained, report, verdict)
