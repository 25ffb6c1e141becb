"""The conversation: what is remembered, what commands do, and that no line breaks it."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.chat.session import Leave, Question, Said, Session
from flows.chat.terminal import printable, read_text


def reader(*lines: str):
    waiting = list(lines)

    def read_line(_prompt: str) -> str:
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    return read_line


def test_earlier_turns_are_sent_along_until_they_are_cleared() -> None:
    session = Session(("student",), system="Be brief.")
    session.keep("Who?", "<think>hm</think>Ann")
    assert [turn["content"] for turn in session.messages_for("When?")] == ["Be brief.", "Who?", "Ann", "When?"]
    session.take("/clear")
    assert [turn["content"] for turn in session.messages_for("When?")] == ["Be brief.", "When?"]


def test_without_history_each_question_is_asked_alone() -> None:
    session = Session(("student",), history=False)
    session.keep("Who?", "Ann")
    assert session.messages_for("When?") == [{"role": "user", "content": "When?"}]
    assert session.take("/history on") == Said("earlier turns are sent along")
    assert len(session.messages_for("When?")) == 3


def test_retry_asks_the_last_question_without_its_answer() -> None:
    session = Session(("student",))
    assert session.take("/retry") == Said("nothing was asked yet.")
    session.keep("Who?", "Ann")
    assert session.take("/retry") == Question("Who?")
    assert session.turns == []
    session.note_failed("When?")
    assert session.take("/retry") == Question("When?")


def test_a_saved_chat_can_be_gone_on_with(tmp_path: Path) -> None:
    session = Session(("release-3",), system="Be brief.")
    session.keep("Wer?", "Änne")
    assert session.take(f"/save {tmp_path}/a/chat.json") == Said(f"1 turns -> {tmp_path}/a/chat.json")
    again = Session(("release-3",))
    assert again.take(f"/load {tmp_path}/a/chat.json") == Said(f"1 turns from {tmp_path}/a/chat.json")
    assert (again.system, again.turns) == (session.system, session.turns)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"messages": [{"role": "user", "content": "x"}]}', '{"messages": [3]}', "\x00"]
)
def test_a_file_that_is_no_saved_chat_changes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "chat.json").write_text(content)
    session = Session(("student",), system="s")
    session.keep("Who?", "Ann")
    taken = session.take(f"/load {tmp_path}/chat.json")
    assert taken == Said(f"cannot load {tmp_path}/chat.json: it is no saved chat.")
    assert (session.system, len(session.turns)) == ("s", 2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/nope", "there is no command /nope. /help shows all."),
        ("/save", "/save FILE: name a file."),
        ("/history maybe", "/history on, or /history off."),
        ("/load none.json", "cannot load none.json: No such file or directory."),
        ("/trace on", "this model is no release of the workspace: there are no training samples to look in."),
    ],
)
def test_a_command_that_cannot_be_done_says_why(line: str, said: str) -> None:
    assert Session(("student",)).take(line) == Said(said)


@pytest.mark.parametrize("line", ["exit", "quit", "/exit", "/quit", " EXIT "])
def test_there_are_several_words_for_leaving(line: str) -> None:
    assert Session(("student",)).take(line) == Leave()


@settings(deadline=None)
@given(st.text())
def test_whatever_is_typed_is_a_question_an_answer_or_the_end(line: str) -> None:
    if not line.strip().startswith(("/save", "/load")):
        assert isinstance(Session(("student",)).take(line), Question | Said | Leave)


def test_a_text_of_several_lines() -> None:
    assert read_text(reader("one \\", "two")) == "one \ntwo"
    assert read_text(reader('"""', "a", "", "b", '"""')) == "a\n\nb"
    with pytest.raises(EOFError):
        read_text(reader('"""', "never closed"))


@settings(deadline=None)
@given(st.text())
def test_a_models_answer_cannot_steer_the_terminal(text: str) -> None:
    shown = printable(text)
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert all(each.isprintable() or each in "\n\t" for each in shown)


def test_what_is_saved_is_plain_json(tmp_path: Path) -> None:
    session = Session(("a", "b"))
    session.keep("Who?", "Ann")
    session.take(f"/save {tmp_path}/chat.json")
    saved = json.loads((tmp_path / "chat.json").read_text())
    assert saved["models"] == ["a", "b"]
    assert saved["messages"][1] == {"role": "assistant", "content": "Ann"}
