"""Called twice: on documents and seed examples before a teacher reads them, on samples before a student does."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.contracts import ScanRequest, ScanResult
from tasks.placement import run_stage
from tasks.safety_scan.scan import scan_rows


@task(name="safety_scan", cache_policy=NO_CACHE)
def safety_scan(request: ScanRequest, storage: str) -> ScanResult:
    """The rows that may go on; the others, masked, with the rule that stopped them."""
    return run_stage("safety_scan", request, storage, ScanResult, scan_rows, ("safety_scan", "dataset_files"))
