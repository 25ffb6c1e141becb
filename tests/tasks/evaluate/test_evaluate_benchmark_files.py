"""The user's own JSONL files: what is read, and what is said of the rest."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.errors import DamagedFileError, UsageError
from schemas.evaluate_settings import BenchmarkSettings, JudgeSettings
from schemas.student_settings import EvaluateSettings
from tasks.evaluate.benchmark_files import guess_kind, inputs_of, read_benchmark, require_inputs


def benchmark(folder: Path, rows: list, kind: str = "questions", name: str = "mine") -> BenchmarkSettings:
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))
    return BenchmarkSettings(name=name, path=str(path), kind=kind)


def test_questions_come_as_fields_or_as_messages(tmp_path: Path) -> None:
    rows = [
        {"question": "How long?", "reference": "9 m"},
        {"question": "Which city?", "context": "Bergen: rain", "answer": "Bergen", "other": 1},
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"},
                      {"role": "assistant", "content": "Ida"}]},
        {"id": 7, "messages": [{"role": "user", "content": "Tell me."}]},
    ]  # fmt: skip
    items, bad = read_benchmark(benchmark(tmp_path, rows))
    assert not bad
    assert [item.reference for item in items] == [("9 m",), ("Bergen",), ("Ida",), ()]
    assert items[1].messages[0]["content"] == "Context:\nBergen: rain\n\nQuestion: Which city?"
    assert [message["role"] for message in items[2].messages] == ["system", "user"]
    assert items[3].id == "7"


def test_conversations_come_as_in_mt_bench(tmp_path: Path) -> None:
    rows = [{"question_id": 81, "category": "writing", "turns": ["Write.", "Shorter."], "reference": ["Long.", "Short."]}]
    (item,), _ = read_benchmark(benchmark(tmp_path, rows, "conversations"))
    assert (item.id, item.turns, item.further, item.reference) == (
        "81",
        ("Write.", "Shorter."),
        ("Shorter.",),
        ("Long.", "Short."),
    )


@pytest.mark.parametrize("answer", [1, "B", "b", "steel"])
def test_the_right_choice_is_named_by_place_letter_or_text(tmp_path: Path, answer: int | str) -> None:
    rows = [{"question": "Hull?", "choices": ["oak", "steel"], "answer": answer}]
    (item,), _ = read_benchmark(benchmark(tmp_path, rows, "multiple_choice"))
    assert (item.answer, item.reference) == (1, ("steel",))


def test_a_bad_row_is_named_by_its_line_and_the_others_are_asked(tmp_path: Path) -> None:
    good = {"question": "How long?", "reference": "9 m"}
    rows = [good, b"\n", b"{not json\n", {"question": " "}, {"question": "Who?", "reference": 3}, [1], good, b"\xff\xfe\n",
            {"messages": [{"role": "tool", "content": "x"}]}, b'{"question": "\\ud800", "reference": "x"}\n']  # fmt: skip
    settings = benchmark(tmp_path, rows)
    items, bad = read_benchmark(settings)
    assert len(items) == 1
    assert [row.row["line"] for row in bad] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert bad[0].detail == f"{settings.path}:3: it is no JSON in UTF-8"
    assert bad[1].detail.endswith("'question' is missing or no text")
    assert "stands in an earlier row" in bad[4].detail
    assert {row.reason for row in bad} == {"bad_row"}


@pytest.mark.parametrize(
    ("kind", "row", "reason"),
    [
        ("conversations", {"turns": []}, "'turns' is no list of texts"),
        ("conversations", {"turns": ["a"], "reference": ["b", "c"]}, "1 turns, but 2 references"),
        ("multiple_choice", {"question": "q", "choices": ["a", "a"], "answer": 0}, "different texts"),
        ("multiple_choice", {"question": "q", "choices": ["a", "b"], "answer": 2}, "neither a place from 0"),
        ("multiple_choice", {"question": "q", "choices": ["a", "b"], "answer": True}, "neither a place from 0"),
        ("questions", {"messages": [{"role": "assistant", "content": "x"}]}, "no message of the user's"),
    ],
)
def test_a_file_without_a_row_that_can_be_asked_is_an_error_that_says_why(
    tmp_path: Path, kind: str, row: dict, reason: str
) -> None:
    with pytest.raises(UsageError, match=f"mine.jsonl:1: .*{reason}"):
        read_benchmark(benchmark(tmp_path, [row], kind))


@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ") + b"\n"), max_size=6))
def test_whatever_a_file_holds_every_row_is_accounted_for(tmp_path_factory, lines: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("any")
    known = b'{"question": "Who?", "answer": "Ida"}\n'
    items, bad = read_benchmark(benchmark(folder, [known, *lines]))
    assert len(items) + len(bad) == 1 + sum(bool(line.strip()) for line in lines)


def test_the_kind_of_a_file_is_told_by_its_first_readable_row(tmp_path: Path) -> None:
    for kind, row in {
        "questions": {"question": "q"},
        "conversations": {"turns": ["a"]},
        "multiple_choice": {"question": "q", "choices": ["a", "b"]},
    }.items():
        assert guess_kind(benchmark(tmp_path, [b"{\n", row]).path) == kind


def test_another_content_is_another_request_and_a_change_on_the_way_is_noticed(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    (prompts / "score.jinja").write_text("x")
    judge = JudgeSettings(prompts=str(prompts), model={"endpoints": ["http://127.0.0.1:1/v1"]})
    settings = EvaluateSettings(benchmarks=(benchmark(tmp_path, [{"question": "q", "answer": "a"}]),), judge=judge)
    before = inputs_of(settings)
    assert set(before) == {"benchmark mine", "judge prompts"}
    require_inputs(before, settings)
    require_inputs({}, settings)
    benchmark(tmp_path, [{"question": "other", "answer": "a"}])
    assert inputs_of(settings)["benchmark mine"] != before["benchmark mine"]
    with pytest.raises(DamagedFileError, match="benchmark mine was changed"):
        require_inputs(before, settings)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = BenchmarkSettings(name="mine", path=str(tmp_path / "absent.jsonl"))
    with pytest.raises(UsageError, match=r"benchmark mine: cannot read .*absent\.jsonl"):
        read_benchmark(settings)
    with pytest.raises(UsageError, match="cannot read"):
        inputs_of(EvaluateSettings(benchmarks=(settings,)))


def test_two_benchmarks_of_one_name_are_refused(tmp_path: Path) -> None:
    one = BenchmarkSettings(name="mine", path="x")
    with pytest.raises(ValidationError, match="two benchmarks are named mine"):
        EvaluateSettings(benchmarks=(one, one))
    with pytest.raises(ValidationError, match="labflow's own"):
        EvaluateSettings(benchmarks=(BenchmarkSettings(name="mmlu", path="x"),))
