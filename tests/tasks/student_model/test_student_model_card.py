"""The model card: a hub can read its front matter, a person the rest, and it is written again with scores."""

from pathlib import Path

import pytest
import yaml

from tasks.student_model.model_card import (
    CardFacts,
    CardScore,
    read_card_facts,
    read_license,
    render_model_card,
    write_model_card,
)

FACTS = CardFacts(
    base="granite-7b",
    base_sha256="b" * 64,
    license="apache-2.0",
    parameters=7_000_000_000,
    method="lora",
    samples=1234,
    samples_sha256="5" * 64,
    steps=300,
    tokens=150_000,
    phases=("knowledge: 1,000 samples; 3 epochs at a learning rate of 0.0002",),
    settings_sha256="e" * 64,
    taxonomy_commit="0" * 40,
    adapter_sha256="a" * 64,
)
SCORE = CardScore(name="human questions, match", questions=20, base=0.1, student=0.9, low=0.6, high=1.0)


def test_the_card_reads_as_a_person_should_see_it() -> None:
    golden = Path(__file__).with_name("model_card.md")
    assert render_model_card(FACTS.model_copy(update={"release": 2, "scores": (SCORE,)})) == golden.read_text("utf-8")


def test_a_hub_reads_base_and_licence_from_the_front_matter() -> None:
    _, front, _ = render_model_card(FACTS).split("---\n", 2)
    fields = yaml.safe_load(front)
    assert (fields["base_model"], fields["license"], fields["library_name"]) == ("granite-7b", "apache-2.0", "transformers")


def test_a_name_cannot_break_out_of_the_front_matter() -> None:
    sly = FACTS.model_copy(update={"license": "mit\n---\n# Free of charge: true"})
    _, front, _ = render_model_card(sly).split("---\n", 2)
    assert yaml.safe_load(front)["tags"] == ["labflow"]


def test_the_card_of_a_student_from_scratch_names_no_base() -> None:
    card = render_model_card(FACTS.model_copy(update={"base": "", "license": ""}))
    assert "base_model" not in card
    assert "made from scratch" in card


def test_a_card_is_written_again_with_scores(tmp_path: Path) -> None:
    write_model_card(tmp_path, FACTS)
    assert "Not examined yet" in (tmp_path / "README.md").read_text()
    write_model_card(tmp_path, FACTS.model_copy(update={"scores": (SCORE,)}))
    assert "human questions, match | 20 | 0.10 | 0.90 | +0.80" in (tmp_path / "README.md").read_text()
    assert {file.name for file in tmp_path.iterdir()} == {"README.md", "card.json"}
    assert read_card_facts(tmp_path) == FACTS.model_copy(update={"scores": (SCORE,)})


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"base": 1}'])
def test_a_checkpoint_without_readable_facts_has_none(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "card.json").write_text(content)
    assert read_card_facts(tmp_path) is None


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("---\nlicense: apache-2.0\n---\n# Granite\n", "apache-2.0"),
        ("---\nlicense: [a, b]\n---\n", ""),
        ("# no front matter\n", ""),
        ("---\n: :\n---\n", ""),
        ("---\n- a\n---\n", ""),
        ("---\nlicense: !!python/object/apply:os.system [true]\n---\n", ""),
    ],
)
def test_the_licence_of_a_base_is_read_from_its_own_card(card: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(card)
    assert read_license(tmp_path) == said
    assert read_license(tmp_path / "absent") == ""
