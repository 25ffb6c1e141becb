"""A handful of samples of one leaf node, to look at before a run: what the teacher writes, what the critic says, and from which
passage.

    taxonomy_diff -> safety_scan -> teacher_generate -> critic_filter        on one leaf node, as plain functions

Everything lies in a folder that the caller throws away, answers of models too: a preview is paid each time, and changes nothing.
So it asks little: a model teacher is given as many chunks or seed examples as it takes, and the critic judges what is shown.

    Preview(leaf_node="knowledge/birds", drafts=5, shown=(Shown(sample=..., refused=None, passage=...), ...), canaries=...)

Not covered: the scan of the samples, which needs the whole curriculum to know repetitions; and the exam's split across leaf
nodes: a seed example that another leaf node holds out may be shown to the teacher here.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.commands.data.passages import Passage, find_passages
from flows.commands.data.picking import pick_evenly
from schemas.contracts import (
    CanaryScores,
    DatasetFile,
    Filtered,
    FilterRequest,
    Generated,
    GenerateRequest,
    ReportProgress,
    ScanRequest,
    StageFolders,
    TaxonomyChange,
    TaxonomyRequest,
    Usage,
)
from schemas.errors import ScanError, UsageError
from schemas.records import Chunk, LeafNode, Record, Rejected, Sample, SeedExample
from schemas.settings import Settings, TaxonomySettings, TeacherSettings
from tasks.chat_model.chat import add_usage
from tasks.critic_filter.filter import filter_samples
from tasks.dataset_files.jsonl import read_dataset, write_dataset
from tasks.safety_scan.scan import scan_rows
from tasks.taxonomy_diff.change import find_change
from tasks.taxonomy_diff.taxonomy_tree import list_tree, open_taxonomy, resolve_head
from tasks.teacher_generate.generate import generate_samples
from taxonomy_sample.materialise import materialise

WatchStage = Callable[[str], ReportProgress]
"""From a stage's name to what is told how far it is."""


@dataclass(frozen=True)
class Shown:
    """One sample with what the critic made of it."""

    sample: Sample
    refused: Rejected | None
    passage: Passage | None


@dataclass(frozen=True)
class Preview:
    """What a preview found. ``not_written`` is what the teacher itself refused, ``blocked`` what the scan of the sources did."""

    leaf_node: LeafNode
    taxonomy_commit: str
    chunks: int
    drafts: int
    shown: tuple[Shown, ...]
    not_written: tuple[Rejected, ...]
    blocked: tuple[Rejected, ...]
    canaries: CanaryScores
    usage: Usage


@dataclass(frozen=True)
class _Sources:
    """One leaf node's scanned rows."""

    leaf: LeafNode
    seeds: list[SeedExample]
    chunks: list[Chunk]
    blocked: tuple[Rejected, ...]


class _Work:
    """Where a preview's files lie, and who watches."""

    def __init__(self, folder: Path, watch: WatchStage) -> None:
        self._folder, self.watch = folder, watch

    def stage(self, name: str) -> StageFolders:
        return StageFolders(folder=str(self._folder / "stages" / name), cache=str(self._folder / "cache"))

    def write(self, name: str, record: type[Record], rows: list[Record]) -> DatasetFile:
        return write_dataset(str(self._folder / f"{name}.jsonl"), record, rows)


def preview_leaf(settings: Settings, leaf: str, count: int, folder: Path, watch: WatchStage) -> Preview:
    """The preview of one leaf node; all is read into memory, so that the folder may go.

    Args:
        settings: ``taxonomy.path`` is set.
        leaf: The leaf node's path.
        count: How many samples to show, from 1.
        folder: Where all files go.

    Raises:
        UsageError: the taxonomy has no such leaf node.
        TaxonomyError: the leaf node is invalid, or the taxonomy cannot be read.
        ScanError: the scan of the sources blocks the whole leaf node.
        ModelServerError: a served model does not answer.
    """
    work = _Work(folder, watch)
    _require_leaf(settings.taxonomy, leaf)
    change = _read_leaf(settings, leaf, work)
    sources = _scan(settings, change, work)
    generated = _generate(settings, change, sources, count, work)
    drafts = list(pick_evenly(read_dataset(generated.samples, Sample), generated.samples.rows, count))
    filtered = _judge(settings, sources, drafts, work)
    judged = {sample.id: sample for sample in read_dataset(filtered.kept, Sample)}
    refused = {row.id: row for row in read_dataset(filtered.rejected, Rejected)}
    judged |= {row.id: Sample.model_validate(row.row) for row in refused.values()}
    files = (work.write("shown_chunks", Chunk, [*sources.chunks]), work.write("shown_seeds", SeedExample, [*sources.seeds]))
    passages = find_passages(drafts, files)
    return Preview(
        leaf_node=sources.leaf,
        taxonomy_commit=change.head,
        chunks=change.chunks.rows,
        drafts=generated.samples.rows,
        shown=tuple(Shown(judged[each.id], refused.get(each.id), passages.get(each.id)) for each in drafts),
        not_written=tuple(read_dataset(generated.rejected, Rejected)),
        blocked=sources.blocked,
        canaries=filtered.canaries,
        usage=add_usage(generated.usage, filtered.usage),
    )


