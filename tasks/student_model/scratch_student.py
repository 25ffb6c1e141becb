"""A small student made from nothing but the curriculum: tokenizer, configuration, random weights.

Part of ``train``, inside the worker process. It is the embedded default: a byte-level BPE tokenizer trained on the curriculum's
own words (Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", section 3.2, over bytes) and a
Llama (Touvron et al. 2023) of a few million weights, initialised under the seed. The saved directory is complete: any library
that reads the Hugging Face layout can load, train or serve it.

Its chat template writes a conversation as::

    <|user|>What is the body made of?<|end|><|assistant|>Stainless steel<|end|>

Not covered: existing base models (``load_student.py``).
"""

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaForCausalLM
from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast

from schemas.student_settings import TrainSettings
from tasks.student_model.save_student import remove_places

PAD, END, USER, ASSISTANT, SYSTEM = "<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)

HEAD_WIDTH = 32
"""Numbers per attention head: narrow heads, since a small student gains more from several of them."""

SPREAD = 0.7
"""Standard deviation of new weights, times the root of the width. The usual 0.02 suits wide models; at width 192 the activations
then start so small that hundreds of steps pass before anything is learned (150 facts, 12 epochs: 0.82 instead of 1.00)."""


def make_scratch_student(folder: Path, texts: Iterable[str], settings: TrainSettings) -> None:
    """Writes an untrained student with a tokenizer of its own into ``folder``.

    Args:
        folder: where the checkpoint goes; created.
        texts: the curriculum: questions, contexts, answers, passages.
        settings: width, depth, vocabulary, longest sample and seed.
    """
    tokenizer = train_tokenizer(texts, settings.vocabulary, settings.max_length)
    torch.manual_seed(settings.seed)
    model = LlamaForCausalLM(scratch_config(len(tokenizer), settings, tokenizer))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    remove_places(folder)


def train_tokenizer(texts: Iterable[str], vocabulary: int, max_length: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer: any text can be encoded, and decoding gives the text back.

    A space is put before each segment, so that a word has the same token at the start of an answer as inside a sentence.
    """
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=True)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[PAD, END, USER, ASSISTANT, SYSTEM],
        initial_alphabet=sorted(ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        extra_special_tokens=[USER, ASSISTANT, SYSTEM],
        chat_template=CHAT_TEMPLATE,
        model_max_length=max_length,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def scratch_config(vocabulary: int, settings: TrainSettings, tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    """The configuration of a small Llama; the vocabulary is rounded up to a multiple of 64 for the matrix kernels."""
    heads = max(1, settings.hidden_size // HEAD_WIDTH)
    return LlamaConfig(
        vocab_size=-(-vocabulary // 64) * 64,
        hidden_size=settings.hidden_size,
        intermediate_size=-(-settings.hidden_size * 8 // 3 // 32) * 32,
        num_hidden_layers=settings.layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=max(2048, 2 * settings.max_length),
        initializer_range=round(SPREAD / settings.hidden_size**0.5, 4),
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
