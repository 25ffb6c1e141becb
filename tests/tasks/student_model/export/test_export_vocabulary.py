"""Tokenizers in llama.cpp's words: recognised by their definition, the same tokens again, or refused."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from schemas.errors import TrainingError, UsageError
from tasks.student_model.export.architecture import plan_model
from tasks.student_model.export.gguf_file import Facts, write_gguf
from tasks.student_model.export.pre_tokenizer import recognise_pre_tokenizer
from tasks.student_model.export.reading_back import build_tokenizer, count_same_tokens
from tasks.student_model.export.spaced_template import render_template, write_spaces
from tasks.student_model.export.vocabulary import CONTROL, NORMAL, UNUSED, read_vocabulary
from tasks.student_model.labelled_tokens import PLAIN_TEMPLATE
from tests.tasks.student_model.export.made_models import SPECIAL, TEMPLATE, make_checkpoint, make_tokenizer

CUTS = {"gpt-2": "gpt-2", "spaced": "gpt-2", "digits": "smollm", "llama3": "llama-bpe", "qwen2": "qwen2"}
SPECIAL_TOKENS = {"bos_token": "", "eos_token": "<|end|>"}


def change(folder: Path, name: str, **fields: Any) -> None:
    file = folder / name
    content = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(content | fields))


@pytest.mark.parametrize(("cut", "name"), CUTS.items())
def test_a_tokenizer_is_recognised_by_its_definition(cut: str, name: str) -> None:
    found = recognise_pre_tokenizer(json.loads(make_tokenizer(cut).to_str()))
    assert (found.name, found.spaced) == (name, cut == "spaced")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Tokenizer, Tokenizer]]:
    """By way of cutting: the checkpoint's tokenizer, and the one that the GGUF file describes."""
    pairs = {}
    for cut in set(CUTS) - {"spaced"}:
        folder = make_checkpoint(tmp_path_factory.mktemp(cut) / "model", cut=cut)
        plan = plan_model(folder)
        file = folder / "a.gguf"
        write_gguf(file, plan, read_vocabulary(folder, plan.vocabulary), Facts("a", ""), "f16", lambda _done, _total: None)
        pairs[cut] = (Tokenizer.from_file(str(folder / "tokenizer.json")), build_tokenizer(file))
    return pairs


@pytest.mark.parametrize("cut", sorted(set(CUTS) - {"spaced"}))
@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from([*SPECIAL, " it's", "1981", " \n\n", "é", "日本"])).map("".join))
def test_the_file_cuts_every_text_as_the_checkpoint_does(
    files: dict[str, tuple[Tokenizer, Tokenizer]], cut: str, text: str
) -> None:
    ours, theirs = files[cut]
    assert theirs.encode(text, add_special_tokens=False).ids == ours.encode(text, add_special_tokens=False).ids
    assert theirs.decode(theirs.encode(text, add_special_tokens=False).ids, skip_special_tokens=False) == text


def test_tokens_kinds_and_roles(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [0, 3]}))
    vocabulary = read_vocabulary(folder, 384)
    assert vocabulary.kinds[:5] == (CONTROL, CONTROL, CONTROL, CONTROL, NORMAL)
    assert vocabulary.tokens[-1] == "[PAD383]"
    assert vocabulary.kinds[-1] == UNUSED
    assert vocabulary.roles == {"padding": 0, "eos": 0, "eot": 3}
    assert vocabulary.chat_template == TEMPLATE


def test_whether_a_conversation_begins_with_bos_is_what_the_template_says(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    change(folder, "tokenizer_config.json", bos_token={"content": "<|system|>"})
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    (folder / "chat_template.jinja").write_text(template)
    assert not read_vocabulary(folder, 384).adds_bos
    (folder / "chat_template.jinja").write_text(
        "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"
    )
    vocabulary = read_vocabulary(folder, 384)
    assert vocabulary.adds_bos
    assert vocabulary.roles["bos"] == 1


def test_a_model_without_a_template_gets_the_plain_one_that_it_was_taught_with(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    (folder / "chat_template.jinja").unlink()
    assert read_vocabulary(folder, 384).chat_template == PLAIN_TEMPLATE


# -- the space before each text --------------------------------------------------------------------------------------


def test_a_tokenizer_that_puts_spaces_gets_them_from_the_template(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", cut="spaced")
    plan = plan_model(folder)
    vocabulary = read_vocabulary(folder, plan.vocabulary)
    file = tmp_path / "a.gguf"
    write_gguf(file, plan, vocabulary, Facts("a", ""), "f16", lambda _done, _total: None)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    asked = [[{"role": "user", "content": text}] for text in ("How much?", " How much?", "\n1981", "", "<|end|> x")]
    expected = [tokenizer.encode(render_template(TEMPLATE, each, SPECIAL_TOKENS), add_special_tokens=False).ids for each in asked]
    texts = [render_template(vocabulary.chat_template, each, SPECIAL_TOKENS) for each in asked]
    assert count_same_tokens(file, texts[:4], expected[:4]) == 4
    assert any("puts a space" in note for note in vocabulary.notes)


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{% for turn in messages %}{{ turn.content }}{% endfor %}",
        "{% for message in messages %}User: {{ message.content }}{% endfor %}Answer:",
        "{% for message in messages %}{{ message.content",
    ],
)
def test_a_template_that_cannot_say_the_space_is_refused(template: str) -> None:
    tokenizer = json.loads(make_tokenizer("spaced").to_str())
    with pytest.raises(UsageError, match="add_prefix_space=False"):
        write_spaces(template, tokenizer, SPECIAL_TOKENS)


def test_a_template_is_others_code_and_reaches_nothing() -> None:
    tokenizer = json.loads(make_tokenizer("spaced").to_str())
    with pytest.raises(UsageError):
        write_spaces("{{ messages.__class__.__mro__ }}{{ ''.__class__.__base__.__subclasses__() }}", tokenizer, SPECIAL_TOKENS)


# -- SentencePiece ---------------------------------------------------------------------------------------------------


def write_sentencepiece(folder: Path, cut: str = "sentencepiece") -> tuple[Tokenizer, Tokenizer]:
    """The checkpoint's tokenizer, and the one that the GGUF file describes."""
    make_checkpoint(folder, cut=cut)
    plan = plan_model(folder)
    write_gguf(
        folder / "a.gguf", plan, read_vocabulary(folder, plan.vocabulary), Facts("a", ""), "f16", lambda _done, _total: None
    )
    return Tokenizer.from_file(str(folder / "tokenizer.json")), build_tokenizer(folder / "a.gguf")


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokenizer, Tokenizer]:
    return write_sentencepiece(tmp_path_factory.mktemp("pieces") / "model")


