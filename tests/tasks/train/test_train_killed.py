"""kill -9 at any moment costs what was in flight, and nothing else."""

import importlib.util
import os
import signal
from pathlib import Path

import pytest
from train_rows import SMALL, make_request
from train_runs import run, untimed_log

from schemas.contracts import Progress, StageFolders
from schemas.errors import TrainingError
from schemas.student_contracts import Trained, TrainRequest
from tasks.train.train import train_student

KILLER = """
import os, signal
from pathlib import Path
from tasks.train import reporter, student_trainer

reporter.SAVE_SECONDS = 0.0  # after every step
STEPS = {steps}
mark, write = student_trainer.mark_complete, student_trainer.Trainer._save_optimizer_and_scheduler

def mark_or_die(checkpoint, request, step, best=None):
    mark(checkpoint, request, step, best)
    if "between" in STEPS and step == STEPS["between"]:
        os.kill(os.getpid(), signal.SIGKILL)

def write_or_die(self, folder):
    write(self, folder)
    if "saving" in STEPS and self.state.global_step == STEPS["saving"]:
        (Path(folder) / "optimizer.pt").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)

student_trainer.mark_complete = mark_or_die
student_trainer.Trainer._save_optimizer_and_scheduler = write_or_die
"""
"""Runs in the worker before it begins: saves after every step, and dies at the one that the test names."""


def train(request: TrainRequest, folder: Path, seen: list[Progress]) -> Trained:
    return train_student(request, StageFolders(folder=str(folder), cache=str(folder)), seen.append)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base for adapters; on a CPU bitsandbytes packs weights of 64 columns at least."""
    folder = tmp_path_factory.mktemp("base")
    return run(make_request(folder, train=SMALL.model_copy(update={"hidden_size": 64})), folder / "run").checkpoint.path


four_bits = pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="the extra bnb is not installed")


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "goes_on_after"), [("between", 6), ("saving", 5)])
@pytest.mark.parametrize("method", ["full", "lora", pytest.param("qlora", marks=four_bits)])
def test_a_killed_worker_goes_on_from_the_last_whole_checkpoint_to_the_same_weights(
    method: str, moment: str, goes_on_after: int, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method_settings = {} if method == "full" else {"base": base, "method": method, "lora_rank": 4}
    request = make_request(tmp_path, train=SMALL.model_copy(update=method_settings))
    (tmp_path / "killer").mkdir()
    (tmp_path / "killer" / "sitecustomize.py").write_text(KILLER.format(steps={moment: 6}))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path / "killer"), str(Path(__file__).parents[3]))))
    with pytest.raises(TrainingError, match="was killed"):
        train(request, tmp_path / "parts", [])
    monkeypatch.delenv("PYTHONPATH")
    saved = tmp_path / "parts" / "work" / "steps" / "curriculum"
    assert (saved / "checkpoint-6").is_dir()
    assert (saved / "checkpoint-6" / "complete.json").exists() == (moment == "between")
    seen: list[Progress] = []
    parts = train(request, tmp_path / "parts", seen)
    assert min(progress.done for progress in seen) == goes_on_after + 1
    whole = run(request, tmp_path / "whole")
    assert parts.checkpoint.sha256 == whole.checkpoint.sha256
    assert untimed_log(parts) == untimed_log(whole)


def test_a_signal_is_what_the_parent_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "killer").mkdir()
    (tmp_path / "killer" / "sitecustomize.py").write_text(f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "killer"))
    with pytest.raises(TrainingError, match=r"killed, most likely for want of memory\. Lower train\.micro_batch_tokens"):
        train(make_request(tmp_path), tmp_path / "run", [])
