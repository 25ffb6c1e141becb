"""Exported files in llama.cpp itself, where it is installed: the same tokens, and the same greedy answers as in transformers."""

import json
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from flows.models.names import FoundModel
from flows.models.serving import find_program, serve_models
from tasks.student_model.export.exporting import Exported, GgufFile, write_gguf_file
from tasks.student_model.export.gguf_file import Facts
from tasks.student_model.export.parity import ParityResult, ParityRun
from tests.tasks.student_model.export.made_models import make_checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_program("llama-server") is None, reason="llama-server is neither on PATH nor beside the interpreter"),
]
QUESTIONS = ["How much does it cost?", "What about 1981?", "it's the document, they'll see", " \n spaces", "Ünder 3 écus", "x"]
HARD = [
    "it's IT'S we've WE'VE they'll I'd",
    "1 12 123 1234 12345 1981, 3.14 ½ ² ٣",
    "a  b   c    \n\n\n d\t\te \r\n f ",
    "naïve Ünïcode 日本語 Ελληνικά русский हिन्दी العربية",
    "!!! ??? ...... ====---- '''' \"\"\"\" {[()]} a_b-c",
    "👍🏽 🚀 👨‍👩‍👧 ﬁ Å",
    " leading and trailing  ",
    "heather then thesis thethe hethen shethis ishishis",
]
ROPE = {"rope_theta": 10000.0}
MODELS: dict[str, dict[str, Any]] = {
    "llama": {},
    "llama, tied, wide heads": {"tie_word_embeddings": True, "head_dim": 32},
    "llama, biases": {"attention_bias": True},
    "llama3 rope": {
        "rope_parameters": ROPE
        | {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
        | {"original_max_position_embeddings": 16}
    },
    "linear rope": {"rope_parameters": ROPE | {"rope_type": "linear", "factor": 4.0}},
    "yarn rope": {"rope_parameters": ROPE | {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128}},
    "mistral": {"architecture": "MistralForCausalLM", "sliding_window": 256},
    "qwen2": {"architecture": "Qwen2ForCausalLM", "cut": "qwen2"},
    "qwen3": {"architecture": "Qwen3ForCausalLM", "cut": "qwen2", "head_dim": 32},
    "granite": {
        "architecture": "GraniteForCausalLM",
        "cut": "digits",
        "attention_multiplier": 0.2,
        "embedding_multiplier": 3.0,
        "residual_multiplier": 0.5,
        "logits_scaling": 2.0,
    },
    "half precision": {"dtype": "BF16"},
    "a space before each text": {"cut": "spaced"},
    "sentencepiece": {"architecture": "MistralForCausalLM", "cut": "sentencepiece"},
    "sentencepiece, first": {"architecture": "MistralForCausalLM", "cut": "sentencepiece, first"},
}


@contextmanager
def served(file: Path) -> Iterator[str]:
    found = FoundModel("tried", file, "path")
    with serve_models((found,), file.with_suffix(".log"), "llama", extra=("--parallel", "1", "--threads", "1")) as server:
        yield server.url


def write(folder: Path, target: Path, kind: str) -> GgufFile:
    quantizer = find_program("llama-quantize")
    return write_gguf_file(Exported(folder), target, kind, Facts("tried", ""), quantizer, lambda _done, _total: None)


def compare(folder: Path, written: GgufFile, tmp_path: Path, url: str = "") -> ParityResult:
    """The worker's work, in this process: torch is imported once for all tests."""
    from tasks.student_model.export.parity_worker import compare as ask_both
    from tasks.student_model.worker_link import WorkerLink

    run = ParityRun(
        checkpoint=str(folder),
        gguf=str(written.path),
        conversations=tuple(({"role": "user", "content": question},) for question in QUESTIONS),
        server=url,
        chat_template=written.vocabulary.chat_template,
        max_new_tokens=24,
    )
    return ask_both(run, WorkerLink(tmp_path))


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_those_of_transformers_token_by_token(name: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", **MODELS[name])
    written = write(folder, tmp_path / "a.gguf", "f32")
    with served(written.path) as url:
        result = compare(folder, written, tmp_path, url)
    assert result.same_prompts == result.prompts == len(QUESTIONS), result.difference
    assert result.same_answers >= 0.5 * result.prompts, result.difference  # random weights: near-ties are many and turn over
    assert result.same_tokens > 0.7 * result.tokens > 40, result.difference


@pytest.mark.parametrize(("kind", "least"), [("f16", 0.6), ("bf16", 0.3), ("q8_0", 0.3)])
def test_every_format_answers_much_as_the_checkpoint(kind: str, least: float, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", hidden_size=256, intermediate_size=512)
    written = write(folder, tmp_path / "a.gguf", kind)
    with served(written.path) as url:
        result = compare(folder, written, tmp_path, url)
    assert result.same_prompts == result.prompts
    assert result.same_tokens > least * result.tokens


def test_four_bits_are_k_quants_and_load(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", hidden_size=256, intermediate_size=512)
    written = write(folder, tmp_path / "a.gguf", "q4_k_m")
    assert set(written.formats) == {"F32", "Q4_K", "Q6_K"}
    assert 0.03 < written.error < 0.12
    with served(written.path) as url:
        result = compare(folder, written, tmp_path, url)  # random weights are nothing that four bits could keep the answers of
    assert result.same_prompts == result.prompts


def test_rows_that_four_bits_cannot_hold_are_named_with_what_they_became(tmp_path: Path) -> None:
    written = write(make_checkpoint(tmp_path / "model", hidden_size=96), tmp_path / "a.gguf", "q4_k_m")
    assert any("rows of 96 numbers are no multiple of 256" in note and "Q5_0" in note for note in written.notes)
    assert not list(tmp_path.glob("*.f16"))


@pytest.mark.parametrize("cut", ["gpt-2", "digits", "llama3", "qwen2", "sentencepiece"])
def test_llama_cpp_cuts_hard_texts_as_the_checkpoint_does(cut: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", cut=cut)
    ours = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with served(write(folder, tmp_path / "a.gguf", "f16").path) as url:
        theirs = [_tokenize(url, text) for text in HARD]
    assert theirs == [ours.encode(text, add_special_tokens=False).ids for text in HARD]


def _tokenize(url: str, text: str) -> Sequence[int]:
    body = json.dumps({"content": text, "add_special": False}).encode()
    request = urllib.request.Request(f"{url}/tokenize", body, {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
        return json.loads(response.read())["tokens"]
