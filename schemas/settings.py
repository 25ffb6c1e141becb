"""What a person can set: the YAML file, the flow's parameters and the form in the Prefect UI are this one model.

Every default stands here once, every field has a description and bounds. Settings hold the *names* of secrets, never secrets:
Prefect stores flow parameters.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# YAML reads an unquoted off as false.
Severity = Annotated[Literal["error", "warning", "off"], BeforeValidator(lambda value: "off" if value is False else value)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1, description="of all that is drawn at random")]


class SettingsModel(BaseModel):
    """A frozen settings section that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


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
    exam_share: float = Field(0.3, ge=0.05, le=0.9, description="share of human seed examples kept for the exam")
    chunk_tokens: int = Field(320, ge=32, le=8192, description="size of a document chunk, tokens")
    chunk_tokenizer: str | None = Field(
        None, description="the student's tokenizer.json, whose tokens size chunks; None: a fixed counter of word pieces"
    )
    documents: DocumentSettings = DocumentSettings()


class ServerSettings(SettingsModel):
    """How a server is started for a model that has a path and no endpoint: vllm, or llama-server for a GGUF file."""

    program: str | None = Field(
        None, description="path of vllm or llama-server; None: beside the Python that runs labflow, else on PATH"
    )
    gpus: int | None = Field(None, ge=0, le=64, description="GPUs that it may use, the first ones; None: all that are visible")
    tensor_parallel_size: int = Field(1, ge=1, le=64, description="vllm: GPUs that share the model's layers")
    dtype: str = Field("auto", min_length=1, description="vllm: type of the weights, for example bfloat16")
    quantization: str | None = Field(None, description="vllm: for example bitsandbytes; None: as the model is stored")
    max_model_len: int | None = Field(None, ge=64, description="longest prompt with its answer, tokens; None: the model's own")
    lora: dict[str, str] = Field({}, description="adapters: name -> directory (vllm) or file (llama-server)")
    arguments: tuple[str, ...] = Field((), description="further arguments of the program")
    environment: dict[str, str] = Field({}, description="further environment variables; no secrets")
    start_timeout_seconds: float = Field(900, gt=0, le=86_400, description="longest wait until it is healthy")
    stop_timeout_seconds: float = Field(15, gt=0, le=600, description="from the request to stop to the kill")


class ModelSettings(SettingsModel):
    """A served model behind the OpenAI API."""

    name: str = Field("", description="model name as the server knows it")
    path: str | None = Field(
        None, description="model directory or GGUF file; without endpoints a server for it is started for the length of the stage"
    )
    endpoints: tuple[str, ...] = Field((), description="base URLs, for example http://127.0.0.1:8000/v1; several are replicas")
    server: ServerSettings = ServerSettings()
    api_key_env: str | None = Field(None, description="name of the environment variable that holds the API key")
    api_key_block: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9-]{0,99}$",
        description="name of the Prefect Secret block that holds the API key; comes before api_key_env",
    )
    system_role: bool = Field(
        True, description="whether its chat template knows the system role; False: that text begins the user's message"
    )
    concurrency: int = Field(64, ge=1, le=4096, description="requests under way at once, per endpoint")
    timeout_seconds: float = Field(120, gt=0, le=3600, description="for one request")
    max_retries: int = Field(5, ge=0, le=20, description="after time-outs, 408, 409, 429 and 5xx")
    deadline_seconds: float = Field(900, gt=0, le=86_400, description="for one request with all its retries")
    prompt_price: float | None = Field(None, ge=0, description="of a million prompt tokens, for the cost in the progress line")
    completion_price: float | None = Field(None, ge=0, description="of a million completion tokens")


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


class TrainSettings(SettingsModel):
    """How the student is trained."""

    base: str = Field("scratch", description="directory of the pristine base model, or 'scratch': a small Llama made here")
    start: Literal["base", "release"] = Field(
        "base", description="base: the pristine base on the whole curriculum; release: the current student, with replay"
    )
    method: Literal["full", "lora"] = Field("full", description="all weights, or low-rank adapters (merged at the end)")
    hidden_size: int = Field(192, ge=32, le=4096, multiple_of=32, description="scratch: width")
    layers: int = Field(2, ge=1, le=64, description="scratch: depth")
    vocabulary: int = Field(2048, ge=512, le=262_144, description="scratch: most tokens of its vocabulary")
    prompt_noise: float = Field(
        0.15,
        ge=0,
        le=0.9,
        description="scratch: share of a question's tokens that are random, so that new wordings are understood",
    )
    epochs: float = Field(12, gt=0, le=1000, description="times that each sample is seen")
    learning_rate: float = Field(1.5e-3, gt=0, le=1, description="peak, after 5 % of warm-up; cosine")
    batch_tokens: int = Field(512, ge=64, le=4_194_304, description="padded tokens of one step")
    max_length: int = Field(1024, ge=32, le=1_048_576, description="longest sample, tokens; longer ones are set aside")
    replay_share: float = Field(0.5, ge=0, le=0.95, description="start=release: share of earlier samples in the mix")
    lora_rank: int = Field(16, ge=1, le=1024, description="lora: rank of the adapters")
    threads: int = Field(1, ge=1, le=256, description="CPU threads of the worker; one is fastest for a small student")
    seed: Seed = 7


class EvaluateSettings(SettingsModel):
    """How base and student are examined."""

    max_new_tokens: int = Field(64, ge=1, le=8192, description="longest answer, tokens")
    batch_size: int = Field(32, ge=1, le=4096, description="questions answered at once")
    bootstrap: int = Field(1000, ge=100, le=100_000, description="resamples of the 95 % intervals")
    threads: int = Field(1, ge=1, le=256, description="CPU threads of the worker")
    seed: Seed = 7


class GateSettings(SettingsModel):
    """What a student must show to be released."""

    metric: Literal["match", "exact_match", "token_f1"] = Field("match", description="the score that decides")
    minimum_gain: float = Field(0.1, ge=0, le=1, description="least gain on what changed")
    regression_margin: float = Field(0.05, ge=0, le=1, description="most loss on what did not change")
    minimum_questions: int = Field(
        2,
        ge=1,
        le=100_000,
        description="fewest changed questions that can prove a gain: one edited fact has two reserved wordings",
    )


class StagePlacement(SettingsModel):
    """Where one stage runs."""

    deployment: str | None = Field(
        None, description="'flow/deployment' on a work pool that runs the stage; None: in the parent's process"
    )
    job_variables: dict[str, Any] = Field({}, description="for the work pool, for example {gpus: 1}")
    queue_timeout_seconds: float = Field(900, gt=0, description="longest wait for a worker")
    timeout_seconds: float = Field(86_400, gt=0, description="longest run")


class PlacementSettings(SettingsModel):
    """Where the stages run that may leave the parent's process."""

    teacher_generate: StagePlacement = StagePlacement()
    critic_filter: StagePlacement = StagePlacement()
    train: StagePlacement = StagePlacement()
    evaluate: StagePlacement = StagePlacement()


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
    placement: PlacementSettings = PlacementSettings()
