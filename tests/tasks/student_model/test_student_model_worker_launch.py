"""The command line that starts a worker: by itself, for several processes, for several machines."""

import os
from pathlib import Path

from tasks.student_model.worker_launch import ALONE, Launch, folder_of_machine

CONFIG = Path("/runs/run.json")


def words(launch: Launch) -> str:
    return " ".join(launch.command("tasks.train.worker", CONFIG)[1:])


def test_one_process_is_started_without_a_launcher() -> None:
    assert words(ALONE) == f"-P -m tasks.train.worker --config /runs/run.json --parent {os.getpid()}"


def test_several_processes_are_started_by_torch_once_and_never_again() -> None:
    assert words(Launch(processes=2)) == (
        f"-P -m tasks.student_model.worker_launcher --parent {os.getpid()} torch --standalone --nproc-per-node 2 --nnodes 1 "
        "--max-restarts 0 -m tasks.train.worker --config /runs/run.json"
    )


def test_machines_meet_at_the_rendezvous() -> None:
    said = words(Launch(processes=4, nodes=2, rendezvous="gpu-1:29400"))
    assert "--nproc-per-node 4 --nnodes 2" in said
    assert "--rdzv-backend c10d --rdzv-endpoint gpu-1:29400" in said
    assert "--standalone" not in said


def test_a_configuration_of_accelerate_is_started_by_accelerate() -> None:
    said = words(Launch(processes=4, nodes=2, rendezvous="gpu-1:29400", accelerate_config="fsdp.yaml"))
    assert "accelerate --config_file fsdp.yaml --num_processes 8 --num_machines 2" in said
    assert "--main_process_ip gpu-1 --main_process_port 29400" in said
    assert said.endswith("--module tasks.train.worker --config /runs/run.json")


def test_two_runs_of_accelerate_on_a_machine_do_not_share_a_port() -> None:
    said = words(Launch(processes=2, accelerate_config="fsdp.yaml"))
    assert "--num_machines 1" in said
    assert "--rdzv_backend static --main_process_port 0" in said  # 0: a free one


def test_machines_that_share_a_directory_keep_their_own_files_apart(tmp_path: Path) -> None:
    assert folder_of_machine(tmp_path, ALONE) == tmp_path
    assert folder_of_machine(tmp_path, Launch(nodes=2, rendezvous="x:1")).parent == tmp_path / "machines"
