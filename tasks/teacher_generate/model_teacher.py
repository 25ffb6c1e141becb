"""The teacher that asks a served model.

Plans one job per chunk and entry of seed examples (knowledge) or per seed example (skills), and hands them to
``tasks.chat_model``, which keeps the servers busy, retries, and remembers each answer. Drafts are the same in every run with
the same answers: results come back in the order of the plan. One sample, in short::

    {"question": "Who styled the body?", "answer": "Giorgetto Giugiaro", "origin": "generated",
     "provenance": {"teacher": "granite-3.3-8b", "pattern": "full/knowledge/facts", "chunk": "9f2c...", "seed": 7}}

Each job is planned to make ``scale_factor`` samples; those that it did not make are rejections, one each.

Not covered: duplicates across answers (``generate`` sets them aside), judging (``critic_filter``).
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files

from schemas.contracts import ReportProgress
from schemas.records import LeafKind, LeafNode
from schemas.settings import TeacherSettings
from tasks.chat_model.asking import NO_SUPPORT, Support, work_through
from tasks.chat_model.chat import Ask
from tasks.chat_model.door import Limits
from tasks.chat_model.prompts import load_prompts
from tasks.chat_model.watching import Watch
from tasks.chat_model.worker import Job
from tasks.teacher_generate.material import LeafDrafts, LeafMaterial
from tasks.teacher_generate.pipeline_forms import FORMS
from tasks.teacher_generate.pipeline_knowledge import group_entries, plan_knowledge, write_knowledge
from tasks.teacher_generate.pipeline_parts import Drafts, Recipe, Theme
from tasks.teacher_generate.pipeline_skills import choose_shown, plan_skill, write_freeform, write_grounded


@dataclass(frozen=True)
class Plan:
    """What is known before the first question.

    Args:
        requests: How many there will be if all goes well; None where nobody counted.
        support: What the door is lent.
    """

    requests: int | None = None
    support: Support = NO_SUPPORT


NO_PLAN = Plan()


def write_drafts(
    leaves: Iterable[LeafMaterial],
    teacher: TeacherSettings,
    taxonomy_commit: str,
    cache: str,
    progress: ReportProgress,
    plan: Plan = NO_PLAN,
) -> Iterator[LeafDrafts]:
    """What the model wrote, in the order of the plan: each leaf in parts of one job, or whole where nothing could be asked.

    Args:
        leaves: Drawn as they are needed, never all at once.
        cache: Local folder for what all runs share; the answers lie under ``answers/teacher``.

    Raises:
        ModelServerError: no server answers, or more requests failed than ``max_failed_share`` allows.
        UsageError: a prompt is broken, no endpoint is set, or the API key is not to be found.
    """
    prompts = load_prompts(files("tasks.teacher_generate") / "prompts", FORMS, teacher.prompts)
    recipe = Recipe(teacher, prompts, taxonomy_commit)
    begun: deque[tuple[LeafNode, int]] = deque()

    def jobs() -> Iterator[Job[Drafts]]:
        for material in leaves:
            themes = plan_themes(material)
            begun.append((material.leaf, len(themes)))
            for theme in themes:
                yield partial(_write_samples, recipe, theme)

    finished = 0
    watch = Watch(progress, "requests", plan.requests, Limits(teacher.max_failed_share))
    for drafts in work_through(jobs(), teacher.model, f"{cache}/answers/teacher", watch, plan.support):
        yield from _without_jobs(begun)
        finished += 1
        leaf, expected = begun[0]
        # Concurrent requests of a job fail in any order: their rejections are put into one.
        rejected = sorted(drafts.rejected, key=lambda each: each.id)
        yield LeafDrafts(leaf, drafts.samples, [], rejected, drafts.usage, is_last=finished == expected)
        if finished == expected:
            begun.popleft()
            finished = 0
    yield from _without_jobs(begun)


def plan_themes(material: LeafMaterial) -> list[Theme]:
    """What the jobs of a leaf are about; none for knowledge without chunks, and for a skill without taught seed examples."""
    leaf, seeds = material.leaf, material.seed_examples
    if leaf.kind == "knowledge":
        entries = group_entries(seeds)
        return [Theme(leaf, entry, chunk) for chunk in material.chunks for entry in entries]
    return [Theme(leaf, choose_shown(seeds, number)) for number in range(len(seeds))]


def count_requests(material: LeafMaterial, teacher: TeacherSettings) -> int:
    """How often the model is asked about a leaf if all goes well; what several jobs ask alike counts in each."""
    kind = material.leaf.kind
    of_one = plan_knowledge(teacher) if kind == "knowledge" else plan_skill(teacher, kind == "grounded_skill")
    return len(plan_themes(material)) * of_one


async def _write_samples(recipe: Recipe, theme: Theme, ask: Ask) -> Drafts:
    """A job's drafts.

    Raises:
        AssertionError: a planned sample is neither written nor rejected.
    """
    drafts = await _WRITERS[theme.leaf.kind](recipe, theme, ask)
    planned, written, rejected = recipe.teacher.scale_factor, len(drafts.samples), len(drafts.rejected)
    if planned != written + rejected:
        raise AssertionError(f"{theme.leaf.path}: {planned} samples planned, {written} written and {rejected} rejected")
    return drafts


def _without_jobs(begun: deque[tuple[LeafNode, int]]) -> Iterator[LeafDrafts]:
    """The leaves next in line for which nothing could be asked."""
    while begun and begun[0][1] == 0:
        yield LeafDrafts(begun.popleft()[0], [])


_WRITERS: dict[LeafKind, Callable[[Recipe, Theme, Ask], Awaitable[Drafts]]] = {
    "knowledge": write_knowledge,
    "grounded_skill": write_grounded,
    "freeform_skill": write_freeform,
}
