"""What each stage is asked, and what it returns.

Between stages go these small frozen models: references to dataset files, counts, digests. Never rows. A request's ``key()`` is a
digest of all that its result depends on: a stage with the same key is not run twice, and its files lie under that key.
"""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from schemas.records import Record, digest_of
from schemas.settings import CriticSettings, ScanSettings, TaxonomySettings, TeacherSettings


class DatasetFile(Record):
    """A finished JSONL file, one record type per file."""

    path: str = Field(description="local path or fsspec URL")
    sha256: str
    rows: int
    record: str = Field(description="name of the record type in schemas.records")


class Checkpoint(Record):
    """A model directory: safetensors, configuration, tokenizer."""

    path: str
    sha256: str = Field(description="digest over the names and digests of its files")
    parameters: int = Field(description="number of weights")


class Progress(Record):
    """How far a stage is. ``total`` is None while it is unknown."""

    done: int
    total: int | None = None
    unit: str = "rows"
    note: str = ""


ReportProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """The reporter for callers that do not watch."""


class Request(Record):
    """The base of all requests. A stage is ``do(request, StageFolders, ReportProgress) -> result``."""

    def key(self) -> str:
        """16 hex digits that change when anything changes that the result depends on.

        Files count by their digest, not by where they lie.
        """
        return digest_of(without_places(self.model_dump(mode="json")))[:16]


def without_places(value: Any) -> Any:
    """The value without the ``path`` of anything that also has a ``sha256``."""
    if isinstance(value, dict):
        placed = "sha256" in value
        return {k: without_places(v) for k, v in value.items() if not (placed and k == "path")}
    if isinstance(value, list):
        return [without_places(v) for v in value]
    return value


class StageFolders(Record):
    """Where a stage may write: local paths or fsspec URLs."""

    folder: str = Field(description="the stage's files: named by the request's key, so equal requests share them")
    cache: str = Field(description="content-addressed work that all runs share: documents, generations, answer logs")


class Shard(Record):
    """A part of a stage's rows, for another process, or another machine that sees the same files."""

    rows: DatasetFile
    brief: DatasetFile = Field(description="one row: what the work on all shards depends on besides its rows")
    result: str = Field(description="path or URL of the file that the work writes: one row for each of its rows")


ShardWork = Callable[[Shard], DatasetFile]
"""What is done to a shard: a function of a module, so that another process finds it by its name."""
RunShards = Callable[[ShardWork, list[Shard], ReportProgress], list[DatasetFile]]
"""Whoever has the work done on all shards, wherever that is; results in the shards' order."""


# -- taxonomy_diff ---------------------------------------------------------------------------------------------------


class Release(Record):
    """A student that was proven better, as the ledger records it."""

    number: int
    run_key: str
    date: str = Field(description="UTC, ISO 8601")
    taxonomy_commit: str
    leaf_nodes: dict[str, str] = Field(description="leaf node path -> key")
    checkpoint: Checkpoint
    samples: DatasetFile = Field(description="what the student was trained on")
    exam: tuple[DatasetFile, ...] = Field(description="what it was examined on")
    parent: int | None = None


class TaxonomyRequest(Request):
    taxonomy: TaxonomySettings
    release: Release | None = Field(description="the current release: the base of the diff")
    settings_digest: str = Field(description="digest of all settings that the student depends on")


class Rename(Record):
    from_path: str
    to_path: str


class Fault(Record):
    """Something wrong with a file of the taxonomy."""

    path: str
    line: int
    column: int
    rule: str
    severity: Literal["error", "warning"]
    message: str = Field(description="what was found, what was expected, how to fix it")


class TaxonomyChange(Record):
    base: str | None = Field(description="commit of the base; None where there was no release")
    head: str
    added: tuple[str, ...]
    modified: tuple[str, ...]
    renamed: tuple[Rename, ...]
    deleted: tuple[str, ...]
    faults: tuple[Fault, ...]
    leaf_nodes: DatasetFile = Field(description="LeafNode: the whole current curriculum, changed or not")
    seed_examples: DatasetFile = Field(description="SeedExample: those that a teacher may see")
    chunks: DatasetFile = Field(description="Chunk")
    exam: DatasetFile = Field(description="ExamQuestion, suite human")
    leaf_keys: dict[str, str] = Field(description="leaf node path -> key")
    run_key: str = Field(description="digest of taxonomy content, documents and the settings that matter")


# -- safety_scan -----------------------------------------------------------------------------------------------------


class ScanRequest(Request):
    rows: tuple[DatasetFile, ...] = Field(description="files of LeafNode, SeedExample, Chunk or Sample")
    policy: ScanSettings
    policy_sha256: str = Field("", description="digest of the policy file: another content is another request")
    exam: tuple[DatasetFile, ...] = Field((), description="ExamQuestion files that no row may contain")
    decisions: DatasetFile | None = Field(None, description="QuarantineDecision: what persons decided about quarantined rows")
    earlier: DatasetFile | None = Field(
        None, description="Sample: what the current release was trained on; what repeats it in another leaf node goes"
    )
    earlier_is_known: bool = Field(
        False, description="training goes on from that release: what repeats its samples in the same leaf node goes, too"
    )