def with_taxonomy(settings: Settings, workspace: Path, folder: Path) -> Settings:
    """The settings with a path to their taxonomy: the workspace's copy of the built-in sample, or a new one in ``folder``."""
    if settings.taxonomy.path is not None:
        return settings
    sample = workspace / "sample" / "taxonomy"
    path = sample if sample.exists() else materialise(folder / "sample")
    return settings.model_copy(update={"taxonomy": settings.taxonomy.model_copy(update={"path": str(path)})})


def _require_leaf(taxonomy: TaxonomySettings, leaf: str) -> None:
    repository = open_taxonomy(taxonomy.path)
    leaves = list_tree(repository, resolve_head(repository, taxonomy.head)).leaves
    if leaf in leaves:
        return
    near = [path for path in sorted(leaves) if path.startswith(f"{leaf}/")] or difflib.get_close_matches(
        leaf, leaves, n=3, cutoff=0
    )
    hint = f"Did you mean {', '.join(near[:3])}?" if near else "It has none at all."
    raise UsageError(f"the taxonomy has no leaf node {leaf!r} at {taxonomy.head}. {hint}")


def _read_leaf(settings: Settings, leaf: str, work: _Work) -> TaxonomyChange:
    """The leaf node alone: faults of others are not its business."""
    alone = settings.taxonomy.model_copy(update={"only": leaf, "on_invalid": "skip"})
    request = TaxonomyRequest(taxonomy=alone, release=None, settings_digest="preview")
    return find_change(request, work.stage("taxonomy_diff"), work.watch("taxonomy_diff"))


def _scan(settings: Settings, change: TaxonomyChange, work: _Work) -> _Sources:
    """What a teacher may read. However much is blocked, a preview shows it instead of stopping."""
    policy = settings.scan.model_copy(update={"blocked_share_limit": 1.0})
    request = ScanRequest(rows=(change.leaf_nodes, change.seed_examples, change.chunks), policy=policy)
    scanned = scan_rows(request, work.stage("safety_scan"), work.watch("safety_scan"))
    leaves, seeds, chunks = scanned.clean
    blocked = tuple(read_dataset(scanned.refused, Rejected))
    leaf = next(iter(read_dataset(leaves, LeafNode)), None)
    if leaf is None:
        raise ScanError(f"the scan blocks the whole leaf node: {blocked[0].reason}. Mend its qna.yaml or the policy.")
    return _Sources(leaf, list(read_dataset(seeds, SeedExample)), list(read_dataset(chunks, Chunk)), blocked)


def _generate(settings: Settings, change: TaxonomyChange, sources: _Sources, count: int, work: _Work) -> Generated:
    teacher, seeds, chunks = _ask_for_few(settings.teacher, sources, count)
    request = GenerateRequest(
        leaf_nodes=work.write("leaf_nodes", LeafNode, [sources.leaf]),
        seed_examples=work.write("seed_examples", SeedExample, [*seeds]),
        chunks=work.write("chunks", Chunk, [*chunks]),
        teacher=teacher,
        taxonomy_commit=change.head,
    )
    return generate_samples(
        request, work.stage("teacher_generate"), work.watch("teacher_generate"), read_secret=read_secret_block
    )


def _ask_for_few(
    teacher: TeacherSettings, sources: _Sources, count: int
) -> tuple[TeacherSettings, list[SeedExample], list[Chunk]]:
    """A model's settings and material for about ``count`` samples; the extractive teacher costs nothing and gets all.

    Knowledge: some chunks with the seed examples of one context, each asked for ``scale_factor`` samples as in a run. Skills: all
    seed examples, because prompts show several, each asked for fewer samples.
    """
    seeds, chunks = sources.seeds, sources.chunks
    if teacher.kind != "model":
        return teacher, seeds, chunks
    if sources.leaf.kind == "knowledge":
        scale = min(teacher.scale_factor, count)
        few = list(pick_evenly(chunks, len(chunks), -(-count // scale)))
        seeds = [seed for seed in seeds if seed.context == seeds[0].context]
        return teacher.model_copy(update={"scale_factor": scale}), seeds, few
    scale = min(teacher.scale_factor, -(-count // max(1, len(seeds))))
    return teacher.model_copy(update={"scale_factor": scale}), seeds, chunks


def _judge(settings: Settings, sources: _Sources, drafts: list[Sample], work: _Work) -> Filtered:
    """What the critic says of the drafts. A critic that fails its canaries is shown, not stopped."""
    critic = settings.critic.model_copy(update={"canary_floor": 0.0})
    behind = {draft.provenance.seed_example for draft in drafts}
    seeds = [seed for seed in sources.seeds if critic.kind != "model" or seed.id in behind]
    request = FilterRequest(
        samples=work.write("drafts", Sample, [*drafts]),
        chunks=work.write("judged_chunks", Chunk, [*sources.chunks]),
        seed_examples=work.write("judged_seeds", SeedExample, [*seeds]),
        critic=critic,
    )
    return filter_samples(request, work.stage("critic_filter"), work.watch("critic_filter"), read_secret=read_secret_block)


def read_secret_block(name: str) -> str:
    """The value of a Prefect Secret block. Prefect is imported only where a setting names one.

    Raises:
        ValueError: there is no block of that name.
    """
    from tasks.placement.secret_blocks import read_secret

    return read_secret(name)
