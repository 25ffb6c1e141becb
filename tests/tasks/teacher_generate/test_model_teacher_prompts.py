import asyncio
import inspect
import json
from importlib.resources import files
from pathlib import Path

import pytest

from schemas.settings import TeacherSettings
from tasks.chat_model.chat import ChatAnswer
from tasks.chat_model.prompts import load_prompts
from tasks.chat_model.structured import form_instructions, parse_answer
from tasks.teacher_generate import pipeline_forms
from tasks.teacher_generate.model_teacher import plan_themes
from tasks.teacher_generate.pipeline_forms import FORMS
from tasks.teacher_generate.pipeline_knowledge import write_knowledge
from tasks.teacher_generate.pipeline_parts import Recipe, batches_of, split_count
from tasks.teacher_generate.pipeline_skills import choose_shown, write_freeform, write_grounded
from tests.tasks.teacher_generate.model_teacher_scenes import material_of

PROMPTS = files("tasks.teacher_generate") / "prompts"
GOLDEN = Path(__file__).parent / "golden" / "model_teacher_prompts.txt"


@pytest.mark.parametrize("name", FORMS)
def test_each_prompt_has_a_header_and_an_example_that_its_parser_takes_in_both_styles(name):
    prompt = load_prompts(PROMPTS, FORMS, None)[name]
    text = (PROMPTS / f"{name}.jinja").read_text(encoding="utf-8")
    assert text.startswith("{#\nAsks for ")
    assert "(Sudalairaj et al. 2024)" in text or "LAB's" in text
    for style in ("json_schema", "tags"):
        shown = form_instructions(prompt.form, prompt.example, style).split("\n", 1)[1]
        assert parse_answer(shown, prompt.form, style) == prompt.example


def test_every_file_is_a_prompt_and_every_prompt_a_file():
    assert sorted(entry.name for entry in PROMPTS.iterdir()) == sorted(f"{name}.jinja" for name in FORMS)


def test_forms_use_only_what_constrained_decoding_knows():
    for _, form in inspect.getmembers(pipeline_forms, inspect.isclass):
        if issubclass(form, pipeline_forms.Form):
            schema = json.dumps(form.model_json_schema())
            assert not any(word in schema for word in ('"anyOf"', '"oneOf"', '"prefixItems"', '"pattern"', '"format"'))


def test_the_prompts_of_a_run_read_as_the_golden_file_shows():
    """Every prompt of all pipelines, rendered by the pipelines themselves: a person reads the golden file."""
    rendered: dict[str, str] = {}

    async def record(request):
        name = next(n for n, p in prompts.items() if p.example is request.example)
        system, user = (message["content"] for message in request.messages)
        rendered.setdefault(name, f"===== {name} =====\n[system]\n{system}\n[user]\n{user}\n")
        return ChatAnswer("0" * 32, content=request.example)

    prompts = load_prompts(PROMPTS, FORMS, None)
    for pipeline in ("simple", "full"):
        recipe = Recipe(TeacherSettings(pipeline=pipeline), prompts, "c" * 40)
        for kind, write in (
            ("knowledge", write_knowledge),
            ("grounded_skill", write_grounded),
            ("freeform_skill", write_freeform),
        ):
            asyncio.run(write(recipe, plan_themes(material_of(kind))[0], record))
    assert sorted(rendered) == sorted(FORMS)
    assert "\n".join(rendered[name] for name in FORMS) == GOLDEN.read_text(encoding="utf-8")


def test_counts_are_split_evenly():
    assert split_count(5, 3) == [2, 2, 1]
    assert split_count(1, 3) == [1, 0, 0]
    assert all(sum(batches_of(count)) == count and max(batches_of(count)) <= 5 for count in range(1, 60))


@pytest.mark.parametrize(("seeds", "number", "expected"), [(1, 0, [0]), (2, 1, [1, 0]), (4, 3, [3, 0, 1])])
def test_a_job_shows_its_own_seed_example_first(seeds, number, expected):
    examples = material_of("freeform_skill", seeds=seeds).seed_examples
    assert [int(seed.id, 16) for seed in choose_shown(examples, number)] == expected
