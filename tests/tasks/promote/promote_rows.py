"""Answers, reports and requests for the tests of this room."""

from pathlib import Path

from schemas.contracts import Checkpoint, DatasetFile, TaxonomyChange
from schemas.records import ExamAnswer, ExamQuestion
from schemas.student_contracts import EvaluationReport, PromoteRequest
from schemas.student_settings import GateSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.student_model.checkpoint_files import digest_directory

NOTHING = DatasetFile(path="/nowhere/rows.jsonl", sha256="0" * 64, rows=0, record="Sample")
LEAF, OTHER = "knowledge/birds/heron", "knowledge/birds/egret"


def question(text: str, leaf: str = LEAF, fact: str | None = None, reference: str = "yes") -> ExamQuestion:
    return ExamQuestion(
        id=f"{leaf} {text}",
        suite="human" if fact is None else "reserved_phrasing",
        leaf_node=leaf,
        kind="knowledge",
        question=text,
        reference=reference,
        fact=fact,
    )


def answer(asked: ExamQuestion, base: float, student: float, changed: bool = True) -> ExamAnswer:
    return ExamAnswer(
        question=asked,
        changed=changed,
        base_answer="",
        student_answer="",
        base_scores={"match": base},
        student_scores={"match": student},
    )


def answers(outcomes: str, leaf: str = LEAF, changed: bool = True, facts: bool = False) -> list[ExamAnswer]:
    """One human question (or fact with two wordings) for each letter: g gained, l lost, r right as before, w wrong as before."""
    scores = {"g": (0, 1), "l": (1, 0), "r": (1, 1), "w": (0, 0)}
    rows = []
    for number, letter in enumerate(outcomes):
        for wording in range(2 if facts else 1):
            asked = question(f"{number}.{wording} {facts}", leaf, f"fact {number}" if facts else None)
            rows.append(answer(asked, *scores[letter], changed=changed))
    return rows


def report(folder: Path, rows: list[ExamAnswer], not_claimed: tuple[str, ...] = (), **fields: object) -> EvaluationReport:
    file = write_dataset(str(folder / f"answers-{len(list(folder.iterdir()))}.jsonl"), ExamAnswer, rows)
    values = {"scores": (), "answers": file, "not_asked": NOTHING, "gain_not_claimed": not_claimed, "seconds": 1, **fields}
    return EvaluationReport.model_validate(values)


def change(run_key: str = "a" * 16, added: tuple[str, ...] = (LEAF,), deleted: tuple[str, ...] = ()) -> TaxonomyChange:
    return TaxonomyChange(
        base=None,
        head="c" * 40,
        added=added,
        modified=(),
        renamed=(),
        deleted=deleted,
        faults=(),
        leaf_nodes=NOTHING,
        seed_examples=NOTHING,
        chunks=NOTHING,
        exam=NOTHING,
        leaf_keys={LEAF: "k"},
        run_key=run_key,
    )


def checkpoint(folder: Path, content: str = "weights") -> Checkpoint:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_text(content)
    return Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=1)


def request(folder: Path, evaluation: EvaluationReport, **changes: object) -> PromoteRequest:
    values = {
        "report": evaluation,
        "checkpoint": checkpoint(folder / "checkpoint"),
        "samples": NOTHING,
        "exam": (),
        "change": change(),
        "gate": GateSettings(),
        "parent": None,
        "ledger": str(folder / "ledger.jsonl"),
        "run": "run-1",
    }
    return PromoteRequest.model_validate({**values, **changes})
