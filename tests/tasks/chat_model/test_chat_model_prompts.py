import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from schemas.errors import UsageError
from tasks.chat_model.prompts import fence, load_prompts


class Colour(BaseModel):
    model_config = ConfigDict(frozen=True)
    colour: str


TEXT = (
    "{# Asks for a colour. #}\n{% block system %}\nPaint {{ what }}.\n{% endblock %}\n"
    '{% block user %}\n<t>{{ text | fence("t") }}</t>\n{% endblock %}\n{% block example %}{"colour": "red"}{% endblock %}'
)


@pytest.fixture
def prompt(tmp_path):
    (tmp_path / "paint.jinja").write_text(TEXT)
    return load_prompts(tmp_path, {"paint": Colour}, None)["paint"]


def test_a_prompt_is_a_system_and_a_user_message(prompt):
    assert prompt.render(what="a wall", text="white") == (
        {"role": "system", "content": "Paint a wall."},
        {"role": "user", "content": "<t>white</t>"},
    )
    assert prompt.example == Colour(colour="red")


def test_a_value_that_is_missing_is_an_error(prompt):
    with pytest.raises(UsageError, match="paint.jinja cannot be rendered: 'what' is undefined"):
        prompt.render(text="white")


def test_the_digest_changes_with_the_text(tmp_path, prompt):
    (tmp_path / "paint.jinja").write_text(TEXT + " ")
    assert load_prompts(tmp_path, {"paint": Colour}, None)["paint"].digest != prompt.digest


def test_a_directory_of_prompts_that_is_absent_is_named(tmp_path, prompt):
    with pytest.raises(UsageError, match=r"nowhere is no directory"):
        load_prompts(tmp_path, {"paint": Colour}, str(tmp_path / "nowhere"))


@given(st.lists(st.sampled_from(["<", "/", " ", "\n", "t", "T", ">", "</t>", "x"])).map("".join))
def test_no_value_can_close_its_tag_and_others_are_left_alone(text):
    fenced = fence(text, "t")
    assert not re.search(r"</\s*t", fenced, re.IGNORECASE)
    if not re.search(r"<\s*/\s*t", text, re.IGNORECASE):
        assert fenced == text
