"""What Prefect costs: ``python -m tests.benchmarks.orchestration [LEAF_NODES]``, on the running server of PREFECT_API_URL.

    nothing_changed   seconds of a run that finds nothing to do, beside an empty flow's
    whole_dag         seconds of a run whose stages are all finished before, beside the same stages called as plain functions:
                      what is left is orchestration, names, artifacts and the report
    many_leaf_nodes   task runs, artifacts and their bytes of a run over LEAF_NODES changed leaf nodes (default 0: left out)

CPU seconds are this process's: they tell what a busy machine's wall clock hides. The server's own are not in them.

The sample taxonomy, a student of a few steps, no GPU. Prints what it does on standard error, and one JSON object last.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from schemas.contracts import StageFolders, ignore_progress
from schemas.settings import Settings
from taxonomy_sample.materialise import materialise
from tests.benchmarks.taxonomy import WORDS, git, skill_text

REPEATS = 3


def main() -> None:
    from prefect import flow

    @flow
    def empty() -> None:
        """Prefect's own costs."""

    with tempfile.TemporaryDirectory() as folder:
        settings = sample_settings(Path(folder))
        from flows.retrain import retrain

        first = seconds_of(lambda: retrain(settings))
        say(f"first run: {first:.1f} s")
        empty_seconds = median_of(empty)
        began = time.process_time()
        nothing = median_of(lambda: retrain(settings))
        nothing_cpu = (time.process_time() - began) / REPEATS
        (Path(folder) / "workspace" / "ledger.jsonl").unlink()
        began = time.process_time()
        whole = seconds_of(lambda: retrain(settings))
        whole_cpu = time.process_time() - began
        began = time.process_time()
        plain = seconds_of(lambda: run_plainly(settings))
        plain_cpu = time.process_time() - began
    report = {
        "first_run_seconds": round(first, 2),
        "empty_flow_seconds": round(empty_seconds, 2),
        "nothing_changed_seconds": round(nothing, 2),
        "nothing_changed_cpu_seconds": round(nothing_cpu, 2),
        "nothing_changed_beyond_empty_flow_seconds": round(nothing - empty_seconds, 2),
        "finished_dag_seconds": round(whole, 2),
        "finished_stages_as_plain_functions_seconds": round(plain, 2),
        "orchestration_seconds": round(whole - plain, 2),
        "orchestration_cpu_seconds": round(whole_cpu - plain_cpu, 2),
        "share_of_a_ten_minute_run": round((whole - plain) / 600, 4),
    }
    leaf_nodes = int(sys.argv[1]) if sys.argv[1:] else 0
    if leaf_nodes:
        report["many_leaf_nodes"] = measure_many(leaf_nodes)
    print(json.dumps(report))


def sample_settings(folder: Path) -> Settings:
    """The sample taxonomy and a student that is trained in seconds."""
    taxonomy = materialise(folder / "sample")
    return Settings.model_validate(
        {
            "workspace": str(folder / "workspace"),
            "taxonomy": {"path": str(taxonomy), "documents": {"local": "siblings"}},
            "train": {"epochs": 0.2, "hidden_size": 32, "layers": 1},
            "evaluate": {"max_new_tokens": 4},
            "scan": {"blocked_share_limit": 1},  # made-up skills resemble each other
        }
    )


def run_plainly(settings: Settings) -> None:
    """The stages of the finished run, as functions: the diff is made, the others are read, the report is written."""
    from flows.report.page import render_report
    from flows.run import begin_run
    from flows.workspace import open_workspace, versions
    from schemas.student_contracts import RunSummary
    from tasks.dataset_files.jsonl import is_intact
    from tasks.dataset_files.references import files_of
    from tasks.taxonomy_diff.change import find_change

    with open_workspace(settings) as workspace:
        run = begin_run(settings, workspace)
        folders = StageFolders(folder=f"{workspace.storage}/stages/taxonomy_diff", cache=f"{workspace.storage}/cache")
        find_change(run.taxonomy_request(), folders, ignore_progress)
        manifest = sorted(workspace.root.glob("runs/*/manifest.json"))[-1]
        values = json.loads(manifest.read_text(encoding="utf-8"))
        summary = RunSummary.model_validate({name: values[name] for name in RunSummary.model_fields if name in values})
        assert all(is_intact(file) for file in files_of(summary))
        render_report(summary, settings, versions())


def measure_many(leaf_nodes: int) -> dict[str, float | int]:
    """A run up to its samples over so many new leaf nodes, and what it left in Prefect's database."""
    from prefect import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    from flows.retrain import retrain

    ids: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = sample_settings(Path(folder))
        make_skills(Path(folder) / "many", leaf_nodes)
        settings = settings.model_copy(update={"taxonomy": settings.taxonomy.model_copy(update={"path": f"{folder}/many"})})
        began = time.perf_counter()
        state = retrain(settings, up_to="samples", return_state=True)
        state.result()  # raises what the run failed with
        took = time.perf_counter() - began
        ids.append(str(state.state_details.flow_run_id))
    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=ids))  # type: ignore[arg-type]
        tasks = client.read_task_runs(flow_run_filter=wanted)
        artifacts = client.request("POST", "/artifacts/filter", json={"artifacts": {"flow_run_id": {"any_": ids}}}).json()
    return {
        "leaf_nodes": leaf_nodes,
        "seconds": round(took, 1),
        "task_runs": len(tasks),
        "artifacts": len(artifacts),
        "artifact_bytes": sum(len(json.dumps(each["data"])) for each in artifacts),
    }


def make_skills(path: Path, leaf_nodes: int) -> None:
    """A taxonomy of so many skills, written by one ``git fast-import``."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    stream = [b"commit refs/heads/main\ncommitter a <a@example.org> 1767323045 +0000\ndata 0\n"]
    for number in range(leaf_nodes):
        folder = f"compositional_skills/{WORDS[number % 10]}/leaf_{number}"
        texts = {"qna.yaml": skill_text(number, ""), "attribution.txt": f"Title of work: leaf {number}\nLicense: CC0-1.0\n"}
        for name, text in texts.items():
            stream.append(f"M 100644 inline {folder}/{name}\ndata {len(text.encode())}\n{text}\n".encode())
    git(path, "fast-import", "--quiet", stdin=b"".join(stream))


def seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_of(work: Callable[[], object]) -> float:
    return statistics.median(seconds_of(work) for _ in range(REPEATS))


def say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    main()
