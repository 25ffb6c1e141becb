"""MMLU from a local copy, in both layouts."""

import csv
from pathlib import Path

import pytest

from schemas.errors import UsageError
from tasks.evaluate.mmlu_files import read_mmlu

QUESTIONS = [(f"Which is {n}?", (str(n), "a", "b, c", "d"), n % 4) for n in range(8)]


def write_csv(root: Path) -> Path:
    for split, rows in (("test", QUESTIONS[:6]), ("dev", QUESTIONS[6:]), ("val", QUESTIONS[:1])):
        (root / split).mkdir(parents=True)
        with (root / split / f"high_school_physics_{split}.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([question, *choices, "ABCD"[answer]] for question, choices, answer in rows)
    return root


def write_parquet(root: Path) -> Path:
    import pyarrow
    import pyarrow.parquet

    (root / "all").mkdir(parents=True)
    for split, rows in (("test", QUESTIONS[:6]), ("dev", QUESTIONS[6:]), ("validation", QUESTIONS[:1])):
        columns = {"question": [q for q, _, _ in rows], "subject": ["high_school_physics"] * len(rows),
                   "choices": [list(c) for _, c, _ in rows], "answer": [a for _, _, a in rows]}  # fmt: skip
        pyarrow.parquet.write_table(pyarrow.table(columns), root / "all" / f"{split}-00000-of-00001.parquet")
    return root


def test_both_layouts_say_the_same(tmp_path: Path) -> None:
    one, other = (read_mmlu(str(write(tmp_path / write.__name__)), 100, 7) for write in (write_csv, write_parquet))
    assert one == other
    assert len(one) == 6
    item = next(item for item in one if item.messages[0]["content"] == "Which is 2?")
    assert (item.choices[item.answer], item.subject, item.chat) == ("b, c", "high school physics", False)
    assert item.prefix == (
        "The following are multiple choice questions (with answers) about high school physics.\n\n"
        "Which is 6?\nA. 6\nB. a\nC. b, c\nD. d\nAnswer: C\n\n"
        "Which is 7?\nA. 7\nB. a\nC. b, c\nD. d\nAnswer: D\n\n"
    )


def test_a_share_is_chosen_by_the_seed(tmp_path: Path) -> None:
    root = str(write_csv(tmp_path))
    chosen = [[item.id for item in read_mmlu(root, 3, seed)] for seed in (7, 7, 8)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert len(chosen[0]) == 3


def test_a_directory_without_mmlu_and_a_broken_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no MMLU"):
        read_mmlu(str(tmp_path), 10, 7)
    (tmp_path / "x_test.csv").write_text("only,two\n")
    with pytest.raises(UsageError, match=r"x_test\.csv is no file of MMLU: line 1"):
        read_mmlu(str(tmp_path), 10, 7)
    (tmp_path / "x_test.csv").unlink()
    (tmp_path / "test-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"test-0\.parquet is no file of MMLU"):
        read_mmlu(str(tmp_path), 10, 7)
