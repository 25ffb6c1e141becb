"""The DAG: a change in a Git taxonomy becomes a released student, or a refusal with reasons.

taxonomy_diff -> safety_scan -> teacher_generate -> critic_filter -> safety_scan -> train -> evaluate -> promote
"""

from typing import Literal

from prefect import flow

from flows.accounting.observing import observing
from flows.outcome import end_run, name_run, tell_of_failure
from flows.readiness.preflight import require_ready
from flows.run import begin_run
from flows.teach_and_filter import one_place
from flows.workspace import open_workspace
from schemas.settings import Settings
from schemas.student_contracts import RunSummary
from tasks.critic_filter.task import critic_filter
from tasks.evaluate.task import evaluate
from tasks.promote.task import promote
from tasks.safety_scan.task import safety_scan
from tasks.taxonomy_diff.task import taxonomy_diff
from tasks.teacher_generate.task import teacher_generate
from tasks.train.task import train


@flow(name="retrain", on_failure=[tell_of_failure], on_crashed=[tell_of_failure])
def retrain(settings: Settings, up_to: Literal["samples", "release"] = "release") -> RunSummary:
    """Runs the whole workflow, or up to the scanned samples; or says why there is nothing to do."""
    with open_workspace(settings) as workspace, observing(settings.observability):
        run = begin_run(settings, workspace)
        change = taxonomy_diff(run.taxonomy_request(), workspace.storage)
        name_run(change, run.was_decided(change))
        if run.was_decided(change):
            return end_run(run.nothing_to_do(change))
        require_ready(settings)

        sources = safety_scan(run.scan_request((change.leaf_nodes, change.seed_examples, change.chunks)), run.site("safety_scan"))
        teaching = run.teach_request(change, sources)
        with one_place(teaching, run.site("teacher_generate"), run.site("critic_filter")):  # a model is loaded once for both
            generated = teacher_generate(teaching.generate, run.site("teacher_generate"))
            filtered = critic_filter(teaching.filter_request(generated), run.site("critic_filter"))
        exam = (change.exam, generated.reserved)
        scanned = safety_scan(run.scan_request((filtered.kept,), exam), run.site("safety_scan"))
        so_far = run.show_samples(change, sources, generated, filtered, scanned)
        if up_to == "samples":
            return end_run(run.close_samples(so_far))
        if not run.is_approved("before_training", so_far):
            return end_run(run.reject(so_far))

        trained = train(run.train_request(change, sources, scanned), run.site("train"))
        report = evaluate(run.evaluate_request(trained, filtered, scanned, exam), run.site("evaluate"))
        so_far = so_far.model_copy(update={"trained": trained, "report": report})
        if not run.is_approved("before_promotion", so_far):
            return end_run(run.reject(so_far))
        return end_run(run.close(so_far, promote(run.promote_request(so_far, exam))))
