"""Every method trains, leaves what it should, and goes on exactly after an interruption."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from train_rows import FACTS, SMALL, make_request, make_sample
from train_runs import interrupt, resume, run, untimed_log

from schemas.contracts import Checkpoint
from schemas.errors import TrainingError
from schemas.records import TrainStep
from schemas.student_contracts import Trained
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.load_student import load_student
from tasks.train import student_trainer
from tasks.train.methods import add_adapters, four_bits, open_base
from tasks.train.phase_training import Progressed, whole_student
from tasks.train.processes import ALONE
from tasks.train.train_plan import adapted_layers

METHODS = ("full", "lora", "qlora", "osf")
needs_four_bits = pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="the extra bnb is not installed")
NEW = [make_sample(f"What is the {name} of the Tern?", value[::-1]) for name, value in FACTS.items()]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    folder = tmp_path_factory.mktemp("base")
    settings = SMALL.model_copy(update={"hidden_size": 64, "epochs": 20, "batch_tokens": 256})
    return run(make_request(folder, train=settings), folder / "run").checkpoint


@pytest.fixture(scope="module")
def plain(base: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """All weights, every step at once, padded, in float32."""
    folder = tmp_path_factory.mktemp("plain")
    return run(make_request(folder, NEW, train=settings_for("full", base)), folder / "run")


def settings_for(method: str, base: Checkpoint) -> TrainSettings:
    return SMALL.model_copy(update={"base": base.path, "method": method, "lora_rank": 4, "epochs": 3})


def layers_of(checkpoint: Checkpoint) -> list[torch.Tensor]:
    return [layer.weight.detach() for layer in adapted_layers(load_student(checkpoint.path).model)]


def parameters() -> list:
    return [pytest.param(name, marks=needs_four_bits) if name == "qlora" else name for name in METHODS]


@pytest.mark.parametrize("method", parameters())
def test_a_method_learns_and_goes_on_to_the_same_weights_after_an_interruption(method: str, base, tmp_path: Path) -> None:
    request = make_request(tmp_path, NEW, train=settings_for(method, base))
    whole = run(request, tmp_path / "whole")
    interrupt(request, tmp_path / "parts", 2)
    parts, steps = resume(request, tmp_path / "parts")
    assert steps[0] == 3
    assert parts.checkpoint.sha256 == whole.checkpoint.sha256
    assert untimed_log(parts) == untimed_log(whole)
    losses = [row.loss for row in read_dataset(whole.log, TrainStep)]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    assert whole.base == base
    assert whole.checkpoint.parameters == base.parameters
    assert whole.checkpoint.sha256 != base.sha256
    assert (whole.adapter is None) == (method == "full")
    assert whole.plan.trainable == count_changed(method, whole, base)


def count_changed(method: str, trained, base: Checkpoint) -> int:
    """Weights in the adapter, or in the model."""
    return base.parameters if method == "full" else trained.adapter.parameters


@pytest.mark.parametrize("method", ["lora", "osf"])
def test_an_adapter_names_no_place_and_gives_the_merged_student_with_its_base(method: str, base, tmp_path: Path) -> None:
    from peft import PeftModel

    trained = run(make_request(tmp_path, NEW, train=settings_for(method, base)), tmp_path / "run")
    config = json.loads((Path(trained.adapter.path) / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == Path(base.path).name
    assert not any(str(tmp_path).encode() in file.read_bytes() for file in Path(trained.adapter.path).iterdir())
    ids = torch.tensor([[5, 90, 120, 33]])
    adapted = PeftModel.from_pretrained(load_student(base.path).model, trained.adapter.path)(ids).logits
    merged = load_student(trained.checkpoint.path).model(ids).logits
    assert torch.allclose(adapted, merged, atol=1e-4)


def test_all_of_an_adapted_model_is_in_training_mode_at_every_step(base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PEFT's wrapper is born in it, the base that it wraps is not."""
    seen, loss = [], student_trainer.StudentTrainer.part_loss

    def look(trainer, model, *rest):
        seen.append(all(module.training for module in model.modules()))
        return loss(trainer, model, *rest)

    monkeypatch.setattr(student_trainer.StudentTrainer, "part_loss", look)
    run(make_request(tmp_path, NEW, train=settings_for("lora", base)), tmp_path / "run")
    assert seen
    assert all(seen)


def test_an_orthogonal_subspace_leaves_the_strongest_directions_as_they_are(base, tmp_path: Path) -> None:
    trained = run(make_request(tmp_path, NEW, train=settings_for("osf", base)), tmp_path / "run")
    before, after = (layers_of(checkpoint) for checkpoint in (base, trained.checkpoint))
    for weight, changed in zip(before, after, strict=True):
        left, sizes, right = torch.linalg.svd(weight, full_matrices=False)
        kept = len(sizes) // 2
        change = changed - weight
        moved = left[:, :kept].T @ change @ right[:kept].T  # within the kept directions
        assert moved.norm() < 0.05 * change.norm()


@needs_four_bits
def test_a_base_in_four_bits_is_merged_as_it_was_stored(base, tmp_path: Path) -> None:
    trained = run(make_request(tmp_path, NEW, train=settings_for("qlora", base)), tmp_path / "run")
    before, after = (layers_of(checkpoint) for checkpoint in (base, trained.checkpoint))
    for weight, changed in zip(before, after, strict=True):
        change = changed - weight
        assert torch.linalg.matrix_rank(change, rtol=1e-3) <= 4  # the adapter's, and nothing of the rounding to four bits


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_model_that_lay_in_parts_is_put_together_as_it_was_trained(method: str, base) -> None:
    settings = settings_for(method, base)
    student = open_base(Path(base.path), settings, ALONE)
    model = add_adapters(student.model, settings)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.01)
    whole, again = whole_student(Progressed(student, model, [], {}, model.state_dict()), settings, Path(base.path))
    assert whole is not student
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), again.parameters(), strict=True))


def test_without_bitsandbytes_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TrainingError, match=r"qlora needs bitsandbytes: pip install 'labflow\[bnb\]'"):
        four_bits(half=False)


def test_bfloat16_learns_and_keeps_its_weights_in_float32(plain, base, tmp_path: Path) -> None:
    settings = settings_for("full", base).model_copy(update={"precision": "bfloat16"})
    half = run(make_request(tmp_path, NEW, train=settings), tmp_path / "half")
    losses = [[row.loss for row in read_dataset(trained.log, TrainStep)] for trained in (half, plain)]
    assert losses[0] != losses[1]
    assert np.allclose(losses[0], losses[1], rtol=0.1)
    assert load_student(half.checkpoint.path).model.dtype == torch.float32


@pytest.mark.parametrize(
    "change",
    [
        {"micro_batch_tokens": 32},
        {"attention": "flattened"},
        {"attention": "flattened", "micro_batch_tokens": 40},
        {"gradient_checkpointing": True},
    ],
    ids=["in parts", "flattened", "flattened in parts", "recomputed"],
)
def test_how_a_step_is_computed_does_not_change_what_is_learned(change: dict, plain, base, tmp_path: Path) -> None:
    other = run(make_request(tmp_path, NEW, train=settings_for("full", base).model_copy(update=change)), tmp_path / "other")
    losses = [[row.loss for row in read_dataset(trained.log, TrainStep)] for trained in (plain, other)]
    assert np.allclose(losses[0], losses[1], rtol=1e-4)
