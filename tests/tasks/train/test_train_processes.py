"""Several worker processes make the student that one makes, stop after the same step, and go on exactly."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from train_rows import SMALL, make_request
from train_runs import run, untimed_log

from schemas.contracts import Progress, StageFolders, ignore_progress
from schemas.errors import TrainingError, UsageError
from schemas.records import TrainStep
from schemas.student_contracts import Trained, TrainRequest
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.train.train import train_student

LONG = SMALL.model_copy(update={"epochs": 6 * SMALL.epochs})
"""Long enough to be stopped on the way: the parent looks five times a second."""
TWO = LONG.model_copy(update={"processes": 2})


def folders(path: Path) -> StageFolders:
    return StageFolders(folder=str(path), cache=str(path / "cache"))


def train(folder: Path, settings: TrainSettings) -> Trained:
    folder.mkdir()
    return train_student(make_request(folder, train=settings), folders(folder / "train"), ignore_progress)


def train_alone(folder: Path, settings: TrainSettings = SMALL) -> Trained:
    """In this process."""
    folder.mkdir()
    return run(make_request(folder, train=settings), folder / "train")


def losses(trained: Trained) -> list[float]:
    return [row.loss for row in read_dataset(trained.log, TrainStep)]


class Stopped(Exception):
    """The parent was asked to end."""


def stop_after(steps: int):
    def report(progress: Progress) -> None:
        if progress.done >= steps:
            raise Stopped

    return report


@pytest.mark.slow
def test_two_processes_make_the_student_that_one_makes_and_go_on_exactly_after_an_interruption(tmp_path: Path) -> None:
    one, two = train_alone(tmp_path / "one", LONG), train(tmp_path / "two", TWO)
    assert two.steps == one.steps
    assert np.allclose(losses(one), losses(two), rtol=1e-4)
    (tmp_path / "parts").mkdir()
    request = make_request(tmp_path / "parts", train=TWO)
    with pytest.raises(Stopped):
        train_student(request, folders(tmp_path / "parts" / "train"), stop_after(5))
    saved = sorted((tmp_path / "parts" / "train" / "work" / "steps" / "curriculum").glob("checkpoint-*"))
    assert [(file / "complete.json").exists() for file in saved] == [True]
    seen: list[Progress] = []
    parts = train_student(request, folders(tmp_path / "parts" / "train"), seen.append)
    assert min(progress.done for progress in seen) > 5
    assert parts.checkpoint.sha256 == two.checkpoint.sha256
    assert untimed_log(parts) == untimed_log(two)


@pytest.mark.slow
def test_a_killed_process_ends_the_others_and_the_next_attempt_goes_on(tmp_path: Path) -> None:
    request = make_request(tmp_path, train=TWO.model_copy(update={"epochs": 200, "micro_batch_tokens": 16}))

    def kill_one(progress: Progress) -> None:
        if progress.done > 3:
            workers = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if is_worker(pid, tmp_path)]
            os.kill(max(workers), signal.SIGKILL)

    with pytest.raises(TrainingError, match=r"killed, most likely for want of memory\. Lower train\.micro_batch_tokens"):
        train_student(request, folders(tmp_path / "train"), kill_one)
    end = time.monotonic() + 20
    while any(is_worker(int(pid), tmp_path) for pid in filter(str.isdigit, os.listdir("/proc"))):
        assert time.monotonic() < end, "a process was left behind"
        time.sleep(0.1)


def is_worker(pid: int, folder: Path) -> bool:
    """Whether a process is a rank of the training in this folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return (
        b"tasks.train.worker" in words
        and b"torch" not in words
        and str(folder / "train" / "run.json").encode() in words
        and state != "Z"
    )


@pytest.mark.slow
def test_two_machines_meet_and_make_the_student_that_one_makes(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = SMALL.model_copy(update={"nodes": 2, "rendezvous": f"127.0.0.1:{port}"})
    request = make_request(tmp_path, train=settings)
    results: list[Trained] = []
    one = train_alone(tmp_path / "one")

    def other_machine() -> None:
        pid = os.fork()  # each machine's parent is a process of its own
        if pid == 0:
            try:
                train_student(request, folders(tmp_path / "train"), ignore_progress)
                os._exit(0)
            except BaseException:
                os._exit(1)
        results.append(os.waitpid(pid, 0)[1])  # type: ignore[arg-type]

    other = threading.Thread(target=other_machine)
    other.start()
    two = train_student(request, folders(tmp_path / "train"), ignore_progress)
    other.join(60)
    assert results == [0]
    assert np.allclose(losses(one), losses(two), rtol=1e-4)


def test_machines_that_know_no_meeting_place_are_refused(tmp_path: Path) -> None:
    request = make_request(tmp_path, train=SMALL.model_copy(update={"nodes": 2}))
    with pytest.raises(UsageError, match=r"train\.rendezvous names no HOST:PORT"):
        train_student(request, folders(tmp_path / "train"), ignore_progress)


def test_a_missing_accelerate_configuration_is_refused(tmp_path: Path) -> None:
    request: TrainRequest = make_request(tmp_path, train=SMALL.model_copy(update={"accelerate_config": "/nowhere/fsdp.yaml"}))
    with pytest.raises(UsageError, match="there is no file /nowhere/fsdp.yaml"):
        train_student(request, folders(tmp_path / "train"), ignore_progress)
