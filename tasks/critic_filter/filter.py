"""The whole stage: samples in; those that the critic keeps out, each with its critique, and those that it refuses, with the
reason.

In the DAG between ``teacher_generate`` and the safety scan of the samples. Which critic judges is a setting: ``lexical``
needs no model, ``model_critic`` asks one. Every sample is judged against the passage that it was written from, never against
something that the teacher said about that passage.

Before a critic is believed, it judges pairs whose verdict is known (canaries): human seed examples, as they are and spoiled.
One that cannot tell them apart stops the run: a critic that keeps everything looks just like a good teacher. Where it refuses all
samples of a leaf node, the counts of that leaf name the critic and show three of them with its words.

    in: Sample("How much does a clutch cost?" / "$900", provenance.chunk="c1")  ->  the same with Critique(critic="lexical", ...)

Not covered: safety and duplicates across leaf nodes (``safety_scan``).
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

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
from schemas.records import REDACTION, Rejected, Sample, SeedExample
from schemas.settings import CriticSettings
from tasks.chat_model.asking import Support
from tasks.chat_model.chat import add_usage
from tasks.chat_model.managed_server import keep_servers, name_of_model
from tasks.critic_filter.canaries import spoil_seeds
from tasks.critic_filter.chunk_sources import ChunkSources
from tasks.critic_filter.exam_check import check_exam
from tasks.critic_filter.judgement import Judged, Judgement, JudgeSamples
from tasks.dataset_files.jsonl import open_dataset, read_dataset
from tasks.dataset_files.shards import Sharding

EXAMPLES = 3
_QUOTED_CHARACTERS = 120
LEAST_MISSES = 2
"""Canaries that a critic may misjudge however few there are: of seven pairs, two are chance."""
_STAGE = "critic_filter"

_logger = logging.getLogger("labflow.critic_filter")


def filter_samples(
    request: FilterRequest,
    folders: StageFolders,
    progress: ReportProgress,
    critic: JudgeSamples | None = None,
    read_secret: Callable[[str], str] | None = None,
    sharding: Sharding | None = None,
) -> Filtered:
    """Writes ``kept.jsonl`` and ``rejected.jsonl``, both in the order of the samples, and returns them.

    Args:
        critic: Who judges; None: the one that the settings name.
        read_secret: Reads a Secret block by its name; None where there are none.
        sharding: How samples are judged elsewhere, where rules judge them; None: they are judged here.

    Raises:
        CriticError: the critic failed its canaries, or left a sample without a verdict.
        DamagedFileError: an input file is not what was recorded.
        ModelServerError: the served critic failed too often.
    """
    support = Support(folders.folder, read_secret)
    with keep_servers():  # canaries and samples are asked of one server
        seeds = list(read_dataset(request.seed_examples, SeedExample))
        judge = critic or _choose_critic(request.critic, None, support)
        canaries, usage = _ask_canaries(judge, seeds, request.critic, folders.cache)
        judge = critic or _share_out(request, folders, sharding) or _choose_critic(request.critic, request.samples.rows, support)
        filtered = _filter_with(judge, request, seeds, folders, progress, (canaries, usage))
        if not request.exam:
            return filtered
        examiner = critic or _choose_critic(request.critic, None, support)
        checks, spent = check_exam(examiner, request, folders, ignore_progress, name_critic(request.critic))
        return filtered.model_copy(update={"exam_checks": checks, "usage": add_usage(filtered.usage, spent)})


def require_kept(filtered: Filtered, settings: CriticSettings) -> Filtered:
    """What it is given, unless that is nothing: a student cannot be trained on what a critic refused as a whole.

    Raises:
        CriticError: samples came in, and none was kept; with the critic's name and three examples.
    """
    if filtered.kept.rows or not filtered.rejected.rows:
        return filtered
    examples = "; ".join([example for leaf in filtered.leaf_counts for example in leaf.examples][:EXAMPLES])
    raise CriticError(
        f"the critic {name_critic(settings)} rejected all {filtered.rejected.rows} samples, for example {examples}. "
        "Check the teacher's answers and the seed examples, or choose another critic."
    )


def name_critic(settings: CriticSettings) -> str:
    """How a critic is called: its model's name, or its kind."""
    return name_of_model(settings.model) if settings.kind == "model" else settings.kind


