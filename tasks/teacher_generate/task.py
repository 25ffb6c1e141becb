"""Leaf nodes and chunks in, samples out: on a GPU work pool where a model writes them."""

from functools import partial

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from schemas.contracts import Generated, GenerateRequest
from schemas.settings import ShardSettings
from tasks.placement.place import can_help, place
from tasks.placement.secret_blocks import read_secret
from tasks.placement.shards import share_out
from tasks.placement.site import Site
from tasks.placement.stage import run_stage
from tasks.teacher_generate.generate import generate_samples

ROOMS = ("teacher_generate", "chat_model", "dataset_files")
NOT_SHARDED = ShardSettings()


@task(name="teacher_generate", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=10, retry_condition_fn=can_help)
def teacher_generate(request: GenerateRequest, site: Site) -> Generated:
    """Places the stage where the site says."""
    return place(teacher_generate_stage, "teacher_generate", request, site, Generated, ROOMS)


@flow(name="teacher_generate")
def teacher_generate_stage(
    request: GenerateRequest, storage: str, source: str = "", sharding: ShardSettings = NOT_SHARDED
) -> Generated:
    """What a worker of the stage's work pool runs."""
    do = share_out(partial(generate_samples, read_secret=read_secret), sharding, "teacher_generate", ROOMS)
    return run_stage("teacher_generate", request, storage, Generated, do, ROOMS, source)
