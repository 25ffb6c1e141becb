"""What the student is taught, in order: the samples, replayed samples of earlier releases, the documents' passages.

Part of ``train``, inside the worker process.

- **Samples**: the whole current curriculum (or what the request holds of it).
- **Replay**: where training goes on from a release, earlier samples are mixed in by share, drawn under the seed. Without them a
  student forgets: old knowledge fell from 0.95 to 0.00 in ten epochs of new facts, and stayed at 0.91 with an equal part of
  replay.
- **Passages**: a student made from scratch has never read anything, so it also reads the documents as plain text.

Example::

    Lesson(sample=Sample(question="How long is the warranty?", ...), text=None)
    Lesson(sample=None, text="Warranty\\n\\nThe warranty runs for 24 months.")

Not covered: phases, orders by difficulty, several epochs (``batches.py``).
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schemas.records import Chunk, Sample
from schemas.student_contracts import TrainRequest
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.messages import sample_messages


@dataclass(frozen=True)
class Lesson:
    """One thing to learn from: a sample, or a passage of plain text."""

    sample: Sample | None = None
    text: str | None = None


def read_lessons(request: TrainRequest) -> Iterator[Lesson]:
    """All lessons of one epoch: samples first, then passages.

    Raises:
        DamagedFileError: a file is not what was recorded.
    """
    yield from (Lesson(sample=sample) for sample in read_samples(request))
    if reads_documents(request):
        yield from (Lesson(text=render_passage(chunk)) for chunk in read_dataset(request.chunks, Chunk))


def read_samples(request: TrainRequest) -> Iterator[Sample]:
    """The samples of one epoch: the request's own and its share of replay."""
    ids = set()
    for sample in read_dataset(request.samples, Sample):
        ids.add(sample.id)
        yield sample
    if request.replay is not None:
        earlier = [sample for sample in read_dataset(request.replay, Sample) if sample.id not in ids]
        yield from draw_replay(earlier, request.samples.rows, request.train.replay_share, request.train.seed)


def draw_replay(earlier: Sequence[Sample], fresh: int, share: float, seed: int) -> list[Sample]:
    """So many earlier samples that they make up ``share`` of the mix, or all of them where there are fewer.

    Args:
        earlier: samples of earlier releases that are not in the curriculum any more, or again.
        fresh: samples of the curriculum.
        share: of replayed samples in the mix, 0 to 0.95.
        seed: of the draw.
    """
    wanted = round(fresh * share / (1 - share))
    if wanted >= len(earlier):
        return list(earlier)
    chosen = random.Random(seed).sample(range(len(earlier)), wanted)  # noqa: S311 - repeatable on purpose
    return [earlier[number] for number in sorted(chosen)]


def reads_documents(request: TrainRequest) -> bool:
    """Whether the student reads the passages as plain text: one made from scratch does."""
    return request.train.base == "scratch"


def render_passage(chunk: Chunk) -> str:
    """A passage with the headings above it, as the student reads it."""
    return "\n\n".join([*chunk.headings, chunk.text.strip()])


def curriculum_texts(lessons: Iterable[Lesson]) -> Iterator[str]:
    """All texts of the lessons: what a tokenizer is trained on."""
    for lesson in lessons:
        if lesson.sample is not None:
            yield from (message["content"] for message in sample_messages(lesson.sample))
        if lesson.text is not None:
            yield lesson.text
