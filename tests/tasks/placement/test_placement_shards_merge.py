"""Stages whose rows are shared out write the same bytes as those that do all by themselves, whatever the shards."""

from pathlib import Path

import pytest

from tasks.dataset_files.shards import Sharding
from tests.tasks.placement.shard_requests import STAGES, answer_of, run_in_shards


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("most", [2, 7])
def test_shards_give_the_same_bytes_and_counts(stage: str, most: int, tmp_path: Path) -> None:
    counted: list[int] = []

    def run(work, shards, progress):  # type: ignore[no-untyped-def]
        counted.append(len(shards))
        return run_in_shards(work, shards, progress)

    whole = answer_of(stage, tmp_path / "whole", None)
    shared_out = answer_of(stage, tmp_path / "shared out", Sharding(run, most, least_rows=3))
    assert shared_out == whole
    assert max(counted) >= most - 1


@pytest.mark.parametrize("stage", STAGES)
def test_few_rows_are_not_cut(stage: str, tmp_path: Path) -> None:
    def run(work, shards, progress):  # type: ignore[no-untyped-def]
        raise AssertionError("cut")

    assert answer_of(stage, tmp_path, Sharding(run, most=4, least_rows=1000))


def test_the_shards_of_a_scan_may_lie_behind_a_url(tmp_path: Path) -> None:
    sharding = Sharding(run_in_shards, 4, least_rows=3, storage=f"memory://{tmp_path.name}")
    assert answer_of("safety_scan", tmp_path / "url", sharding) == answer_of("safety_scan", tmp_path / "whole", None)
    assert not list((tmp_path / "url" / "out").glob("shards*"))
