"""Samples written out for other trainers: the same conversation as the student's, whole or not at all."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from schemas.contracts import DatasetFile
from schemas.records import Provenance, Sample
from tasks.dataset_files.jsonl import write_dataset
from tasks.student_model.exported_messages import export_dataset_directory, export_jsonl, exported_rows
from tasks.student_model.messages import sample_messages


def sample_of(question: str, answer: str, unmask: bool = False) -> Sample:
    provenance = Provenance(taxonomy_commit="c" * 40, leaf_key="k", teacher="t", parameters={"temperature": 0.7})
    return Sample(
        id="0123456789abcdef",
        leaf_node="knowledge/rivers",
        kind="knowledge",
        question=question,
        context="The Rhine passes Basel.",
        answer=answer,
        origin="generated",
        unmask=unmask,
        provenance=provenance,
    )


def file_of(folder: Path, *samples: Sample) -> DatasetFile:
    return write_dataset(str(folder / "samples.jsonl"), Sample, samples)


def test_one_row_as_another_trainer_reads_it(tmp_path: Path) -> None:
    (row,) = exported_rows(file_of(tmp_path, sample_of("Which city?", "Basel")))
    assert row == {
        "messages": [{"role": "user", "content": "Which city?"}, {"role": "assistant", "content": "Basel"}],
        "metadata": '{"findings": [], "id": "0123456789abcdef", "kind": "knowledge", "leaf_node": "knowledge/rivers", '
        '"origin": "generated", "provenance": {"leaf_key": "k", "parameters": {"temperature": 0.7}, "seed": 0, '
        f'"taxonomy_commit": "{"c" * 40}", "teacher": "t"}}}}',
        "unmask": False,
    }


def test_an_unmasked_sample_says_so_and_shows_its_context(tmp_path: Path) -> None:
    (row,) = exported_rows(file_of(tmp_path, sample_of("Which city?", "Basel", unmask=True)))
    assert row["unmask"] is True
    assert "The Rhine passes Basel." in row["messages"][0]["content"]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_every_text_comes_back_from_the_file_as_the_student_is_taught_it(tmp_path_factory, texts) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("export")
    samples = [sample_of(question, answer) for question, answer in texts]
    export_jsonl(file_of(folder, *samples), folder / "out.jsonl")
    lines = (folder / "out.jsonl").read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line)["messages"] for line in lines] == [sample_messages(sample) for sample in samples]


def test_a_training_set_without_a_sample_is_an_empty_directory_of_the_library(tmp_path: Path) -> None:
    from datasets import load_from_disk

    export_dataset_directory(file_of(tmp_path), tmp_path / "out")
    dataset = load_from_disk(str(tmp_path / "out"))
    assert (dataset.num_rows, dataset.column_names) == (0, ["messages", "metadata", "unmask"])
