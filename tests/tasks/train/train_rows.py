"""A small curriculum for the tests of this room: two boats, their facts in a few wordings, and a page about them."""

from pathlib import Path

from schemas.contracts import DatasetFile
from schemas.records import Chunk, Document, LeafKind, Provenance, Sample, sample_id
from schemas.student_contracts import TrainRequest
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import write_dataset

LEAF = "knowledge/boats/heron"
FACTS = {"length": "9 m", "builder": "Ida Holm", "home port": "Bergen", "mast": "spruce", "price": "$4,000", "year": "1962"}
WORDINGS = ("What is the {} of the Heron?", "Tell me the {} of the Heron.", "For the Heron, which {} is given?")
SMALL = TrainSettings(hidden_size=32, layers=1, vocabulary=512, epochs=4, batch_tokens=96, max_length=64, learning_rate=5e-3)


def make_sample(question: str, answer: str, leaf: str = LEAF, kind: LeafKind = "knowledge") -> Sample:
    return Sample(
        id=sample_id(leaf, question, None, answer),
        leaf_node=leaf,
        kind=kind,
        question=question,
        answer=answer,
        origin="extracted",
        provenance=Provenance(taxonomy_commit="0" * 40, leaf_key="k", teacher="extractive"),
    )


def boat_samples() -> list[Sample]:
    return [make_sample(wording.format(name), value) for name, value in FACTS.items() for wording in WORDINGS]


def boat_page() -> Chunk:
    text = " ".join(f"The {name} of the Heron is {value}." for name, value in FACTS.items())
    document = Document(repo="boats", commit="0" * 40, path="heron.md", sha256="0" * 64)
    return Chunk(id="page", leaf_node=LEAF, document=document, headings=("Boats", "Heron"), text=text, start=0, end=len(text))


def write_samples(folder: Path, samples: list[Sample], name: str = "samples") -> DatasetFile:
    return write_dataset(str(folder / f"{name}.jsonl"), Sample, samples)


def write_chunks(folder: Path, chunks: list[Chunk]) -> DatasetFile:
    return write_dataset(str(folder / "chunks.jsonl"), Chunk, chunks)


def make_request(folder: Path, samples: list[Sample] | None = None, train: TrainSettings = SMALL, **fields) -> TrainRequest:
    rows = write_samples(folder, boat_samples() if samples is None else samples)
    return TrainRequest(samples=rows, chunks=write_chunks(folder, [boat_page()]), train=train, **fields)