@settings(max_examples=100, deadline=None)
@given(
    text=st.text(max_size=60)
    | st.lists(st.sampled_from([*SPECIAL, " the", "heather", "thenthis", "question", "  ", "é", "日"])).map("".join)
)
def test_sentencepieces_scores_cut_every_text_as_its_merges_do(pieces: tuple[Tokenizer, Tokenizer], text: str) -> None:
    ours, theirs = pieces
    assert theirs.encode(text, add_special_tokens=False).ids == ours.encode(text, add_special_tokens=False).ids


def test_a_space_before_the_first_text_only_needs_a_template_that_begins_with_a_special_token(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    ours, theirs = write_sentencepiece(folder, "sentencepiece, first")
    text = render_template(TEMPLATE, [{"role": "user", "content": "the question"}], SPECIAL_TOKENS)
    assert theirs.encode(text, add_special_tokens=False).ids == ours.encode(text, add_special_tokens=False).ids
    (folder / "chat_template.jinja").unlink()  # the plain one begins with a text
    with pytest.raises(UsageError, match="does not put spaces"):
        read_vocabulary(folder, 512)


def test_merges_that_scores_cannot_say_are_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model", cut="sentencepiece")
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    several = next(merge for merge, after in pairwise(model["merges"]) if "".join(merge) == "".join(after))
    rows = json.loads((folder / "config.json").read_text())["vocab_size"]
    change(folder, "tokenizer.json", model=model | {"merges": [merge for merge in model["merges"] if merge != several]})
    with pytest.raises(UsageError, match="not SentencePiece's own"):
        read_vocabulary(folder, rows)
    change(folder, "tokenizer.json", model=model | {"merges": [*model["merges"], model["merges"][0]]})
    with pytest.raises(UsageError, match="in no order"):
        read_vocabulary(folder, rows)


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pre_tokenizer": {"type": "Whitespace"}}, "pre_tokenizer: Whitespace"),
        ({"pre_tokenizer": None}, "pre_tokenizer: None"),
        ({"pre_tokenizer": {"type": "Sequence", "pretokenizers": []}}, "cut words"),
        ({"normalizer": {"type": "Lowercase"}}, "Lowercase"),
        ({"model": {"type": "Unigram", "vocab": []}}, "Unigram"),
        ({"model": {"type": "WordPiece", "vocab": {}}}, "WordPiece"),
    ],
)
def test_a_tokenizer_that_llama_cpp_does_not_have_is_refused(fields: dict, message: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    change(folder, "tokenizer.json", **fields)
    with pytest.raises(UsageError, match=message) as caught:
        read_vocabulary(folder, 384)
    assert "\n" not in str(caught.value)


def test_digits_by_threes_are_not_taken_for_llama3s_words() -> None:
    tokenizer = json.loads(make_tokenizer("llama3").to_str())
    tokenizer["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] += "|x"
    with pytest.raises(UsageError):
        recognise_pre_tokenizer(tokenizer)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"model": []}', '{"model": {"type": "BPE"}}', "[" * 20_000])
def test_a_damaged_tokenizer_is_one_line(content: str, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    (folder / "tokenizer.json").write_text(content)
    with pytest.raises((TrainingError, UsageError)) as caught:
        read_vocabulary(folder, 384)
    assert "\n" not in str(caught.value)


def test_a_tokenizer_of_another_model_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="do not belong together"):
        read_vocabulary(make_checkpoint(tmp_path / "model"), 100)
