"""Called twice: on documents and seed examples before a teacher reads them, on samples before a student does."""

import logging
from functools import partial

from httpx import HTTPError
from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from schemas.contracts import ScanRequest, ScanResult
from schemas.settings import ShardSettings
from tasks.placement.place import can_help, place
from tasks.placement.secret_blocks import read_secret
from tasks.placement.shards import share_out
from tasks.placement.site import Site
from tasks.placement.stage import run_stage
from tasks.safety_scan.scan import scan_rows

ROOMS = ("safety_scan", "chat_model", "dataset_files")
NOT_SHARDED = ShardSettings()
_logger = logging.getLogger("labflow.safety_scan")


@task(name="safety_scan", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=10, retry_condition_fn=can_help)
def safety_scan(request: ScanRequest, site: Site) -> ScanResult:
    """Places the stage where the site says: the rows that may go on; the others, masked, with the rule that stopped them."""
    result = place(safety_scan_stage, "safety_scan", request, site, ScanResult, ROOMS)
    publish_counts(result, "samples" if any(file.record == "Sample" for file in request.rows) else "sources")
    return result


@flow(name="safety_scan")
def safety_scan_stage(request: ScanRequest, storage: str, source: str = "", sharding: ShardSettings = NOT_SHARDED) -> ScanResult:
    """What a worker of the stage's work pool runs."""
    do = share_out(partial(scan_rows, read_secret=read_secret), sharding, "safety_scan", ROOMS)
    return run_stage("safety_scan", request, storage, ScanResult, do, ROOMS, source)


def publish_counts(result: ScanResult, of: str) -> None:
    """Two table artifacts: rows by verdict and rule, and by leaf node.

    Args:
        of: What was scanned: sources or samples.
    """
    rules = [
        dict(zip(("verdict", "rule", "rows"), (*key.split(":", 1), rows), strict=True))
        for key, rows in result.counts_by_rule.items()
    ]
    leaves = [counts.model_dump(mode="json") for counts in result.leaf_counts]
    told = f"{result.allowed} allowed, {result.redacted} redacted, {result.quarantined} quarantined, {result.dropped} dropped"
    try:
        create_table_artifact(
            rules, f"labflow-scan-rules-of-{of}", f"Scan of the {of}: {told}; policy {result.policy_sha256[:12]}"
        )
        create_table_artifact(leaves, f"labflow-scan-leaf-nodes-of-{of}", f"Scan of the {of}, by leaf node")
    except HTTPError as error:  # a table that nobody can look at is no reason to lose a run
        _logger.warning("the counts of the scan were not published: %s", type(error).__name__)
