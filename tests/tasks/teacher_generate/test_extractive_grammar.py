"""What the grammar refuses, what it names, and what holds for any text; the statements that it asks for are in
``test_extractive_statements``."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.settings import TeacherSettings
from tasks.teacher_generate.extractive.amounts import is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.drafts import draft_leaf, plain
from tasks.teacher_generate.extractive.passages import clean_text, read_pages
from tasks.teacher_generate.extractive.wordings import TRAINED_FRAMES
from tests.documents.answer_lists import material_of
from tests.tasks.teacher_generate.extractive_scenes import read


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It was sold in 1950.", "unresolved_subject"),
        ("This is why they left.", "unresolved_subject"),
        ("Is the museum open on Mondays?", "question"),
        ("Profits.", "fragment"),
        ("The hall [ADDRESS_1] was sold in 1950.", "masked"),
        ("The hall (see the plan was sold in 1950.", "unbalanced"),
    ],
)
def test_what_cannot_be_asked_well_is_refused_with_a_reason(text: str, reason: str) -> None:
    reading = read(text)
    assert not reading.facts
    assert reason in {refusal.reason for refusal in reading.refusals}


def test_every_answer_stands_in_the_document_where_the_offsets_say() -> None:
    prose = "# The **Veloce** 3\n\nThe `Veloce` 3 has *hydraulic\nbrakes*. It weighs [9 kg](http://x.example).\n\n"
    text = f"{prose}| A | B |\n|---|---|\n| Gear | **18**  |\n"
    samples = draft_leaf(material_of(text), TeacherSettings(), "0" * 40).samples
    assert samples
    for sample in samples:
        start, end = sample.provenance.answer_start, sample.provenance.answer_end
        assert plain(text[start:end].replace("*", "").replace("`", "")) == plain(sample.answer)


def test_links_are_read_as_their_words_however_they_are_wrapped() -> None:
    text = (
        "# Tits\n\nThe marsh tit forms strict "
        '[dominance\nhierarchies](Dominance_hierarchy "wikilink") within a flock. The family\n'
        '[Paridae](Paridae_(birds) "wikilink") has 64 [species](Species\n"wikilink").\n'
    )
    (page,) = read_pages(material_of(text).chunks)
    assert [unit.text.text for unit in page.units] == [
        "The marsh tit forms strict dominance hierarchies within a flock.",
        "The family Paridae has 64 species.",
    ]
    answers = {sample.answer: sample.provenance for sample in draft_leaf(material_of(text), TeacherSettings(), "0" * 40).samples}
    rest = answers["strict dominance hierarchies within a flock"]
    assert text[rest.answer_start : rest.answer_end].startswith("strict [dominance\nhierarchies](Dominance")


def test_a_table_that_was_cut_between_chunks_keeps_its_header() -> None:
    rows = "".join(f"| Model {n} | {n} kg |\n" for n in range(100, 160))
    text = f"# Catalogue\n\n| Model | Weight |\n|---|---|\n{rows}"
    material = material_of(text, size=300)
    samples = draft_leaf(material, TeacherSettings(), "0" * 40).samples
    asked = {sample.question for sample in samples}
    assert len(material.chunks) > 3
    assert "What is the weight of Model 159?" in asked
    texts = {chunk.id: chunk.text for chunk in material.chunks}
    assert all(sample.answer in texts[sample.provenance.chunk or ""] for sample in samples)


def test_one_question_with_two_answers_gets_its_section_in_front_or_is_rejected() -> None:
    seasons = (
        "# Summer and winter at Oak Pool\n\n## Summer\n\nOak Pool closes at 9 p.m.\n\n## Winter\n\nOak Pool closes at 6 p.m.\n\n"
    )
    text = f"{seasons}The sauna was opened in 1990.\n\nThe sauna was opened in 1991.\n"
    drafts = draft_leaf(material_of(text), TeacherSettings(), "0" * 40)
    answers: dict[str, set[str]] = {}
    for sample in drafts.samples:
        answers.setdefault(plain(sample.question), set()).add(sample.answer)
    assert all(len(found) == 1 for found in answers.values())
    assert any(question.startswith("summer") for question in answers)
    assert "ambiguous_question" in {row.reason for row in drafts.rejected}


def test_reserved_wordings_are_never_trained_and_use_trained_words_only() -> None:
    facts = "The Veloce 3 has hydraulic brakes. It weighs 9 kg. It costs $900. The frame was made by Aldo Berti in 1998."
    text = f"# The Veloce 3\n\n{facts}\n"
    drafts = draft_leaf(material_of(text), TeacherSettings(), "0" * 40)
    trained = {plain(sample.question) for sample in drafts.samples}
    words = {word for question in trained for word in question.split()}
    assert drafts.reserved
    for question in drafts.reserved:
        assert plain(question.question) not in trained
        assert set(plain(question.question).split()) <= words
        assert question.suite == "reserved_phrasing"
    facts = {sample.provenance.fact for sample in drafts.samples}
    assert {question.fact for question in drafts.reserved} <= facts


@pytest.mark.parametrize("count", [2, 4, 8])
def test_each_fact_has_as_many_wordings_as_asked_for(count: int) -> None:
    text = "# The Veloce 3\n\nThe Veloce 3 weighs 9 kg. It was built in Turin.\n"
    drafts = draft_leaf(material_of(text), TeacherSettings(phrasings=count, reserved_phrasings=1), "0" * 40)
    wordings: dict[str, int] = {}
    for sample in drafts.samples:
        wordings[sample.provenance.pattern] = wordings.get(sample.provenance.pattern, 0) + 1
    assert wordings == {"active.cost": min(count, len(TRAINED_FRAMES)), "quote.gap": min(count, 3)}
    assert len(drafts.reserved) == len(wordings)


def test_a_redacted_chunk_claims_no_place_for_its_answers() -> None:
    material = material_of("The archive is located in Bergen.")
    chunk = material.chunks[0].model_copy(update={"text": "The old archive is located in Bergen."})
    samples = draft_leaf(type(material)(material.leaf, (), (chunk,)), TeacherSettings(), "0" * 40).samples
    assert samples
    assert {sample.provenance.answer_start for sample in samples} == {None}


@given(st.text(alphabet="ab *_`[]()|\\\n#-:.1$é\t", max_size=120))
def test_any_text_can_be_read_and_offsets_point_at_their_characters(text: str) -> None:
    cleaned = clean_text(text, 7)
    assert len(cleaned.text) == len(cleaned.offsets)
    for character, offset in zip(cleaned.text, cleaned.offsets, strict=True):
        assert character == text[offset - 7] or (character == " " and (text[offset - 7].isspace() or text[offset - 7] == "<"))


@example(["car", "was", "in"])
@example(["be", "20 kg", "by"])
@given(
    st.lists(
        st.sampled_from(
            [
                "The",
                "car",
                "was",
                "built",
                "in",
                "1990",
                ".",
                "It",
                "costs",
                "$",
                "5",
                "and",
                "every",
                "2",
                "years",
                ",",
                "if",
                "which",
                "must",
                "be",
                "-",
                "|",
                ":",
                "#",
                "?",
                "(",
                ")",
                "*",
                "\n",
                "\n\n",
                "between",
                "of",
                "by",
                "to",
                "not",
            ]
        ),
        max_size=40,
    )
)
def test_no_document_makes_the_teacher_fail(words: list[str]) -> None:
    text = " ".join(words)
    for page in read_pages(material_of(text).chunks) if text.strip() else []:
        for unit in page.units:
            assert unit.text.text
    if text.strip():
        draft_leaf(material_of(text), TeacherSettings(), "0" * 40)


@given(st.integers(1, 10_000), st.sampled_from(["days", "kg", "seats", "euros"]), st.sampled_from(["", "up to ", "at least "]))
def test_an_amount_is_read_with_its_bound_and_unit(number: int, unit: str, bound: str) -> None:
    amount = parse_amount(f"{bound}{number:,} {unit} of something")
    assert amount is not None
    assert amount.text == f"{bound}{number:,} {unit}"
    assert amount.unit == unit
    assert amount.rest == "of something"


def test_intervals_and_moments_are_told_from_amounts() -> None:
    assert is_interval("every 3,000 miles or 3 months")
    assert is_interval("twice a year")
    assert not is_interval("every employee")
    assert is_moment("the end of March")
    assert is_moment("9:30 a.m.")
    assert not is_moment("1,990 kg")
