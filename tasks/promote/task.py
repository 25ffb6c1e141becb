"""The last stage: nothing ships before its evaluation exists."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from schemas.student_contracts import PromoteRequest, Verdict
from tasks.promote.gate import promote_student


@task(name="promote", cache_policy=NO_CACHE)
def promote(request: PromoteRequest) -> Verdict:
    """Released or refused, with reasons, and written to the ledger."""
    return promote_student(request)