def _filter_with(
    judge: JudgeSamples,
    request: FilterRequest,
    seeds: list[SeedExample],
    folders: StageFolders,
    progress: ReportProgress,
    canaries: tuple[CanaryScores, Usage],
) -> Filtered:
    """The stage once the critic is believed."""
    leaves: dict[str, _LeafTally] = {}
    scores, usage = canaries
    # A model's own progress tells tokens and cost as well.
    tell = ignore_progress if request.critic.kind == "model" else progress
    with (
        open_dataset(f"{folders.folder}/kept.jsonl", Sample) as kept,
        open_dataset(f"{folders.folder}/rejected.jsonl", Rejected) as rejected,
    ):
        for judgement in _judge_in_order(judge, request, seeds, folders.cache, progress):
            leaves.setdefault(judgement.sample.leaf_node, _LeafTally()).add(judgement)
            usage = add_usage(usage, judgement.usage)
            if judgement.reason is None:
                kept.write(judgement.sample)
            else:
                rejected.write(_reject(judgement))
            tell(Progress(done=kept.rows + rejected.rows, total=request.samples.rows, unit="samples"))
    if kept.rows + rejected.rows != request.samples.rows:
        raise CriticError(f"{request.samples.rows} samples in, {kept.rows} kept and {rejected.rows} rejected: run again.")
    counts = tuple(tally.close(leaf, name_critic(request.critic)) for leaf, tally in leaves.items())
    return Filtered(kept=kept.file, rejected=rejected.file, canaries=scores, leaf_counts=counts, usage=usage)


def _shorten(text: str) -> str:
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return plain if len(plain) <= _QUOTED_CHARACTERS else f"{plain[:_QUOTED_CHARACTERS]}..."


def _choose_critic(settings: CriticSettings, planned: int | None, support: Support) -> JudgeSamples:
    if settings.kind == "model":
        from tasks.critic_filter.model_critic import judge_samples as ask_model

        return partial(ask_model, planned=planned, support=support)
    from tasks.critic_filter.lexical import judge_samples

    return judge_samples


def _share_out(request: FilterRequest, folders: StageFolders, sharding: Sharding | None) -> JudgeSamples | None:
    """A critic that has shards judged elsewhere; None where it does not pay, or a served model judges."""
    size = sharding.shard_rows(request.samples.rows) if sharding and request.critic.kind == "lexical" else None
    if sharding is None or size is None:
        return None
    from tasks.critic_filter.shards import judge_in_shards

    return partial(judge_in_shards, sharding=sharding, folders=folders, size=size)


