"""Several worker processes make the student that one makes, stop after the same step, and go on exactly."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from train_rows import SMALL, make_request
from train_runs import largest_difference, run, untimed_log

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

    config = tmp_path / "train" / "run.json"

    def kill_one(progress: Progress) -> None:
        if progress.done > 3:
            workers = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if is_worker(pid, config)]
            os.kill(max(workers), signal.SIGKILL)

    with pytest.raises(TrainingError, match=r"killed, most likely for want of memory\. Lower train\.micro_batch_tokens"):
        train_student(request, folders(tmp_path / "train"), kill_one)
    end = time.monotonic() + 20
    while any(is_worker(int(pid), config) for pid in filter(str.isdigit, os.listdir("/proc"))):
        assert time.monotonic() < end, "a process was left behind"
        time.sleep(0.1)


def is_worker(pid: int, config: Path) -> bool:
    """Whether a process is a rank of the training with this configuration."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"tasks.train.worker" in words and b"torch" not in words and str(config).encode() in words and state != "Z"


def two_machines(**fields: object) -> TrainSettings:
    """Settings of a training on two machines that meet on this one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return SMALL.model_copy(update={"nodes": 2, "rendezvous": f"127.0.0.1:{free.getsockname()[1]}", **fields})


@contextmanager
def other_machine(request: TrainRequest, folder: Path) -> Iterator[int]:
    """The second machine's parent, a process of its own; how it ended is written to ``other.txt``."""
    pid = os.fork()
    if pid == 0:
        try:
            train_student(request, folders(folder / "train"), ignore_progress)
            said = "done"
        except BaseException as error:  # whatever it is, the test wants to read it
            said = f"{type(error).__name__}: {error}"
        (folder / "other.txt").write_text(said)
        os._exit(0)
    try:
        yield pid
    finally:
        end = time.monotonic() + 60
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)


@pytest.mark.slow
def test_two_machines_meet_and_make_the_student_that_one_makes(tmp_path: Path) -> None:
    request = make_request(tmp_path, train=two_machines())
    one = train_alone(tmp_path / "one")
    with other_machine(request, tmp_path):
        two = train_student(request, folders(tmp_path / "train"), ignore_progress)
    assert (tmp_path / "other.txt").read_text() == "done"
    assert np.allclose(losses(one), losses(two), rtol=1e-4)
    assert largest_difference(one, two) < 2e-6  # sums in another order; the weights move by up to 0.05


@pytest.mark.slow
def test_a_machine_that_dies_ends_the_other_with_the_reason(tmp_path: Path) -> None:
    request = make_request(tmp_path, train=two_machines(epochs=400, micro_batch_tokens=16))

    def kill_one(progress: Progress) -> None:
        if progress.done > 3:
            here = next((tmp_path / "train" / "machines").glob(f"*-{os.getpid()}")) / "run.json"
            mine = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if is_worker(pid, here)]
            os.kill(mine[0], signal.SIGKILL)

    with (
        other_machine(request, tmp_path),
        pytest.raises(TrainingError, match=r"killed, most likely for want of memory\. Lower train\.micro_batch_tokens"),
    ):
        train_student(request, folders(tmp_path / "train"), kill_one)
    said = (tmp_path / "other.txt").read_text()
    assert said.startswith("TrainingError: another machine of this training ended, or cannot be reached")
    assert "training goes on from the last saved step" in said


def test_machines_that_know_no_meeting_place_are_refused(tmp_path: Path) -> None:
    request = make_request(tmp_path, train=SMALL.model_copy(update={"nodes": 2}))
    with pytest.raises(UsageError, match=r"train\.rendezvous names no HOST:PORT"):
        train_student(request, folders(tmp_path / "train"), ignore_progress)


def test_a_missing_accelerate_configuration_is_refused(tmp_path: Path) -> None:
    request: TrainRequest = make_request(tmp_path, train=SMALL.model_copy(update={"accelerate_config": "/nowhere/fsdp.yaml"}))
    with pytest.raises(UsageError, match="there is no file /nowhere/fsdp.yaml"):
        train_student(request, folders(tmp_path / "train"), ignore_progress)
