"""Lessons -> a memory-mapped file of token ids and labels; samples that are too long go to the rejected file.

Part of ``train``, inside the worker process. Rows are written one at a time to an Arrow file and read back memory-mapped through
the ``datasets`` library, so a curriculum may be larger than memory. The file lies in the run's folder and goes with it.

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
from schemas.records import Rejected, Sample
from tasks.dataset_files.jsonl import open_dataset
from tasks.student_model.labelled_tokens import LabelledTokens, label_messages, label_text
from tasks.student_model.messages import sample_messages, shows_context
from tasks.train.curriculum import Lesson

FEATURES = Features(
    {"id": Value("string"), "input_ids": List(Value("int32")), "labels": List(Value("int32")), "noisy": Value("bool")}
)


@dataclass(frozen=True)
class TokenFiles:
    """The tokenised curriculum of one epoch."""

    rows: Dataset
    """``id``, ``input_ids``, ``labels``; memory-mapped."""
    lengths: np.ndarray
    """Tokens of each row."""
    samples: int
    """Rows that are samples; the others are passages."""
    over_long: DatasetFile


def tokenise_lessons(lessons: Iterable[Lesson], tokenizer: Any, max_length: int, folder: Path) -> TokenFiles:
    """Writes the lessons' tokens under ``folder/work`` and the over-long samples to ``folder/over_long.jsonl``.

    Args:
        lessons: samples and passages of one epoch.
        tokenizer: of the student, with a chat template.
        max_length: longest sample, tokens; a longer passage is cut into pieces, a longer sample is rejected.
        folder: of the run.
    """
    path, lengths, samples = folder / "work" / "tokens.arrow", [], Counter[str]()
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        open_dataset(str(folder / "over_long.jsonl"), Rejected) as rejected,
        ArrowWriter(path=str(path), features=FEATURES) as writer,
    ):

        def write(name: str, tokens: LabelledTokens, noisy: bool) -> None:
            writer.write({"id": name, "input_ids": tokens.input_ids, "labels": tokens.labels, "noisy": noisy})
            lengths.append(len(tokens.input_ids))

        for lesson in lessons:
            if lesson.text is not None:
                for piece in label_text(tokenizer, lesson.text, max_length):
                    write("passage", piece, noisy=False)
            if lesson.sample is not None:
                samples["in"] += 1
                sample = lesson.sample
                tokens = label_messages(tokenizer, sample_messages(sample), sample.unmask)
                if len(tokens.input_ids) > max_length:
                    rejected.write(_over_long(sample, len(tokens.input_ids), max_length))
                    continue
                samples["trained"] += 1
                write(sample.id, tokens, noisy=sample.context is None or not shows_context(sample.kind, sample.unmask))
        writer.finalize()
    if samples["in"] != samples["trained"] + rejected.rows:
        raise TrainingError(
            f"{samples['in']} samples in, {samples['trained']} + {rejected.rows} out. This is a defect: report it."
        )
    return TokenFiles(Dataset.from_file(str(path)), np.array(lengths, dtype=np.int64), samples["trained"], rejected.file)


def _over_long(sample: Sample, tokens: int, max_length: int) -> Rejected:
    return Rejected(
        id=sample.id,
        leaf_node=sample.leaf_node,
        stage="train",
        reason="over_long",
        detail=f"{tokens} tokens; train.max_length is {max_length}",
        row=sample.model_dump(mode="json", exclude_none=True),
    )
