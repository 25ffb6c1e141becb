"""The stage as the flow sees it: a light parent, a worker process, an account of every sample."""

import subprocess
import sys
from pathlib import Path

import pytest
from train_rows import SMALL, boat_samples, make_request, make_sample

from schemas.contracts import Checkpoint, Progress, StageFolders, ignore_progress
from schemas.errors import DamagedFileError, TrainingError
from tasks.student_model.checkpoint_files import require_intact
from tasks.train.train import train_student


def folders(path: Path) -> StageFolders:
    return StageFolders(folder=str(path / "train"), cache=str(path / "cache"))


def test_a_worker_process_trains_reports_and_accounts_for_every_sample(tmp_path: Path) -> None:
    long = make_sample("What is said of the Heron?", "It is a boat. " * 40)
    seen: list[Progress] = []
    trained = train_student(make_request(tmp_path, [*boat_samples(), long]), folders(tmp_path), seen.append)
    assert (trained.samples, trained.over_long.rows) == (len(boat_samples()), 1)
    require_intact(trained.checkpoint)
    require_intact(trained.base)
    assert seen[-1].done == seen[-1].total == trained.steps
    assert seen[-1].note.startswith("loss ")
    assert trained.cpu_seconds > 0


def test_the_parent_imports_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, tasks.train.train, tasks.evaluate.evaluate; print({'torch', 'transformers', 'datasets'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert said.stdout.strip() == "set()"


def test_a_curriculum_without_samples_is_refused(tmp_path: Path) -> None:
    request = make_request(tmp_path, [])
    with pytest.raises(TrainingError, match="not one sample"):
        train_student(request, folders(tmp_path), ignore_progress)


def test_a_base_with_pickled_weights_is_refused_before_a_worker_starts(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "config.json").write_text("{}")
    (base / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    request = make_request(tmp_path, train=SMALL.model_copy(update={"base": str(base)}))
    with pytest.raises(TrainingError, match="pickled weights"):
        train_student(request, folders(tmp_path), ignore_progress)
    assert not (tmp_path / "train").exists()


def test_a_start_that_is_gone_is_refused(tmp_path: Path) -> None:
    request = make_request(tmp_path, start=Checkpoint(path=str(tmp_path / "gone"), sha256="0" * 64, parameters=1))
    with pytest.raises(DamagedFileError, match="gone"):
        train_student(request, folders(tmp_path), ignore_progress)
