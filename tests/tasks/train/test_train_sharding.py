"""Weights spread over processes: the student of one process comes out, also after a kill; what cannot be is refused."""

import importlib.util
import os
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from test_train_killed import KILLER
from train_rows import SMALL, make_request
from train_runs import largest_difference, run, untimed_log

from schemas.contracts import Progress, StageFolders, ignore_progress
from schemas.errors import TrainingError, UsageError
from schemas.student_contracts import Trained, TrainRequest
from schemas.student_settings import TrainSettings
from tasks.train.accelerate_config import AccelerateConfig, read_accelerate_config, require_spreadable
from tasks.train.sharding import require_hardware, require_spread
from tasks.train.train import train_student

FSDP = """
compute_environment: LOCAL_MACHINE
distributed_type: FSDP
use_cpu: true
mixed_precision: 'no'
fsdp_config:
  fsdp_version: 2
  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP
  fsdp_transformer_layer_cls_to_wrap: LlamaDecoderLayer
  fsdp_state_dict_type: SHARDED_STATE_DICT
  fsdp_reshard_after_forward: true
"""
DEEPSPEED = """
compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
use_cpu: true
mixed_precision: 'no'
deepspeed_config: {zero_stage: 2, offload_optimizer_device: none, offload_param_device: none, zero3_init_flag: false}
"""
SAME = 2e-6
"""Largest difference of two weights: sums of gradients in another order, over twenty steps that move weights by up to 0.05."""


def spread(folder: Path, content: str = FSDP, **fields: object) -> TrainSettings:
    file = folder / "accelerate.yaml"
    file.write_text(content)
    return SMALL.model_copy(update={"processes": 2, "accelerate_config": str(file), **fields})


def train(request: TrainRequest, folder: Path, seen: list[Progress] | None = None) -> Trained:
    report = ignore_progress if seen is None else seen.append
    return train_student(request, StageFolders(folder=str(folder), cache=str(folder)), report)


@pytest.mark.slow
def test_spread_weights_make_the_student_of_one_process_and_go_on_exactly_after_a_kill(tmp_path: Path, monkeypatch) -> None:
    request = make_request(tmp_path, train=spread(tmp_path, micro_batch_tokens=48))
    (tmp_path / "killer").mkdir()
    (tmp_path / "killer" / "sitecustomize.py").write_text(KILLER.format(steps={"between": 6}))
    with monkeypatch.context() as dying:
        dying.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path / "killer"), str(Path(__file__).parents[3]))))
        with pytest.raises(TrainingError, match="was killed"):
            train(request, tmp_path / "parts")
    saved = tmp_path / "parts" / "work" / "steps" / "curriculum" / "checkpoint-6"
    parts_of_weights = sorted(file.name for file in saved.glob("pytorch_model_fsdp_0/*.distcp"))
    assert [name.split("_")[2] for name in parts_of_weights] == ["0", "1"]  # each process wrote its own part
    seen: list[Progress] = []
    parts = train(request, tmp_path / "parts", seen)
    assert min(progress.done for progress in seen) == 7
    whole, alone = train(request, tmp_path / "whole"), run(make_request(tmp_path), tmp_path / "alone")
    assert parts.checkpoint.sha256 == whole.checkpoint.sha256
    assert untimed_log(parts) == untimed_log(whole)
    assert whole.base.sha256 == alone.base.sha256
    assert largest_difference(whole, alone) < SAME


@pytest.mark.slow
def test_adapters_on_spread_weights_are_those_of_one_process(tmp_path: Path) -> None:
    base = run(make_request(tmp_path), tmp_path / "base").checkpoint.path
    settings = SMALL.model_copy(update={"base": base, "method": "lora", "lora_rank": 4})
    alone = run(make_request(tmp_path, train=settings), tmp_path / "alone")
    spreading = spread(tmp_path).model_copy(update={"base": base, "method": "lora", "lora_rank": 4})
    whole = train(make_request(tmp_path, train=spreading), tmp_path / "whole")
    assert largest_difference(whole, alone) < SAME
    assert whole.adapter is not None
    assert alone.adapter is not None
    assert whole.adapter.parameters == alone.adapter.parameters


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("deepspeed") is None, reason="deepspeed is not installed")
def test_deepspeed_makes_the_student_of_one_process(tmp_path: Path) -> None:
    whole = train(make_request(tmp_path, train=spread(tmp_path, DEEPSPEED)), tmp_path / "whole")
    assert largest_difference(whole, run(make_request(tmp_path), tmp_path / "alone")) < SAME


@pytest.mark.skipif(importlib.util.find_spec("deepspeed") is not None, reason="deepspeed is installed")
def test_deepspeed_that_is_not_installed_is_said_before_a_worker_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="asks for DeepSpeed, which is not installed: pip install deepspeed"):
        train(make_request(tmp_path, train=spread(tmp_path, DEEPSPEED)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (FSDP, {"processes": 1}, "one process to hold the weights"),
        (FSDP, {"method": "qlora"}, "qlora cannot be trained with weights spread by FSDP"),
        (FSDP, {"method": "osf"}, "osf cannot be trained with weights spread by FSDP"),
        ("- a list", {}, "is no configuration of accelerate"),
        ("a: [", {}, "is no configuration of accelerate"),
        ("fsdp_config: {fsdp_version: two}", {}, "is no configuration of accelerate"),
    ],
)
def test_what_cannot_be_spread_is_refused(content: str, fields: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        require_spreadable(spread(tmp_path, content, **fields))


def test_the_fields_that_count_are_read_and_the_rest_is_left_alone(tmp_path: Path) -> None:
    file = Path(spread(tmp_path).accelerate_config or "")
    assert read_accelerate_config(file) == AccelerateConfig("FSDP", 2)
    file.write_text('{"distributed_type": "MULTI_GPU", "anything": [1]}')
    assert read_accelerate_config(file) == AccelerateConfig("MULTI_GPU", 1)
    assert not read_accelerate_config(file).spreads


@pytest.mark.parametrize("version", ["1", None])
def test_fsdp_1_is_refused_where_there_is_no_gpu(version: str | None, monkeypatch) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    require_hardware()
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")  # as accelerate's launcher says it
    monkeypatch.delenv("FSDP_VERSION", raising=False)
    if version is not None:
        monkeypatch.setenv("FSDP_VERSION", version)
    with pytest.raises(UsageError, match="FSDP 1 needs a GPU"):
        require_hardware()
    monkeypatch.setenv("FSDP_VERSION", "2")
    require_hardware()


def test_deepspeeds_third_stage_is_refused_where_there_is_no_gpu(monkeypatch) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    monkeypatch.setenv("ACCELERATE_USE_DEEPSPEED", "true")  # as accelerate's launcher says it
    monkeypatch.setenv("ACCELERATE_DEEPSPEED_ZERO_STAGE", "3")
    with pytest.raises(UsageError, match="stage 3 needs a GPU"):
        require_hardware()
    monkeypatch.setenv("ACCELERATE_DEEPSPEED_ZERO_STAGE", "2")
    require_hardware()


def test_a_model_that_each_process_holds_whole_is_not_taken_for_a_spread_one(monkeypatch) -> None:
    model, accelerator = torch.nn.Linear(2, 2), Accelerator(cpu=True)
    require_spread(model, accelerator)  # nobody asked for it
    for name in ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"):
        with monkeypatch.context() as asked:
            asked.setenv(name, "true")
            with pytest.raises(UsageError, match="is asked for, but"):
                require_spread(model, accelerator)
