"""Skills: from a human's example of a task to more of its kind.

After "LAB: Large-Scale Alignment for ChatBots" (Sudalairaj et al. 2024), section 3.2, skill generation: instructions are
written first, then responses; a grounded skill begins with contexts. Two pipelines for each kind::

    simple   seed examples -> pairs
    full     freeform: seed examples -> questions -> an answer each
             grounded: seed examples -> contexts -> a question each -> an answer each

Each job is about one seed example and shows up to two others, so that all seeds are used alike and variety comes from them.

Not covered: judging (``critic_filter``).
"""

import asyncio
from typing import Any

from schemas.records import SeedExample
from schemas.settings import TeacherSettings
from tasks.chat_model.chat import Ask
from tasks.teacher_generate.pipeline_forms import Answer, Contexts, GroundedPairs, Pairs, Questions
from tasks.teacher_generate.pipeline_parts import Draft, Drafts, Recipe, Theme, batches_of

SHOWN_SEED_EXAMPLES = 3


async def write_freeform(recipe: Recipe, theme: Theme, ask: Ask) -> Drafts:
    """``scale_factor`` samples after one seed example, or rejections in their place."""
    pipeline = recipe.teacher.pipeline
    draft = Draft(recipe, theme, ask, f"{pipeline}/freeform_skill")
    for index, count in enumerate(batches_of(recipe.teacher.scale_factor)):
        shown: dict[str, Any] = {"seed_examples": theme.seed_examples, "count": count}
        if pipeline == "simple":
            pairs = await draft.ask("freeform_pairs", Pairs, index, count, **shown)
            for pair in draft.take(pairs.pairs, count, "pairs", index) if pairs else ():
                draft.keep(pair.question, pair.answer, index=index)
            continue
        questions = await draft.ask("freeform_questions", Questions, index, count, **shown)
        asked = draft.take(questions.questions, count, "questions", index) if questions else ()
        answers = (
            draft.ask("freeform_answer", Answer, index, question=each, seed_examples=theme.seed_examples) for each in asked
        )
        for question, answer in zip(asked, await asyncio.gather(*answers), strict=True):
            draft.keep_answered(question, answer, index=index)
    return draft.drafts


async def write_grounded(recipe: Recipe, theme: Theme, ask: Ask) -> Drafts:
    """``scale_factor`` samples after one seed example, each about a context of its own, or rejections in their place."""
    pipeline = recipe.teacher.pipeline
    draft = Draft(recipe, theme, ask, f"{pipeline}/grounded_skill")
    drafts = draft.drafts
    for index, count in enumerate(batches_of(recipe.teacher.scale_factor)):
        shown: dict[str, Any] = {"seed_examples": theme.seed_examples, "count": count}
        if pipeline == "simple":
            pairs = await draft.ask("grounded_pairs", GroundedPairs, index, count, **shown)
            for pair in draft.take(pairs.pairs, count, "pairs", index) if pairs else ():
                draft.keep(pair.question, pair.answer, pair.context, index=index)
            continue
        contexts = await draft.ask("grounded_contexts", Contexts, index, count, **shown)
        shown_contexts = draft.take(contexts.contexts, count, "contexts", index) if contexts else ()
        parts = [_write_about(draft, context, index) for context in shown_contexts]
        for part in await asyncio.gather(*parts):
            drafts.take_over(part)
    return drafts


async def _write_about(parent: Draft, context: str, index: int) -> Drafts:
    """One sample about one context."""
    draft = Draft(parent.recipe, parent.theme, parent.ask_model, parent.pattern, used=parent.used)
    seeds = parent.theme.seed_examples
    questions = await draft.ask("grounded_questions", Questions, index, context=context, seed_examples=seeds, count=1)
    for question in questions.questions[:1] if questions else ():
        answer = await draft.ask("grounded_answer", Answer, index, context=context, question=question, seed_examples=seeds)
        draft.keep_answered(question, answer, context, index)
    return draft.drafts


def plan_skill(teacher: TeacherSettings, grounded: bool) -> int:
    """Requests of one job, if all goes well."""
    batches = len(batches_of(teacher.scale_factor))
    return batches if teacher.pipeline == "simple" else batches + teacher.scale_factor * (2 if grounded else 1)


def choose_shown(seed_examples: tuple[SeedExample, ...], number: int) -> tuple[SeedExample, ...]:
    """The seed example of this number first, then those that follow it, around the end."""
    count = min(SHOWN_SEED_EXAMPLES, len(seed_examples))
    return tuple(seed_examples[(number + step) % len(seed_examples)] for step in range(count))
