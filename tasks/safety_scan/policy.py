"""The policy file: what is looked for, and what is done about it.

Part of ``safety_scan``. A policy is YAML with comments; ``policy.yaml`` beside this module is the built-in one. Its digest goes
with every result, so that a verdict can be traced to the text of the policy that gave it.

One example::

    actions:
      personal: redact
      personal.ip_address: warn

Not covered: who may change a policy; that is the business of the repository that holds it.
"""

import difflib
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import UsageError

Action = Literal["allow", "warn", "redact", "quarantine", "drop"]
SEVERITY: dict[str, int] = {"allow": 0, "warn": 1, "redact": 2, "quarantine": 3, "drop": 4}
GUARDIAN_FAILURES = ("guardian.unparsable", "guardian.truncated", "guardian.unavailable")
"""Rules of rows that the guardian model was to judge, and did not."""
DENIED = "quarantine.denied"
"""The rule of rows that a person denied."""
BUILT_IN = Path(__file__).with_name("policy.yaml")


class PolicyModel(BaseModel):
    """A frozen part of the policy that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Layers(PolicyModel):
    """Which layers run."""

    hidden_characters: bool = True
    personal: bool = True
    credentials: bool = True
    phrases: bool = True
    links: bool = True
    duplicates: bool = True
    contamination: bool = True


class PhraseRule(PolicyModel):
    """Wordings that are looked for, in the small language that ``wording`` explains."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+$", description="category.name")
    version: int = Field(1, ge=1)
    phrases: tuple[str, ...] = Field((), description="words; a|b alternatives, word? optional, ~N up to N words between")
    patterns: tuple[str, ...] = Field((), description="regular expressions, for what phrases cannot say; case never matters")
    near: tuple[str, ...] = Field((), description="phrases one of which must stand nearby; empty: no condition")
    unless: tuple[str, ...] = Field((), description="phrases that make a match harmless when nearby")
    window: int = Field(80, ge=0, le=2000, description="what nearby means, characters to each side")

    @model_validator(mode="after")
    def _looks_for_something(self) -> "PhraseRule":
        if not self.phrases and not self.patterns:
            raise ValueError(f"{self.id} has neither phrases nor patterns")
        return self


class Links(PolicyModel):
    """Which addresses may stand in a text."""

    allowed_domains: tuple[str, ...] = Field((), description="if any are named, a link elsewhere is links.unlisted_domain")
    blocked_domains: tuple[str, ...] = Field((), description="domains, with all below them: links.blocked_domain")
    shorteners: tuple[str, ...] = Field((), description="services that hide where a link goes: links.shortener")


class AllowedValue(PolicyModel):
    """A value that may stand in a text, though a rule would find it."""

    value: str = Field(min_length=3, description="as published; case, spaces and separators do not matter")
    because: str = Field(min_length=3, description="the reason, recorded with each finding")


class Published(PolicyModel):
    """What may stay because the pinned document publishes it."""

    rules: tuple[str, ...] = Field((), description="rules or categories, for example personal.phone; never credential")
    because: str = Field("published in the pinned document", min_length=3)


class DuplicateLimits(PolicyModel):
    """How alike two samples must be, in question *and* answer, to be near duplicates. 0 to 100, as rapidfuzz's ratio."""

    near: bool = True
    question: float = Field(92, ge=50, le=100)
    answer: float = Field(92, ge=50, le=100)


class Contamination(PolicyModel):
    """What of an exam or an evaluation file may not be trained on."""

    near: float = Field(88, ge=50, le=100, description="likeness at which a question is the human exam's question")
    evaluation_files: tuple[str, ...] = Field((), description="text or JSONL files that no row may overlap with")
    ngram_words: int = Field(13, ge=5, le=50, description="length of an overlap, words")


class Policy(PolicyModel):
    """The whole policy."""

    name: str
    version: int = Field(ge=1)
    layers: Layers = Layers()
    actions: dict[str, Action] = Field(description="rule or category -> action; the longest name that fits decides")
    phrases: tuple[PhraseRule, ...] = ()
    links: Links = Links()
    allowed_values: tuple[AllowedValue, ...] = ()
    published: Published = Published()
    duplicates: DuplicateLimits = DuplicateLimits()
    contamination: Contamination = Contamination()

    @model_validator(mode="after")
    def _the_guardian_fails_closed(self) -> "Policy":
        for rule in GUARDIAN_FAILURES:
            if self.action(rule) not in ("quarantine", "drop"):
                raise ValueError(f"{rule}: a row that the guardian could not judge is never allowed: quarantine or drop it")
        if any(self.action(name) == "redact" for name in self.actions if name.split(".")[0] == "guardian"):
            raise ValueError("actions.guardian: what a guardian finds has no place in the text that could be redacted")
        return self

    @model_validator(mode="after")
    def _credentials_are_never_redacted(self) -> "Policy":
        for name, action in self.actions.items():
            if name.split(".")[0] == "credential" and action not in ("quarantine", "drop"):
                raise ValueError(f"actions.{name}: a credential can be quarantined or dropped, not {action}")
        if any(name.split(".")[0] == "credential" for name in self.published.rules):
            raise ValueError("published.rules: a credential is never allowed because it is published")
        return self

    def action(self, rule: str) -> Action:
        """What is done about a rule's finding: the longest name in ``actions`` that is the rule or a category above it."""
        name = rule
        while name:
            if name in self.actions:
                return self.actions[name]
            name = name.rpartition(".")[0]
        return "quarantine" if rule.startswith(("credential.", "guardian.")) else "drop" if rule == DENIED else "warn"

    def check_names(self, rules: Iterable[str]) -> None:
        """Raises UsageError when ``actions`` names a rule or category that does not exist; names the nearest one."""
        known = {part for rule in rules for part in _with_categories(rule)}
        for name in (*self.actions, *self.published.rules):
            if name not in known and not name.startswith("guardian."):  # its rules are named by the settings and the model
                nearest = difflib.get_close_matches(name, known, 1)
                hint = f" Did you mean {nearest[0]}?" if nearest else ""
                raise UsageError(f"the scan policy names {name}, which is no rule and no category.{hint}")


def _with_categories(rule: str) -> list[str]:
    parts = rule.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def load_policy(path: str | None) -> tuple[Policy, str]:
    """The policy and its SHA-256 (with that of the evaluation files that it names).

    Args:
        path: A YAML file; None: the built-in policy.

    Raises:
        UsageError: the file is absent, is not YAML, or does not fit; the message names the key.
    """
    place = Path(path) if path else BUILT_IN
    try:
        text = place.read_bytes()
        content = yaml.safe_load(text)
    except OSError as error:
        raise UsageError(f"cannot read the scan policy {place}: {error.strerror}. Set scan.policy to a readable file.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f":{where.line + 1}" if where else ""
        raise UsageError(f"the scan policy {place}{line} is not YAML: {getattr(error, 'problem', None) or error}") from error
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(f"the scan policy {place}: {key}: {first['msg']}") from error
    return policy, _digest(text, policy.contamination.evaluation_files)


def _digest(text: bytes, evaluation_files: tuple[str, ...]) -> str:
    digest = hashlib.sha256(text)
    for name in evaluation_files:
        try:
            with open(name, "rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise UsageError(f"the scan policy's evaluation file {name} cannot be read: {error.strerror}") from error
    return digest.hexdigest()
