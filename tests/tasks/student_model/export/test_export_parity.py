"""Whether a file still answers as its checkpoint: what is asked, and what is concluded."""

from pathlib import Path

import pytest

from schemas.contracts import ignore_progress
from schemas.errors import TrainingError
from tasks.student_model.export.exporting import Exported, write_gguf_file
from tasks.student_model.export.gguf_file import Facts
from tasks.student_model.export.parity import ParityResult, ParityRun, check_parity, require_same
from tests.tasks.student_model.export.made_models import make_checkpoint

SAME = ParityResult(runtime="llama-server", prompts=10, same_prompts=10, same_answers=10, same_tokens=90, tokens=90)


def test_other_tokens_are_never_accepted_and_other_answers_only_of_few_bits() -> None:
    for kind in ("f32", "f16", "bf16", "q8_0", "q4_k_m"):
        require_same(SAME, kind)
        with pytest.raises(TrainingError, match=r"cuts 1 of 10 prompts.*it is not kept"):
            require_same(SAME.model_copy(update={"same_prompts": 9}), kind)
    turned = SAME.model_copy(update={"same_answers": 4, "difference": "checkpoint: 'a', file: 'b'"})
    require_same(turned, "q4_k_m")
    with pytest.raises(TrainingError, match=r"answers 4 of 10 prompts.*checkpoint: 'a', file: 'b'"):
        require_same(turned, "f16")


@pytest.mark.slow  # torch is imported in the worker
@pytest.mark.parametrize(
    ("architecture", "cut"),
    [
        ("LlamaForCausalLM", "spaced"),
        ("MistralForCausalLM", "sentencepiece"),
        ("Qwen2ForCausalLM", "qwen2"),
    ],
)
def test_transformers_reads_the_file_back(architecture: str, cut: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", architecture, cut=cut)
    facts = Facts("tried", "")
    written = write_gguf_file(Exported(folder), tmp_path / "a.gguf", "f32", facts, None, lambda _done, _total: None)
    run = ParityRun(
        checkpoint=str(folder),
        gguf=str(written.path),
        conversations=tuple(({"role": "user", "content": text},) for text in ("How much does it cost?", "1981, it's", " x")),
        chat_template=written.vocabulary.chat_template,
        max_new_tokens=16,
    )
    result = check_parity(run, tmp_path / "work", 1, ignore_progress)
    assert result.runtime == "transformers"
    assert result.same_prompts == result.same_answers == result.prompts == 3, result.difference
