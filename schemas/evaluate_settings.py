"""Who judges, what else is asked besides the exam, and by what it is answered: parts of ``EvaluateSettings``."""

from typing import Literal

from pydantic import Field

from schemas.served_model_settings import ModelSettings
from schemas.settings_model import SettingsModel

BenchmarkKind = Literal["questions", "conversations", "multiple_choice"]
BenchmarkMetric = Literal["match", "exact_match", "token_f1", "rouge_l", "judge", "judge_pairs", "letters", "cloze"]
OWN_BENCHMARKS = ("exam", "own_knowledge", "mmlu", "safety_harmful", "safety_harmless")
"""Names that labflow gives itself."""


class BenchmarkSettings(SettingsModel):
    """A JSONL file of the user's that base and student are asked besides the exam."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="how scores and answers call it")
    path: str = Field(min_length=1, description="the JSONL file; its rows are described in tasks/evaluate/benchmark_files.py")
    kind: BenchmarkKind = Field(
        "questions",
        description="questions: one answer each; conversations: several turns, as in MT-Bench; multiple_choice: through lm-eval",
    )
    metric: BenchmarkMetric | None = Field(
        None,
        description="the score that counts; None: match where there are references, judge_pairs for conversations, cloze for "
        "multiple choice",
    )
    margin: float = Field(
        0.05, ge=0, le=1, description="most loss that the gate accepts, as a share of the metric's range; judge has a range of 4"
    )
    gated: bool = Field(True, description="whether a loss beyond the margin can refuse a release")


class JudgeSettings(SettingsModel):
    """A served model that scores answers; it is asked where its model has endpoints or a path."""

    model: ModelSettings = ModelSettings()
    pairs: bool = Field(True, description="also compare base and student side by side, in both orders")
    canary_floor: float = Field(
        0.8, ge=0, le=1, description="share of canary answers judged rightly below which the judge is not used"
    )
    max_failed_share: float = Field(
        0.1, ge=0, le=1, description="share of judgements that failed above which its scores do not count for the gate"
    )
    max_tokens: int = Field(512, ge=16, le=8192, description="longest judgement, tokens")
    prompts: str | None = Field(None, description="directory whose .jinja files replace the built-in prompts of the same name")

    @property
    def is_set(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self.model.endpoints or self.model.path)
