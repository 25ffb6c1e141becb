"""What replay and the methods do to old knowledge: ``python -m tests.benchmarks.replay [METHOD ...]``.

A small student is made from scratch on old facts, in six wordings each. Then it is taught new facts by each method, without
replay and with an equal share of it, and asked for old and new facts in wordings that it was never taught (exact match). It can
read by then, so adapters have something to hold on to. Each training runs the stage as a run does, in a worker process.

Prints a table on standard error and one JSON object last. ``qlora`` is left out where bitsandbytes is not installed.
"""

import importlib.util
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from schemas.contracts import Checkpoint, DatasetFile, StageFolders, ignore_progress
from schemas.records import Chunk, Provenance, Sample, sample_id
from schemas.student_contracts import TrainRequest
from schemas.student_settings import TrainSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.train.train import train_student

METHODS = ("full", "lora", "qlora", "osf")
RATES = {"full": 1e-3, "lora": 4e-3, "qlora": 4e-3, "osf": 4e-3}
FACTS = 60
TAUGHT = (
    "What is the {} of the {}?",
    "Please tell me which {} the {} has.",
    "Which {} is given for the {}?",
    "I would like to know the {} of the {}.",
    "State the {} of the {}.",
    "Do you know the {} of the {}?",
)
ASKED = ("Can you say what the {} of the {} is?", "Tell me the {} of the {}.")
NAMES = ("heron", "tern", "plover", "skua", "gannet", "dunlin", "curlew", "petrel", "fulmar", "avocet")
TRAITS = ("length", "builder", "port", "mast", "price", "year")
WORDS = "oak pine ash elm larch spruce cedar teak walnut maple birch alder hazel rowan willow".split()  # noqa: SIM905


def main() -> None:
    methods = [name for name in sys.argv[1:] or METHODS if name != "qlora" or importlib.util.find_spec("bitsandbytes")]
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), methods)
    for row in rows:
        sys.stderr.write(
            f"{row['method']:<8}{row['replay']:<6} old {row['old_before']:.2f} -> {row['old']:.2f}   new {row['new']:.2f}"
            f"   {row['cpu_seconds']:.0f} CPU s\n"
        )
    print(json.dumps({"benchmark": "replay", "facts": FACTS, "rows": rows}))


def measure(folder: Path, methods: list[str]) -> list[dict[str, Any]]:
    """The table's rows."""
    old, new = make_facts("old", 1), make_facts("new", 2)
    old_file, new_file = write_samples(folder, "old", old), write_samples(folder, "new", new)
    base = TrainSettings(hidden_size=128, epochs=30, learning_rate=2e-3, batch_tokens=512)
    taught = train(folder / "base", base, samples=old_file).checkpoint
    before = score(taught, old)
    rows = []
    for method in methods:
        for share in (0.0, 0.5):
            settings = base.model_copy(
                update={
                    "base": taught.path,
                    "method": method,
                    "epochs": 10,
                    "learning_rate": RATES[method],
                    "replay_share": share,
                    "lora_rank": 32,
                }
            )
            trained = train(folder / f"{method}-{share}", settings, samples=new_file, replay=old_file, start=taught)
            rows.append(
                {
                    "method": method,
                    "replay": share,
                    "old_before": before,
                    "old": score(trained.checkpoint, old),
                    "new": score(trained.checkpoint, new),
                    "cpu_seconds": round(trained.cpu_seconds, 1),
                }
            )
            sys.stderr.write(f"{rows[-1]}\n")
    return rows


def make_facts(kind: str, seed: int) -> list[tuple[str, str, str]]:
    """Trait, boat and value, all made up; old and new boats differ in their names."""
    draw = random.Random(seed)
    boats = [f"{kind} {name}" for name in NAMES]
    pairs = [(trait, boat) for boat in boats for trait in TRAITS]
    return [(trait, boat, f"{draw.choice(WORDS)} {draw.randint(2, 99)}") for trait, boat in pairs][:FACTS]


def write_samples(folder: Path, name: str, facts: list[tuple[str, str, str]]) -> DatasetFile:
    """The facts in the taught wordings."""
    provenance = Provenance(taxonomy_commit="0" * 40, leaf_key="k", teacher="extractive")
    rows = [
        Sample(
            id=sample_id(f"knowledge/{name}", wording.format(trait, boat), None, value),
            leaf_node=f"knowledge/{name}",
            kind="knowledge",
            question=wording.format(trait, boat),
            answer=value,
            origin="extracted",
            provenance=provenance,
        )
        for trait, boat, value in facts
        for wording in TAUGHT
    ]
    return write_dataset(str(folder / f"{name}.jsonl"), Sample, rows)


def train(folder: Path, settings: TrainSettings, **files: Any) -> Any:
    """One training in a worker process."""
    folder.mkdir()
    chunks = write_dataset(str(folder / "chunks.jsonl"), Chunk, [])
    request = TrainRequest(chunks=chunks, train=settings, **files)
    return train_student(request, StageFolders(folder=str(folder), cache=str(folder)), ignore_progress)


def score(checkpoint: Checkpoint, facts: list[tuple[str, str, str]]) -> float:
    """Share of the facts answered exactly, in wordings that were not taught."""
    from tasks.student_model.generate import answer_conversations
    from tasks.student_model.load_student import load_student, use_threads
    from tasks.student_model.messages import Message

    use_threads(1)
    asked = [(wording.format(trait, boat), value) for trait, boat, value in facts for wording in ASKED]
    conversations = [[Message(role="user", content=question)] for question, _ in asked]
    answers = answer_conversations(load_student(checkpoint.path), conversations, 8, 64)
    return round(sum(answer == value for answer, (_, value) in zip(answers, asked, strict=True)) / len(asked), 3)


if __name__ == "__main__":
    main()
