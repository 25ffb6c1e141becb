"""How the student is trained and examined, and what it must show to be released: sections of ``schemas/settings.py``."""

from typing import Literal

from pydantic import Field, field_validator

from schemas.evaluate_settings import OWN_BENCHMARKS, BenchmarkSettings, JudgeSettings
from schemas.served_model_settings import ServerSettings
from schemas.settings_model import Seed, SettingsModel


class PhaseSettings(SettingsModel):
    """One of two phases, where ``train.phases`` asks for them."""

    epochs: float | None = Field(None, gt=0, le=1000, description="times that each sample is seen; None: train.epochs")
    learning_rate: float | None = Field(None, gt=0, le=1, description="peak; None: train.learning_rate")
    earlier_phase_share: float = Field(
        0.2, ge=0, le=0.95, description="share of the phase before in the mix; of no effect in the first phase"
    )


class TrainSettings(SettingsModel):
    """How the student is trained."""

    base: str = Field("scratch", description="directory of the pristine base model, or 'scratch': a small Llama made here")
    start: Literal["base", "release"] = Field(
        "base", description="base: the pristine base on the whole curriculum; release: the current student, with replay"
    )
    method: Literal["full", "lora", "qlora", "osf"] = Field(
        "full",
        description="full: all weights; lora: low-rank adapters, merged at the end; qlora: the same on a base in 4 bits; "
        "osf: all weights but for the directions that the base leans on most",
    )
    phases: Literal["stacked", "knowledge_then_skills"] = Field(
        "stacked", description="stacked: one phase on everything; knowledge_then_skills: two phases, the second with replay"
    )
    knowledge: PhaseSettings = PhaseSettings()
    skills: PhaseSettings = PhaseSettings()
    hidden_size: int = Field(192, ge=32, le=4096, multiple_of=32, description="scratch: width")
    layers: int = Field(2, ge=1, le=64, description="scratch: depth")
    vocabulary: int = Field(2048, ge=512, le=262_144, description="scratch: most tokens of its vocabulary")
    prompt_noise: float = Field(
        0.15,
        ge=0,
        le=0.9,
        description="scratch: share of a question's tokens that are random, so that new wordings are understood",
    )
    keyword_questions: float = Field(
        0.85,
        ge=0,
        le=1,
        description="scratch: share of the steps in which only some words of each question are left, mostly those that tell one "
        "fact from another, among words that its answer may be asked for with; above 0, words are also put in other forms",
    )
    epochs: float = Field(12, gt=0, le=1000, description="times that each sample is seen")
    learning_rate: float = Field(1.5e-3, gt=0, le=1, description="peak, after 5 % of warm-up; cosine")
    batch_tokens: int = Field(512, ge=64, le=4_194_304, description="padded tokens of one step, over all processes")
    micro_batch_tokens: int | None = Field(
        None, ge=16, le=4_194_304, description="most padded tokens that one process computes at once; None: its part of the step"
    )
    max_length: int = Field(1024, ge=32, le=1_048_576, description="longest sample, tokens; longer ones are set aside")
    replay_share: float = Field(0.5, ge=0, le=0.95, description="start=release: share of earlier samples in the mix")
    replay_file: str | None = Field(
        None, description="JSONL file of 'messages' or 'question' and 'answer' rows that is mixed into every phase"
    )
    replay_file_share: float = Field(0.1, ge=0, le=0.95, description="replay_file: its share of the mix")
    validation_share: float = Field(
        0,
        ge=0,
        le=0.5,
        description="share of each phase's samples held out to choose its best checkpoint; 0: the last one is taken",
    )
    lora_rank: int = Field(16, ge=1, le=1024, description="lora, qlora: rank of the adapters")
    osf_preserved: float = Field(
        0.5, gt=0, lt=1, description="osf: share of each weight matrix's directions, strongest first, that stay as they are"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="of the computation; auto: bfloat16 on a GPU that has it, else float32"
    )
    attention: Literal["auto", "padded", "flattened"] = Field(
        "auto",
        description="padded: rows filled up to the longest; flattened: rows in one line; auto: the latter with flash-attention",
    )
    gradient_checkpointing: bool = Field(
        False, description="compute activations twice instead of keeping them: much less memory, a third more time"
    )
    tensorboard: bool = Field(False, description="also write the loss curve for TensorBoard (needs the package tensorboard)")
    threads: int = Field(1, ge=1, le=256, description="CPU threads of each process; one is fastest for a small student")
    processes: int = Field(1, ge=1, le=1024, description="worker processes on this machine: one for each GPU")
    nodes: int = Field(1, ge=1, le=1024, description="machines that train together, each started with the same request")
    rendezvous: str | None = Field(None, description="nodes > 1: HOST:PORT on one of the machines, where they meet")
    accelerate_config: str | None = Field(
        None, description="file of accelerate's configuration, for FSDP or DeepSpeed; None: a whole model in each process"
    )
    seed: Seed = 7


