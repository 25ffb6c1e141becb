"""Students that are trained, examined and judged for real: release 2 is gated against release 1, a corrupted leaf is refused.

The taxonomy's part is played by two leaf nodes of plain facts, prices and weights, so that three students are trained in less
than a minute. All of train, evaluate and promote is real.
"""

from pathlib import Path

import pytest

from schemas.contracts import DatasetFile, StageFolders, TaxonomyChange, ignore_progress
from schemas.records import Chunk, Document, ExamQuestion, LeafKind, Provenance, Record, Sample, digest_of, sample_id
from schemas.student_contracts import EvaluateRequest, PromoteRequest, Trained, TrainRequest, Verdict
from schemas.student_settings import EvaluateSettings, GateSettings, TrainSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.evaluate.evaluate import evaluate_student
from tasks.promote.gate import promote_student
from tasks.promote.ledger import current_release, read_ledger
from tasks.train.train import train_student

pytestmark = pytest.mark.slow
PRICES, WEIGHTS = "knowledge/shop/prices", "knowledge/shop/weights"
THINGS = """
    anchor axle basket bell bench boiler bolt bucket cable candle canvas chain chisel clamp clock cradle crate drill drum engine
    fence filter funnel gear hammer handle
""".split()  # noqa: SIM905
TAUGHT = ("{q}?", "Can you say {q}?", "Do you know {q}?", "Please say {q}.", "Tell me {q}.")
RESERVED = ("Please, can you say {q}?", "Say {q}, please.")
Facts = dict[tuple[str, str], str]
"""(leaf node, question) -> answer."""


def facts_of(edited: dict[str, str] | None = None, corrupted: bool = False) -> Facts:
    """Eight prices and 26 weights."""
    prices = {thing: f"{17 + 23 * number} dollars" for number, thing in enumerate(THINGS[:8])} | (edited or {})
    weights = [f"{31 + 13 * number} grams" for number in range(len(THINGS))]
    if corrupted:
        weights = weights[7:] + weights[:7]
    return {
        **{(PRICES, f"what the {thing} costs"): price for thing, price in prices.items()},
        **{(WEIGHTS, f"how heavy the {thing} is"): weight for thing, weight in zip(THINGS, weights, strict=True)},
    }


