"""What the student is taught, in order: samples, conversations, replayed ones, the documents' passages.

Part of ``train``, inside the worker process.

- **Samples**: the whole current curriculum (or what the request holds of it); **conversations** of a user's own file beside them.
- **Replay**: where training goes on from a release, earlier samples are mixed in by share, drawn under the seed. Without them a
  student forgets: old knowledge fell from 0.95 to 0.00 in ten epochs of new facts, and stayed at 0.91 with an equal part of
  replay. A file of the user's (general conversations, say) is mixed in the same way.
- **Passages**: a student made from scratch has never read anything, so it also reads the documents as plain text.

Where there are two phases, what belongs to knowledge and what to skills is drawn apart, so that each phase has its shares.
Foundational skills belong to the knowledge phase (Sudalairaj et al. 2024, "LAB", section on multi-phase training).

Example::

    Lesson(id="5f0c...", source="sample", part="knowledge", messages=[{"role": "user", ...}, ...], ...)
    Lesson(id="passage", source="passage", part="knowledge", text="Warranty\\n\\nThe warranty runs for 24 months.", ...)

Not covered: what makes up a phase (``phases.py``), orders by difficulty, several epochs (``batches.py``).
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from schemas.errors import DamagedFileError
from schemas.records import Chunk, Conversation, Record, Sample
from schemas.student_contracts import TrainRequest
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.conversation_file import file_digest, read_conversations
from tasks.student_model.messages import Message, sample_messages, shows_context
from tasks.train.question_words import all_opening_words
from tasks.train.word_forms import other_forms

Source = Literal["sample", "replay", "file", "passage"]
SOURCES: tuple[Source, ...] = ("sample", "replay", "file", "passage")
Part = Literal["knowledge", "skills"]
PARTS: tuple[Part, ...] = ("knowledge", "skills")
L = TypeVar("L")
WORD = re.compile(r"[^\W\d_]+")
MOST_WORDS = 20_000
"""Words, the most frequent ones, whose other forms a new student's tokenizer is made to know."""


@dataclass(frozen=True)
class Lesson:
    """One thing to learn from: a conversation, or a passage of plain text."""

    id: str
    source: Source
    part: Part
    """The phase that it belongs to, where there are two."""
    messages: Sequence[Message] = ()
    text: str | None = None
    unmask: bool = False
    noisy: bool = False
    """Whether all that is not answered is a question, which ``prompt_noise.py`` may disturb."""
    row: Record | None = None
    """What it was made from: for the rejected file."""


def read_lessons(request: TrainRequest) -> Iterator[Lesson]:
    """All lessons of one epoch: samples and conversations first, then replay, then passages.

    Raises:
        DamagedFileError: a file is not what was recorded.
        UsageError: a row of the replay file cannot be read.
    """
    fresh: dict[Part, int] = {"knowledge": 0, "skills": 0}
    ids = set()
    for lesson in _fresh_lessons(request):
        ids.add(lesson.id)
        fresh[lesson.part] += 1
        yield lesson
    replayed = list(_replayed(request, ids, fresh))
    yield from replayed
    for lesson in replayed:
        fresh[lesson.part] += 1
    yield from _from_file(request, fresh)
    if reads_documents(request):
        for chunk in read_dataset(request.chunks, Chunk):
            yield Lesson(id="passage", source="passage", part="knowledge", text=render_passage(chunk))


def _fresh_lessons(request: TrainRequest) -> Iterator[Lesson]:
    yield from (sample_lesson(sample, "sample") for sample in read_dataset(request.samples, Sample))
    if request.conversations is not None:
        yield from (conversation_lesson(row, "sample") for row in read_dataset(request.conversations, Conversation))


def _replayed(request: TrainRequest, ids: set[str], fresh: dict[Part, int]) -> Iterator[Lesson]:
    """The share of earlier samples; where there are two phases, each phase's own."""
    if request.replay is None:
        return
    settings = request.train
    earlier = [sample_lesson(sample, "replay") for sample in read_dataset(request.replay, Sample) if sample.id not in ids]
    if settings.phases == "stacked":
        yield from draw_replay(earlier, sum(fresh.values()), settings.replay_share, settings.seed)
        return
    for part in PARTS:
        own = [lesson for lesson in earlier if lesson.part == part]
        yield from draw_replay(own, fresh[part], settings.replay_share, settings.seed)


def _from_file(request: TrainRequest, others: dict[Part, int]) -> Iterator[Lesson]:
    """The share of the user's replay file. Where there are two phases, each is given a part of its own."""
    settings = request.train
    if settings.replay_file is None:
        return
    if request.replay_file_sha256 and file_digest(settings.replay_file) != request.replay_file_sha256:
        raise DamagedFileError(f"{settings.replay_file} is not the file that this run began with. Run again.")
    rows = [conversation_lesson(row, "file") for row in read_conversations(settings.replay_file)]
    random.Random(settings.seed).shuffle(rows)  # noqa: S311 - repeatable on purpose
    share = settings.replay_file_share
    wanted = {part: round(count * share / (1 - share)) for part, count in others.items()}
    for number, lesson in enumerate(rows[: sum(wanted.values())]):
        part: Part = "knowledge" if number < wanted["knowledge"] else "skills"
        yield Lesson(id=lesson.id, source="file", part=part, messages=lesson.messages, unmask=lesson.unmask, row=lesson.row)


def sample_lesson(sample: Sample, source: Source) -> Lesson:
    """The conversation that a sample teaches."""
    foundational = sample.leaf_node.startswith("foundational_skills/")
    return Lesson(
        id=sample.id,
        source=source,
        part="knowledge" if sample.kind == "knowledge" or foundational else "skills",
        messages=sample_messages(sample),
        unmask=sample.unmask,
        noisy=sample.context is None or not shows_context(sample.kind, sample.unmask),
        row=sample,
    )


def conversation_lesson(conversation: Conversation, source: Source) -> Lesson:
    """A user's own conversation as it is."""
    return Lesson(
        id=conversation.id,
        source=source,
        part="knowledge" if conversation.kind == "knowledge" else "skills",
        messages=[Message(role=turn.role, content=turn.content) for turn in conversation.messages],
        unmask=conversation.unmask,
        row=conversation,
    )


def draw_replay(earlier: Sequence[L], fresh: int, share: float, seed: int) -> list[L]:
    """So many of the earlier ones that they make up ``share`` of the mix, or all of them where there are fewer.

    Args:
        earlier: what was taught before and is not in the curriculum any more, or again.
        fresh: what is new.
        share: of replayed ones in the mix, 0 to 0.95.
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
    """All texts of the lessons."""
    for lesson in lessons:
        yield from (message["content"] for message in lesson.messages)
        if lesson.text is not None:
            yield lesson.text


def tokenizer_texts(lessons: Iterable[Lesson]) -> Iterator[str]:
    """What a new student's tokenizer is trained on: all texts of the lessons, then words that questions about them may hold."""
    words = Counter[str]()
    for text in curriculum_texts(lessons):
        words.update(WORD.findall(text))
        yield text
    for word in related_words(word for word, _ in words.most_common(MOST_WORDS)):
        yield f"{word} {word}"  # a tokenizer merges what it has met twice


def related_words(words: Iterable[str]) -> list[str]:
    """The words in small letters and their other forms, and what questions are opened with: ``prompt_noise.py`` asks in them."""
    related = {form for word in words for form in (word.lower(), *other_forms(word.lower()))}
    for opening in all_opening_words():
        related.update(opening.split(), opening.capitalize().split()[:1])
    return sorted(related)
