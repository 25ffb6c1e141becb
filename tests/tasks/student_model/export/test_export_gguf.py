"""Checkpoints as GGUF: what is written is what the checkpoint has, in llama.cpp's words and order."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import TrainingError, UsageError, WorkspaceError
from tasks.student_model.export.architecture import ARCHITECTURES, plan_model, swap_rows
from tasks.student_model.export.exporting import Exported, copy_directory, digest_file, write_gguf_file
from tasks.student_model.export.gguf_file import DIGEST_KEY, Facts, bytes_needed, count_formats, open_gguf
from tasks.student_model.export.reading_back import compare_tensors, read_value
from tests.tasks.student_model.export.made_models import make_checkpoint, make_tensors, write_safetensors

FACTS = Facts("release-3", "5f0c" * 16, "apache-2.0", "granite", {"taxonomy.commit": "a2c6", "release": "3"})


def write(folder: Path, target: Path, kind: str = "f32"):
    return write_gguf_file(Exported(folder), target, kind, FACTS, None, lambda _done, _total: None)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_weight_is_there_and_unchanged(architecture: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", architecture)
    written = write(folder, tmp_path / "a.gguf")
    assert written.error == 0
    assert sum(written.formats.values()) == len(plan_model(folder).tensors)


@pytest.mark.parametrize(("kind", "least", "most"), [("f16", 1e-5, 1e-3), ("bf16", 1e-4, 5e-3), ("q8_0", 1e-3, 2e-2)])
def test_fewer_bits_change_the_weights_by_rounding_only(kind: str, least: float, most: float, tmp_path: Path) -> None:
    written = write(make_checkpoint(tmp_path / "model"), tmp_path / "a.gguf", kind)
    assert least < written.error < most
    assert written.formats["F32"] == 5  # the norms


def test_sixteen_bits_and_shards_come_through_bit_by_bit(tmp_path: Path) -> None:
    whole = make_checkpoint(tmp_path / "whole", dtype="BF16")
    parts = make_checkpoint(tmp_path / "parts", dtype="BF16", shards=3)
    first, second = write(whole, tmp_path / "a.gguf", "bf16"), write(parts, tmp_path / "b.gguf", "bf16")
    assert first.error == second.error == 0
    values = [{t.name: t.data.tobytes() for t in open_gguf(file.path).tensors} for file in (first, second)]
    assert values[0] == values[1]


def test_the_file_says_what_it_is_and_from_what_it_was_made(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", head_dim=32, rope_parameters={"rope_theta": 5e5, "rope_type": "default"})
    reader = open_gguf(write(folder, tmp_path / "a.gguf", "f16").path)
    told = {key: read_value(reader, key) for key in reader.fields}
    assert told["general.architecture"] == "llama"
    assert (told["general.name"], told["general.license"]) == ("release-3", "apache-2.0")
    assert told["general.base_model.0.name"] == "granite"
    assert told[DIGEST_KEY] == "5f0c" * 16
    assert (told["labflow.taxonomy.commit"], told["labflow.release"]) == ("a2c6", "3")
    assert (told["llama.rope.freq_base"], told["llama.attention.key_length"]) == (5e5, 32)
    assert (told["llama.attention.head_count"], told["llama.attention.head_count_kv"]) == (4, 2)
    assert told["tokenizer.ggml.eos_token_id"] == 0
    assert not told["tokenizer.ggml.add_bos_token"]


def test_granites_scales_go_along(tmp_path: Path) -> None:
    scales = {"attention_multiplier": 0.0625, "embedding_multiplier": 12.0, "residual_multiplier": 0.22, "logits_scaling": 8.0}
    values = plan_model(make_checkpoint(tmp_path / "model", "GraniteForCausalLM", **scales)).values
    assert [values[key] for key in ("attention.scale", "embedding_scale", "residual_scale", "logit_scale")] == list(
        scales.values()
    )


def test_a_tied_head_is_written_once(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", tie_word_embeddings=True)
    names = {tensor.name for tensor in plan_model(folder).tensors}
    assert "token_embd.weight" in names
    assert "output.weight" not in names


def test_llama3s_rotary_scaling_is_a_tensor_of_factors(tmp_path: Path) -> None:
    rope = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    folder = make_checkpoint(tmp_path / "model", rope_parameters=rope | {"original_max_position_embeddings": 128}, head_dim=64)
    factors = next(tensor for tensor in plan_model(folder).tensors if tensor.name == "rope_freqs.weight").read()
    waves = 2 * np.pi * 10000.0 ** (np.arange(0, 64, 2) / 64)
    assert np.allclose(factors[waves < 128 / 4.0], 1)
    assert np.allclose(factors[waves > 128 / 1.0], 8)
    assert (np.diff(factors) >= 0).all()


def test_a_sliding_window_bounds_the_context(tmp_path: Path) -> None:
    plan = plan_model(make_checkpoint(tmp_path / "model", "MistralForCausalLM", sliding_window=256))
    assert plan.context == plan.values["context_length"] == 256
    assert any("sliding window" in note for note in plan.notes)


@given(st.integers(1, 4), st.integers(1, 8), st.integers(1, 3))
def test_swapped_rows_put_each_pair_of_a_turn_side_by_side(heads: int, half: int, width: int) -> None:
    values = np.arange(heads * 2 * half * width).reshape(-1, width)
    swapped = swap_rows(values, heads)
    for head in range(heads):
        start = head * 2 * half
        for pair in range(half):
            assert (swapped[start + 2 * pair] == values[start + pair]).all()
            assert (swapped[start + 2 * pair + 1] == values[start + half + pair]).all()


def test_rows_that_eight_bits_cannot_hold_stay_in_sixteen(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", hidden_size=48, intermediate_size=64)
    formats = write(folder, tmp_path / "a.gguf", "q8_0").formats
    assert formats["F16"] > formats["Q8_0"] > 0


def test_the_same_checkpoint_gives_the_same_file(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    first, second = (write(folder, tmp_path / name, "q8_0").path for name in ("a.gguf", "b.gguf"))
    assert digest_file(first) == digest_file(second)


def test_the_size_is_known_beforehand(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    size = write(folder, tmp_path / "a.gguf", "f16").path.stat().st_size
    assert size <= bytes_needed(plan_model(folder), "f16") <= size + 2_000_000


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"architectures": ["MambaForCausalLM"]}, r"MambaForCausalLM cannot be written as GGUF here.*convert_hf_to_gguf\.py"),
        ({"architectures": []}, "a model without architecture"),
        ({"hidden_act": "gelu"}, "silu"),
        ({"partial_rotary_factor": 0.5}, "part of each head"),
        ({"rope_parameters": {"rope_type": "longrope", "rope_theta": 1e4}}, "longrope"),
        ({"quantization_config": {"bits": 4}}, "quantised"),
    ],
)
def test_what_llama_cpp_would_compute_otherwise_is_refused(config: dict, message: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", **config)
    with pytest.raises(UsageError, match=message) as caught:
        write(folder, tmp_path / "a.gguf")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("a.gguf*"))


def test_a_tensor_that_llama_cpp_has_no_place_for_is_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    write_safetensors(folder / "more.safetensors", {"model.vision.weight": np.ones((2, 2), np.float32)}, "F32")
    with pytest.raises(UsageError, match=r"no place for the tensor model\.vision\.weight"):
        write(folder, tmp_path / "a.gguf")


def test_an_incomplete_model_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", shards=2)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(TrainingError, match=r"is incomplete: model-00002-of-00002\.safetensors is missing"):
        write(folder, tmp_path / "a.gguf")
    less = make_checkpoint(tmp_path / "less", num_hidden_layers=1)
    config = (less / "config.json").read_text().replace('"num_hidden_layers": 1', '"num_hidden_layers": 2')
    (less / "config.json").write_text(config)
    with pytest.raises(TrainingError, match=r"model\.layers\.1\.input_layernorm\.weight and 8 more is missing"):
        write(less, tmp_path / "a.gguf")


def test_a_file_that_was_cut_off_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(TrainingError, match="the model is incomplete"):
        write(folder, tmp_path / "a.gguf")


def test_pickled_weights_are_refused_with_the_way_to_convert(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    for export in (lambda: write(folder, tmp_path / "a.gguf"), lambda: copy_directory(Exported(folder), tmp_path / "b", print)):
        with pytest.raises(TrainingError, match=r"pickled weights.*save_pretrained"):
            export()


@pytest.mark.parametrize(("value", "message"), [(float("nan"), "numbers that are none"), (1e6, "choose --gguf bf16")])
def test_numbers_that_do_not_fit_are_not_written(value: float, message: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", tie_word_embeddings=True)
    tensors = make_tensors(json.loads((folder / "config.json").read_text()))
    tensors["model.embed_tokens.weight"][3, 3] = value
    write_safetensors(folder / "model.safetensors", tensors, "F32")
    with pytest.raises(TrainingError, match=message):
        write(folder, tmp_path / "a.gguf", "f16")
    assert not list(tmp_path.glob("a.gguf*"))


LIMITED = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from schemas.errors import LabflowError
from tasks.student_model.export.exporting import Exported, copy_directory, write_gguf_file
from tasks.student_model.export.gguf_file import Facts
folder, out = Path(sys.argv[1]), Path(sys.argv[2])
silent = lambda done, total: None
for export in (
    lambda: write_gguf_file(Exported(folder), out / "a.gguf", "f32", Facts("a", ""), None, silent),
    lambda: copy_directory(Exported(folder), out / "b", silent),
):
    try:
        export()
    except LabflowError as error:
        print(error)
"""


