"""Knowledge: from a passage of a document to questions and answers that it supports.

After "LAB: Large-Scale Alignment for ChatBots" (Sudalairaj et al. 2024), section 3.2, knowledge generation: each chunk is shown
together with human examples, and every answer is grounded in the chunk. Two pipelines::

    simple   chunk + seed examples -> pairs
    full     chunk -> views (a detailed summary, a list of facts)
             chunk or view + seed examples -> questions;   chunk + question -> answer

A view gives questions that a plain reading does not; its answers are written from the *chunk* all the same, and the critic
judges them against it. Views depend on the chunk alone and are asked at temperature 0, so all seed examples share one.

Not covered: judging (``critic_filter``), and questions that need two chunks.
"""

import asyncio
from typing import Any

from schemas.records import Chunk, SeedExample
from schemas.settings import TeacherSettings
from tasks.chat_model.chat import Ask
from tasks.teacher_generate.pipeline_forms import Answer, Facts, Pairs, Questions, Summary
from tasks.teacher_generate.pipeline_parts import Draft, Drafts, Recipe, Theme, batches_of, split_count


async def write_knowledge(recipe: Recipe, theme: Theme, ask: Ask) -> Drafts:
    """``scale_factor`` samples of one chunk and one entry of seed examples, or rejections in their place."""
    if recipe.teacher.pipeline == "simple":
        parts = [_write_pairs(recipe, theme, ask)]
    else:
        parts = [_write_view(recipe, theme, ask, view, count) for view, count in _share_out(recipe.teacher)]
    drafts = Drafts()
    for part in await asyncio.gather(*parts):
        drafts.take_over(part)
    return drafts


def plan_knowledge(teacher: TeacherSettings) -> int:
    """Requests of one job, if all goes well."""
    if teacher.pipeline == "simple":
        return len(batches_of(teacher.scale_factor))
    return sum((view != "source") + len(batches_of(count)) + count for view, count in _share_out(teacher))


def _share_out(teacher: TeacherSettings) -> list[tuple[str, int]]:
    """How many samples are written from each view."""
    views = ("source", *dict.fromkeys(teacher.views))
    shares = zip(views, split_count(teacher.scale_factor, len(views)), strict=True)
    return [(view, count) for view, count in shares if count]


def group_entries(seed_examples: tuple[SeedExample, ...]) -> list[tuple[SeedExample, ...]]:
    """Seed examples with the same context stand in one entry of the qna.yaml, and are shown together; one empty entry if none."""
    entries: dict[str | None, list[SeedExample]] = {}
    for seed in seed_examples:
        entries.setdefault(seed.context, []).append(seed)
    return [tuple(entry) for entry in entries.values()] or [()]


async def _write_pairs(recipe: Recipe, theme: Theme, ask: Ask) -> Drafts:
    draft = Draft(recipe, theme, ask, "simple/knowledge")
    for index, count in enumerate(batches_of(recipe.teacher.scale_factor)):
        pairs = await draft.ask("knowledge_pairs", Pairs, index, count, count=count, document=_text_of(theme), **_shown(theme))
        for pair in draft.take(pairs.pairs, count, "pairs", index) if pairs else ():
            draft.keep(pair.question, pair.answer, index=index)
    return draft.drafts


async def _write_view(recipe: Recipe, theme: Theme, ask: Ask, view: str, count: int) -> Drafts:
    draft = Draft(recipe, theme, ask, f"full/knowledge/{view}")
    text = await _see(draft, view, count)
    if text is None:
        return draft.drafts
    for index, batch in enumerate(batches_of(count)):
        shown: dict[str, Any] = {"text": text, "view": view, "count": batch, **_shown(theme)}
        questions = await draft.ask("knowledge_questions", Questions, index, batch, **shown)
        asked = draft.take(questions.questions, batch, "questions", index) if questions else ()
        answers = (draft.ask("knowledge_answer", Answer, index, document=_text_of(theme), question=each) for each in asked)
        for question, answer in zip(asked, await asyncio.gather(*answers), strict=True):
            draft.keep_answered(question, answer, index=index)
    return draft.drafts


async def _see(draft: Draft, view: str, count: int) -> str | None:
    """The chunk as the view shows it, for ``count`` samples."""
    document = _text_of(draft.theme)
    if view == "source":
        return document
    if view == "summary":
        summary = await draft.ask("knowledge_summary", Summary, worth=count, temperature=0.0, document=document)
        return summary.summary if summary else None
    facts = await draft.ask("knowledge_facts", Facts, worth=count, temperature=0.0, document=document)
    return "\n".join(f"- {fact}" for fact in facts.facts) if facts else None


def _text_of(theme: Theme) -> str:
    """The chunk under its headings."""
    assert theme.chunk is not None, "a knowledge job has a chunk"
    return with_headings(theme.chunk)


def with_headings(chunk: Chunk) -> str:
    """The chunk's text, preceded by the headings above it: a passage rarely repeats what it is about."""
    return "\n\n".join((" > ".join(chunk.headings), chunk.text)) if chunk.headings else chunk.text


def _shown(theme: Theme) -> dict[str, Any]:
    context = theme.seed_examples[0].context if theme.seed_examples else None
    return {"seed_context": context or "", "seed_examples": theme.seed_examples}
