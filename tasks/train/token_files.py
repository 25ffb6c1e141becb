"""Lessons -> a memory-mapped file of token ids and labels; samples that are too long go to the rejected file.

Part of ``train``, inside the worker process. Rows are written one at a time to an Arrow file and read back memory-mapped, so a
curriculum may be larger than memory; a few numbers for each row lie beside it. Where several processes train, one writes and all
read. The files lie in the run's folder and go with it.

Example row::

    {"id": "5f0c2a...", "input_ids": [2, 311, 9, 1, 3, 87, 1], "labels": [-100, -100, -100, -100, -100, 87, 1], "noisy": true}

``noisy`` says that the unlabelled tokens are a question alone, which ``prompt_noise.py`` may disturb.

**samples in = trained on + over-long** is asserted here.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset, Features, List, Value
from datasets.arrow_writer import ArrowWriter

from schemas.contracts import DatasetFile
from schemas.errors import TrainingError
from schemas.records import Rejected
from tasks.dataset_files.jsonl import open_dataset, write_text_atomically
from tasks.student_model.labelled_tokens import IGNORED, LabelledTokens, label_messages, label_text
from tasks.train.curriculum import PARTS, SOURCES, Lesson

FEATURES = Features(
    {"id": Value("string"), "input_ids": List(Value("int32")), "labels": List(Value("int32")), "noisy": Value("bool")}
)


@dataclass(frozen=True)
class TokenFiles:
    """The tokenised curriculum: everything that any phase trains on, once."""

    rows: Dataset
    """``id``, ``input_ids``, ``labels``, ``noisy``; memory-mapped."""
    lengths: np.ndarray
    """Tokens of each row."""
    labelled: np.ndarray
    """Tokens of each row that the loss is taken on: the first has no prediction and does not count."""
    sources: np.ndarray
    """Index in ``SOURCES`` of each row."""
    parts: np.ndarray
    """Index in ``PARTS`` of each row."""
    over_long: DatasetFile

    def of(self, *sources: str) -> np.ndarray:
        """The numbers of the rows that come from these sources, in order."""
        return np.flatnonzero(np.isin(self.sources, [SOURCES.index(source) for source in sources]))

    @property
    def samples(self) -> int:
        """Rows that are samples or conversations; the others are passages."""
        return len(self.of("sample", "replay", "file"))


def tokenise_lessons(lessons: Iterable[Lesson], tokenizer: Any, max_length: int, folder: Path) -> TokenFiles:
    """Writes the lessons' tokens under ``folder/work`` and the over-long samples to ``folder/over_long.jsonl``.

    Args:
        lessons: samples and passages of one epoch.
        tokenizer: of the student, with a chat template.
        max_length: longest sample, tokens; a longer passage is cut into pieces, a longer sample is rejected.
        folder: of the run.
    """
    columns: dict[str, list[int]] = {"lengths": [], "labelled": [], "sources": [], "parts": []}
    counts = Counter[str]()
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    with (
        open_dataset(str(folder / "over_long.jsonl"), Rejected) as rejected,
        ArrowWriter(path=str(work / "tokens.arrow"), features=FEATURES) as writer,
    ):

        def write(lesson: Lesson, tokens: LabelledTokens) -> None:
            row = {"id": lesson.id, "input_ids": tokens.input_ids, "labels": tokens.labels, "noisy": lesson.noisy}
            writer.write(row)
            columns["lengths"].append(len(tokens.input_ids))
            columns["labelled"].append(sum(label != IGNORED for label in tokens.labels[1:]))
            columns["sources"].append(SOURCES.index(lesson.source))
            columns["parts"].append(PARTS.index(lesson.part))

        for lesson in lessons:
            if lesson.text is not None:
                for piece in label_text(tokenizer, lesson.text, max_length):
                    write(lesson, piece)
                continue
            counts["in"] += 1
            tokens = label_messages(tokenizer, lesson.messages, lesson.unmask)
            if len(tokens.input_ids) > max_length:
                rejected.write(_over_long(lesson, len(tokens.input_ids), max_length))
                continue
            counts["out"] += 1
            write(lesson, tokens)
        writer.finalize()
    if counts["in"] != counts["out"] + rejected.rows:
        raise TrainingError(f"{counts['in']} samples in, {counts['out']} + {rejected.rows} out. This is a defect: report it.")
    np.savez(work / "columns.npz", **{name: np.array(column, dtype=np.int64) for name, column in columns.items()})  # type: ignore[arg-type]
    write_text_atomically(work / "over_long.json", rejected.file.model_dump_json())
    return open_tokens(folder)


def open_tokens(folder: Path) -> TokenFiles:
    """What ``tokenise_lessons`` wrote into ``folder``."""
    work = folder / "work"
    with np.load(work / "columns.npz", allow_pickle=False) as columns:
        return TokenFiles(
            rows=Dataset.from_file(str(work / "tokens.arrow")),
            lengths=columns["lengths"],
            labelled=columns["labelled"],
            sources=columns["sources"],
            parts=columns["parts"],
            over_long=DatasetFile.model_validate_json((work / "over_long.json").read_bytes()),
        )


def _over_long(lesson: Lesson, tokens: int, max_length: int) -> Rejected:
    return Rejected(
        id=lesson.id,
        leaf_node=str(getattr(lesson.row, "leaf_node", "")),
        stage="train",
        reason="over_long",
        detail=f"{tokens} tokens; train.max_length is {max_length}",
        row=lesson.row.model_dump(mode="json", exclude_none=True) if lesson.row is not None else {},
    )
