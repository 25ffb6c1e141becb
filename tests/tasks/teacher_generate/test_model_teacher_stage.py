"""The whole stage with a served teacher: killed at any moment, it ends with the same files."""

import os
import signal
import subprocess
import sys
import time

import pytest

from schemas.contracts import GenerateRequest, StageFolders, ignore_progress
from schemas.records import Chunk, LeafNode, SeedExample
from tasks.dataset_files.jsonl import write_dataset
from tasks.teacher_generate.generate import generate_samples
from tests.tasks.chat_model.scripted_server import Reply, ScriptedServer
from tests.tasks.teacher_generate.model_teacher_scenes import good_answer, material_of, teacher_of

STAGE = """
import sys
from schemas.contracts import GenerateRequest, StageFolders, ignore_progress
from tasks.teacher_generate.generate import generate_samples
folders = StageFolders(folder=sys.argv[2] + "/out", cache=sys.argv[2] + "/cache")
generate_samples(GenerateRequest.model_validate_json(sys.argv[1]), folders, ignore_progress)
"""


def request_of(folder, teacher) -> GenerateRequest:
    leaves = [material_of("knowledge", str(number)) for number in range(3)] + [material_of("grounded_skill")]
    return GenerateRequest(
        leaf_nodes=write_dataset(f"{folder}/leaves.jsonl", LeafNode, [each.leaf for each in leaves]),
        seed_examples=write_dataset(f"{folder}/seeds.jsonl", SeedExample, [s for each in leaves for s in each.seed_examples]),
        chunks=write_dataset(f"{folder}/chunks.jsonl", Chunk, [c for each in leaves for c in each.chunks]),
        teacher=teacher,
        taxonomy_commit="c" * 40,
    )


def run_here(request, folder):
    folders = StageFolders(folder=f"{folder}/out", cache=f"{folder}/cache")
    return generate_samples(request, folders, ignore_progress)


@pytest.mark.parametrize("requests_before_the_kill", [1, 60, 170])
def test_killed_at_any_moment_it_ends_with_the_same_files_and_pays_only_what_was_in_flight(tmp_path, requests_before_the_kill):
    def script(asked):
        return Reply(text=good_answer(asked).text, delay_seconds=0.01)

    with ScriptedServer(script) as server:
        request = request_of(tmp_path, teacher_of(server))
        undisturbed = run_here(request, tmp_path / "undisturbed")
        paid = len(server.asked)
        command = [sys.executable, "-c", STAGE, request.model_dump_json(), str(tmp_path / "killed")]
        with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "."}) as process:
            while len(server.asked) < paid + min(requests_before_the_kill, paid - 1) and process.poll() is None:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        resumed = run_here(request, tmp_path / "killed")
        assert (resumed.samples.sha256, resumed.drafts) == (undisturbed.samples.sha256, undisturbed.drafts)
        assert resumed.rejected.sha256 == undisturbed.rejected.sha256
        assert len(server.asked) <= 2 * paid + 16  # sixteen slots
        again = run_here(request, tmp_path / "killed")
        assert len(again.reused_leaf_nodes) == 4
        assert again.usage.requests == 0
