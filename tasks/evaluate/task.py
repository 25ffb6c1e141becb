"""Base and student in, scores side by side out: on a GPU work pool where there is one."""

from functools import partial

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from schemas.student_contracts import EvaluateRequest, EvaluationReport
from tasks.evaluate.evaluate import evaluate_student
from tasks.placement.place import can_help, place
from tasks.placement.secret_blocks import read_secret
from tasks.placement.site import Site
from tasks.placement.stage import run_stage

ROOMS = ("evaluate", "student_model", "chat_model", "dataset_files")


@task(name="evaluate", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=10, retry_condition_fn=can_help)
def evaluate(request: EvaluateRequest, site: Site) -> EvaluationReport:
    """Places the stage where the site says."""
    return place(evaluate_stage, "evaluate", request, site, EvaluationReport, ROOMS)


@flow(name="evaluate")
def evaluate_stage(request: EvaluateRequest, storage: str, source: str = "") -> EvaluationReport:
    """What a worker of the stage's work pool runs."""
    do = partial(evaluate_student, read_secret=read_secret)
    return run_stage("evaluate", request, storage, EvaluationReport, do, ROOMS, source)
