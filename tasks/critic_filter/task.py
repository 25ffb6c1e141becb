"""Samples in, those that the critic keeps out: on a GPU work pool where a model judges them."""

from functools import partial

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from schemas.contracts import Filtered, FilterRequest
from schemas.settings import ShardSettings
from tasks.critic_filter.filter import filter_samples, require_kept
from tasks.placement.place import can_help, place
from tasks.placement.secret_blocks import read_secret
from tasks.placement.shards import share_out
from tasks.placement.site import Site
from tasks.placement.stage import run_stage

ROOMS = ("critic_filter", "chat_model", "dataset_files")
NOT_SHARDED = ShardSettings()


@task(name="critic_filter", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=10, retry_condition_fn=can_help)
def critic_filter(request: FilterRequest, site: Site) -> Filtered:
    """Places the stage where the site says; a critic that kept nothing at all stops the run."""
    return require_kept(place(critic_filter_stage, "critic_filter", request, site, Filtered, ROOMS), request.critic)


@flow(name="critic_filter")
def critic_filter_stage(
    request: FilterRequest, storage: str, source: str = "", sharding: ShardSettings = NOT_SHARDED
) -> Filtered:
    """What a worker of the stage's work pool runs."""
    do = share_out(partial(filter_samples, read_secret=read_secret), sharding, "critic_filter", ROOMS)
    return run_stage("critic_filter", request, storage, Filtered, do, ROOMS, source)