class Shop:
    """Trains, examines and judges students in one folder with one ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.jsonl"
        self._number = 0

    def run(self, truth: Facts, taught: Facts, modified: tuple[str, ...], added: tuple[str, ...] = ()) -> Verdict:
        """One run: the exam asks for the truth, the samples teach what they teach."""
        self._number += 1
        place = self.folder / f"run-{self._number}"
        parent = current_release(read_ledger(self.ledger))
        samples = self._samples(place, taught)
        exam = (self._exam(place, truth),)
        trained = self._train(place, samples, truth)
        request = EvaluateRequest(
            student=trained.checkpoint,
            base=parent.checkpoint if parent else trained.base,
            exam=exam,
            samples=samples,
            earlier_exam=parent.exam if parent else (),
            evaluate=EvaluateSettings(max_new_tokens=6, bootstrap=200),
        )
        report = evaluate_student(request, self._folders(place, "evaluate"), ignore_progress)
        change = self._change(place, truth, modified, added)
        return promote_student(
            PromoteRequest(
                report=report,
                checkpoint=trained.checkpoint,
                samples=samples,
                exam=exam,
                change=change,
                gate=GateSettings(),
                parent=parent,
                ledger=str(self.ledger),
                run=place.name,
            )
        )

    def _train(self, place: Path, samples: DatasetFile, truth: Facts) -> Trained:
        document = Document(repo="../shop", commit="d" * 40, path="shop.md", sha256="e" * 64)
        text = "\n".join(f"{question[0].upper()}{question[1:]}: {answer}." for (_, question), answer in truth.items())
        chunk = Chunk(id="c", leaf_node=WEIGHTS, document=document, text=text[:600], start=0, end=600)
        settings = TrainSettings(hidden_size=128, vocabulary=512, epochs=20, learning_rate=2e-3)
        chunks = write_dataset(str(place / "chunks.jsonl"), Chunk, [chunk])
        return train_student(
            TrainRequest(samples=samples, chunks=chunks, train=settings), self._folders(place, "train"), ignore_progress
        )

    def _samples(self, place: Path, taught: Facts) -> DatasetFile:
        rows = [
            Sample(
                id=sample_id(leaf, wording.format(q=question), None, answer),
                leaf_node=leaf,
                kind="knowledge",
                question=wording.format(q=question),
                answer=answer,
                origin="extracted",
                provenance=Provenance(taxonomy_commit="c" * 40, leaf_key="k", fact=fact_of(leaf, question), teacher="extractive"),
            )
            for (leaf, question), answer in taught.items()
            for wording in TAUGHT
        ]
        return write_dataset(str(place / "samples.jsonl"), Sample, rows)

    def _exam(self, place: Path, truth: Facts) -> DatasetFile:
        kind: LeafKind = "knowledge"
        rows = [
            ExamQuestion(
                id=sample_id(leaf, wording.format(q=question), None, answer),
                suite="reserved_phrasing",
                leaf_node=leaf,
                kind=kind,
                question=wording.format(q=question),
                reference=answer,
                fact=fact_of(leaf, question),
            )
            for (leaf, question), answer in truth.items()
            for wording in RESERVED
        ]
        return write_dataset(str(place / "exam.jsonl"), ExamQuestion, rows)

    def _change(self, place: Path, truth: Facts, modified: tuple[str, ...], added: tuple[str, ...]) -> TaxonomyChange:
        nothing = _empty(place)
        files = dict.fromkeys(("leaf_nodes", "seed_examples", "chunks", "exam"), nothing)
        kept = {"base": None, "head": f"{self._number}" * 40, "renamed": (), "deleted": (), "faults": (), "leaf_keys": {}}
        run_key = digest_of([sorted(map(str, truth.items())), self._number])[:16]
        return TaxonomyChange.model_validate({**kept, **files, "added": added, "modified": modified, "run_key": run_key})

    def _folders(self, place: Path, stage: str) -> StageFolders:
        return StageFolders(folder=str(place / stage), cache=str(place / "cache"))


def fact_of(leaf: str, question: str) -> str:
    return digest_of([leaf, question])[:16]


def _empty(place: Path) -> DatasetFile:
    record: type[Record] = Chunk
    return write_dataset(str(place / "nothing.jsonl"), record, [])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def first(shop: Shop) -> Verdict:
    return shop.run(facts_of(), facts_of(), modified=(), added=(PRICES, WEIGHTS))


EDITED = {"bell": "990 dollars"}


@pytest.fixture(scope="module")
def second(shop: Shop, first: Verdict) -> Verdict:
    """One price was edited."""
    return shop.run(facts_of(EDITED), facts_of(EDITED), modified=(PRICES,))


def passed(verdict: Verdict) -> dict[str, bool]:
    return {reason.rule: reason.passed for reason in verdict.reasons}


def test_a_student_that_learned_is_release_1(first: Verdict) -> None:
    assert first.released, first.reasons
    assert passed(first)["gain"]


def test_one_edited_price_is_release_2_gated_against_release_1(first: Verdict, second: Verdict) -> None:
    assert second.released, second.reasons
    assert second.release
    assert (second.release.number, second.parent) == (2, 1)
    assert passed(second)["small_change"]
    messages = {reason.rule: reason.message for reason in second.reasons}
    assert "reserved wordings 0.00 -> 1.00 (1 gained, 0 lost; 2 questions about 1 fact)" in messages["small_change"]
    scores = {(score.suite, score.group): score for score in second.scores}
    assert scores["reserved_phrasing", "unchanged"].base >= 0.6, "the base is release 1, which knows what did not change"


def test_a_student_of_a_corrupted_leaf_is_refused(shop: Shop, second: Verdict) -> None:
    """Another price is edited, and the samples of the leaf node that nobody touched teach wrong weights."""
    edited = EDITED | {"axle": "880 dollars"}
    verdict = shop.run(facts_of(edited), facts_of(edited, corrupted=True), modified=(PRICES,))
    assert not verdict.released
    assert not passed(verdict)["no_regression"]
    message = next(reason.message for reason in verdict.reasons if reason.rule == "no_regression")
    assert message.startswith(f"worse on what did not change: {WEIGHTS}: reserved wordings")
    assert current_release(read_ledger(shop.ledger)) == second.release