@dataclass
class _LeafTally:
    """What became of one leaf's samples, and the first that were refused."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[Judgement] = field(default_factory=list)

    def add(self, judgement: Judgement) -> None:
        self.counts[judgement.reason or "kept"] += 1
        if judgement.reason is not None and len(self.refused) < EXAMPLES:
            self.refused.append(judgement)

    def close(self, leaf_node: str, critic: str) -> LeafCounts:
        """The leaf's line in the table; a leaf of which nothing is left gets the critic's name and examples."""
        rejected = {reason: number for reason, number in sorted(self.counts.items()) if reason != "kept"}
        counts = LeafCounts(leaf_node=leaf_node, generated=self.counts.total(), kept=self.counts["kept"], rejected=rejected)
        if counts.kept:
            return counts
        examples = tuple(map(_quote, self.refused))
        _logger.warning("%s: the critic %s rejected all %d samples: %s", leaf_node, critic, counts.generated, "; ".join(examples))
        return counts.model_copy(update={"refused_by": critic, "examples": examples})


def _quote(judgement: Judgement) -> str:
    """``"How long is it?" / "3 km" (unfaithful: The source says 4 km.)``, on one line, for eyes and terminals."""
    sample = judgement.sample
    question, answer, detail = map(_shorten, (sample.question, sample.answer, judgement.detail))
    return f'"{question}" / "{answer}" ({judgement.reason}{f": {detail}" if detail else ""})'


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
    scores = CanaryScores(good=len(good), good_kept=kept, bad=len(bad), bad_caught=caught)
    _check_canaries(scores, settings, [verdicts[item.sample.id] for item in good])
    usage = Usage()
    for judgement in verdicts.values():
        usage = add_usage(usage, judgement.usage)
    return scores, usage


def _check_canaries(scores: CanaryScores, settings: CriticSettings, good: list[Judgement]) -> None:
    """Raises CriticError where it kept too few of the good ones, or caught too few of the spoiled ones."""
    floor, critic = settings.canary_floor, name_critic(settings)
    shares = ", ".join(
        f"{name} {share:.2f}" for name, share in (("precision", scores.precision), ("recall", scores.recall)) if share is not None
    )
    if scores.good - scores.good_kept > _allowed_misses(scores.good, floor):
        lost = [f"{one.sample.question!r} ({one.reason}: {one.detail})" for one in good if one.reason is not None]
        raise CriticError(
            f"the critic {critic} kept only {scores.good_kept} of {scores.good} human pairs ({shares}; canary_floor {floor:g}). "
            "Choose another critic, or check the seed examples against their contexts, for example: "
            f"{'; '.join(lost[:EXAMPLES])}."
        )
    if scores.bad - scores.bad_caught > _allowed_misses(scores.bad, floor):
        raise CriticError(
            f"the critic {critic} caught only {scores.bad_caught} of {scores.bad} spoiled pairs "
            f"({shares}; canary_floor {floor:g}). Choose another critic."
        )


def _allowed_misses(canaries: int, floor: float) -> float:
    """How many of so many canaries a critic may misjudge: some, but never all, or one that always says yes would pass."""
    return min(max(LEAST_MISSES, (1 - floor) * canaries), max(0, canaries - 1)) if floor > 0 else canaries


def _judge_in_order(
    judge: JudgeSamples, request: FilterRequest, seeds: list[SeedExample], cache: str, progress: ReportProgress
) -> Iterator[Judgement]:
    """The critic's verdicts in the order of the samples, holding back only what came too early."""
    sources = ChunkSources(request.chunks)
    contexts = {seed.id: seed.context for seed in seeds}
    verdicts = iter(judge(_pair_with_sources(request.samples, sources, contexts), request.critic, cache, progress))
    early: dict[str, Judgement] = {}
    for sample, repeated in _mark_repeats(request.samples):
        if repeated:
            yield Judgement(sample, reason="duplicate", detail="the same question and answer came before")
            continue
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


def _pair_with_sources(file: DatasetFile, sources: ChunkSources, contexts: dict[str, str | None]) -> Iterator[Judged]:
    for sample, repeated in _mark_repeats(file):
        if not repeated and not REDACTION.search(sample.answer):
            yield Judged(sample, find_source(sample, sources, contexts))


def _mark_repeats(file: DatasetFile) -> Iterator[tuple[Sample, bool]]:
    """Each sample, and whether its leaf node had it before: leaf nodes come one after another, and an id is of one alone."""
    leaf_node, seen = None, set[str]()
    for sample in read_dataset(file, Sample):
        if sample.leaf_node != leaf_node:
            leaf_node, seen = sample.leaf_node, set()
        yield sample, sample.id in seen
        seen.add(sample.id)


def find_source(sample: Sample, sources: ChunkSources, contexts: dict[str, str | None]) -> str | None:
    """The text that must support the sample: its chunk, else its own context, else its seed example's; None where it has none."""
    provenance = sample.provenance
    if (text := sources.find(sample)) is not None:
        return text
    if sample.context is not None:
        return sample.context
    return contexts.get(provenance.seed_example) if provenance.seed_example else None


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
