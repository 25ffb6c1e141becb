"""The passage that a sample was written from, cut to what a person wants to see of it.

    Passage(before="... exterior of brushed ", answer="SS304 stainless steel", after=" panels ...")

Passages are read from the scanned chunks: what the scan took out must not come back here.

Not covered: freeform skills; they have no source.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.contracts import DatasetFile
from schemas.records import Chunk, Sample, SeedExample
from tasks.dataset_files.jsonl import read_dataset

AROUND = 160
"""Characters shown on each side of the answer."""


@dataclass(frozen=True)
class Passage:
    """A piece of the source; ``answer`` is empty where its words do not stand there."""

    before: str
    answer: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        return f"{self.before}{self.answer}{self.after}"


def find_passages(samples: Iterable[Sample], sources: Iterable[DatasetFile]) -> dict[str, Passage]:
    """The passages of the samples that have one, by the sample's id.

    Args:
        sources: Files of Chunk and SeedExample, scanned; files of other records are passed over.
    """
    listed = list(samples)
    chunk_ids = {sample.provenance.chunk for sample in listed}
    seed_ids = {sample.provenance.seed_example for sample in listed}
    chunks: dict[str | None, Chunk] = {}
    contexts: dict[str | None, str | None] = {}
    for file in sources:
        if file.record == "Chunk":
            chunks |= {chunk.id: chunk for chunk in read_dataset(file, Chunk) if chunk.id in chunk_ids}
        elif file.record == "SeedExample":
            contexts |= {seed.id: seed.context for seed in read_dataset(file, SeedExample) if seed.id in seed_ids}
    found = {}
    for sample in listed:
        origin = sample.provenance
        passage = cut_passage(sample, chunks.get(origin.chunk), contexts.get(origin.seed_example))
        if passage is not None:
            found[sample.id] = passage
    return found


def cut_passage(sample: Sample, chunk: Chunk | None, seed_context: str | None) -> Passage | None:
    """What stands around the answer; the beginning of the source where its words do not stand in it; None without a source."""
    text = chunk.text if chunk else sample.context or (seed_context if sample.kind != "freeform_skill" else None)
    if not text:
        return None
    start, end = _place(sample, chunk, text)
    if start == end:
        return Passage(_shorten_end(text, 2 * AROUND))
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    lead, tail = "... " if start > AROUND else "", " ..." if end + AROUND < len(text) else ""
    return Passage(lead + before, text[start:end], after + tail)


def _place(sample: Sample, chunk: Chunk | None, text: str) -> tuple[int, int]:
    origin = sample.provenance
    if chunk and origin.answer_start is not None and origin.answer_end is not None:
        start, end = origin.answer_start - chunk.start, origin.answer_end - chunk.start
        # A redaction moves what follows it: then the offsets point anywhere.
        if 0 <= start < end <= len(text) == chunk.end - chunk.start:
            return start, end
    found = text.find(sample.answer) if sample.answer else -1
    return (found, found + len(sample.answer)) if found >= 0 else (0, 0)


def _shorten_end(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()} ..."