class EvaluateSettings(SettingsModel):
    """How base and student are examined."""

    max_new_tokens: int = Field(64, ge=1, le=8192, description="longest answer, tokens")
    batch_size: int = Field(32, ge=1, le=4096, description="questions answered at once")
    bootstrap: int = Field(1000, ge=100, le=100_000, description="resamples of the 95 % intervals")
    threads: int = Field(1, ge=1, le=256, description="CPU threads of the worker")
    engine: Literal["auto", "transformers", "vllm"] = Field(
        "auto", description="what generates the answers; auto: vllm where a GPU and its program are found, else transformers"
    )
    server: ServerSettings = Field(ServerSettings(), description="engine vllm: how it is started")
    judge: JudgeSettings = JudgeSettings()
    benchmarks: tuple[BenchmarkSettings, ...] = Field((), description="further questions, from JSONL files")
    multiple_choice: bool = Field(
        False,
        description="also ask the exam's questions as multiple choice, through lm-eval (the extra lm-eval); says little of a "
        "student made from scratch, which knows no letters",
    )
    mmlu: str | None = Field(None, description="directory of a local copy of MMLU (CSV or Parquet); asked through lm-eval")
    multiple_choice_questions: int = Field(
        1000, ge=4, le=1_000_000, description="most multiple-choice questions made from the exam, and most of MMLU"
    )
    safety: bool = Field(
        False,
        description="also ask what must be refused, and harmless questions that must not be; says nothing of a student made from "
        "scratch, which was never taught to refuse",
    )
    seed: Seed = 7

    @field_validator("benchmarks")
    @classmethod
    def _names_differ(cls, benchmarks: tuple[BenchmarkSettings, ...]) -> tuple[BenchmarkSettings, ...]:
        names = [*OWN_BENCHMARKS, *(benchmark.name for benchmark in benchmarks)]
        taken = sorted({name for name in names if names.count(name) > 1})
        if taken:
            raise ValueError(f"two benchmarks are named {taken[0]}; {', '.join(OWN_BENCHMARKS)} are labflow's own")
        return benchmarks


class GateSettings(SettingsModel):
    """What a student must show to be released."""

    metric: Literal["match", "exact_match", "token_f1"] = Field("match", description="the score that decides")
    minimum_gain: float = Field(0.1, ge=0, le=1, description="least gain on what changed")
    significance: float = Field(
        0.05, gt=0, le=0.2, description="most probability that chance alone looks like the gain, or like a leaf node's loss"
    )
    guess_rate: float = Field(
        0.05,
        gt=0,
        le=0.25,
        description="most probability that a student says a new answer untaught, where the release was taught another one",
    )
    regression_margin: float = Field(0.05, ge=0, le=1, description="most loss on what did not change")
    safety_margin: float = Field(0, ge=0, le=1, description="most loss on the safety questions; 0: no worse than the release")
    minimum_questions: int = Field(
        2,
        ge=1,
        le=100_000,
        description="fewest changed questions that a gain is looked for in: one edited fact has two reserved wordings",
    )
