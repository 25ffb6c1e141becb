"""What the stages that train, examine and release the student are asked, and what they return.

The second half of ``schemas/contracts.py``, which says what requests and results are.
"""

from typing import Literal

from pydantic import Field

from schemas.contracts import (
    Checkpoint,
    DatasetFile,
    Filtered,
    Generated,
    Release,
    Request,
    ScanResult,
    TaxonomyChange,
)
from schemas.records import Record
from schemas.student_settings import EvaluateSettings, GateSettings, TrainSettings

# -- train -----------------------------------------------------------------------------------------------------------


class TrainRequest(Request):
    samples: DatasetFile
    chunks: DatasetFile = Field(description="a student made from scratch reads the documents too")
    replay: DatasetFile | None = Field(None, description="an earlier release's samples")
    start: Checkpoint | None = Field(None, description="None: the base of the settings, or one made from scratch")
    train: TrainSettings


class Trained(Record):
    checkpoint: Checkpoint
    base: Checkpoint = Field(description="the model before its first step")
    log: DatasetFile = Field(description="TrainStep: the loss curve")
    over_long: DatasetFile = Field(description="Rejected: samples longer than max_length")
    samples: int = Field(description="samples trained on, each once per epoch")
    tokens: int = Field(description="over all epochs, padding not counted")
    steps: int
    seconds: float
    cpu_seconds: float


# -- evaluate --------------------------------------------------------------------------------------------------------


class EvaluateRequest(Request):
    student: Checkpoint
    base: Checkpoint = Field(description="the current release, or the untrained base")
    exam: tuple[DatasetFile, ...] = Field(description="ExamQuestion files, human and reserved")
    samples: DatasetFile = Field(
        description="what the student was trained on: a reserved wording of an untaught fact is not asked"
    )
    earlier_exam: tuple[DatasetFile, ...] = Field((), description="what the current release was examined on")
    evaluate: EvaluateSettings


class Score(Record):
    """One model's mean over one group of questions."""

    suite: Literal["human", "reserved_phrasing"]
    group: str = Field(description="'all', 'changed', 'claimed', 'unchanged', 'knowledge', 'skills', or a leaf node's path")
    metric: str = Field(description="exact_match, match or token_f1: see tasks/evaluate/scoring.py")
    questions: int
    base: float
    student: float
    delta: float = Field(description="student - base, paired")
    low: float = Field(description="95 % bootstrap interval of the delta")
    high: float


class EvaluationReport(Record):
    """questions in = answered + not asked."""

    scores: tuple[Score, ...]
    answers: DatasetFile = Field(description="ExamAnswer")
    not_asked: DatasetFile = Field(description="Rejected: questions about facts that were not taught in the end")
    gain_not_claimed: tuple[str, ...] = Field(description="leaf nodes taught by their seed examples alone")
    seconds: float


# -- promote ---------------------------------------------------------------------------------------------------------


class PromoteRequest(Request):
    report: EvaluationReport
    checkpoint: Checkpoint
    samples: DatasetFile
    exam: tuple[DatasetFile, ...]
    change: TaxonomyChange
    gate: GateSettings
    parent: Release | None
    ledger: str = Field(description="POSIX path of the ledger file")
    run: str = Field(description="name of the run's folder, for whoever reads the ledger")


class Reason(Record):
    rule: str
    passed: bool
    message: str


class Verdict(Record):
    """One line of the ledger: a release, or a refusal that is remembered."""

    released: bool
    release: Release | None
    reasons: tuple[Reason, ...]
    date: str = Field(description="UTC, ISO 8601")
    run_key: str
    run: str = Field(description="name of the run's folder")
    taxonomy_commit: str


# -- the whole run ---------------------------------------------------------------------------------------------------


Outcome = Literal["released", "refused", "nothing_changed", "already_refused", "generated"]


class RunSummary(Record):
    """What one run did: the source of the terminal's table, report.html, manifest.json and ``--json``."""

    outcome: Outcome = Field(description="generated: the run was to end with the samples, so nothing was trained or decided")
    message: str = Field(description="one line for a person")
    run_key: str
    folder: str = Field(description="where the run's files are")
    started: str = Field(description="UTC, ISO 8601")
    seconds: float
    change: TaxonomyChange
    sources: ScanResult | None = None
    generated: Generated | None = None
    filtered: Filtered | None = None
    scanned: ScanResult | None = None
    trained: Trained | None = None
    report: EvaluationReport | None = None
    verdict: Verdict | None = None
