"""The released student: a directory of its own, the examined files and a card with the scores that released it.

Part of ``promote``. Scores are known after the examination, so they cannot stand in the checkpoint that was examined. A release
gets a directory beside the ledger: its weights, configuration and tokenizer are the examined ones (hard links: they cost no
space), its card and the card's facts are written anew with scores, number and date. The ledger records the digest of this
directory, so who reads a release checks the card along with the weights::

    releases/release-2/
        README.md             the model card: data, lineage, scores, licence
        card.json             the same as fields
        model.safetensors ... as they were examined

It is renamed into place when it is whole, before the ledger names it. What a kill in between has left is made anew by the next
release of that number; a directory that the ledger names is never touched.

Not covered: upload, and refused students: they have no card with scores, the run's report has them.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from schemas.benchmarks import BenchmarkScore
from schemas.contracts import Checkpoint
from schemas.errors import WorkspaceError
from schemas.student_contracts import PromoteRequest, Score
from tasks.student_model.checkpoint_files import digest_directory, replace_directory, require_intact
from tasks.student_model.model_card import CARD, FACTS, CardScore, read_card_facts, write_model_card

GROUPS_SHOWN = ("all", "claimed", "changed", "unchanged", "knowledge", "skills")


def place_release(request: PromoteRequest, number: int, date: str) -> Checkpoint:
    """Puts the examined checkpoint with its scores into the release's directory, and returns the reference to it.

    Args:
        number: of the release; no line of the ledger has it.
        date: of the decision, ISO 8601.

    Raises:
        DamagedFileError: the checkpoint is not the one that was examined.
        WorkspaceError: the directory cannot be written.
    """
    require_intact(request.checkpoint)
    folder = Path(request.ledger).parent / "releases" / f"release-{number}"
    facts = read_card_facts(Path(request.checkpoint.path))

    def write(part: Path) -> None:
        _link_files(Path(request.checkpoint.path), part, frozenset({CARD, FACTS} if facts else ()))
        if facts is not None:
            write_model_card(part, facts.model_copy(update={"release": number, "date": date, "scores": tuple(scores(request))}))

    try:
        replace_directory(folder, write)
    except OSError as error:
        raise WorkspaceError(f"cannot write {folder}: {error.strerror}. Free space and run again.") from error
    return Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=request.checkpoint.parameters)


def scores(request: PromoteRequest) -> Iterator[CardScore]:
    """What the card shows: the exam by the gate's metric, and of each benchmark what counts, or all where nothing does."""
    for score in request.report.scores:
        if score.metric == request.gate.metric and score.group in GROUPS_SHOWN and score.questions:
            suite = score.suite.replace("_phrasing", " wordings")
            yield _card_score(f"{suite}, {score.group}: {score.metric}", score)
    counted = {benchmark.name for benchmark in request.report.benchmarks if benchmark.gated}
    for benchmark in request.report.benchmarks:
        if benchmark.gated or benchmark.name not in counted:
            yield _card_score(f"{benchmark.name}: {benchmark.metric}", benchmark)


def _card_score(name: str, score: Score | BenchmarkScore) -> CardScore:
    numbers = {field: getattr(score, field) for field in ("questions", "base", "student", "low", "high")}
    return CardScore.model_validate({"name": name, **numbers})


def _link_files(source: Path, target: Path, leave_out: frozenset[str]) -> None:
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        if file.is_file() and name.as_posix() not in leave_out:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file, target / name)
            except OSError:  # another file system
                shutil.copyfile(file, target / name)
