"""Samples in, a checkpoint out: on a GPU work pool where there is one."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from schemas.student_contracts import Trained, TrainRequest
from tasks.placement.place import can_help, place
from tasks.placement.site import Site
from tasks.placement.stage import run_stage
from tasks.train.train import train_student

ROOMS = ("train", "student_model", "dataset_files")


@task(name="train", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=10, retry_condition_fn=can_help)
def train(request: TrainRequest, site: Site) -> Trained:
    """Places the stage where the site says."""
    return place(train_stage, "train", request, site, Trained, ROOMS)


@flow(name="train")
def train_stage(request: TrainRequest, storage: str, source: str = "") -> Trained:
    """What a worker of the stage's work pool runs."""
    return run_stage("train", request, storage, Trained, train_student, ROOMS, source)
