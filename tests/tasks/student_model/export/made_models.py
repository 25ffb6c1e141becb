"""Checkpoints of several architectures with random weights, made in a second and without torch: enough to export, and to run."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TEXTS = [
    "the question and the answer about the document of 1981, it's 42 and they'll see",
    "How much does a clutch replacement cost? About 450 euros, we've been told.",
] * 20
SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
LLAMA3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2_WORDS = LLAMA3_WORDS.replace(r"\p{N}{1,3}", r"\p{N}")
NAMES = {"LlamaForCausalLM": "llama", "MistralForCausalLM": "mistral", "Qwen2ForCausalLM": "qwen2"}
NAMES |= {"Qwen3ForCausalLM": "qwen3", "GraniteForCausalLM": "granite"}


def make_checkpoint(
    folder: Path, architecture: str = "LlamaForCausalLM", cut: str = "gpt-2", dtype: str = "F32", shards: int = 1, **config: Any
) -> Path:
    """Writes a model directory.

    Args:
        cut: how the tokenizer cuts words: gpt-2, spaced, digits, llama3, qwen2; or sentencepiece, or sentencepiece, first.
        dtype: F32, F16 or BF16.
        config: more of the configuration, and what is other than here.
    """
    folder.mkdir(parents=True)
    tokenizer = make_tokenizer(cut)
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {"eos_token": "<|end|>", "pad_token": "<|end|>", "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(named))
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    settings = {
        "architectures": [architecture],
        "model_type": NAMES.get(architecture, "unknown"),
        "vocab_size": -(-tokenizer.get_vocab_size() // 64) * 64,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-5,
        "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": tokenizer.token_to_id("<|end|>"),
        "pad_token_id": tokenizer.token_to_id("<|end|>"),
        "dtype": {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[dtype],
    } | config
    (folder / "config.json").write_text(json.dumps(settings, indent=2))
    tensors = make_tensors(settings)
    names = sorted(tensors)
    parts = [names[part::shards] for part in range(shards)]
    files = ["model.safetensors"] if shards == 1 else [f"model-{n + 1:05}-of-{shards:05}.safetensors" for n in range(shards)]
    for file, part in zip(files, parts, strict=True):
        write_safetensors(folder / file, {name: tensors[name] for name in part}, dtype)
    if shards > 1:
        index = {"weight_map": {name: file for file, part in zip(files, parts, strict=True) for name in part}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def make_tokenizer(cut: str) -> Tokenizer:
    if cut.startswith("sentencepiece"):
        return make_sentencepiece(cut)
    tokenizer = Tokenizer(models.BPE(ignore_merges=cut == "llama3"))
    last = pre_tokenizers.ByteLevel(add_prefix_space=cut == "spaced", use_regex=cut not in ("llama3", "qwen2"))
    first = {
        "digits": pre_tokenizers.Digits(individual_digits=True),
        "llama3": pre_tokenizers.Split(Regex(LLAMA3_WORDS), "isolated"),
        "qwen2": pre_tokenizers.Split(Regex(QWEN2_WORDS), "isolated"),
    }.get(cut)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([first, last]) if first else last
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def make_sentencepiece(cut: str) -> Tokenizer:
    """As SentencePiece's own, converted: pieces in the order in which they were joined, and every way to join each."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    overlapping = [
        "he she the then hen them this his is thesis heather ether other"
    ] * 30  # pieces with several ways to join them
    trained.train_from_iterator([*TEXTS, *overlapping], trainers.BpeTrainer(vocab_size=220, show_progress=False))
    pieces = sorted(trained.get_vocab().items(), key=lambda item: item[1])
    special = ["<unk>", "<s>", *SPECIAL]
    names = [*special, *(f"<0x{number:02X}>" for number in range(256)), *(piece for piece, _ in pieces)]
    vocabulary = {name: number for number, name in enumerate(names)}
    joins = [((p[:cut_at], p[cut_at:])) for p, _ in pieces for cut_at in range(1, len(p))]
    merges = [(left, right) for left, right in joins if left in vocabulary and right in vocabulary]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    if cut == "sentencepiece, first":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special])
    return tokenizer


def make_tensors(config: dict[str, Any], seed: int = 7) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    width, inner, heads, kv = (
        config[k] for k in ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads")
    )
    head = config.get("head_dim") or width // heads

    def weights(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * 1.5 / shape[-1] ** 0.5).astype(np.float32)

    tensors = {"model.embed_tokens.weight": random.standard_normal((config["vocab_size"], width)).astype(np.float32)}
    for block in range(config["num_hidden_layers"]):
        parts = {
            "input_layernorm": 1 + 0.1 * weights(width),
            "post_attention_layernorm": 1 + 0.1 * weights(width),
            "self_attn.q_proj": weights(heads * head, width),
            "self_attn.k_proj": weights(kv * head, width),
            "self_attn.v_proj": weights(kv * head, width),
            "self_attn.o_proj": weights(width, heads * head),
            "mlp.gate_proj": weights(inner, width),
            "mlp.up_proj": weights(inner, width),
            "mlp.down_proj": weights(width, inner),
        }
        if config["model_type"] == "qwen3":
            parts |= {f"self_attn.{part}_norm": 1 + 0.1 * weights(head) for part in "qk"}
        tensors |= {f"model.layers.{block}.{name}.weight": value for name, value in parts.items()}
        if config["model_type"] == "qwen2" or config.get("attention_bias"):
            rows = {"q": heads * head, "k": kv * head, "v": kv * head} | ({"o": width} if config.get("attention_bias") else {})
            tensors |= {f"model.layers.{block}.self_attn.{part}_proj.bias": weights(count) for part, count in rows.items()}
    tensors["model.norm.weight"] = 1 + 0.1 * weights(width)
    if not config["tie_word_embeddings"]:
        tensors["lm_head.weight"] = weights(config["vocab_size"], width)
    return tensors


def write_safetensors(file: Path, tensors: dict[str, np.ndarray], dtype: str) -> None:
    header, data = {}, []
    offset = 0
    for name, values in tensors.items():
        if dtype == "BF16":
            raw = (np.ascontiguousarray(values).view(np.uint32) >> 16).astype("<u2").tobytes()
        else:
            raw = values.astype({"F32": "<f4", "F16": "<f2"}[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [offset, offset + len(raw)]}
        offset += len(raw)
        data.append(raw)
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        stream.writelines(data)
