"""What sharing rows out can win: ``python -m tests.benchmarks.shards [LEAF_NODES]`` (default 500, of seven samples each).

For each stage whose rows can be shared out, CPU seconds of one core:

    alone           the stage without shards
    in_shards       what the shards take, wherever they are worked on
    by_the_stage    what is left for the stage's own process: cutting, merging, and what needs other rows

``most_speedup`` is alone / by_the_stage: what any number of workers can win. The digests of the results are compared. Prints one
JSON object last.

Not covered: starting a cluster and Prefect's task runs (about a second each), and object storage.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from schemas.contracts import DatasetFile, ReportProgress, Shard, ShardWork, StageFolders, ignore_progress
from tasks.dataset_files.shards import Sharding
from tests.tasks.placement.shard_requests import STAGES, request_of, without_paths


class Stopwatch:
    """A runner that counts the CPU seconds of the shards."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.shards = 0

    def run(self, work: ShardWork, shards: list[Shard], progress: ReportProgress) -> list[DatasetFile]:
        began = time.process_time()
        results = [work(shard) for shard in shards]
        self.seconds += time.process_time() - began
        self.shards += len(shards)
        return results


def measure(stage: str, leaf_nodes: int, folder: Path) -> dict[str, Any]:
    """One stage, alone and in eight shards."""
    request = request_of(stage, folder, leaf_nodes)

    def timed(name: str, sharding: Sharding | None) -> tuple[float, dict[str, object]]:
        folders = StageFolders(folder=f"{folder}/{name}/out", cache=f"{folder}/{name}/cache")
        more = {"workers": 0} if stage == "safety_scan" else {}
        began = time.process_time()
        result = STAGES[stage](request, folders, ignore_progress, sharding=sharding, **more)  # type: ignore[operator]
        return time.process_time() - began, without_paths(result)

    timed("warm", None)  # word lists and automatons are loaded once
    alone, whole = timed("alone", None)
    watch = Stopwatch()
    taken, shared_out = timed("shards", Sharding(watch.run, 8, 10))
    assert shared_out == whole, stage
    own = taken - watch.seconds
    return {
        "alone": round(alone, 2),
        "in_shards": round(watch.seconds, 2),
        "by_the_stage": round(own, 2),
        "shards": watch.shards,
        "most_speedup": round(alone / own, 1),
    }


def main() -> None:
    leaf_nodes = int(sys.argv[1]) if sys.argv[1:] else 500
    with tempfile.TemporaryDirectory() as folder:
        measured = {stage: measure(stage, leaf_nodes, Path(folder) / stage) for stage in STAGES}
    print(json.dumps({"benchmark": "shards", "leaf_nodes": leaf_nodes, "samples": 7 * leaf_nodes, "cpu_seconds": measured}))


if __name__ == "__main__":
    main()
