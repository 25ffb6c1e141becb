"""What the worker does: it learns, repeats itself exactly, goes on after an interruption, and accounts for every sample."""

from pathlib import Path

import pytest
import torch
from train_rows import FACTS, SMALL, boat_samples, make_request, make_sample
from train_runs import interrupt, resume, run

from schemas.errors import TrainingError
from schemas.records import Rejected, TrainStep
from schemas.student_contracts import Trained, TrainRequest
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.checkpoint_files import describe_checkpoint
from tasks.student_model.generate import answer_conversations
from tasks.student_model.load_student import load_student
from tasks.student_model.messages import Message
from tasks.train import student_trainer


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainRequest, Trained]:
    """A student that learned the boat: trained once for all tests that only look."""
    folder = tmp_path_factory.mktemp("boat")
    settings = SMALL.model_copy(update={"hidden_size": 64, "epochs": 40, "batch_tokens": 256})
    request = make_request(folder, train=settings)
    return request, run(request, folder / "run")


def test_a_student_learns_its_samples_and_the_untrained_base_knows_nothing(learned) -> None:
    conversations = [[Message(role="user", content=f"What is the {name} of the Heron?")] for name in FACTS]
    student, base = (
        answer_conversations(load_student(checkpoint.path), conversations, 8, 4)
        for checkpoint in (learned[1].checkpoint, learned[1].base)
    )
    assert student == list(FACTS.values())
    assert not set(base) & set(FACTS.values())


def test_the_log_is_a_loss_curve_up_to_the_last_step(learned) -> None:
    rows = list(read_dataset(learned[1].log, TrainStep))
    assert rows[-1].step == learned[1].steps
    assert rows[-1].tokens == learned[1].tokens
    assert rows[-1].epoch == learned[0].train.epochs
    assert rows[-1].loss < 0.3 * rows[0].loss
    assert [row.step for row in rows] == sorted(row.step for row in rows)
    assert all(row.seconds >= 0 for row in rows)


def test_the_checkpoint_is_complete_and_carries_no_place(learned) -> None:
    folder = Path(learned[1].checkpoint.path)
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"} <= {f.name for f in folder.iterdir()}
    assert not any(str(folder.parent).encode() in file.read_bytes() for file in folder.iterdir())
    assert describe_checkpoint(folder) == learned[1].checkpoint
    assert learned[1].base.parameters == learned[1].checkpoint.parameters


def test_nothing_but_results_is_left_in_the_folder(learned) -> None:
    names = {file.name for file in Path(learned[1].checkpoint.path).parent.iterdir()}
    assert names == {"base", "student", "log.jsonl", "over_long.jsonl", "plan.json", "progress.jsonl"}


def test_the_same_request_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    one, other = (run(make_request(tmp_path), tmp_path / name) for name in ("one", "other"))
    assert one.checkpoint.sha256 == other.checkpoint.sha256
    assert one.base.sha256 == other.base.sha256
    reseeded = run(make_request(tmp_path, train=SMALL.model_copy(update={"seed": 8})), tmp_path / "reseeded")
    assert reseeded.base.sha256 != one.base.sha256


@pytest.mark.parametrize("stops", [(3,), (2, 5)])
def test_an_interrupted_run_goes_on_to_the_same_weights_and_the_same_log(tmp_path: Path, stops: tuple[int, ...]) -> None:
    request = make_request(tmp_path)
    whole = run(request, tmp_path / "whole")
    for stop in stops:
        interrupt(request, tmp_path / "parts", stop)
    parts, steps = resume(request, tmp_path / "parts")
    assert steps == list(range(stops[-1] + 1, whole.steps + 1))
    assert parts.checkpoint.sha256 == whole.checkpoint.sha256
    untimed = [[row.model_copy(update={"seconds": 0}) for row in read_dataset(file.log, TrainStep)] for file in (whole, parts)]
    assert untimed[0] == untimed[1]


def test_a_torn_save_is_ignored(tmp_path: Path) -> None:
    request = make_request(tmp_path)
    whole = run(request, tmp_path / "whole")
    interrupt(request, tmp_path / "parts", 4)
    (torn,) = (tmp_path / "parts" / "work" / "steps").glob("*/checkpoint-*")
    (torn / "optimizer.pt").write_bytes(b"half")
    parts, steps = resume(request, tmp_path / "parts")
    assert steps[0] == 1
    assert parts.checkpoint.sha256 == whole.checkpoint.sha256


def test_over_long_samples_are_set_aside_with_the_reason(tmp_path: Path) -> None:
    long = make_sample("What is said of the Heron?", "It is a boat. " * 40)
    trained = run(make_request(tmp_path, [*boat_samples(), long]), tmp_path / "run")
    (rejected,) = read_dataset(trained.over_long, Rejected)
    assert (rejected.id, rejected.reason, rejected.row["answer"]) == (long.id, "over_long", long.answer)
    assert trained.samples == len(boat_samples())


def test_samples_that_are_all_over_long_say_what_to_raise(tmp_path: Path) -> None:
    long = make_sample("What is said of the Heron?", "It is a boat. " * 40)
    with pytest.raises(TrainingError, match=r"all 1 samples are longer than train\.max_length"):
        run(make_request(tmp_path, [long]), tmp_path / "run")


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_samples(tmp_path: Path, monkeypatch) -> None:
    def overflow(self, model, part, labelled):
        return loss(self, model, part, labelled) * float("nan")

    loss = student_trainer.StudentTrainer.part_loss
    monkeypatch.setattr(student_trainer.StudentTrainer, "part_loss", overflow)
    with pytest.raises(TrainingError, match=r"loss is nan at step 1 \(samples .*\)\. Lower train\.learning_rate"):
        run(make_request(tmp_path), tmp_path / "run")


def test_the_loss_curve_is_written_for_tensorboard_where_asked(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trained = run(make_request(tmp_path, train=SMALL.model_copy(update={"tensorboard": True})), tmp_path / "run")
    (file,) = (tmp_path / "run" / "tensorboard").rglob("events.*")
    events = EventAccumulator(str(file)).Reload().Scalars("train/loss")
    assert [event.step for event in events] == [row.step for row in read_dataset(trained.log, TrainStep)]


def test_too_little_memory_names_the_settings_to_change(tmp_path: Path, monkeypatch) -> None:
    def overflow(self, model, part, labelled):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(student_trainer.StudentTrainer, "part_loss", overflow)
    expected = r"^training ran out of memory\. Lower train\.micro_batch_tokens below 96 .*gradient_checkpointing=true.*lora\.$"
    with pytest.raises(TrainingError, match=expected):
        run(make_request(tmp_path), tmp_path / "run")


def test_training_goes_on_from_a_given_checkpoint_with_its_tokenizer(learned, tmp_path: Path) -> None:
    start = learned[1].checkpoint
    new = [make_sample("What is the keel of the Heron?", "oak")]
    trained = run(make_request(tmp_path, new, start=start), tmp_path / "run")
    assert trained.base == start
    assert trained.checkpoint.sha256 != start.sha256
    assert (Path(trained.checkpoint.path) / "tokenizer.json").read_bytes() == (Path(start.path) / "tokenizer.json").read_bytes()