class ScanLeafCounts(Record):
    """Verdicts on one leaf node's rows, and how varied its samples' questions are."""

    leaf_node: str
    allowed: int = 0
    redacted: int = 0
    quarantined: int = 0
    dropped: int = 0
    duplicates: int = Field(0, description="of the dropped rows, those that repeat another")
    question_diversity: float | None = Field(
        None, description="different two-word sequences per two-word sequence of the kept samples' questions, 0 to 1"
    )


class ScanResult(Record):
    """rows in = allowed + redacted + quarantined + dropped."""

    clean: tuple[DatasetFile, ...] = Field(description="allowed and redacted rows, one file for each file asked, in order")
    refused: DatasetFile = Field(description="Rejected: the quarantined and dropped rows, values masked")
    allowed: int
    redacted: int
    quarantined: int
    dropped: int
    counts_by_rule: dict[str, int] = Field(description="rows by verdict and rule, for example redact:personal.email")
    leaf_counts: tuple[ScanLeafCounts, ...] = Field((), description="by leaf node, in order of path")
    policy_sha256: str = Field("", description="digest of the policy that gave the verdicts")
    released: int = Field(0, description="of the allowed and redacted rows, those that a person released from quarantine")
    denied: int = Field(0, description="of the dropped rows, those that a person denied")
    guardian: "GuardianCounts | None" = Field(None, description="None where no guardian model was asked")


# -- teacher_generate ------------------------------------------------------------------------------------------------


class GenerateRequest(Request):
    leaf_nodes: DatasetFile
    seed_examples: DatasetFile
    chunks: DatasetFile
    teacher: TeacherSettings
    prompts_sha256: str = Field("", description="digest of the teacher's own prompts, where the settings name a directory")
    taxonomy_commit: str


class Usage(Record):
    """What the served models were asked."""

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class GuardianCounts(Record):
    """What the guardian model was asked about a scan's rows, its canaries aside."""

    judged: int = Field(description="rows that it judged")
    passed_over: int = Field(description="rows outside the share of the settings: not judged")
    blocked: int = Field(description="rows that it, or its failing, kept out")
    usage: Usage


ScanResult.model_rebuild()  # it names a class that stands below it


class Generated(Record):
    """drafts = samples + reserved + rejected."""

    samples: DatasetFile = Field(description="Sample")
    reserved: DatasetFile = Field(description="ExamQuestion, suite reserved_phrasing")
    rejected: DatasetFile = Field(description="Rejected")
    drafts: int
    generated_leaf_nodes: tuple[str, ...] = Field(description="those that were written in this run")
    reused_leaf_nodes: tuple[str, ...] = Field(description="those whose samples an earlier run had written")
    usage: Usage = Usage()


# -- critic_filter ---------------------------------------------------------------------------------------------------


class FilterRequest(Request):
    samples: DatasetFile
    chunks: DatasetFile
    seed_examples: DatasetFile = Field(description="known-good pairs: the canaries are made from them")
    critic: CriticSettings
    prompts_sha256: str = Field("", description="digest of the critic's own prompts, where the settings name a directory")
    exam: tuple[DatasetFile, ...] = Field(
        (), description="ExamQuestion files: the critic checks their knowledge questions, no sample comes of them"
    )


class CanaryScores(Record):
    """How the critic judged pairs whose verdict is known."""

    good: int = Field(description="known-good pairs asked")
    good_kept: int
    bad: int = Field(description="known-bad pairs asked")
    bad_caught: int

    @property
    def precision(self) -> float | None:
        """The share of good pairs in what it kept; None where it kept nothing."""
        kept = self.good_kept + self.bad - self.bad_caught
        return self.good_kept / kept if kept else None

    @property
    def recall(self) -> float | None:
        """The share of the good pairs that it kept; None where there were none."""
        return self.good_kept / self.good if self.good else None


class LeafCounts(Record):
    leaf_node: str
    generated: int
    kept: int
    rejected: dict[str, int] = Field(description="by reason")
    refused_by: str = Field("", description="where nothing was kept: the critic")
    examples: tuple[str, ...] = Field((), description="where nothing was kept: up to three samples with the critic's words")


class Filtered(Record):
    """samples in = kept + rejected."""

    kept: DatasetFile = Field(description="Sample, with critique")
    rejected: DatasetFile = Field(description="Rejected")
    canaries: CanaryScores
    leaf_counts: tuple[LeafCounts, ...]
    usage: Usage = Usage()
    exam_checks: DatasetFile | None = Field(None, description="ExamCheck; None where no exam was to be checked")
