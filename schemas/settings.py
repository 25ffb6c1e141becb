"""What a person can set: the YAML file, the flow's parameters and the form in the Prefect UI are this one model.

Every default stands here once, every field has a description and bounds. Settings hold the *names* of secrets, never secrets:
Prefect stores flow parameters.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from schemas.guardian_settings import GuardianSettings
from schemas.served_model_settings import ModelSettings
from schemas.settings_model import Seed, SettingsModel
from schemas.student_settings import EvaluateSettings, GateSettings, TrainSettings

# YAML reads an unquoted off as false.
_OFF = BeforeValidator(lambda value: "off" if value is False else value)
Severity = Annotated[Literal["error", "warning", "off"], _OFF]
Review = Annotated[Literal["off", "pause", "suspend"], _OFF]


class DocumentSettings(SettingsModel):
    """How the documents that knowledge leaf nodes pin are fetched."""

    local: Literal["never", "siblings", "anywhere"] = Field(
        "never",
        description="which document repositories on this machine may be read: none, those beside the taxonomy "
        "('repo: ../name'), or any path",
    )
    allowed_hosts: tuple[str, ...] = Field((), description="hosts that documents may come from; empty: any public host")
    private_addresses: bool = Field(False, description="allow hosts with private or loopback addresses")
    timeout_seconds: float = Field(120, gt=0, le=3600, description="for one repository")
    max_bytes: int = Field(50_000_000, ge=1_000, description="size of one document, bytes")
    max_files: int = Field(200, ge=1, le=100_000, description="documents of one leaf node")


class TaxonomySettings(SettingsModel):
    """Which taxonomy, and how strictly it is read."""

    path: str | None = Field(None, description="directory of the taxonomy's Git repository; None: the built-in sample")
    head: str = Field("HEAD", min_length=1, description="commit, branch or tag to train on")
    only: str | None = Field(None, description="take up changes under this directory only, for example knowledge/vehicles")
    on_invalid: Literal["stop", "skip"] = Field("stop", description="what an invalid leaf node does to the run")
    rules: dict[str, Severity] = Field({}, description="severity of a rule by its id, where it differs from the default")
    exam_share: float = Field(0.3, ge=0.05, le=0.9, description="least share of human seed examples kept for the exam")
    chunk_tokens: int = Field(320, ge=32, le=8192, description="size of a document chunk, tokens")
    chunk_tokenizer: str | None = Field(
        None, description="the student's tokenizer.json, whose tokens size chunks; None: a fixed counter of word pieces"
    )
    documents: DocumentSettings = DocumentSettings()


class TeacherSettings(SettingsModel):
    """Who writes the samples."""

    kind: Literal["extractive", "model"] = Field(
        "extractive", description="extractive: questions written by rules from the documents; model: a served model"
    )
    model: ModelSettings = ModelSettings()
    phrasings: int = Field(6, ge=2, le=8, description="extractive: wordings per fact that are trained on")
    reserved_phrasings: int = Field(2, ge=1, le=3, description="extractive: wordings per fact that are kept for the exam")
    pipeline: Literal["simple", "full"] = Field(
        "full", description="model: simple asks for questions and answers at once; full for each apart, and for document views"
    )
    views: tuple[Literal["summary", "facts"], ...] = Field(
        ("summary", "facts"), description="model, full: what knowledge questions are written from, besides the chunk itself"
    )
    prompts: str | None = Field(
        None, description="model: directory whose .jinja files replace the built-in prompts of the same name"
    )
    scale_factor: int = Field(5, ge=1, le=1000, description="model: samples per seed example and chunk")
    temperature: float = Field(0.7, ge=0, le=2, description="model: sampling temperature")
    max_tokens: int = Field(1024, ge=16, le=32768, description="model: longest answer, tokens")
    max_failed_share: float = Field(0.1, ge=0, le=1, description="model: share of failed requests at which the run stops")
    seed: Seed = 7


class CriticSettings(SettingsModel):
    """Who judges the samples."""

    kind: Literal["lexical", "model"] = Field("lexical", description="lexical: word and number rules; model: a served model")
    model: ModelSettings = ModelSettings()
    support_threshold: float = Field(
        0.6, ge=0, le=1, description="lexical: share of the answer's words that must stand in the context"
    )
    canary_floor: float = Field(
        0.7,
        ge=0,
        le=1,
        description="share of known-good pairs kept and of known-bad pairs caught below which the run stops",
    )
    prompts: str | None = Field(
        None, description="model: directory whose .jinja files replace the built-in prompts of the same name"
    )
    minimum_relevancy: int = Field(2, ge=0, le=2, description="model: least relevancy of an answer that is kept, 0 to 2")
    minimum_pair: int = Field(2, ge=1, le=3, description="model: least quality of a pair that is kept, 1 to 3")
    max_tokens: int = Field(512, ge=16, le=8192, description="model: longest critique, tokens")
    max_failed_share: float = Field(0.1, ge=0, le=1, description="model: share of failed requests at which the run stops")
    seed: Seed = 7


class ScanSettings(SettingsModel):
    """What may not reach teacher or student."""

    policy: str | None = Field(None, description="path of a policy file (YAML); None: the built-in policy")
    blocked_share_limit: float = Field(
        0.5, ge=0, le=1, description="share of a leaf node's rows that may be blocked before the run stops"
    )
    guardian: GuardianSettings = GuardianSettings()


class StagePlacement(SettingsModel):
    """Where one stage runs."""

    deployment: str | None = Field(
        None, description="'flow/deployment' on a work pool that runs the stage; None: in the parent's process"
    )
    job_variables: dict[str, Any] = Field({}, description="for the work pool, for example {gpus: 1}")
    queue_timeout_seconds: float = Field(900, gt=0, description="longest wait for a worker")
    timeout_seconds: float = Field(86_400, gt=0, description="longest run")
    limits: dict[str, Annotated[int, Field(ge=1)]] = Field(
        {},
        description="slots of Prefect's global concurrency limits that the stage holds while it runs, by the limit's name, for "
        "example {labflow-gpus: 2}",
    )


class ShardSettings(SettingsModel):
    """How the rows of a stage are shared out over processes or machines, where its work on a row needs no other row.

    The result is the same, byte by byte. A served model is not asked any faster by it: its requests run side by side already.
    """

    task_runner: Literal["local", "processes", "dask"] = Field(
        "local",
        description="local: the stage's own process (safety_scan starts more for many rows); processes: Prefect's process pool "
        "on this machine; dask: a dask cluster (extra dask)",
    )
    shards: int = Field(8, ge=2, le=50, description="into how many shards the rows are cut at most; each is one task run")
    least_rows: int = Field(2_000, ge=1, description="rows of a shard at least; what is less than two of them is not cut")
    workers: int | None = Field(
        None, ge=1, le=256, description="processes of the pool, or of the cluster that is started here; None: one for each core"
    )
    scheduler: str | None = Field(
        None,
        pattern=r"^(tcp|tls|ws|wss)://[^\s@]+$",
        description="address of a dask scheduler, for example tls://dask:8786; None: a cluster on the loopback interface is "
        "started for the length of a stage",
    )
    storage: str | None = Field(
        None,
        description="directory or fsspec URL through which shards go to that scheduler's workers; None: the stage's own folder",
    )


class ShardedPlacement(StagePlacement):
    """Where a stage runs whose rows can be shared out."""

    sharding: ShardSettings = ShardSettings()


class PlacementSettings(SettingsModel):
    """Where the stages run that may leave the parent's process."""

    storage: str | None = Field(
        None,
        description="directory or fsspec URL (s3://bucket/labflow) through which parent and workers hand files to each other; "
        "None: the workspace itself, on a file system that all of them mount",
    )
    safety_scan: ShardedPlacement = ShardedPlacement()
    teacher_generate: ShardedPlacement = ShardedPlacement()
    critic_filter: ShardedPlacement = ShardedPlacement()
    train: StagePlacement = StagePlacement()
    evaluate: StagePlacement = StagePlacement()

    @property
    def teaches_in_one_place(self) -> bool:
        """Whether teacher and critic name the same deployment, which then is one of the flow ``teach_and_filter``."""
        return self.teacher_generate.deployment is not None and (
            self.teacher_generate.deployment == self.critic_filter.deployment
        )


