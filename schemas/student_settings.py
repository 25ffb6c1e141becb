"""How the student is trained and examined, and what it must show to be released: sections of ``schemas/settings.py``."""

from typing import Literal

from pydantic import Field

from schemas.settings_model import Seed, SettingsModel


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
