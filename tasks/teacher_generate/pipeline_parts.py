"""What all pipelines are made of: asking one prompt, and keeping account of what came of it.

A pipeline is a coroutine that asks a few prompts one after another and returns ``Drafts``. Nothing in it is random and nothing
is lost: for each planned sample that a failed request, an unusable answer or a short list prevented there is a ``Rejected`` with
its reason, so that the samples planned are those written and those rejected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from schemas.contracts import Usage
from schemas.records import Chunk, LeafNode, Provenance, Rejected, Sample, SeedExample, digest_of, sample_id
from schemas.settings import TeacherSettings
from tasks.chat_model.chat import Ask, ChatRequest, add_usage
from tasks.chat_model.managed_server import name_of_model
from tasks.chat_model.prompts import Prompt
from tasks.teacher_generate.pipeline_forms import Answer, Form

MOST_PER_REQUEST = 5
"""Samples asked for in one answer: models lose count, and repeat themselves, beyond a handful."""
STAGE = "teacher_generate"

F = TypeVar("F", bound=Form)
T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """What all requests of a run share."""

    teacher: TeacherSettings
    prompts: dict[str, Prompt]
    taxonomy_commit: str


@dataclass(frozen=True)
class Theme:
    """What one job is about: a leaf node, with the chunk and the seed examples that its prompts show."""

    leaf: LeafNode
    seed_examples: tuple[SeedExample, ...]
    chunk: Chunk | None = None

    @property
    def shard(self) -> str:
        """The file of the answer log: answers are reused only while the leaf's content is the same."""
        return shard_of(self.leaf.path, self.leaf.key)


@dataclass
class Drafts:
    """What a job, or a part of one, made."""

    samples: list[Sample] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)

    def take_over(self, other: "Drafts") -> None:
        """Appends what another part made."""
        self.samples += other.samples
        self.rejected += other.rejected
        self.usage = add_usage(self.usage, other.usage)


@dataclass
class Draft:
    """Writes one part of a job and keeps its account."""

    recipe: Recipe
    theme: Theme
    ask_model: Ask
    pattern: str
    drafts: Drafts = field(default_factory=Drafts)
    used: tuple[str, ...] = ()

    async def ask(
        self, name: str, form: type[F], index: int = 0, worth: int = 1, temperature: float | None = None, **values: Any
    ) -> F | None:
        """The answer to a prompt; None where there is none that can be used: then the samples that it was for are rejected.

        Args:
            form: What the answer fits.
            index: Tells equal prompts apart that shall have different answers.
            worth: Planned samples that there cannot be without this answer.
            temperature: None: the teacher's.
        """
        prompt, teacher, leaf = self.recipe.prompts[name], self.recipe.teacher, self.theme.leaf
        assert prompt.form is form, f"{name} is answered in the form {prompt.form.__name__}"
        messages = prompt.render(leaf_path=leaf.path, description=leaf.description, outline=leaf.outline, **values)
        warmth = teacher.temperature if temperature is None else temperature
        request = ChatRequest(
            messages, teacher.max_tokens, warmth, teacher.seed, index, prompt.form, prompt.example, self.theme.shard
        )
        answer = await self.ask_model(request)
        self.drafts.usage = add_usage(self.drafts.usage, answer.usage)
        if answer.failure is not None:
            self.reject_planned(worth, answer.failure, answer.detail, prompt=name, index=index, request=answer.request_id)
            return None
        self.used = (*self.used, prompt.digest) if prompt.digest not in self.used else self.used
        return cast(F, answer.content)

    def keep(self, question: str, answer: str, context: str | None = None, index: int = 0) -> None:
        """Adds a sample."""
        leaf, teacher = self.theme.leaf, self.recipe.teacher
        self.drafts.samples.append(
            Sample(
                id=sample_id(leaf.path, question, context, answer),
                leaf_node=leaf.path,
                kind=leaf.kind,
                question=question,
                context=context,
                answer=answer,
                origin="generated",
                provenance=Provenance(
                    taxonomy_commit=self.recipe.taxonomy_commit,
                    leaf_key=leaf.key,
                    pattern=self.pattern,
                    seed_example=self.theme.seed_examples[0].id if self.theme.seed_examples else None,
                    teacher=name_of_model(teacher.model),
                    prompt_digest=digest_of(self.used)[:16],
                    parameters={"temperature": teacher.temperature, "max_tokens": teacher.max_tokens, "index": index},
                    seed=teacher.seed,
                    **_place_in_document(self.theme.chunk, answer),
                ),
            )
        )

    def keep_answered(self, question: str, answer: Answer | None, context: str | None = None, index: int = 0) -> None:
        """Adds a sample, or a rejection where the teacher itself says that the question has no answer; None adds nothing."""
        if answer is None:
            return
        text = answer.answer.strip()
        if answer.answerable == "yes" and text:
            self.keep(question, text, context, index)
        else:
            self.reject("not_answerable", "the teacher says that it cannot be answered", question=question, index=index)

    def take(self, items: Sequence[T], count: int, what: str, index: int) -> Sequence[T]:
        """The first ``count`` items; for each that the teacher left out, a planned sample is rejected."""
        missing = count - len(items)
        if missing > 0:
            self.reject_planned(missing, "not_written", f"asked for {count} {what}, wrote {len(items)}", index=index)
        return items[:count]

    def reject_planned(self, count: int, reason: str, detail: str, **row: Any) -> None:
        """A rejection for each of several planned samples that one cause prevented: what was planned = samples + rejected."""
        for number in range(1, count + 1):
            self.reject(reason, detail, **row, **({"sample": f"{number} of {count}"} if count > 1 else {}))

    def reject(self, reason: str, detail: str, **row: Any) -> None:
        """Adds a rejection; ``row`` says what was refused."""
        theme = self.theme
        row |= {"pattern": self.pattern, "seed_examples": [seed.id for seed in theme.seed_examples]}
        row |= {"chunk": theme.chunk.id} if theme.chunk else {}
        identity = digest_of([theme.leaf.path, reason, row])[:16]
        self.drafts.rejected.append(
            Rejected(id=identity, leaf_node=theme.leaf.path, stage=STAGE, reason=reason, detail=detail, row=row)
        )


def shard_of(leaf_node: str, leaf_key: str) -> str:
    """The name of a leaf's file in the answer log."""
    return digest_of([leaf_node, leaf_key])[:32]


def split_count(count: int, parts: int) -> list[int]:
    """``count`` in ``parts`` numbers that differ by at most one, the larger ones first.

    >>> split_count(5, 3)
    [2, 2, 1]
    """
    return [count // parts + (part < count % parts) for part in range(parts)]


def batches_of(count: int) -> list[int]:
    """How many samples each of the requests asks for that make ``count`` together.

    >>> batches_of(12)
    [4, 4, 4]
    """
    return split_count(count, -(-count // MOST_PER_REQUEST))


def _place_in_document(chunk: Chunk | None, answer: str) -> dict[str, Any]:
    """The chunk's part of the provenance, and where the answer stands in the document if it does so word for word."""
    if chunk is None:
        return {}
    place = {"document": chunk.document, "chunk": chunk.id, "chunk_start": chunk.start, "chunk_end": chunk.end}
    found = chunk.text.find(answer)
    if found < 0:
        return place
    return {**place, "answer_start": chunk.start + found, "answer_end": chunk.start + found + len(answer)}
