"""The rows of dataset files, one type per file.

The vocabulary is one: ``question``, ``context``, ``answer`` from the human's seed example to the student's exam; they become
``messages`` only inside training. Every id is a digest of content: the same content has the same id on every machine.

    LeafNode      a directory with a qna.yaml                       taxonomy_diff -> everything
    SeedExample   one human-written question and answer             taxonomy_diff -> teacher_generate
    Chunk         a passage of a pinned document                    taxonomy_diff -> teacher_generate, critic_filter
    ExamQuestion  a question that no teacher and no student sees    taxonomy_diff, teacher_generate -> evaluate
    Sample        one question and answer to train on               teacher_generate -> ... -> train
    Rejected      what a stage refused, with the reason             every stage
    Conversation  turns to train on, from a user's own file         model train, the replay file -> train
    TrainStep     one line of a training log                        train -> report
    ExamAnswer    what base and student answered                    evaluate -> report
"""

import hashlib
import json
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LeafKind = Literal["knowledge", "grounded_skill", "freeform_skill"]
Change = Literal["added", "modified", "renamed", "unchanged"]


def digest_of(value: Any) -> str:
    """The SHA-256 (64 hex digits) of a value's canonical JSON: sorted keys, no spaces, UTF-8.

    Args:
        value: Anything that ``json`` can write, or a pydantic model.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Record(BaseModel):
    """A frozen model that refuses unknown fields: the base of all rows, requests and results."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(Record):
    """A file of a pinned Git repository, as it was fetched."""

    repo: str = Field(description="where it was fetched from, as the qna.yaml names it")
    commit: str = Field(description="full commit id (40 or 64 hex digits)")
    path: str = Field(description="POSIX path inside that repository")
    sha256: str = Field(description="digest of the file's text as chunked (UTF-8)")


class LeafNode(Record):
    """A directory of the taxonomy with a valid ``qna.yaml``."""

    path: str = Field(description="POSIX path, for example knowledge/vehicles/delorean_dmc12")
    kind: LeafKind
    version: int = Field(description="the qna.yaml's format version")
    description: str = Field(description="the domain (knowledge) or task_description (skills), as written")
    outline: str = Field("", description="the document_outline of knowledge, as written")
    created_by: str = ""
    key: str = Field(description="digest of its content and documents: what its samples depend on")
    change: Change = Field(description="against the base of this run")
    documents: tuple[Document, ...] = ()
    taught: int = Field(description="seed examples that a teacher may see")
    held_out: int = Field(description="seed examples that went to the exam")


class SeedExample(Record):
    """One human-written question and answer that a teacher may see."""

    id: str
    leaf_node: str
    kind: LeafKind
    question: str
    context: str | None = None
    answer: str
    line: int = Field(0, description="line of the question in the qna.yaml, from 1; 0 where unknown")


class Chunk(Record):
    """A passage of a document: ``document text[start:end] == text``."""

    id: str
    leaf_node: str
    document: Document
    headings: tuple[str, ...] = Field((), description="the headings above it, outermost first")
    text: str
    start: int = Field(description="offset in the document, characters")
    end: int = Field(description="offset of the end, characters")


class ExamQuestion(Record):
    """A question that is asked of base and student, and was never shown to teacher or student."""

    id: str
    suite: Literal["human", "reserved_phrasing"] = Field(
        description="human: a held-out seed example; reserved_phrasing: a taught fact in a wording kept for the exam"
    )
    leaf_node: str
    kind: LeafKind
    question: str
    context: str | None = None
    reference: str = Field(description="the expected answer")
    fact: str | None = Field(None, description="the fact it asks for, where an extractive teacher knows")
    in_document: bool | None = Field(
        None, description="whether the reference can be known from the leaf's documents; None where there are none"
    )


class ExamCheck(Record):
    """What the critic said of an exam question's expected answer: only what a source supports may become multiple choice."""

    id: str = Field(description="of the ExamQuestion")
    leaf_node: str
    supported: bool
    reason: str = Field("", description="where it is not supported: the critic's short code")
    detail: str = ""
    critic: str = ""


