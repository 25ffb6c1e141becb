"""Chunks are exact pieces of their document, cut at its structure; tables stay with their header."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from schemas.errors import UsageError
from schemas.records import Chunk, Document
from tasks.taxonomy_diff.chunks import TABLE_FACTOR, chunk_document, find_structure, headings_above
from tasks.taxonomy_diff.token_counting import count_tokens, open_counter

blocks = st.one_of(
    st.builds("{} {}".format, st.sampled_from(["#", "##", "###"]), st.sampled_from(["Car", "Größe 🚗", "Motor"])),
    st.lists(st.sampled_from(["engine", "Öl", "is", "heavy.", "🚗", "1,233", "kg;"]), min_size=1, max_size=60).map(" ".join),
    st.integers(1, 60).map(
        lambda rows: "| a | b |\n| --- | --- |\n" + "\n".join(f"| part {i} | {i * 7} dollars |" for i in range(rows))
    ),
    st.integers(1, 5).map(lambda n: "\n".join(f"- item {i}" for i in range(n))),
    st.just("```\n# not a heading\n| not | a table |\n```"),
)
documents = st.lists(blocks, min_size=1, max_size=12).map("\n\n".join)


def chunks_of(text: str, chunk_tokens: int = 64, path: str = "manual.md") -> list[Chunk]:
    return chunk_document("knowledge/car", Document(repo="r", commit="c", path=path, sha256="0" * 64), text, chunk_tokens)


@settings(max_examples=60, deadline=None)
@given(documents | st.text(max_size=300), st.integers(32, 200))
def test_chunk_is_what_stands_between_its_offsets_and_nothing_is_lost(text: str, chunk_tokens: int) -> None:
    chunks = chunks_of(text, chunk_tokens)
    position = 0
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text
        assert text[position : chunk.start].strip() == ""
        position = chunk.end
    assert text[position:].strip() == ""
    assert len({chunk.id for chunk in chunks}) == len(chunks)


@settings(max_examples=60, deadline=None)
@given(documents, st.integers(32, 100))
def test_table_is_whole_or_every_piece_knows_its_header(text: str, chunk_tokens: int) -> None:
    chunks = chunks_of(text, chunk_tokens)
    for table in find_structure(text).tables:
        inside = [chunk for chunk in chunks if chunk.start < table.end and chunk.end > table.start]
        if count_tokens(text[table.start : table.end]) <= TABLE_FACTOR * chunk_tokens:
            assert len(inside) == 1
        header = text[slice(*table.rows[0])].strip()
        assert header in inside[0].text
        for chunk in inside[1:]:
            assert chunk.headings[-1] == header
            assert chunk.text.startswith("|")
            assert all(line.startswith("| part") for line in chunk.text.splitlines())


@settings(max_examples=30, deadline=None)
@given(documents)
def test_chunk_of_prose_is_no_larger_than_asked(text: str) -> None:
    tables = find_structure(text).tables
    for chunk in chunks_of(text, 64):
        if not any(chunk.start < table.end and chunk.end > table.start for table in tables):
            assert count_tokens(chunk.text) <= 64


def test_headings_above_a_chunk_are_its_path_in_the_document() -> None:
    text = "# Car\n\n## Engine\n\n" + "The engine is heavy. " * 30 + "\n\n## Door\n\n" + "The door opens up. " * 30
    chunks = chunks_of(text, 60)
    by_word = {
        word: {chunk.headings for chunk in chunks if word in chunk.text and "#" not in chunk.text} for word in ("heavy", "opens")
    }
    assert by_word == {"heavy": {("Car", "Engine")}, "opens": {("Car", "Door")}}
    assert headings_above(find_structure("# A\n\n### C\n\n## B\n\nx").headings, 16) == ("A", "B")


def test_chunk_that_begins_with_a_heading_does_not_stand_under_the_section_before() -> None:
    text = "# Car\n\n## Engine\n\n" + "The engine is heavy. " * 12 + "\n\n## Door\n\n" + "The door opens up. " * 12
    last = chunks_of(text, 70)[-1]
    assert (last.text[:7], last.headings) == ("## Door", ("Car",))


def test_headings_inside_code_are_no_headings() -> None:
    assert find_structure("```\n# no\n```\n\nYes\n===\n").headings[0].text == "Yes"
    assert len(find_structure("```\n# no\n```\n").headings) == 0


def test_plain_text_has_no_headings() -> None:
    assert [chunk.headings for chunk in chunks_of("# not a heading\n\nText.", path="a.txt")] == [()]


def test_id_depends_on_place_and_document_only() -> None:
    first, again = chunks_of("# Car\n\nHeavy."), chunks_of("# Car\n\nHeavy.")
    assert [chunk.id for chunk in first] == [chunk.id for chunk in again]
    assert all(len(chunk.id) == 16 for chunk in first)


def test_students_tokenizer_sizes_the_chunks(tmp_path: Path) -> None:
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    counter = open_counter(str(tmp_path / "tokenizer.json"))
    assert counter.count("unbelievably long words") == 3
    assert counter.digest != open_counter(None).digest
    (tmp_path / "other.json").write_text("{}")
    for bad in ("other.json", "absent.json"):
        with pytest.raises(UsageError, match=r"taxonomy\.chunk_tokenizer"):
            open_counter(str(tmp_path / bad))


def test_fixed_counter_counts_pieces() -> None:
    assert count_tokens("The DMC-12 weighs 1,233 kg.") == 10
    assert count_tokens("incomprehensibilities") == 3
