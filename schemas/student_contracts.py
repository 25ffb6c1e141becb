"""What the stages that train, examine and release the student are asked, and what they return.

The second half of ``schemas/contracts.py``, which says what requests and results are.
"""

from typing import Literal

from pydantic import Field

from schemas.benchmarks import BenchmarkScore, JudgeReport
from schemas.contracts import (
    Checkpoint,
    DatasetFile,
    Filtered,
    Generated,
    Release,
    Request,
    ScanResult,
    TaxonomyChange,
    Usage,
)
from schemas.records import Record
from schemas.student_settings import EvaluateSettings, GateSettings, TrainSettings

# -- train -----------------------------------------------------------------------------------------------------------


class TrainRequest(Request):
    samples: DatasetFile
    chunks: DatasetFile = Field(description="a student made from scratch reads the documents too")
    replay: DatasetFile | None = Field(None, description="an earlier release's samples")
    start: Checkpoint | None = Field(None, description="None: the base of the settings, or one made from scratch")
    conversations: DatasetFile | None = Field(None, description="Conversation: a user's own rows, beside the samples")
    replay_file_sha256: str = Field("", description="digest of train.replay_file: another content is another request")
    taxonomy_commit: str = Field("", description="for the model card: where the samples come from")
    train: TrainSettings


class MemoryEstimate(Record):
    """What one process needs while it trains, bytes; libraries and fragmentation not counted."""

    weights: int
    gradients: int
    optimizer: int
    activations: int
    total: int


class PhasePlan(Record):
    """What one phase of training will do."""

    name: str = Field(description="curriculum, knowledge or skills")
    samples: int = Field(description="new samples, each once per epoch")
    replayed: int = Field(description="samples of earlier releases, and of the phase before")
    from_file: int = Field(description="conversations of the replay file")
    passages: int = Field(description="pieces of documents that are read as plain text")
    validation: int = Field(description="samples held out to choose the checkpoint")
    epochs: float
    learning_rate: float
    steps: int
    tokens: int = Field(description="over all epochs, padding not counted")
    padded_tokens: int


class TrainPlan(Record):
    """What training will do: written before the first step, and all that ``labflow model train --dry-run`` does."""

    method: str
    parameters: int
    trainable: int = Field(description="weights that change")
    phases: tuple[PhasePlan, ...]
    over_long: int = Field(description="samples longer than train.max_length: set aside")
    longest: int = Field(description="tokens of the longest row that is trained on")
    steps: int
    tokens: int = Field(description="over all phases and epochs, padding not counted")
    processes: int
    memory: MemoryEstimate


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
    validation: int = Field(0, description="samples held out to choose the checkpoints, not trained on")
    adapter: Checkpoint | None = Field(None, description="lora, qlora, osf: the adapter alone, beside the merged checkpoint")
    plan: TrainPlan | None = Field(None, description="as it was before the first step")
    chosen_steps: dict[str, int] = Field({}, description="phase -> step whose weights were taken on, where that was not the last")


# -- evaluate --------------------------------------------------------------------------------------------------------


class EvaluateRequest(Request):
    student: Checkpoint
    base: Checkpoint = Field(description="the current release, or the untrained base")
    exam: tuple[DatasetFile, ...] = Field(description="ExamQuestion files, human and reserved")
    samples: DatasetFile = Field(
        description="what the student was trained on: a reserved wording of an untaught fact is not asked"
    )
    earlier_exam: tuple[DatasetFile, ...] = Field((), description="what the current release was examined on")
    exam_checks: DatasetFile | None = Field(
        None, description="ExamCheck: what the critic said of the exam's knowledge; only what it supports becomes multiple choice"
    )
    adapter: Checkpoint | None = Field(
        None, description="the student as an adapter, where it is one: a server of the base then answers for both"
    )
    adapter_base_sha256: str = Field(
        "", description="digest of the checkpoint that the adapter was trained on; it is used where that is the base"
    )
    inputs_sha256: dict[str, str] = Field(
        {}, description="digests of the files that the settings name, by name: another content is another request"
    )
    evaluate: EvaluateSettings


