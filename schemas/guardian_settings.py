"""A guardian: a served model that judges whether a text is harmful, where word lists and patterns cannot tell."""

from typing import Literal

from pydantic import Field

from schemas.served_model_settings import ModelSettings
from schemas.settings_model import Seed, SettingsModel


class GuardianSettings(SettingsModel):
    """Whether a guardian model is asked, which one, and about what."""

    kind: Literal["none", "granite_guardian", "llama_guard"] = Field(
        "none", description="how the model is asked: not at all, as Granite Guardian, or as Llama Guard"
    )
    model: ModelSettings = ModelSettings()
    criteria: tuple[str, ...] = Field(
        (),
        description="granite_guardian: built-in criteria by name (harm, social_bias, jailbreak, violence, profanity, "
        "sexual_content, unethical_behavior) or your own as 'name: what is to be found'; empty: harm. "
        "llama_guard: categories that count, for example S1; empty: all",
    )
    canaries: tuple[str, ...] = Field((), description="further harmful texts that the guardian must find, or the run stops")
    share: float = Field(1.0, gt=0, le=1, description="share of the rows that is judged, chosen by the seed")
    chunk_characters: int = Field(
        6000, ge=500, le=200_000, description="longest text of one request, characters; longer texts are judged in parts"
    )
    overlap_characters: int = Field(300, ge=0, le=5000, description="what two neighbouring parts share, characters")
    max_tokens: int = Field(64, ge=4, le=8192, description="longest answer, tokens; more for a model that thinks")
    max_failed_share: float = Field(
        0.1, ge=0, le=1, description="share of rows without a usable answer at which the run stops; below it they are quarantined"
    )
    seed: Seed = 7
