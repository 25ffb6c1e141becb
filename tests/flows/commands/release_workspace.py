"""A workspace with two releases and a refusal, made without training: ledger, run folders, samples with their passages."""

from pathlib import Path

from flows.workspace import Workspace
from schemas.contracts import Checkpoint, DatasetFile, Release, ScanResult, TaxonomyChange
from schemas.records import Chunk, Critique, Document, LeafNode, Provenance, Record, Rejected, Sample, SeedExample, sample_id
from schemas.settings import Settings
from schemas.student_contracts import Reason, RunSummary, Score, Verdict
from tasks.dataset_files.jsonl import write_dataset
from tasks.promote.ledger import append_line, point_current_at
from tasks.student_model.checkpoint_files import digest_directory

LEAF, NEW_LEAF, OLD_LEAF = "knowledge/cars/delorean", "knowledge/cars/gullwing", "knowledge/cars/bricklin"
TEXT = "# Prices\n\nA clutch replacement costs {price}. A windshield costs $950. The fuel tank sits in front of the cabin.\n"
WORDINGS = (
    "How much does a clutch replacement cost?",
    "Can you tell me how much a clutch replacement costs?",
    "Clutch, how much?",
)
COMMITS = {1: "1" * 40, 2: "2" * 40}


class Place:
    """The workspace's folder and what lies in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.workspace = Workspace(folder)
        self.ledger = folder / "ledger.jsonl"

    def release(self, number: int, price: str, leaves: dict[str, str], epochs: float, scored: bool = True) -> Release:
        """Writes a run and its line."""
        name = f"2026010{number}T060000Z-{number:08x}"
        stage = self.root / "stages" / f"run-{number}"
        change = _change(self, stage, number, leaves)
        sources, scanned = self._scans(stage, number, price)
        checkpoint = self._checkpoint(stage / "student", str(number))
        release = Release(
            number=number,
            run_key=change.run_key,
            date=f"2026-01-0{number}T06:00:00Z",
            taxonomy_commit=change.head,
            leaf_nodes=leaves,
            checkpoint=checkpoint,
            samples=scanned.clean[0],
            exam=(),
            parent=number - 1 or None,
        )
        verdict = Verdict(
            released=True,
            release=release,
            reasons=(Reason(rule="gain", passed=True, message="better on what changed"),),
            date=release.date,
            run_key=change.run_key,
            run=name,
            taxonomy_commit=change.head,
            parent=release.parent,
            scores=(_score(number),) if scored else (),
        )
        settings = Settings.model_validate({"train": {"epochs": epochs}})
        summary = RunSummary(
            outcome="released",
            message=f"released as number {number}",
            run_key=change.run_key,
            folder=str(self.workspace.run_folder(name)),
            started=release.date,
            seconds=1,
            change=change,
            sources=sources,
            scanned=scanned,
            verdict=verdict,
        )
        self.workspace.write_run(name, summary, settings, "<html></html>")
        append_line(self.ledger, verdict)
        point_current_at(self.ledger, release)
        return release

    def refusal(self) -> None:
        """A run that the gate refused."""
        reason = Reason(rule="gain", passed=False, message="not proven better \x1b[31m")
        line = {"released": False, "release": None, "reasons": (reason,), "date": "2026-01-03T06:00:00Z", "run_key": "x"}
        append_line(self.ledger, Verdict.model_validate({**line, "run": "refused", "taxonomy_commit": "3" * 40}))

    def _scans(self, stage: Path, number: int, price: str) -> tuple[ScanResult, ScanResult]:
        text = TEXT.format(price=price)
        document = Document(repo="../manual", commit="d" * 40, path="delorean.md", sha256="e" * 64)
        chunk = Chunk(id="c1", leaf_node=LEAF, document=document, headings=("Prices",), text=text, start=100, end=100 + len(text))
        samples = [_sample(question, price, chunk, number, "clutch") for question in WORDINGS]
        samples.append(_sample("What does a windshield cost?", "$950", chunk, number, "windshield"))
        if number == 2:
            samples.append(_sample("Where does the fuel tank sit?", "in front of the cabin", chunk, number, "tank"))
        chunks = write_dataset(str(stage / "sources" / "chunks.jsonl"), Chunk, [chunk])
        clean = write_dataset(str(stage / "samples" / "samples.jsonl"), Sample, samples)
        return _scan(stage / "sources", chunks), _scan(stage / "samples", clean)

    def _checkpoint(self, folder: Path, content: str) -> Checkpoint:
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_text(content)
        return Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=1000)


def two_releases(folder: Path) -> Place:
    """Release 1, a refusal, and release 2 with another price, one leaf node more and one less."""
    place = Place(folder)
    folder.mkdir(parents=True, exist_ok=True)
    place.release(1, "$1,400", {LEAF: "a", OLD_LEAF: "b"}, epochs=12)
    place.refusal()
    place.release(2, "$1,500", {LEAF: "c", NEW_LEAF: "d"}, epochs=20)
    return place


def _sample(question: str, answer: str, chunk: Chunk, number: int, fact: str) -> Sample:
    start = chunk.start + chunk.text.index(answer)
    origin = Provenance(
        taxonomy_commit=COMMITS[number],
        leaf_key="k",
        document=chunk.document,
        chunk=chunk.id,
        chunk_start=chunk.start,
        chunk_end=chunk.end,
        answer_start=start,
        answer_end=start + len(answer),
        fact=fact,
        pattern="active.cost",
        teacher="extractive",
    )
    critique = Critique(critic="lexical", scores={"support": 1.0})
    return Sample(
        id=sample_id(LEAF, question, None, answer),
        leaf_node=LEAF,
        kind="knowledge",
        question=question,
        answer=answer,
        origin="extracted",
        provenance=origin,
        critique=critique,
    )


def _scan(folder: Path, file: DatasetFile) -> ScanResult:
    refused = write_dataset(str(folder / "refused.jsonl"), Rejected, [])
    counts = {"allowed": file.rows, "redacted": 0, "quarantined": 0, "dropped": 0, "counts_by_rule": {}}
    return ScanResult.model_validate({"clean": (file,), "refused": refused, **counts})


def _change(place: Place, stage: Path, number: int, leaves: dict[str, str]) -> TaxonomyChange:
    kinds: dict[str, type[Record]] = {"leaf_nodes": LeafNode, "seed_examples": SeedExample, "chunks": Chunk}
    files = {name: write_dataset(str(stage / "change" / f"{name}.jsonl"), kind, []) for name, kind in kinds.items()}
    nothing = {"modified": (), "renamed": (), "deleted": (), "faults": ()}
    told = {"base": None, "head": COMMITS[number], "added": tuple(leaves), "exam": files["chunks"], "leaf_keys": leaves}
    return TaxonomyChange.model_validate({**told, **nothing, **files, "run_key": f"{number:016x}"})


def _score(number: int) -> Score:
    numbers = {"questions": 10, "base": 0.0, "student": number / 4, "delta": number / 4, "low": 0.1, "high": 0.9}
    return Score.model_validate({"suite": "human", "group": "all", "metric": "match", **numbers})
