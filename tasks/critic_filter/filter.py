"""The whole stage: samples in; those that the critic keeps out, each with its critique, and those that it refuses, with the
reason.

In the DAG between ``teacher_generate`` and the safety scan of the samples. Which critic judges is a setting: ``lexical``
needs no model, ``model_critic`` asks one. Every sample is judged against the passage that it was written from, never against
something that the teacher said about that passage.

Before a critic is believed, it judges pairs whose verdict is known (canaries): human seed examples, as they are and spoiled.
One that cannot tell them apart stops the run: a critic that keeps everything looks just like a good teacher.

    in: Sample("How much does a clutch cost?" / "$900", provenance.chunk="c1")  ->  the same with Critique(critic="lexical", ...)

Not covered: safety and duplicates across leaf nodes (``safety_scan``).
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from schemas.contracts import (
    CanaryScores,
    DatasetFile,
    Filtered,
    FilterRequest,
    LeafCounts,
    Progress,
    ReportProgress,
    StageFolders,
    Usage,
    ignore_progress,
)
from schemas.errors import CriticError
from schemas.records import REDACTION, Chunk, Rejected, Sample, SeedExample
from schemas.settings import CriticSettings
from tasks.critic_filter.canaries import spoil_seeds
from tasks.critic_filter.judgement import Judged, Judgement, JudgeSamples
from tasks.dataset_files.jsonl import open_dataset, read_dataset

LONGEST_TITLE = 10
"""Words. A longer first line is text, not a title."""
_STAGE = "critic_filter"


def filter_samples(
    request: FilterRequest, folders: StageFolders, progress: ReportProgress, critic: JudgeSamples | None = None
) -> Filtered:
    """Writes ``kept.jsonl`` and ``rejected.jsonl``, both in the order of the samples, and returns them.

    Args:
        critic: Who judges; None: the one that the settings name.

    Raises:
        CriticError: the critic failed its canaries, or left a sample without a verdict.
        DamagedFileError: an input file is not what was recorded.
        ModelServerError: the served critic failed too often.
    """
    judge = critic or _choose_critic(request.critic)
    seeds = list(read_dataset(request.seed_examples, SeedExample))
    canaries, canary_usage = _ask_canaries(judge, seeds, request.critic, folders.cache)
    counts: dict[str, Counter[str]] = {}
    usage = canary_usage
    with (
        open_dataset(f"{folders.folder}/kept.jsonl", Sample) as kept,
        open_dataset(f"{folders.folder}/rejected.jsonl", Rejected) as rejected,
    ):
        for judgement in _judge_in_order(judge, request, seeds, folders.cache, progress):
            sample, count = judgement.sample, counts.setdefault(judgement.sample.leaf_node, Counter())
            usage = _add_usage(usage, judgement.usage)
            if judgement.reason is None:
                kept.write(sample)
                count["kept"] += 1
            else:
                rejected.write(_reject(judgement))
                count[judgement.reason] += 1
            progress(Progress(done=kept.rows + rejected.rows, total=request.samples.rows, unit="samples"))
    if kept.rows + rejected.rows != request.samples.rows:
        raise CriticError(f"{request.samples.rows} samples in, {kept.rows} kept and {rejected.rows} rejected: run again.")
    return Filtered(
        kept=kept.file, rejected=rejected.file, canaries=canaries, leaf_counts=tuple(_count_leaves(counts)), usage=usage
    )


def _choose_critic(settings: CriticSettings) -> JudgeSamples:
    if settings.kind == "model":
        from tasks.critic_filter.model_critic import judge_samples as ask_model

        return ask_model
    from tasks.critic_filter.lexical import judge_samples

    return judge_samples


def _ask_canaries(
    judge: JudgeSamples, seeds: list[SeedExample], settings: CriticSettings, cache: str
) -> tuple[CanaryScores, Usage]:
    """How the critic judges pairs whose verdict is known; nothing to say where no seed example has a context.

    Raises:
        CriticError: it kept too few of the good ones, or caught too few of the spoiled ones.
    """
    good, bad = spoil_seeds(seeds, settings.seed)
    expected = {item.sample.id: True for item in good} | {item.sample.id: False for item in bad}
    verdicts = {judgement.sample.id: judgement for judgement in judge([*good, *bad], settings, cache, ignore_progress)}
    if missing := set(expected) - set(verdicts):
        raise CriticError(f"the {settings.kind} critic gave no verdict on {len(missing)} canaries. Run again or choose another.")
    kept = sum(verdicts[item.sample.id].reason is None for item in good)
    caught = sum(verdicts[item.sample.id].reason is not None for item in bad)
    floor = settings.canary_floor
    if good and kept < floor * len(good):
        raise CriticError(
            f"the {settings.kind} critic kept only {kept} of {len(good)} human pairs (canary_floor {floor:g}). "
            "Choose another critic, or check the seed examples against their contexts."
        )
    if bad and caught < floor * len(bad):
        raise CriticError(
            f"the {settings.kind} critic caught only {caught} of {len(bad)} spoiled pairs (canary_floor {floor:g}). "
            "Choose another critic."
        )
    usage = Usage()
    for judgement in verdicts.values():
        usage = _add_usage(usage, judgement.usage)
    return CanaryScores(good=len(good), good_kept=kept, bad=len(bad), bad_caught=caught), usage


def _judge_in_order(
    judge: JudgeSamples, request: FilterRequest, seeds: list[SeedExample], cache: str, progress: ReportProgress
) -> Iterator[Judgement]:
    """The critic's verdicts in the order of the samples, holding back only what came too early."""
    sources = _read_sources(request.chunks)
    contexts = {seed.id: seed.context for seed in seeds}
    verdicts = iter(judge(_pair_with_sources(request.samples, sources, contexts), request.critic, cache, progress))
    early: dict[str, Judgement] = {}
    seen: set[str] = set()
    for sample in read_dataset(request.samples, Sample):
        if sample.id in seen:
            yield Judgement(sample, reason="duplicate", detail="the same question and answer came before")
            continue
        seen.add(sample.id)
        if REDACTION.search(sample.answer):
            yield Judgement(sample, reason="redacted_answer", detail="the answer is a private value that the scan took out")
            continue
        while sample.id not in early:
            judgement = next(verdicts, None)
            if judgement is None:
                raise CriticError(f"the {request.critic.kind} critic gave no verdict on sample {sample.id}. Run again.")
            early[judgement.sample.id] = judgement
        yield early.pop(sample.id)
    next(verdicts, None)  # a critic looks at its share of failures when it has judged the last sample


