"""The embedded default learns from documents of different shapes: the numbers that the README states."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_document_is_covered_rightly_and_learned() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.learning"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    documents = {row["document"]: row for row in json.loads(done.stdout.splitlines()[-1])["documents"]}
    assert set(documents) == {"delorean_dmc12", "leave_and_travel_policy", "product_sheet"}
    for row in documents.values():
        assert row["covered"] >= 0.6 * row["statements"], row
        assert (row["pairs_wrong"] or 0) <= 0.03 * row["pairs_kept"], row
        assert row["reserved_exact_match"] >= 0.8, row
        assert row["reserved_exact_match_base"] <= 0.05, row
    assert documents["delorean_dmc12"]["human_match"] >= 0.6
