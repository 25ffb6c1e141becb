"""The last stage: nothing ships before its evaluation exists."""

import logging

from httpx import HTTPError
from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from schemas.student_contracts import PromoteRequest, Verdict
from tasks.promote.gate import promote_student
from tasks.promote.verdict_text import describe_verdict

_logger = logging.getLogger("labflow.promote")


@task(name="promote", cache_policy=NO_CACHE)
def promote(request: PromoteRequest) -> Verdict:
    """Released or refused, with reasons, and written to the ledger."""
    verdict = promote_student(request)
    try:
        create_markdown_artifact(markdown=describe_verdict(verdict), key="labflow-verdict", description="The gate's verdict")
    except HTTPError as error:  # the decision stands in the ledger; a server that is away for a moment must not undo it
        _logger.warning("the verdict could not be shown: %s", error)
    return verdict
