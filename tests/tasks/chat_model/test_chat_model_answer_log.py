import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import WorkspaceError
from tasks.chat_model.answer_log import AnswerLog, LoggedAnswer, OffsetTable


def identity(number: int) -> str:
    return f"{number:016x}" * 2


def answer(number: int, text: str = "Paris") -> LoggedAnswer:
    return LoggedAnswer(identity(number), text, "because", "stop", 12, 2)


@pytest.fixture
def log(tmp_path):
    log = AnswerLog(str(tmp_path))
    yield log
    log.close()


def test_an_answer_is_found_by_a_later_log(tmp_path, log):
    log.append("leaf", answer(1, "Zürich\n\u2028 \ud800"))
    log.append("leaf", answer(2))
    later = AnswerLog(str(tmp_path))
    assert later.find("leaf", identity(1)) == answer(1, "Zürich\n\u2028 ?")
    assert later.find("leaf", identity(2)) == answer(2)
    assert later.find("leaf", identity(3)) is None
    assert later.find("other", identity(1)) is None
    later.close()


def test_a_line_is_what_the_documentation_shows(tmp_path, log):
    log.append("leaf", answer(7))
    line = json.loads((tmp_path / "leaf.jsonl").read_text())
    assert list(line) == ["id", "text", "reasoning", "finish", "prompt_tokens", "completion_tokens"]


def test_a_file_cut_at_any_byte_keeps_all_whole_lines_and_takes_new_ones(tmp_path):
    whole = AnswerLog(str(tmp_path / "whole"))
    for number in range(3):
        whole.append("leaf", answer(number, "ü" * number))
    whole.close()
    content = (tmp_path / "whole/leaf.jsonl").read_bytes()
    for cut in range(len(content) + 1):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        (folder / "leaf.jsonl").write_bytes(content[:cut])
        log = AnswerLog(str(folder))
        lines = content[:cut].count(b"\n")
        assert [log.find("leaf", identity(n)) is not None for n in range(3)] == [n < lines for n in range(3)]
        log.append("leaf", answer(9))
        log.close()
        again = AnswerLog(str(folder))
        assert again.find("leaf", identity(9)) == answer(9)
        assert (folder / "leaf.jsonl").read_bytes().count(b"\n") == lines + 1
        again.close()


def test_a_damaged_line_is_asked_again_and_the_others_are_not(tmp_path, log):
    for number in range(3):
        log.append("leaf", answer(number))
    log.close()
    path = tmp_path / "leaf.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1][:50] + b"\0" * (len(lines[1]) - 51) + b"\n"
    path.write_bytes(b"".join(lines) + b"no json\n")
    later = AnswerLog(str(tmp_path))
    assert [later.find("leaf", identity(n)) is not None for n in range(3)] == [True, False, True]
    later.append("leaf", answer(1))
    assert later.find("leaf", identity(1)) == answer(1)
    later.close()


def test_few_files_are_open_however_many_shards_there_are(tmp_path):
    log = AnswerLog(str(tmp_path), open_shards=4)
    before = len(os.listdir("/proc/self/fd"))
    for number in range(40):
        log.append(f"leaf-{number}", answer(number))
    assert len(os.listdir("/proc/self/fd")) <= before + 4
    assert all(log.find(f"leaf-{n}", identity(n)) for n in range(40))
    log.close()


@pytest.mark.parametrize("name", ["../up", "a/b", "", "a b", "leaf.jsonl"])
def test_a_shard_cannot_name_another_place(log, name):
    with pytest.raises(ValueError, match="cannot name a shard"):
        log.find(name, identity(1))


def test_object_storage_is_refused_with_the_reason():
    with pytest.raises(WorkspaceError, match="local path"):
        AnswerLog("s3://bucket/cache")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="file/cache"):
        AnswerLog(str(tmp_path / "file/cache")).append("leaf", answer(1))


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1) | st.integers(0, 40).map(lambda n: n << 40), st.integers(0, 2**40))))
def test_the_offset_table_agrees_with_a_dict(pairs):
    table = OffsetTable()
    for key, offset in pairs:
        table.put(key, offset)
    expected = dict(pairs)
    assert len(table) == len(expected)
    assert {key: table.get(key) for key in expected} == expected
    assert table.get(12345678901) == expected.get(12345678901)


def test_the_offset_table_grows():
    table = OffsetTable()
    for key in range(5000):
        table.put(key * 0x9E3779B97F4A7C15 % 2**64, key)
    assert len(table) == 5000
    assert all(table.get(key * 0x9E3779B97F4A7C15 % 2**64) == key for key in range(5000))