class Provenance(Record):
    """Where a sample came from: enough to find the sentence, and to make the sample again."""

    taxonomy_commit: str
    leaf_key: str
    document: Document | None = None
    chunk: str | None = Field(None, description="id of the chunk")
    chunk_start: int | None = Field(None, description="the chunk's offset in the document, characters")
    chunk_end: int | None = None
    answer_start: int | None = Field(None, description="offset in the document of the passage that holds the answer")
    answer_end: int | None = None
    fact: str | None = Field(None, description="digest of the fact (extractive teacher)")
    pattern: str | None = Field(None, description="name of the statement pattern or pipeline that wrote it")
    seed_example: str | None = Field(None, description="id of the seed example it was made from or shows")
    teacher: str = Field(description="model name, or 'extractive', or 'seed'")
    prompt_digest: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict, description="sampling parameters as sent")
    seed: int = 0


class Critique(Record):
    """What the critic said of a sample."""

    critic: str = Field(description="model name, or 'lexical'")
    scores: dict[str, float] = Field(description="by criterion, for example faithfulness: 1.0")
    explanation: str = ""


class Finding(Record):
    """What the scanner found in one field of a row; never holds the raw value."""

    rule: str
    version: int = 1
    category: str
    field: str
    start: int
    end: int
    score: float = 1.0
    detector: str
    preview: str = Field(description="masked")
    allowed_because: str = Field("", description="why the policy lets this value stand; empty where the rule's action holds")


class Sample(Record):
    """One question and answer to train on."""

    id: str
    leaf_node: str
    kind: LeafKind
    question: str
    context: str | None = None
    answer: str
    origin: Literal["extracted", "generated", "seed"] = Field(
        description="extracted from a document by rules, generated by a model, or a human's seed example as it is"
    )
    unmask: bool = Field(False, description="train on all tokens, not on the answer's alone")
    provenance: Provenance
    critique: Critique | None = None
    findings: tuple[Finding, ...] = ()


def sample_id(leaf_node: str, question: str, context: str | None, answer: str) -> str:
    """The id of a sample or a seed example: 16 hex digits of its content's digest."""
    return digest_of([leaf_node, question, context, answer])[:16]


REDACTION = re.compile(r"\[[A-Z][A-Z0-9_]*_\d+\]")
"""The placeholder that the safety scan puts in place of a private value, for example ``[PHONE_1]``."""


class Rejected(Record):
    """What a stage refused. ``row`` is the refused record as it was."""

    id: str
    leaf_node: str
    stage: str
    reason: str = Field(description="a short code, for example unsupported_number")
    detail: str = ""
    row: dict[str, Any] = Field(default_factory=dict)


class Turn(Record):
    """What one side says."""

    role: Literal["system", "user", "assistant"]
    content: str


class Conversation(Record):
    """Turns to train on, from a user's own file."""

    id: str
    messages: tuple[Turn, ...]
    unmask: bool = Field(False, description="train on all tokens, not on the assistant's alone")
    kind: LeafKind | None = Field(None, description="where the file's metadata tells")


class QuarantineDecision(Record):
    """What a person decided about a quarantined row. Holds no text of the row."""

    row: str = Field(description="the row's id in the quarantine")
    leaf_node: str
    rule: str = Field(description="what had quarantined it: a row that another rule quarantines is decided upon anew")
    decision: Literal["release", "deny"]
    contents: tuple[str, ...] = Field(description="slow salted digests of the rows' texts: equal masks may hide other values")
    policy_sha256: str = Field(description="the policy under which it was decided; under another one it does not count")
    by: str
    date: str = Field(description="UTC, ISO 8601")
    reason: str


class TrainStep(Record):
    """One line of a training log."""

    phase: str
    step: int
    epoch: float
    loss: float
    learning_rate: float
    tokens: int = Field(description="tokens seen since the start of the phase, padding not counted")
    seconds: float
    validation_loss: float | None = Field(None, description="on the phase's held-out part, where it was taken at this step")


class ExamAnswer(Record):
    """One exam question with what was expected and what base and student answered."""

    question: ExamQuestion
    changed: bool = Field(description="new or different since the release that the student is compared with")
    base_answer: str
    student_answer: str
    base_scores: dict[str, float] = Field(description="by metric, 0 to 1; judge: 1 to 5, absent where it failed")
    student_scores: dict[str, float]
