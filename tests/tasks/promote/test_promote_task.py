"""The stage as a Prefect task: the verdict is shown, and the decision does not hang on that."""

from pathlib import Path

import pytest
from promote_rows import answers, report, request

from tasks.promote.ledger import read_ledger


@pytest.mark.usefixtures("prefect_server")
def test_the_verdict_is_shown_as_an_artifact_without_places(tmp_path: Path) -> None:
    from prefect import flow, get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

    from schemas.student_contracts import PromoteRequest, Verdict
    from tasks.promote.task import promote

    @flow
    def decide(asked: PromoteRequest) -> Verdict:
        return promote(asked)

    verdict = decide(request(tmp_path, report(tmp_path, answers("gggggggg"))))
    assert read_ledger(tmp_path / "ledger.jsonl") == [verdict]
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["labflow-verdict"]))
        texts = [str(artifact.data) for artifact in client.read_artifacts(artifact_filter=wanted)]
    mine = [text for text in texts if verdict.date in text]
    assert mine
    assert all(text.startswith("## Released as number 1") for text in mine)
    assert all(str(tmp_path) not in text for text in mine)
