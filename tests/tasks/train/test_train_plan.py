"""The plan: what it counts, that it costs no step, and how near its memory is."""

from pathlib import Path

import pytest
from train_rows import SMALL, boat_samples, make_request, make_sample
from train_runs import run

from schemas.records import Rejected
from schemas.student_contracts import TrainPlan
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.worker_link import WorkerLink
from tasks.train.token_files import open_tokens
from tasks.train.train_run import TrainRun
from tasks.train.worker import train

LONG = make_sample("What is said of the Heron?", "It is a boat. " * 40)


def plan(folder: Path, **fields) -> TrainPlan:
    request = make_request(folder, [*boat_samples(), LONG], **fields)
    planned = train(TrainRun(request=request, folder=str(folder), plan_only=True), WorkerLink(folder))
    assert isinstance(planned, TrainPlan)
    return planned


def test_a_plan_counts_what_the_training_then_does_and_is_written_before_it(tmp_path: Path) -> None:
    planned = plan(tmp_path)
    trained = run(make_request(tmp_path, [*boat_samples(), LONG]), tmp_path / "run")
    assert trained.plan == planned
    assert TrainPlan.model_validate_json((tmp_path / "run" / "plan.json").read_bytes()) == planned
    (phase,) = planned.phases
    assert (phase.samples, planned.over_long) == (trained.samples, trained.over_long.rows) == (len(boat_samples()), 1)
    assert (planned.steps, planned.tokens) == (trained.steps, trained.tokens)
    assert planned.parameters == planned.trainable == trained.checkpoint.parameters
    assert phase.tokens <= phase.padded_tokens
    assert planned.longest <= SMALL.max_length


def test_a_plan_takes_no_step(tmp_path: Path) -> None:
    plan(tmp_path)
    assert not (tmp_path / "student").exists()
    assert not (tmp_path / "work" / "steps").exists()


@pytest.mark.parametrize(
    ("smaller", "larger", "part"),
    [
        ({"batch_tokens": 96}, {"batch_tokens": 192}, "activations"),
        ({"gradient_checkpointing": True, "layers": 4}, {"layers": 4}, "activations"),
        ({"micro_batch_tokens": 32}, {}, "activations"),
        ({"method": "lora", "lora_rank": 4}, {}, "optimizer"),
        ({"method": "osf"}, {}, "gradients"),
        ({"method": "qlora", "lora_rank": 2, "hidden_size": 128}, {"hidden_size": 128}, "weights"),
    ],
)
def test_the_memory_falls_with_the_setting_that_is_to_lower_it(smaller: dict, larger: dict, part: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = plan(tmp_path / "one", train=SMALL.model_copy(update=smaller)).memory
    two = plan(tmp_path / "two", train=SMALL.model_copy(update=larger)).memory
    assert getattr(one, part) < getattr(two, part)
    assert one.total == one.weights + one.gradients + one.optimizer + one.activations


def test_over_long_samples_are_written_out_by_the_plan_as_well(tmp_path: Path) -> None:
    plan(tmp_path)
    (rejected,) = read_dataset(open_tokens(tmp_path).over_long, Rejected)
    assert rejected.reason == "over_long"
