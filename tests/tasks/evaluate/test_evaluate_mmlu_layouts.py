"""MMLU as it is handed around, with questions of our own: the original archive, and the hub's Parquet files.

What lm-eval makes of the same rows by its own task files is what a model is asked here.
"""

import csv
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import yaml

from tasks.evaluate.benchmark_files import Item
from tasks.evaluate.benchmarks import as_choices
from tasks.evaluate.mmlu_files import read_mmlu

SUBJECTS = ("anatomy", "high_school_european_history")
Row = dict[str, Any]


def rows_of(subject: str, split: str, count: int) -> list[Row]:
    """Questions with what the real ones have: quotes, commas, line breaks, choices that are numbers or begin with a space."""
    return [
        {
            "question": f'This question refers to "text {number}", of {split}.\nWhich boat is meant, if any?',
            "subject": subject,
            "choices": [f"{number}", f" the Heron, of {1900 + number}", 'none; "it" is a bird', f"{subject} {number}"],
            "answer": number % 4,
        }
        for number in range(count)
    ]


SPLITS = {"test": 7, "dev": 5, "val": 2}


def write_archive(root: Path) -> Path:
    """``data.tar`` of 2020, unpacked."""
    for split, count in SPLITS.items():
        (root / split).mkdir(parents=True)
        for subject in SUBJECTS:
            with (root / split / f"{subject}_{split}.csv").open("w", newline="", encoding="utf-8") as stream:
                for row in rows_of(subject, split, count):
                    csv.writer(stream).writerow([row["question"], *row["choices"], "ABCD"[row["answer"]]])
    (root / "auxiliary_train").mkdir()
    for name in ("arc_easy", "mc_test", "race"):
        (root / "auxiliary_train" / f"{name}.csv").write_text('"Never to be asked?",a,b,c,d,A\n')
    (root / "README.txt").write_text("57 subjects")
    return root


def write_hub(root: Path) -> Path:
    """The hub's files: every subject in ``all``, and each in a directory of its own."""
    choice = pyarrow.list_(pyarrow.string())
    fields = [("question", pyarrow.string()), ("subject", pyarrow.string()), ("choices", choice), ("answer", pyarrow.int64())]
    for folder, subjects in (("all", SUBJECTS), *((subject, (subject,)) for subject in SUBJECTS)):
        (root / folder).mkdir(parents=True)
        for split, count in SPLITS.items():
            rows = [row for subject in subjects for row in rows_of(subject, split, count)]
            name = "validation" if split == "val" else split
            table = pyarrow.Table.from_pylist(rows, pyarrow.schema(fields))
            pyarrow.parquet.write_table(table, root / folder / f"{name}-00000-of-00001.parquet")
    never = pyarrow.Table.from_pylist([{**rows_of("", "train", 1)[0], "subject": ""}], pyarrow.schema(fields))
    pyarrow.parquet.write_table(never, root / "all" / "auxiliary_train-00000-of-00001.parquet")
    return root


@pytest.mark.parametrize("write", [write_archive, write_hub])
def test_every_test_question_is_read_once_behind_its_subjects_five_examples(write: Any, tmp_path: Path) -> None:
    items = read_mmlu(str(write(tmp_path)), 1000, 7)
    assert len(items) == len({item.id for item in items}) == 2 * SPLITS["test"]
    assert {item.subject for item in items} == {"anatomy", "high school european history"}
    for item in items:
        assert item.prefix.count("\nAnswer: ") == 5
        assert "of test" not in item.prefix
        assert "of val" not in item.prefix
        assert "of test" in item.messages[0]["content"]


def test_both_layouts_say_the_same_of_the_same_questions(tmp_path: Path) -> None:
    archive, hub = (read_mmlu(str(write(tmp_path / write.__name__)), 1000, 7) for write in (write_archive, write_hub))
    assert archive == hub


def shown(item: Item) -> str:
    """What the model reads before the letter."""
    from tasks.evaluate.choice_worker import render_letters

    (asked,) = as_choices([item])
    return render_letters(asked.model_dump(mode="json"))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_model_reads_what_lm_evals_own_task_lets_it_read(subject: str, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    from datasets import Dataset
    from lm_eval.api.task import ConfigurableTask

    written = files("lm_eval") / "tasks" / "mmlu" / "default"
    own = yaml.safe_load((written / "_default_template_yaml").read_text()) | yaml.safe_load(
        (written / f"mmlu_{subject}.yaml").read_text()
    )
    for name in ("include", "tag", "dataset_path", "dataset_name"):
        own.pop(name, None)
    splits = {split: Dataset.from_list(rows_of(subject, split, count)) for split, count in SPLITS.items()}
    task = ConfigurableTask(config={**own, "custom_dataset": lambda **_: splits})
    named = subject.replace("_", " ")
    items = {item.choices: item for item in read_mmlu(str(write_hub(tmp_path)), 1000, 7) if item.subject == named}
    for row in splits["test"]:
        mine = items[tuple(row["choices"])]
        assert shown(mine) == task.fewshot_context(row, num_fewshot=5)
        assert task.doc_to_target(row) == mine.answer
