"""Samples in, those that the critic keeps out: on a GPU work pool where a model judges them."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from schemas.contracts import Filtered, FilterRequest
from tasks.critic_filter.filter import filter_samples
from tasks.placement import Site, can_help, place, run_stage

ROOMS = ("critic_filter", "chat_model", "dataset_files")


@task(name="critic_filter", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=10, retry_condition_fn=can_help)
def critic_filter(request: FilterRequest, site: Site) -> Filtered:
    """Places the stage where the site says."""
    return place(critic_filter_stage, "critic_filter", request, site, Filtered, ROOMS)


@flow(name="critic_filter")
def critic_filter_stage(request: FilterRequest, storage: str) -> Filtered:
    """What a worker of the stage's work pool runs."""
    return run_stage("critic_filter", request, storage, Filtered, filter_samples, ROOMS)
