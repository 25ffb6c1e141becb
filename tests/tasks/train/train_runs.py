"""Training in this process, for tests: whole, interrupted, resumed."""

from pathlib import Path

import pytest
from safetensors.torch import load_file

from schemas.records import TrainStep
from schemas.student_contracts import Trained, TrainRequest
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.worker_link import Interrupted, WorkerLink
from tasks.train.train_run import TrainRun
from tasks.train.worker import train


class StopAfter(WorkerLink):
    """A link that remembers the steps, and whose parent asks for an end after so many."""

    def __init__(self, folder: Path, steps: int) -> None:
        super().__init__(folder)
        self._steps = steps
        self.seen: list[int] = []

    def report(self, done: int, total: int | None, unit: str, note: str = "") -> None:
        super().report(done, total, unit, note)
        self.seen.append(done)
        self.interrupted = done >= self._steps


def run(request: TrainRequest, folder: Path, link: WorkerLink | None = None) -> Trained:
    folder.mkdir(exist_ok=True)
    trained = train(TrainRun(request=request, folder=str(folder)), link or WorkerLink(folder))
    assert isinstance(trained, Trained)
    return trained


def interrupt(request: TrainRequest, folder: Path, after: int) -> None:
    folder.mkdir(exist_ok=True)
    with pytest.raises(Interrupted):
        run(request, folder, StopAfter(folder, after))


def resume(request: TrainRequest, folder: Path) -> tuple[Trained, list[int]]:
    """What an uninterrupted attempt in the same folder returns, and the steps that it took."""
    link = StopAfter(folder, 10**9)
    return run(request, folder, link), link.seen


def largest_difference(one: Trained, other: Trained) -> float:
    """Of two students' weights, weight by weight."""
    first, second = (load_file(f"{trained.checkpoint.path}/model.safetensors") for trained in (one, other))
    assert first.keys() == second.keys()
    return max(float((first[name] - second[name]).abs().max()) for name in first)


def untimed_log(trained: Trained) -> list[TrainStep]:
    """The loss curve without the clock."""
    return [row.model_copy(update={"seconds": 0}) for row in read_dataset(trained.log, TrainStep)]