def test_a_disk_that_fills_up_on_the_way_leaves_nothing_half(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    command = [sys.executable, "-c", LIMITED, str(folder), str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4])
    said = run.stdout.splitlines()
    assert len(said) == 2
    assert all("cannot write" in line and "Free space and run again" in line for line in said)
    assert not list((tmp_path / "out").iterdir())


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot write"):
        write(make_checkpoint(tmp_path / "model"), tmp_path / "file" / "a.gguf")


def test_q4_k_m_without_llama_quantize_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"llama-quantize.*choose --gguf q8_0"):
        write(make_checkpoint(tmp_path / "model"), tmp_path / "a.gguf", "q4_k_m")


def test_reading_back_notices_other_weights(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    file = write(folder, tmp_path / "a.gguf").path
    tensors = make_tensors(json.loads((folder / "config.json").read_text()), seed=8)
    write_safetensors(folder / "model.safetensors", tensors, "F32")
    with pytest.raises(TrainingError, match="is not what the checkpoint has"):
        compare_tensors(file, plan_model(folder), "f32")
    with pytest.raises(TrainingError, match="not a whole GGUF file"):
        count_formats(folder / "config.json")


# -- a whole directory -----------------------------------------------------------------------------------------------


def test_a_directory_goes_with_adapter_and_licence(tmp_path: Path) -> None:
    folder, base, adapter = make_checkpoint(tmp_path / "student", shards=2), tmp_path / "base", tmp_path / "adapter"
    for place in (base, adapter):
        place.mkdir()
    (base / "LICENSE").write_text("Apache-2.0")
    (adapter / "adapter_config.json").write_text("{}")
    copy_directory(Exported(folder, papers=(base,), adapter=adapter), tmp_path / "out", lambda _done, _total: None)
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert names == {path.name for path in folder.iterdir()} | {"LICENSE", "adapter/adapter_config.json"}
    with pytest.raises(UsageError, match="is there already"):
        copy_directory(Exported(folder), tmp_path / "out", lambda _done, _total: None)
