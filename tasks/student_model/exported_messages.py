"""Samples in the form that other trainers read: a JSONL file of messages, or a directory of the ``datasets`` library.

Beside the DAG: what ``train`` reads, written out for InstructLab's training library, TRL, or anything that takes messages.
The conversation is the one that the student itself is trained on (``messages.py``). One row::

    {"messages": [{"role": "user", "content": "Who styled the body?"}, {"role": "assistant", "content": "Giorgetto Giugiaro"}],
     "metadata": "{\"answer_end\": ..., \"id\": \"3f2a...\", \"leaf_node\": \"knowledge/...\", ...}", "unmask": false}

``metadata`` is a JSON text, as InstructLab's generator writes it: rows with different keys still have one column type.
``unmask`` asks InstructLab's trainer to learn from all tokens, not from the answer's alone.

Source of the format: InstructLab SDG, "Dataset Formats", messages training dataset; TRL, "Dataset formats", conversational.

Not covered: other columns and roles (pretraining, system), and upload.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from schemas.contracts import DatasetFile
from schemas.errors import LabflowError, UsageError, WorkspaceError
from schemas.records import Sample
from tasks.dataset_files.jsonl import read_dataset
from tasks.student_model.messages import sample_messages


def exported_rows(samples: DatasetFile) -> Iterator[dict[str, Any]]:
    """One row for each sample, in their order.

    Raises:
        DamagedFileError: the file is gone, or is not what was recorded.
    """
    for sample in read_dataset(samples, Sample):
        metadata = sample.model_dump(mode="json", exclude_none=True, exclude={"question", "context", "answer", "unmask"})
        yield {
            "messages": [dict(message) for message in sample_messages(sample)],
            "metadata": json.dumps(metadata, sort_keys=True, ensure_ascii=False),
            "unmask": sample.unmask,
        }


def export_jsonl(samples: DatasetFile, file: Path) -> None:
    """Writes a new file; it appears when it is whole.

    Raises:
        UsageError: there is a file already.
        WorkspaceError: it cannot be written.
        DamagedFileError: the samples are gone, or are not what was recorded.
    """
    if file.exists():
        raise UsageError(f"{file} exists already. Name a new file, or remove that one.")
    temporary = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8", errors="replace") as stream:
            _write_lines(samples, stream)
        temporary.replace(file)
    except OSError as error:
        raise _unwritable(file, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def export_dataset_directory(samples: DatasetFile, directory: Path) -> None:
    """Writes a directory that ``datasets.load_from_disk`` opens; it appears when it is whole.

    Raises:
        UsageError: the directory exists and is not empty.
        WorkspaceError: it cannot be written.
        DamagedFileError: the samples are gone, or are not what was recorded.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not an empty directory. Name a new one.")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that the last step is a renaming.
        with tempfile.TemporaryDirectory(prefix=f".{directory.name}.", suffix=".part", dir=directory.parent) as work:
            _save_dataset(samples, Path(work))
            if directory.exists():
                directory.rmdir()
            shutil.move(Path(work) / "dataset", directory)
    except OSError as error:
        raise _unwritable(directory, error) from error


def _save_dataset(samples: DatasetFile, work: Path) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the library is imported: nothing here needs a network
    from datasets import Dataset, Features, List, Value, disable_progress_bars
    from datasets.exceptions import DatasetGenerationError

    disable_progress_bars()
    texts = {"role": Value("string"), "content": Value("string")}
    features = Features({"messages": List(texts), "metadata": Value("string"), "unmask": Value("bool")})
    if samples.rows == 0:  # the generator's builder refuses to make a dataset without a row
        empty: dict[str, list[Any]] = {name: [] for name in features}
        Dataset.from_dict(empty, features=features).save_to_disk(str(work / "dataset"), num_shards=1)
        return
    try:
        dataset = Dataset.from_generator(
            exported_rows,
            features=features,
            cache_dir=str(work / "cache"),
            gen_kwargs={"samples": samples},
            fingerprint=samples.sha256[:16],
        )
    except DatasetGenerationError as error:
        if isinstance(error.__cause__, LabflowError):
            raise error.__cause__ from None
        raise
    dataset.save_to_disk(str(work / "dataset"))


def _write_lines(samples: DatasetFile, stream: IO[str]) -> None:
    for row in exported_rows(samples):
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _unwritable(place: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"cannot write {place}: {error.strerror or error}. Free space or choose another place.")
