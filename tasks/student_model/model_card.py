"""The model card of a student: ``README.md`` with the fields that model hubs read, and what a person asks first.

Part of ``train``, inside the worker process, which knows no scores, and of ``promote``, which writes it again with them into the
release's directory. Beside it lies ``card.json`` with the same as fields: what the second writing begins with. Both lie inside
the checkpoint's directory and count in its digest: take the digest after the last writing. They name digests, never places, so
equal students have equal cards.

Example (beginning)::

    ---
    base_model: granite-7b
    license: apache-2.0
    library_name: transformers
    pipeline_tag: text-generation
    tags:
    - labflow
    ---

    # A student of granite-7b

Source of the fields: Hugging Face, "Model Cards", metadata.

Not covered: evaluation results in the hub's ``model-index``, and upload.
"""

from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from schemas.records import Record
from tasks.dataset_files.jsonl import write_text_atomically

CARD, FACTS = "README.md", "card.json"


class CardScore(Record):
    """One score of the student and of what it was compared with."""

    name: str = Field(description="for a person, for example 'human questions, match'")
    questions: int
    base: float
    student: float
    low: float = Field(description="95 % interval of the gain")
    high: float


class CardFacts(Record):
    """What a model card says."""

    base: str = Field(description="name of the model that training began with; empty: made from scratch")
    base_sha256: str
    license: str = Field("", description="of the base, as its own card names it; empty where unknown")
    parameters: int
    method: str
    samples: int = Field(description="trained on, each once per epoch")
    samples_sha256: str
    steps: int
    tokens: int
    phases: tuple[str, ...] = Field((), description="one line for each")
    settings_sha256: str = Field(description="digest of the training settings")
    taxonomy_commit: str = ""
    adapter_sha256: str = Field("", description="digest of the adapter's directory, where there is one")
    release: int | None = Field(None, description="number in the ledger")
    date: str = Field("", description="of the release, ISO 8601")
    scores: tuple[CardScore, ...] = ()


def write_model_card(folder: Path, facts: CardFacts) -> None:
    """Writes ``README.md`` and ``card.json`` into a checkpoint's directory; those that are there are replaced.

    Args:
        folder: the checkpoint.
        facts: what it says.

    Raises:
        WorkspaceError: the directory cannot be written.
    """
    write_text_atomically(folder / CARD, render_model_card(facts))
    write_text_atomically(folder / FACTS, facts.model_dump_json(indent=2) + "\n")


def read_card_facts(folder: Path) -> CardFacts | None:
    """The facts of a checkpoint's card; None where it has none that can be read: another program's, or an earlier version's."""
    try:
        return CardFacts.model_validate_json((folder / FACTS).read_bytes())
    except (OSError, ValidationError):
        return None


def render_model_card(facts: CardFacts) -> str:
    """The card's text."""
    base, licence = _one_line(facts.base), _one_line(facts.license)
    metadata: dict[str, object] = {"library_name": "transformers", "pipeline_tag": "text-generation", "tags": ["labflow"]}
    if base:
        metadata["base_model"] = base
    if licence:
        metadata["license"] = licence
    front = yaml.safe_dump(metadata, sort_keys=True, allow_unicode=True).strip()
    title = f"A student of {base}" if base else "A student made from scratch"
    number = f", release {facts.release}" if facts.release is not None else ""
    number += f" of {facts.date[:10]}" if facts.date else ""
    parts = [f"---\n{front}\n---", f"# {title}{number}", _training(facts), _lineage(facts)]
    parts.append(_scores(facts.scores) if facts.scores else "## Scores\n\nNot examined yet.")
    return "\n\n".join(parts) + "\n"


def read_license(folder: Path) -> str:
    """The licence that a base model's own card names; empty where there is none."""
    try:
        _, front, _ = (folder / CARD).read_text("utf-8").split("---", 2)
        fields = yaml.safe_load(front)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return ""
    name = fields.get("license") if isinstance(fields, dict) else None
    return _one_line(name) if isinstance(name, str) else ""


def _one_line(name: str) -> str:
    """A name of somebody else's as it may stand in the card: a line of its own would end the front matter."""
    return " ".join(name.split())[:200]


def _training(facts: CardFacts) -> str:
    lines = [
        f"- {facts.parameters:,} weights; trained with the method `{facts.method}` on {facts.samples:,} samples: "
        f"{facts.steps:,} steps, {facts.tokens:,} tokens",
        *(f"- phase {phase}" for phase in facts.phases),
        f"- licence of the base: {_one_line(facts.license) or 'unknown'}"
        if facts.base
        else "- no base: its licence is that of its data",
    ]
    return "## Training\n\n" + "\n".join(lines)


def _lineage(facts: CardFacts) -> str:
    digests = {
        "taxonomy commit": facts.taxonomy_commit,
        "samples, SHA-256": facts.samples_sha256,
        "base, SHA-256": facts.base_sha256,
        "training settings, SHA-256": facts.settings_sha256,
        "adapter, SHA-256": facts.adapter_sha256,
    }
    rows = [f"| {name} | `{digest}` |" for name, digest in digests.items() if digest]
    return "\n".join(["## Lineage", "", "| what | digest |", "|---|---|", *rows])


def _scores(scores: tuple[CardScore, ...]) -> str:
    rows = [
        f"| {score.name} | {score.questions} | {score.base:.2f} | {score.student:.2f} | "
        f"{score.student - score.base:+.2f} | {score.low:+.2f} to {score.high:+.2f} |"
        for score in scores
    ]
    head = ["## Scores", "", "| exam | questions | base | student | gain | 95 % |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows])
