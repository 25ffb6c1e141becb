"""The text behind a sample: found in the file of chunks, under its headings, without holding the file in memory."""

from pathlib import Path

import pytest

from schemas.errors import DamagedFileError
from schemas.records import Chunk, Document, Provenance, Sample, sample_id
from tasks.critic_filter.chunk_sources import HELD_TEXTS, ChunkSources
from tasks.dataset_files.jsonl import write_dataset

DOCUMENT = Document(repo="r", commit="0" * 40, path="guide.md", sha256="0")


def chunk(number: int, leaf: str, text: str, headings: tuple[str, ...] = ()) -> Chunk:
    return Chunk(
        id=f"c{number}", leaf_node=leaf, document=DOCUMENT, headings=headings, text=text, start=number, end=number + len(text)
    )


def sample(leaf: str, key: str | None) -> Sample:
    provenance = Provenance(taxonomy_commit="0", leaf_key="k", chunk=key, teacher="extractive")
    return Sample(
        id=sample_id(leaf, "q", None, "a"),
        leaf_node=leaf,
        kind="knowledge",
        question="q",
        answer="a",
        origin="extracted",
        provenance=provenance,
    )


def sources(folder: Path, chunks: list[Chunk]) -> ChunkSources:
    return ChunkSources(write_dataset(f"{folder}/chunks.jsonl", Chunk, chunks))


def test_each_sample_finds_its_chunk_though_leaf_nodes_are_mixed(tmp_path: Path) -> None:
    rows = [chunk(n, f"knowledge/{'ab'[n % 2]}", f"Text number {n} – naïve.", ("Guide",)) for n in range(3 * HELD_TEXTS)]
    found = sources(tmp_path, rows)
    for row in [*rows[::2], *rows[1::2], *rows]:
        text = found.find(sample(row.leaf_node, row.id))
        assert text is not None
        assert text.endswith(row.text)


def test_no_more_texts_are_held_than_agreed(tmp_path: Path) -> None:
    rows = [chunk(n, "knowledge/a", f"Text {n}.") for n in range(4 * HELD_TEXTS)]
    found = sources(tmp_path, rows)
    for row in rows:
        found.find(sample(row.leaf_node, row.id))
    assert len(found._texts) <= HELD_TEXTS


def test_headings_stand_above_unless_the_chunk_starts_with_them(tmp_path: Path) -> None:
    rows = [
        chunk(0, "knowledge/a", "# Oslo Guide\n\nThe Oslo Guide has 80 pages.", ("Oslo Guide",)),
        chunk(1, "knowledge/a", "See the Oslo Guide for maps.", ("Oslo Guide", "Maps")),
    ]
    found = sources(tmp_path, rows)
    assert found.find(sample("knowledge/a", "c0")) == rows[0].text
    assert found.find(sample("knowledge/a", "c1")) == "# Oslo Guide\n\n## Maps\n\nSee the Oslo Guide for maps."


def test_without_headings_the_documents_first_line_stands_above(tmp_path: Path) -> None:
    rows = [chunk(0, "knowledge/a", "Fact sheet: Kelo\n\nMass: 3 kg"), chunk(1, "knowledge/a", "Length: 4 m")]
    assert sources(tmp_path, rows).find(sample("knowledge/a", "c1")) == "# Fact sheet: Kelo\n\nLength: 4 m"


def test_a_sample_without_a_known_chunk_has_no_source(tmp_path: Path) -> None:
    found = sources(tmp_path, [chunk(0, "knowledge/a", "Text.")])
    assert found.find(sample("knowledge/a", None)) is None
    assert found.find(sample("knowledge/a", "c9")) is None
    assert found.find(sample("knowledge/b", "c0")) is None


def test_a_changed_file_of_chunks_is_refused(tmp_path: Path) -> None:
    file = write_dataset(f"{tmp_path}/chunks.jsonl", Chunk, [chunk(0, "knowledge/a", "Text.")])
    Path(file.path).write_text(Path(file.path).read_text(encoding="utf-8").replace("Text", "Test"), encoding="utf-8")
    with pytest.raises(DamagedFileError, match="not the file that was recorded"):
        ChunkSources(file)
