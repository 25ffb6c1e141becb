"""Ten of the samples that the student was trained on, each with the passage that it was taught from, the answer's place marked.

A sample's provenance holds offsets in the document; the chunk that it names begins at ``chunk_start``, so the answer stands in
the chunk's text at ``answer_start - chunk_start``. Passages are read from the scanned chunks, never from the unscanned ones: what
the scan redacted must not come back here. Where a redaction moved the text, the offsets no longer hold: then
the answer's words are looked for instead.

Example::

    [Piece("... made of "), Piece("brushed stainless steel", marked=True, answer=True), Piece(", and they left ...")]

Not covered: passages of several chunks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flows.report.digest_order import SmallestDigests
from flows.report.wording import clip
from schemas.records import Chunk, Sample
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import read_dataset

SAMPLES_SHOWN = 10
AROUND = 220
"""Characters of the passage shown on each side of the answer's place."""


_LAST_HEADING = re.compile(r"\s*^#{1,6} [^\n]*\Z", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """A run of text: marked where the answer is taught, ``answer`` where its very words stand."""

    text: str
    marked: bool = False
    answer: bool = False


@dataclass(frozen=True)
class ShownSample:
    """A sample as the page shows it."""

    sample: Sample
    headings: tuple[str, ...]
    pieces: list[Piece]
    source: list[str]
    scores: list[tuple[str, float]]

    @property
    def question(self) -> str:
        return clip(self.sample.question)

    @property
    def answer(self) -> str:
        return clip(self.sample.answer)


def choose_samples(summary: RunSummary) -> list[ShownSample]:
    """Ten samples of the curriculum with their passages; fewer where there are fewer, none where no stage made any.

    Leaf nodes take turns, no fact comes twice, and at most three samples without a document are among them as long as there are
    others.
    """
    if not summary.scanned or not summary.scanned.clean:
        return []
    grounded: dict[str, SmallestDigests[Sample]] = {}
    free: dict[str, SmallestDigests[Sample]] = {}
    for sample in read_dataset(summary.scanned.clean[0], Sample):
        origin = sample.provenance
        pool = free if origin.document is None else grounded
        keep = pool.setdefault(sample.leaf_node, SmallestDigests(SAMPLES_SHOWN))
        keep.offer(f"{sample.leaf_node} {origin.fact or sample.id}", sample, tie=sample.id)
    with_document, without = _in_turns(grounded), _in_turns(free)
    few = min(len(without), max(3, SAMPLES_SHOWN - len(with_document)))
    chosen = with_document[: SAMPLES_SHOWN - few] + without[:few]
    chunks = _read_chunks(summary, {sample.provenance.chunk for sample in chosen if sample.provenance.chunk})
    return [_show(sample, chunks.get(sample.provenance.chunk or "")) for sample in chosen]


def _in_turns(pools: dict[str, SmallestDigests[Sample]]) -> list[Sample]:
    queues = [pools[leaf].items() for leaf in sorted(pools)]
    return [queue[turn] for turn in range(SAMPLES_SHOWN) for queue in queues if turn < len(queue)]


def _read_chunks(summary: RunSummary, wanted: set[str]) -> dict[str, Chunk]:
    if not wanted or not summary.sources:
        return {}
    files = [file for file in summary.sources.clean if file.record == "Chunk"]
    return {chunk.id: chunk for file in files for chunk in read_dataset(file, Chunk) if chunk.id in wanted}


def _show(sample: Sample, chunk: Chunk | None) -> ShownSample:
    if chunk is not None:
        pieces = list(_cut(chunk.text, *_marked_span(sample, chunk), sample.answer))
    else:
        context = sample.context or ""
        pieces = list(_cut(context, *_find(context, sample.answer), sample.answer)) if context else []
    return ShownSample(
        sample=sample,
        headings=_headings(sample, chunk) if chunk else (),
        pieces=pieces,
        source=_source(sample),
        scores=sorted(sample.critique.scores.items()) if sample.critique else [],
    )


def _marked_span(sample: Sample, chunk: Chunk) -> tuple[int, int]:
    """Where the answer is taught, as offsets in the chunk's text; an empty span where that is not known."""
    origin = sample.provenance
    unmoved = len(chunk.text) == chunk.end - chunk.start
    if unmoved and origin.answer_start is not None and origin.answer_end is not None:
        start, end = origin.answer_start - chunk.start, origin.answer_end - chunk.start
        if 0 <= start < end <= len(chunk.text):
            return start, end
    return _find(chunk.text, sample.answer)


def _headings(sample: Sample, chunk: Chunk) -> tuple[str, ...]:
    """The headings above the answer: the chunk's, of which only the outermost is sure where the chunk has headings of its own."""
    before = chunk.text[: _marked_span(sample, chunk)[0]]
    return chunk.headings[:1] if _HEADING.search(before) else chunk.headings


def _find(text: str, answer: str) -> tuple[int, int]:
    """Where the answer's words stand, letter case aside; an empty span where they don't."""
    same_length = len(text.lower()) == len(text)  # lower() makes two characters of some
    start = (text.lower().find(answer.lower()) if same_length else text.find(answer)) if answer else -1
    return (start, start + len(answer)) if start >= 0 else (0, 0)


def _cut(text: str, start: int, end: int, answer: str) -> Iterator[Piece]:
    """The text around ``[start, end)`` in pieces; a long one is shortened at both ends, at lines or words."""
    end = min(end, start + 4 * AROUND)
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    if first > 0:
        first = text.find("\n", first, start) + 1 or text.find(" ", first, start) + 1 or first
    if last < len(text):
        last = next((cut for cut in (text.rfind(mark, end, last) for mark in "\n ") if cut >= 0), last)
    before, marked, after = text[first:start], text[start:end], text[end:last]
    yield Piece(f"… {before.lstrip()}" if first > 0 else before)
    if marked:
        begin, stop = _find(marked, answer)
        yield Piece(marked[:begin], marked=True)
        yield Piece(marked[begin:stop], marked=True, answer=True)
        yield Piece(marked[stop:], marked=True)
    yield Piece(f"{_LAST_HEADING.sub('', after.rstrip())} …" if last < len(text) else after)


def _source(sample: Sample) -> list[str]:
    """Where the sample came from: document and place, or seed example; who wrote it."""
    origin = sample.provenance
    parts = []
    if origin.document is not None:
        parts.append(f"{origin.document.path} at commit {origin.document.commit[:10]}")
    if origin.answer_start is not None and origin.answer_end is not None:
        parts.append(f"characters {origin.answer_start:,} to {origin.answer_end:,}")
    if sample.origin == "seed":
        parts.append("seed example, as a person wrote it")
    elif origin.teacher == "extractive":
        parts.append(f"extractive teacher, pattern {origin.pattern or 'unnamed'}")
    else:
        parts.append(f"teacher {origin.teacher}" + (f", {origin.pattern}" if origin.pattern else ""))
    if sample.origin == "generated" and origin.seed_example:
        parts.append(f"after seed example {origin.seed_example}")
    return parts