def _pair_with_sources(file: DatasetFile, sources: dict[str, str], contexts: dict[str, str | None]) -> Iterator[Judged]:
    seen: set[str] = set()
    for sample in read_dataset(file, Sample):
        if sample.id not in seen and not REDACTION.search(sample.answer):
            seen.add(sample.id)
            yield Judged(sample, find_source(sample, sources, contexts))


def find_source(sample: Sample, sources: dict[str, str], contexts: dict[str, str | None]) -> str | None:
    """The text that must support the sample: its chunk, else its own context, else its seed example's; None where it has none."""
    provenance = sample.provenance
    if provenance.chunk is not None and provenance.chunk in sources:
        return sources[provenance.chunk]
    if sample.context is not None:
        return sample.context
    return contexts.get(provenance.seed_example) if provenance.seed_example else None


def _read_sources(chunks: DatasetFile) -> dict[str, str]:
    """Each chunk's text under the headings above it, or under its document's first line where there are none."""
    sources: dict[str, str] = {}
    titles: dict[tuple[str, str], str] = {}
    for chunk in read_dataset(chunks, Chunk):
        first = chunk.text.lstrip("# ").split("\n", 1)[0]
        title = titles.setdefault(
            (chunk.document.repo, chunk.document.path), first if len(first.split()) <= LONGEST_TITLE else ""
        )
        above = [name for name in chunk.headings or (title,) if name and name not in chunk.text]
        sources[chunk.id] = "\n\n".join([*(f"{'#' * depth} {name}" for depth, name in enumerate(above, 1)), chunk.text])
    return sources


def _reject(judgement: Judgement) -> Rejected:
    sample = judgement.sample
    return Rejected(
        id=sample.id,
        leaf_node=sample.leaf_node,
        stage=_STAGE,
        reason=judgement.reason or "",
        detail=judgement.detail,
        row=sample.model_dump(mode="json", exclude_none=True),
    )


def _count_leaves(counts: dict[str, Counter[str]]) -> Iterable[LeafCounts]:
    for leaf, count in counts.items():
        rejected = {reason: number for reason, number in sorted(count.items()) if reason != "kept"}
        yield LeafCounts(leaf_node=leaf, generated=count.total(), kept=count["kept"], rejected=rejected)


def _add_usage(one: Usage, other: Usage) -> Usage:
    return Usage(**{name: getattr(one, name) + getattr(other, name) for name in Usage.model_fields})
