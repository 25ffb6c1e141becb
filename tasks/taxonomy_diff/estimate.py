"""What a run would make and ask, told before any model is asked.

Counts follow the teacher's and the critic's plans: a model teacher makes ``scale_factor`` samples for each chunk and each entry
of seed examples with one context (knowledge), or for each taught seed example (skills). Numbers of requests are exact for a
teacher that answers everything; tokens are estimates from the lengths of chunks, contexts and seed examples. The extractive
teacher asks nothing; how many facts it will find cannot be known without looking, so its samples are an upper estimate from
the sentences and table rows in the chunks.

Place in the DAG: behind ``labflow taxonomy diff --estimate``, after ``find_change``.

    Estimate(leaf_nodes=3, to_write=1, chunks=12, teacher_requests=460, critic_requests=900, samples=300, ...)

Not covered: retries, answers from the cache of an interrupted run, and training time.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.contracts import Release, TaxonomyChange
from schemas.records import Chunk, LeafKind, LeafNode, SeedExample
from schemas.settings import CriticSettings, TeacherSettings
from tasks.dataset_files.jsonl import read_dataset
from tasks.taxonomy_diff.token_counting import count_tokens

SAMPLES_PER_REQUEST = 5
"""What the model teacher asks for at once."""
INSTRUCTION_TOKENS = 250
"""Of a prompt without its chunk and seed examples: the built-in ones have 150 to 400."""
FORM_TOKENS = 12
"""Of one JSON object around a question and an answer, or around a verdict."""
EXPLANATION_TOKENS = 60
CRITERIA: dict[LeafKind, int] = {"knowledge": 3, "grounded_skill": 3, "freeform_skill": 2}
"""Requests of the model critic for one sample that passes all of them."""
STATEMENT = re.compile(r"[.!?](?:\s|$)|\|[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Estimate:
    """What a run would do; tokens are of the served models, 0 where none is asked."""

    leaf_nodes: int
    to_write: int
    chunks: int
    samples: int
    teacher_requests: int
    critic_requests: int
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class _Leaf:
    kind: LeafKind
    chunks: Sequence[Chunk]
    seeds: Sequence[SeedExample]

    def pair_tokens(self) -> int:
        """Of a question with its answer, as the seed examples have them."""
        total = sum(count_tokens(seed.question) + count_tokens(seed.answer) for seed in self.seeds)
        return total // max(1, len(self.seeds)) + FORM_TOKENS

    def context_tokens(self) -> int:
        return sum(count_tokens(seed.context or "") for seed in self.seeds) // max(1, len(self.seeds))


def estimate_run(change: TaxonomyChange, teacher: TeacherSettings, critic: CriticSettings, release: Release | None) -> Estimate:
    """The estimate for a curriculum; leaf nodes with the key that the release knows are not written again.

    Raises:
        DamagedFileError: one of the change's files is not what was recorded.
    """
    leaves = _read_leaves(change)
    known = release.leaf_nodes if release else {}
    to_write = [leaf for path, leaf in leaves.items() if known.get(path) != change.leaf_keys[path]]
    samples = [_count_samples(leaf, teacher) for leaf in to_write]
    asked = [(0, 0, 0) if teacher.kind != "model" else _count_teacher(leaf, teacher) for leaf in to_write]
    judged = [
        (0, 0, 0) if critic.kind != "model" else _count_critic(leaf, count) for leaf, count in zip(to_write, samples, strict=True)
    ]
    return Estimate(
        leaf_nodes=len(leaves),
        to_write=len(to_write),
        chunks=sum(len(leaf.chunks) for leaf in to_write),
        samples=sum(samples),
        teacher_requests=sum(requests for requests, _, _ in asked),
        critic_requests=sum(requests for requests, _, _ in judged),
        prompt_tokens=sum(prompt for _, prompt, _ in asked + judged),
        completion_tokens=sum(completion for _, _, completion in asked + judged),
    )


def _read_leaves(change: TaxonomyChange) -> dict[str, _Leaf]:
    chunks: dict[str, list[Chunk]] = defaultdict(list)
    seeds: dict[str, list[SeedExample]] = defaultdict(list)
    for chunk in read_dataset(change.chunks, Chunk):
        chunks[chunk.leaf_node].append(chunk)
    for seed in read_dataset(change.seed_examples, SeedExample):
        seeds[seed.leaf_node].append(seed)
    return {
        leaf.path: _Leaf(leaf.kind, chunks[leaf.path], seeds[leaf.path]) for leaf in read_dataset(change.leaf_nodes, LeafNode)
    }


def _count_jobs(leaf: _Leaf) -> int:
    if leaf.kind != "knowledge":
        return len(leaf.seeds)
    return len(leaf.chunks) * max(1, len({seed.context for seed in leaf.seeds}))


def _count_samples(leaf: _Leaf, teacher: TeacherSettings) -> int:
    if teacher.kind == "model":
        return _count_jobs(leaf) * teacher.scale_factor
    if leaf.kind != "knowledge":
        return len(leaf.seeds)
    return sum(len(STATEMENT.findall(chunk.text)) for chunk in leaf.chunks) * teacher.phrasings


def _count_teacher(leaf: _Leaf, teacher: TeacherSettings) -> tuple[int, int, int]:
    """(requests, prompt tokens, completion tokens) of the model teacher."""
    jobs, pair = _count_jobs(leaf), leaf.pair_tokens()
    chunk = sum(count_tokens(chunk.text) for chunk in leaf.chunks) // max(1, len(leaf.chunks))
    samples = jobs * teacher.scale_factor
    shown = INSTRUCTION_TOKENS + chunk + leaf.context_tokens() + 3 * pair
    if teacher.pipeline == "simple":
        requests = jobs * -(-teacher.scale_factor // SAMPLES_PER_REQUEST)
        return requests, requests * shown, samples * pair
    views = len(dict.fromkeys(teacher.views)) if leaf.kind == "knowledge" else 0
    parts = min(views + 1, teacher.scale_factor)  # each view gets a share of the samples
    share = -(-teacher.scale_factor // parts)
    batches = jobs * parts * -(-share // SAMPLES_PER_REQUEST)
    asking = 2 if leaf.kind == "grounded_skill" else 1  # an answer each; before it, for grounded skills, a question each
    looking = len(leaf.chunks) * (parts - 1) if leaf.kind == "knowledge" else 0
    requests = batches + asking * samples + looking
    completion = samples * (pair + FORM_TOKENS) + looking * chunk // 2
    completion += samples * leaf.context_tokens() if leaf.kind == "grounded_skill" else 0
    return requests, requests * shown, completion


def _count_critic(leaf: _Leaf, samples: int) -> tuple[int, int, int]:
    """(requests, prompt tokens, completion tokens) of the model critic, as if every sample passed."""
    chunk = sum(count_tokens(chunk.text) for chunk in leaf.chunks) // max(1, len(leaf.chunks))
    requests = samples * CRITERIA[leaf.kind]
    shown = INSTRUCTION_TOKENS + (chunk or leaf.context_tokens()) + leaf.pair_tokens()
    return requests, requests * shown, requests * (EXPLANATION_TOKENS + FORM_TOKENS)
