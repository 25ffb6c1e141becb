"""What the stage leaves in Prefect: its counts, by rule and by leaf node, and never a raw value."""

import json
from pathlib import Path

from prefect import flow, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from scan_rows_of import LEAF, sample

from schemas.contracts import ScanRequest, ScanResult
from schemas.records import Sample
from schemas.settings import ScanSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.placement.site import Site
from tasks.safety_scan.task import safety_scan


def test_counts_by_rule_and_by_leaf_node_are_tables_in_prefect(prefect_server: None, tmp_path: Path) -> None:
    rows = [sample("Colour?", "Grey."), sample("Mail?", "ann@example.org"), sample("colour", "grey")]
    file = write_dataset(f"{tmp_path}/rows.jsonl", Sample, rows)
    request = ScanRequest(rows=(file,), policy=ScanSettings(blocked_share_limit=1))

    @flow
    def scan() -> ScanResult:
        return safety_scan(request, Site(storage=str(tmp_path / "workspace")))

    result = scan()
    assert (result.allowed, result.redacted, result.dropped) == (1, 1, 1)
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(like_="labflow-scan-%-of-samples"))
        # The server is shared by all tests: the newest of a key is ours.
        artifacts = sorted(client.read_artifacts(artifact_filter=wanted), key=lambda artifact: str(artifact.created))
        found = {artifact.key: str(artifact.data) for artifact in artifacts}
    assert set(found) == {"labflow-scan-rules-of-samples", "labflow-scan-leaf-nodes-of-samples"}
    assert json.loads(found["labflow-scan-rules-of-samples"]) == [
        {"verdict": "drop", "rule": "duplicate.exact", "rows": 1},
        {"verdict": "redact", "rule": "personal.email", "rows": 1},
    ]
    assert LEAF in found["labflow-scan-leaf-nodes-of-samples"]
    assert "ann@" not in str(found)
