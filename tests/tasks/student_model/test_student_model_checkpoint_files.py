"""What a checkpoint directory must hold, and what its digest depends on."""

import json
import os
import shutil
import struct
from pathlib import Path

import pytest

from schemas.errors import DamagedFileError, TrainingError
from tasks.student_model.checkpoint_files import describe_checkpoint, digest_directory, require_intact


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            "a": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]},
            "b": {"dtype": "F32", "shape": [], "data_offsets": [48, 52]},
        }
    ).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(52))
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    return folder


def test_parameters_are_counted_from_the_header(model: Path) -> None:
    assert describe_checkpoint(model).parameters == 13


def test_equal_files_have_an_equal_digest_wherever_and_whenever_they_were_saved(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(model, copy)
    os.utime(copy / "config.json", (0, 0))
    assert digest_directory(copy) == digest_directory(model)


@pytest.mark.parametrize("change", ["content", "name", "new file"])
def test_any_change_changes_the_digest_and_is_noticed(model: Path, change: str) -> None:
    recorded = describe_checkpoint(model)
    if change == "content":
        (model / "config.json").write_text("{ }")
    elif change == "name":
        (model / "tokenizer.json").rename(model / "tokenizer2.json")
    else:
        (model / "extra").touch()
    with pytest.raises(DamagedFileError, match="not the one that was recorded"):
        require_intact(recorded)


def test_an_absent_checkpoint_is_noticed(model: Path) -> None:
    recorded = describe_checkpoint(model)
    shutil.rmtree(model)
    with pytest.raises(DamagedFileError, match="gone"):
        require_intact(recorded)


def test_pickled_weights_are_refused(model: Path) -> None:
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(TrainingError, match=r"pytorch_model\.bin holds pickled weights.*safetensors"):
        describe_checkpoint(model)


@pytest.mark.parametrize(
    ("missing", "said"),
    [("config.json", "no config.json"), ("tokenizer.json", "no tokenizer.json"), ("model.safetensors", "no .*weights")],
)
def test_what_is_missing_is_named(model: Path, missing: str, said: str) -> None:
    (model / missing).unlink()
    with pytest.raises(TrainingError, match=said):
        describe_checkpoint(model)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, struct.pack("<Q", 4) + b"[1]", struct.pack("<Q", 2) + b"[]"])
def test_a_broken_weights_file_is_named(model: Path, content: bytes) -> None:
    (model / "model.safetensors").write_bytes(content)
    with pytest.raises(TrainingError, match="not a safetensors file"):
        describe_checkpoint(model)


def test_no_directory_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"train\.base"):
        describe_checkpoint(tmp_path / "nowhere")


def test_a_model_in_several_files_must_have_them_all(model: Path) -> None:
    shutil.copyfile(model / "model.safetensors", model / "second.safetensors")
    index = model / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model.safetensors", "b": "second.safetensors"}}))
    describe_checkpoint(model)
    (model / "second.safetensors").unlink()
    with pytest.raises(TrainingError, match=r"is incomplete: second\.safetensors is missing \(1 of 2 files\)"):
        describe_checkpoint(model)
    for damaged in ("{", "[]", '{"weight_map": {"a": 1}}', '{"weight_map": {"a": "../elsewhere.safetensors"}}'):
        index.write_text(damaged)
        with pytest.raises(TrainingError, match="damaged|outside of the model"):
            describe_checkpoint(model)
