import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from tasks.chat_model.structured import (
    UnparsableAnswerError,
    form_instructions,
    parse_answer,
    split_reasoning,
    write_tags,
)


class Pair(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    question: str
    answer: str


class Everything(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    verdict: Literal["yes", "no"]
    score: int
    note: str
    facts: tuple[str, ...]
    pairs: tuple[Pair, ...]


# What a model may write between tags: anything but the tags themselves; white space at the ends is not kept.
texts = st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs"])).map(str.strip)
everything = st.builds(
    Everything,
    verdict=st.sampled_from(["yes", "no"]),
    score=st.integers(-9, 9),
    note=texts,
    facts=st.lists(texts).map(tuple),
    pairs=st.lists(st.builds(Pair, question=texts, answer=texts)).map(tuple),
)


@given(everything)
def test_what_is_written_in_tags_is_read_back(value):
    assert parse_answer(write_tags(value), Everything, "tags") == value


@given(everything)
def test_what_is_written_in_json_is_read_back_fenced_or_not(value):
    assert parse_answer(value.model_dump_json(), Everything, "json_schema") == value
    assert parse_answer(f"```json\n{value.model_dump_json(indent=1)}\n```", Everything, "json_schema") == value


@given(st.text(), st.sampled_from(["tags", "json_schema"]))
def test_any_text_is_parsed_or_refused_in_one_line(text, style):
    complaint = ""
    try:
        parse_answer(text, Everything, style)
    except UnparsableAnswerError as error:
        complaint = str(error)
    assert "\n" not in complaint


def test_text_around_the_tags_and_markup_within_is_no_harm():
    text = "Sure!\n<question>Is a < b, and what is <br>?</question> and <answer>x</answer>. Done."
    assert parse_answer(text, Pair, "tags") == Pair(question="Is a < b, and what is <br>?", answer="x")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<question>a</question>", "answer: the tag <answer> is missing"),
        ("<question>a</question><answer>b", "answer: the tag <answer> is missing or not closed"),
        ("<question>a</question><question>b</question><answer>c</answer>", "question: .*more than once"),
    ],
)
def test_tags_that_are_missing_or_doubled_are_named(text, complaint):
    with pytest.raises(UnparsableAnswerError, match=complaint):
        parse_answer(text, Pair, "tags")


@pytest.mark.parametrize(
    "text",
    [
        '{"question": "a"}',
        '{"question": "a", "answer": "b", "c": 1}',
        '{"question": "a", "answer": ["b"]}',
        '{"question": "a',
        "",
    ],
)
def test_json_that_does_not_fit_is_refused(text):
    with pytest.raises(UnparsableAnswerError):
        parse_answer(text, Pair, "json_schema")


@pytest.mark.parametrize(
    ("content", "kept_apart", "expected"),
    [
        ("Paris", None, ("Paris", "")),
        ("Paris", "capital", ("Paris", "capital")),
        ("<think>capital</think>\n\nParis", None, ("Paris", "capital")),
        ("capital</think>Paris", None, ("Paris", "capital")),
        ("<think>never finished", None, ("", "never finished")),
        (None, "only thought", ("", "only thought")),
        ("Write <think> in HTML", None, ("Write <think> in HTML", "")),
    ],
)
def test_reasoning_is_kept_apart(content, kept_apart, expected):
    assert split_reasoning(content, kept_apart) == expected


def test_the_instructions_show_an_example_that_can_be_parsed():
    example = Pair(question="Who?", answer="Me.")
    as_json = form_instructions(Pair, example, "json_schema")
    as_tags = form_instructions(Pair, example, "tags")
    assert parse_answer(as_json.split("\n", 1)[1], Pair, "json_schema") == example
    assert parse_answer(as_tags.split("\n", 1)[1], Pair, "tags") == example
    assert json.loads(as_json.split("\n", 1)[1])["question"] == "Who?"
