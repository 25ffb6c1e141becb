"""MMLU from a local copy, in either of the two layouts that it is passed around in.

Part of ``evaluate``, in the parent process (Hendrycks et al. 2021, "Measuring Massive Multitask Language Understanding")::

    test/abstract_algebra_test.csv    question,A,B,C,D,letter         and dev/abstract_algebra_dev.csv: five solved examples
    all/test-00000-of-00001.parquet   question, subject, choices, answer (place)    and all/dev-*.parquet; or a folder per subject

Each question follows the five solved examples of its subject, as plain text without a chat template, as the published numbers
do::

    The following are multiple choice questions (with answers) about abstract algebra.

    Find all c in Z_3 such that Z_3[x]/(x^2 + c) is a field.
    A. 0
    B. 1
    ...
    Answer: B

Where there are more than ``evaluate.multiple_choice_questions``, a digest under the seed chooses.

Not covered: fetching it; the variants (MMLU-Pro, MMLU-Redux) with other columns.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from schemas.errors import UsageError
from schemas.records import digest_of
from tasks.evaluate.benchmark_files import Item
from tasks.student_model.messages import Message

MMLU = "mmlu"
LETTERS = "ABCD"
SOLVED_EXAMPLES = 5


@dataclass(frozen=True)
class _Row:
    subject: str
    question: str
    choices: tuple[str, ...]
    answer: int


def read_mmlu(directory: str, most: int, seed: int) -> list[Item]:
    """The test questions, each behind the solved examples of its subject.

    Args:
        most: most questions.
        seed: of the choice where there are more.

    Raises:
        UsageError: the directory holds no copy of MMLU, or a file of it cannot be read.
    """
    root = Path(directory)
    files = sorted(path for path in root.rglob("*") if path.suffix in (".csv", ".parquet"))
    examples: dict[str, dict[str, _Row]] = {}  # a directory may hold all subjects in one file and each in its own
    tests: dict[str, _Row] = {}
    for path in files:
        split = _split_of(path)
        if split is None:
            continue
        for row in _read(path):
            key = digest_of([row.subject, row.question, row.choices])[:16]
            if split == "dev":
                examples.setdefault(row.subject, {})[key] = row
            else:
                tests[key] = row
    if not tests:
        raise UsageError(f"evaluate.mmlu: {directory} holds no MMLU (test/*_test.csv, or test-*.parquet). Check the path.")
    prefixes = {
        subject: _prefix(subject, list(examples.get(subject, {}).values())) for subject in {row.subject for row in tests.values()}
    }
    chosen = islice(sorted(tests, key=lambda key: digest_of([seed, key])), most)
    return [_item(key, tests[key], prefixes[tests[key].subject]) for key in chosen]


def _split_of(path: Path) -> str | None:
    """``test`` or ``dev``; None for validation, and for the auxiliary files for training, of which one is ``mc_test.csv``."""
    if path.parent.name == "auxiliary_train":
        return None
    for split in ("test", "dev"):
        if path.stem.endswith(f"_{split}") or path.stem == split or path.stem.startswith(f"{split}-"):
            return split
    return None


def _read(path: Path) -> Iterator[_Row]:
    try:
        yield from _read_csv(path) if path.suffix == ".csv" else _read_parquet(path)
    except (OSError, ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        raise UsageError(f"evaluate.mmlu: {path} is no file of MMLU: {' '.join(str(error).split())[:200]}.") from error


def _read_csv(path: Path) -> Iterable[_Row]:
    subject = path.stem.rpartition("_")[0].replace("_", " ")
    with path.open(encoding="utf-8", newline="") as stream:
        for number, cells in enumerate(csv.reader(stream), 1):
            if len(cells) != len(LETTERS) + 2 or cells[-1].strip() not in LETTERS:
                raise ValueError(f"line {number} is not question, four choices, letter")
            yield _Row(subject, cells[0].strip(), tuple(cells[1:-1]), LETTERS.index(cells[-1].strip()))


def _read_parquet(path: Path) -> Iterable[_Row]:
    import pyarrow.parquet  # comes with datasets; slow to import, and few have the files

    def subject_of(row: dict[str, Any]) -> str:
        return str(row.get("subject") or path.parent.name).replace("_", " ")

    for row in pyarrow.parquet.read_table(path).to_pylist():
        choices = tuple(str(choice) for choice in row["choices"])  # with their spaces: lm-eval leaves them, too
        answer = int(row["answer"])
        if not 0 <= answer < len(choices):
            raise ValueError(f"a row's answer {answer} is not one of its choices")
        yield _Row(subject_of(row), str(row["question"]).strip(), choices, answer)


def _prefix(subject: str, examples: list[_Row]) -> str:
    head = f"The following are multiple choice questions (with answers) about {subject}.\n\n"
    return head + "".join(f"{_show(row)} {LETTERS[row.answer]}\n\n" for row in examples[:SOLVED_EXAMPLES])


def _show(row: _Row) -> str:
    choices = "".join(f"{letter}. {choice}\n" for letter, choice in zip(LETTERS, row.choices, strict=False))
    return f"{row.question}\n{choices}Answer:"


def _item(key: str, row: _Row, prefix: str) -> Item:
    return Item(
        benchmark=MMLU,
        kind="multiple_choice",
        id=key,
        messages=(Message(role="user", content=row.question),),
        reference=(row.choices[row.answer],),
        choices=row.choices,
        answer=row.answer,
        subject=row.subject,
        prefix=prefix,
        chat=False,
    )