class ReviewSettings(SettingsModel):
    """Where a person is asked before the run goes on."""

    before_training: Review = Field(
        "off",
        description="whether samples and plan are shown before training; pause: the run's process waits for the answer; suspend: "
        "it ends, and a worker takes the run up again when somebody has answered",
    )
    before_promotion: Review = Field(
        "off", description="the same with the exam's scores, before the student is judged by the gate"
    )
    timeout_hours: float = Field(72, gt=0, le=8760, description="how long an answer is waited for, hours")
    on_timeout: Literal["approve", "reject"] = Field("reject", description="what no answer in that time means")


class ObservabilitySettings(SettingsModel):
    """What a run tells a monitoring system about itself when it ends."""

    metrics: bool = Field(False, description="write metrics.prom, in Prometheus's text format, into the run's folder")
    textfile_directory: str | None = Field(
        None, description="also write labflow.prom there: the directory of the node exporter's textfile collector"
    )
    pushgateway: str | None = Field(
        None, pattern=r"^https?://[^\s@]+$", description="also push to this Prometheus Pushgateway; no credentials in the address"
    )
    runs_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s@()<>\"'\\`]+$",
        description="where a web server or bucket of yours shows the workspace's runs/, for example "
        "https://files.example.org/runs; the Prefect UI then links to report and model there: browsers open no file:// from it",
    )
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s@?#]+$",
        description="also tell this OpenTelemetry collector over OTLP/HTTP: metrics at the end of each stage and of the run, and "
        "log lines, for example http://collector:4318 (extra otel); what it asks for, a key for instance, is read from "
        "OTEL_EXPORTER_OTLP_HEADERS",
    )
    log_file: str | None = Field(
        None,
        description="also append what labflow has to say to this file, one JSON object a line: ends of stages, warnings, errors",
    )
    gpus_per_stage: int | None = Field(
        None,
        ge=0,
        le=1024,
        description="for GPU hours: what a placed stage, or train and evaluate in the run's process, hold where job variables do "
        "not say; None: no count",
    )

    @property
    def wanted(self) -> bool:
        """Whether anything is to be told."""
        return self.metrics or any((self.textfile_directory, self.pushgateway, self.otlp_endpoint))


class Settings(SettingsModel):
    """All settings of a run."""

    workspace: str | None = Field(None, description="directory of runs, ledger and caches; None: $XDG_DATA_HOME/labflow")
    taxonomy: TaxonomySettings = TaxonomySettings()
    scan: ScanSettings = ScanSettings()
    teacher: TeacherSettings = TeacherSettings()
    critic: CriticSettings = CriticSettings()
    train: TrainSettings = TrainSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    gate: GateSettings = GateSettings()
    review: ReviewSettings = ReviewSettings()
    placement: PlacementSettings = PlacementSettings()
    observability: ObservabilitySettings = ObservabilitySettings()