class Score(Record):
    """One model's mean over one group of questions."""

    suite: str = Field(
        description="human and reserved_phrasing: the exam; any other, for example multiple_choice, safety or user:<name>, is a "
        "benchmark beside it"
    )
    group: str = Field(description="'all', 'changed', 'claimed', 'unchanged', 'knowledge', 'skills', or a leaf node's path")
    metric: str = Field(description="match, exact_match, token_f1, rouge_l: 0 to 1; judge: 1 to 5")
    questions: int
    base: float
    student: float
    delta: float = Field(description="student - base, paired")
    low: float = Field(description="95 % bootstrap interval of the delta")
    high: float
    base_low: float | None = Field(None, description="95 % bootstrap interval of the base's mean")
    base_high: float | None = None
    student_low: float | None = Field(None, description="95 % bootstrap interval of the student's mean")
    student_high: float | None = None
    failed: int = Field(0, description="questions without this score, in no mean: a judgement failed")


class EvaluationReport(Record):
    """questions in = answered + not asked."""

    scores: tuple[Score, ...]
    answers: DatasetFile = Field(description="ExamAnswer")
    not_asked: DatasetFile = Field(description="Rejected: questions about facts that were not taught in the end")
    gain_not_claimed: tuple[str, ...] = Field(description="leaf nodes taught by their seed examples alone")
    seconds: float
    benchmarks: tuple[BenchmarkScore, ...] = ()
    benchmark_answers: DatasetFile | None = Field(None, description="BenchmarkAnswer; None where no benchmark was asked")
    judge: JudgeReport | None = Field(None, description="None where no judge is set")
    engine: str = Field("transformers", description="what generated the answers")


# -- promote ---------------------------------------------------------------------------------------------------------


class Approval(Record):
    """What a person decided at a step of a run that waits for one."""

    step: str = Field(description="for example samples or release")
    decision: Literal["approved", "rejected"]
    by: str
    comment: str = ""
    date: str = Field(description="UTC, ISO 8601")


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
    approvals: tuple[Approval, ...] = Field((), description="what people decided on the way")
    usage: Usage = Field(Usage(), description="what the served models were asked in this run, all stages together")
    cost: float | None = Field(
        None, ge=0, description="of the served models, at the prices of the settings; None: no price is set"
    )


class Reason(Record):
    rule: str
    passed: bool
    message: str
    severity: Literal["rule", "warning"] = Field("rule", description="warning: said for a person, decides nothing")


class Verdict(Record):
    """One line of the ledger: a release, or a refusal that is remembered."""

    released: bool
    release: Release | None
    reasons: tuple[Reason, ...]
    date: str = Field(description="UTC, ISO 8601")
    run_key: str
    run: str = Field(description="name of the run's folder")
    taxonomy_commit: str
    parent: int | None = Field(None, description="the release that the student was compared with")
    scores: tuple[Score, ...] = Field((), description="by the gate's metric; single leaf nodes stand in the run's report")
    approvals: tuple[Approval, ...] = Field((), description="what people decided on the way")
    usage: Usage = Field(Usage(), description="what the served models were asked")
    cost: float | None = Field(
        None, ge=0, description="of the served models, at the prices of the settings; None: no price was set"
    )
    samples_sha256: str = Field("", description="digest of what the student was trained on")
    exam_sha256: tuple[str, ...] = Field((), description="digests of what it was examined on")


class Rollback(Record):
    """One line of the ledger: an earlier release was made current again."""

    rollback_to: int = Field(ge=1, description="number of the release that became current")
    rollback_from: int = Field(ge=1, description="number of the release that was current")
    date: str = Field(description="UTC, ISO 8601")
    by: str = Field(description="who did it")
    reason: str


LedgerLine = Verdict | Rollback


# -- the whole run ---------------------------------------------------------------------------------------------------


Outcome = Literal["released", "refused", "nothing_changed", "already_refused", "generated"]


class Cost(Record):
    """What the served models of one run cost, at the prices of the settings; None where a model has no price."""

    teacher: float | None = Field(None, ge=0, description="in the currency of the prices")
    critic: float | None = Field(None, ge=0, description="in the currency of the prices")
    guardian: float | None = Field(None, ge=0, description="in the currency of the prices")
    judge: float | None = Field(None, ge=0, description="in the currency of the prices")
    total: float = Field(ge=0, description="of those that have a price")


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
    cost: Cost | None = Field(None, description="of the served models; None where no price is set")
