"""A user's own rows: what is taken, and what is said of a row that is not."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contracts import DatasetFile
from schemas.errors import UsageError
from schemas.records import Provenance, Sample, Turn
from tasks.dataset_files.jsonl import write_dataset
from tasks.student_model.conversation_file import file_digest, parse_conversation, read_conversations
from tasks.student_model.exported_messages import export_jsonl

ASKED = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ann"}]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "messages", "x"]), inner),
    max_leaves=8,
)


def test_messages_and_questions_are_taken_and_empty_lines_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    system = [{"role": "system", "content": "Be brief."}, *ASKED]
    rows = [{"messages": system, "unmask": True}, {"question": "Who?", "answer": " Ann ", "context": "Ann did it."}]
    file.write_bytes(b"\xef\xbb\xbf" + "\n\n".join(json.dumps(row) for row in rows).encode() + b"\n\n")
    first, second = read_conversations(file)
    assert [turn.role for turn in first.messages] == ["system", "user", "assistant"]
    assert first.unmask
    assert second.messages == (
        Turn(role="user", content="Context:\nAnn did it.\n\nQuestion: Who?"),
        Turn(role="assistant", content="Ann"),
    )


def test_our_own_export_is_read_back_with_its_kinds(tmp_path: Path) -> None:
    provenance = Provenance(taxonomy_commit="0" * 40, leaf_key="k", teacher="seed")
    fields = {"answer": "Ann", "origin": "seed", "provenance": provenance, "question": "Who?"}
    samples = [
        Sample(id="a", leaf_node="knowledge/x", kind="knowledge", **fields),
        Sample(id="b", leaf_node="compositional_skills/x", kind="grounded_skill", context="Ann did it.", **fields),
    ]
    file: DatasetFile = write_dataset(str(tmp_path / "samples.jsonl"), Sample, samples)
    export_jsonl(file, tmp_path / "export.jsonl")
    assert [row.kind for row in read_conversations(tmp_path / "export.jsonl")] == ["knowledge", "grounded_skill"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "not a line of JSON"),
        ("[1]", "a JSON object is expected, not a list"),
        (
            '{"prompt": "x", "completion": "y"}',
            "'messages', or 'question' and 'answer', are expected; the row has completion, prompt",
        ),
        ('{"messages": []}', "'messages' is a list of turns, not an empty list"),
        ('{"messages": ["hello"]}', "turn 1 is an object with 'role' and 'content', not a text"),
        ('{"messages": [{"role": "bot", "content": "x"}]}', "turn 1: 'role' is system, user or assistant, not \"bot\""),
        ('{"messages": [{"role": "user", "content": 3}]}', "turn 1: 'content' is a text, not a number"),
        ('{"messages": [{"role": "user", "content": "x"}]}', "no assistant turn, so there is nothing to learn"),
        ('{"question": "Who?", "answer": " "}', "'answer' is a text, not an empty text"),
        ('{"question": "Who?", "answer": "Ann", "context": 3}', "'context' is a text, not a number"),
        ('{"question": "Who?", "answer": "Ann", "unmask": "yes"}', "'unmask' is true or false, not a text"),
    ],
)
def test_a_row_that_is_neither_is_named_with_its_line(row: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"messages": ASKED}) + f"\n\n{row}\n")
    with pytest.raises(UsageError) as caught:
        list(read_conversations(file))
    assert str(caught.value).startswith(f"{file}:3: ")
    assert said in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    for read in (lambda file: list(read_conversations(file)), file_digest):
        with pytest.raises(UsageError, match=r"cannot read .*absent\.jsonl: No such file"):
            read(tmp_path / "absent.jsonl")


@given(values)
def test_no_row_whatever_ends_in_anything_but_a_conversation_or_one_line(value) -> None:
    for row in (value, {"messages": value}, {"question": value, "answer": value}):
        said = what_is_said(row)
        assert said == "" or (said.startswith("rows.jsonl:1: ") and "\n" not in said)


def what_is_said(row) -> str:
    """The error's line, or nothing where the row is taken."""
    try:
        assert parse_conversation(json.dumps(row), "rows.jsonl:1").messages
    except UsageError as error:
        return str(error)
    return ""


def test_the_id_follows_from_what_is_said_alone() -> None:
    one, other = (parse_conversation(json.dumps({"messages": ASKED, "source": name}), "x:1") for name in "ab")
    assert one.id == other.id
    assert one.id != parse_conversation(json.dumps({"messages": ASKED, "unmask": True}), "x:1").id
