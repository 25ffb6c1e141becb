"""Quoted questions: what is left out, where a sentence is broken, where it stands, and what holds for any text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.settings import TeacherSettings
from tasks.teacher_generate.extractive.clause_check import is_balanced
from tasks.teacher_generate.extractive.drafts import draft_leaf, plain
from tasks.teacher_generate.extractive.quiz_questions import ask_in_place
from tasks.teacher_generate.extractive.quote_places import name_place
from tasks.teacher_generate.extractive.referents import needs_before
from tasks.teacher_generate.extractive.sentence_gaps import find_gaps
from tests.documents.answer_lists import material_of
from tests.tasks.teacher_generate.extractive_scenes import read


@pytest.mark.parametrize(
    ("sentence", "gaps"),
    [
        ("It opens on 3 May 1998 at 9:30.", {"3 May 1998": "date", "9:30": "time"}),
        ("Closed on 24 and 25 December and on New Year's Day.", {"24 and 25 December": "date", "New Year's Day": "date"}),
        ("The fee is due on the first Monday of each month.", {"the first Monday of each month": "day"}),
        ("The pool is open Monday to Friday from 7 a.m. to noon.", {"Monday to Friday": "day", "from 7 a.m. to noon": "time"}),
        ("It ran between 1791 and 1806.", {"between 1791 and 1806": "year"}),
        ("In May the price rises by 2.4 %.", {"May": "month", "2.4 %": "amount"}),
        ("Lockers need a €1 coin.", {"€1": "amount"}),
        ("A lane at least 3.5 metres wide is needed.", {"at least 3.5 metres": "amount"}),
        (
            "Delivery costs 60 euros for 3 metres and 15 euros more.",
            {"60 euros": "amount", "3 metres": "amount", "15 euros": "amount"},
        ),
        ("It was led by Countess Amelie von Rhoden.", {"Countess Amelie von Rhoden": "name"}),
        ("The firm joined the Friends of the Museum in 1990.", {"Friends of the Museum": "name", "1990": "year"}),
        ("The Marek family runs it.", {}),
        ("You may come; May is warm.", {}),
        ("Bus 214 stops here.", {}),
        ("One of them is new.", {}),
        ("It is closed after the first two years.", {"the first two years": "amount"}),
        ("Since the 1970s levels have fallen.", {"1970s": "year"}),
        ("They return in late October.", {"late October": "month"}),
        ("It covers an area of 41.7 km2 (16.1 sq mi).", {"41.7 km2": "amount"}),
        ("The swap lasts from 2 to 4 p.m.", {"from 2 to 4 p.m.": "time"}),
        ("We met on Tuesday, 12 March 2024, at noon.", {"Tuesday, 12 March 2024": "date", "noon": "time"}),
        ("The word Swiftie(s) was added in 2023.", {"2023": "year"}),
        ("She hid Easter eggs and clues in a 2009 song.", {}),
        ("It ranges over the northern United States.", {}),
        ("They are listed on Dictionary.com as new.", {}),
        ('The car is seen in "Back to the Future" in 1985.', {"1985": "year"}),
        ("The toll rose from 3 to 6 pence.", {"from 3 to 6 pence": "amount"}),
    ],
)
def test_gaps_are_whole_expressions(sentence: str, gaps: dict[str, str]) -> None:
    assert {sentence[gap.start : gap.end]: gap.kind for gap in find_gaps(sentence)} == gaps


@pytest.mark.parametrize(
    ("headings", "title", "place"),
    [
        (("City Museum", "Tickets"), "City Museum", '"Tickets" of "City Museum"'),
        (("City Museum", "Opening hours and tickets"), "City Museum", '"Opening hours and tickets"'),
        (("City Museum",), "City Museum", '"City Museum"'),
        (("Club rules", "Article 3 Fees"), "Club rules", '"Fees" of "Club rules"'),
        (("Notes", 'The "big" hall'), "Notes", '"The big hall"'),
        ((), "", ""),
    ],
)
def test_a_place_is_named_by_section_and_by_title_where_the_section_says_little(
    headings: tuple[str, ...], title: str, place: str
) -> None:
    assert name_place(headings, title) == place


@pytest.mark.parametrize(
    ("sentence", "needs"),
    [
        ("It was restored in 1994.", True),
        ("Children can steer it through a storm.", True),
        ("Last season she scored 9 points.", True),
        ("You can reach him by phone.", True),
        ("After that, half the price is charged.", True),
        ("The others go into the blue box.", True),
        ("Two years later the roof fell in.", True),
        ("The new hall is larger.", True),
        ("The same rule holds in winter.", True),
        ("People have lived there since 1640.", True),
        ("The new hall is larger than the old one.", False),
        ("Bring the ticket back on the same day.", False),
        ("There are six showers, and there is one bath.", False),
        ("The hall was closed when it burned.", False),
        ("Ida Krol sold her mill.", False),
        ("Members may bring their dogs.", False),
        ("There is no lift.", False),
        ("This policy applies to all staff.", False),
        ("Both parents feed the chicks.", False),
        ("Boats are banned, except for those of the rescue service.", False),
        ("Lockers are emptied at noon, and items in them are kept.", False),
    ],
)
def test_what_goes_on_from_another_sentence_is_known(sentence: str, needs: bool) -> None:
    assert needs_before(sentence, "Leave policy") is needs


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Use original blades only.", "original blades only"),  # one word would be quoted: "Use ..."
        ("Pack a whistle, a map and a rope.", "a map and a rope"),  # the later part of a list
        ("The shop gives a refund that covers the fare.", "a refund"),  # its clause would be left without its noun
        ("Songs were printed by the Guild of Saint Ives in 1904, and sold.", "Guild"),  # half a name
        ("The crew takes the sails down.", "the sails"),  # its particle would be left without its verb
    ],
)
def test_what_would_be_torn_apart_is_not_asked_for(text: str, never: str) -> None:
    assert never not in {fact.answer.text for fact in read(f"# Notes\n\n{text}\n").facts}


def test_the_hut_that_only_the_paragraph_names_is_quoted_with_it_or_refused() -> None:
    walk = "Past the ford lies a shepherd's hut. The hut sleeps nine."
    (fact,) = [fact for fact in read(f"# Reed walks\n\n{walk}\n").facts if "nine" in fact.answer.text]
    assert "lies a shepherd's hut. The hut sleeps" in fact.cores[0].direct
    long = "Past the ford, beside the two old willows that the parish planted for the queen in 1897, lies a shepherd's hut."
    reading = read(f"# Reed walks\n\n{long} The hut sleeps nine.\n")
    assert "dangling_noun" in [refusal.reason for refusal in reading.refusals]
    in_its_section = read(f"# Reed walks\n\n## The hut\n\n{long} The hut sleeps nine.\n").facts
    assert "nine" in {fact.answer.text for fact in in_its_section}


def test_which_of_several_places_a_price_belongs_to_is_quoted_or_not_asked_for() -> None:
    near = "Below the pass lies Ostra Farm. Admission is 4 euros."
    (fact,) = [fact for fact in read(f"# Reed walks\n\n{near}\n").facts if fact.answer.text == "4 euros"]
    assert "lies Ostra Farm. Admission is" in fact.cores[0].direct
    far = "Below the pass, two hours from the station and one hour from the last of the huts, lies the old Ostra Farm."
    reading = read(f"# Reed walks\n\n{far} Admission is 4 euros.\n")
    assert "4 euros" not in {fact.answer.text for fact in reading.facts}
    own = read("# Ostra Farm\n\nOstra Farm lies below the pass, near Ostra Mill. Admission is 4 euros.\n").facts
    assert "4 euros" in {fact.answer.text for fact in own}


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("The mill was sold in 1911, and since then it has stood empty.", "Which year is missing"),
        ("The fair was founded on 3 May 1911, but the town forgot it.", "Which date is missing"),
        ("The season lasts from 15 April to 10 October, and dogs stay out.", "Which words are missing"),
        ("Rinse the filters every two weeks and dry them in the sun, or they go mouldy.", "Which words are missing"),
    ],
)
def test_what_is_missing_is_called_by_its_kind_only_where_that_is_sure(sentence: str, asked: str) -> None:
    questions = [core.direct for fact in read(sentence).facts if fact.pattern == "quote.gap" for core in fact.cores]
    assert any(question.startswith(asked) for question in questions)
    assert not any(re.match(r"Which (?!words)", question) for question in questions) or "words" not in asked


def test_a_sentence_that_starts_like_another_is_quoted_further() -> None:
    facts = read("The hall is open to guests of the inn. The hall is open to members of the club.").facts
    questions = [fact.cores[0].direct for fact in facts if fact.pattern == "quote.rest"]
    assert len(questions) == len(set(questions))
    assert not [question for question in questions if '"The hall is open ..."' in question]


def test_a_pronoun_of_the_documents_topic_needs_no_sentence_before() -> None:
    born = "Ada Lunde, who is known for large and quiet winter landscapes of the far north, was born in Oslo in 1859."
    facts = read(f"# Ada Lunde\n\n## Life\n\n{born} She died in Bergen in 1931.\n").facts
    assert 'In "Life" of "Ada Lunde": She died in Bergen in which year?' in {fact.cores[0].direct for fact in facts}


def test_a_sentence_that_needs_a_long_one_before_it_is_refused() -> None:
    long = "The old hall beside the river, which three brothers from Kiel had built of brick and oak, stands near a mill."
    reading = read(f"# Town walks\n\n{long} It was sold in 1931.\n")
    assert not [fact for fact in reading.facts if fact.answer.text == "1931"]
    assert "unresolved_subject" in [refusal.reason for refusal in reading.refusals]


@pytest.mark.parametrize(
    ("sentence", "never"),
    [
        ("The tit is a small bird that lives in deciduous and mixed forests.", "mix"),
        ("The female lays two or three spotted eggs in a scrape lined with shells.", "spot?"),
        ("A festival held every five years on Reed Island re-enacts the battle.", "festival hold"),
        ("Glass and seals are wearing parts.", "wearing?"),
    ],
)
def test_a_participle_before_a_noun_is_not_taken_for_the_verb(sentence: str, never: str) -> None:
    facts = read(f"# Notes\n\n{sentence}\n").facts
    assert facts
    natural = [core.direct for fact in facts if not fact.pattern.startswith("quote.") for core in fact.cores]
    assert not [question for question in natural if never in question]


@pytest.mark.parametrize(
    ("sentence", "beginning"),
    [
        ("About 2,400 mercenaries hired by the city crossed the border in May.", "About 2,400 mercenaries hired ..."),
        ("Like many species in the family Paridae, tits cache food.", "Like many species ..."),
        ("Her late works show abandoned farmhouses and empty roads.", "Her late works show abandoned ..."),
        ("A street in Bergen and a ferry are named after her.", "A street in Bergen and a ferry are named ..."),
    ],
)
def test_a_sentence_is_not_broken_off_inside_a_phrase(sentence: str, beginning: str) -> None:
    facts = read(f"# Ada Lunde\n\n{sentence}\n").facts
    assert not [core.direct for fact in facts for core in fact.cores if f'"{beginning}"' in core.direct]


def test_no_gap_is_the_documents_topic() -> None:
    facts = read("# Swifties\n\nOn the other hand, some fans criticize Swift for private flights.\n").facts
    assert facts
    assert "Swift" not in {fact.answer.text for fact in facts}


def test_a_long_sentence_is_quoted_in_part() -> None:
    long = " and ".join(f"hall {letter} stands behind a green wall by the old mill" for letter in "ABCDEF")
    for fact in read(f"In town, {long} and the tower costs 5 euros.").facts:
        assert len(fact.cores[0].direct.split()) < 50


@pytest.mark.parametrize(
    ("sentence", "left_out", "question"),
    [
        ("Rooms cost up to 140 euros a night", "up to 140 euros", "Rooms cost how much a night"),
        ("Bake the cake at 170 °C for 45 minutes", "170 °C", "Bake the cake at what temperature for 45 minutes"),
        ("The rent rises by 2.4 per cent", "2.4 per cent", "The rent rises by what percentage"),
        ("Trams leave every 12 minutes", "every 12 minutes", "Trams leave how often"),
        ("The hall seats 300 people", "300", "The hall seats how many people"),
        ("The boiler was replaced in November", "November", "The boiler was replaced in which month"),
        ("Bins are emptied on Tuesdays", "Tuesdays", "Bins are emptied on which days"),
        ("On Sundays the hall is open", "Sundays", ""),
        ("Members who have not paid by 31 March lose their vote", "31 March", ""),
        ("During the first six months staff get no leave", "the first six months", ""),
        ("Repairs up to £75 are borne by the tenant", "up to £75", ""),
        ("Lockers need a €1 coin", "€1", ""),
        ("The mill was bought by Ida Krol", "Ida Krol", ""),
    ],
)
def test_a_sentence_is_asked_in_place_only_where_that_reads_well(sentence: str, left_out: str, question: str) -> None:
    gap = next(gap for gap in find_gaps(sentence) if sentence[gap.start : gap.end] == left_out)
    assert ask_in_place(sentence, gap) == question


_PIECES = [
    "The hall", "It", "costs", "5 euros", "on Monday", "and", "which", "is", "open", "(", ")", '"', "“", "by Ida Krol", ",", ";",
    "must be", "if", "___", "...", "[NAME_1]", "- ", "\n\n", "\n", "# ", ".", "?", ":", "Ä°", "₂", "9.", "not", "the", "in May",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=40))
def test_any_text_gives_quotations_that_are_its_own_words(pieces: list[str]) -> None:
    text = " ".join(pieces)
    if not text.strip():
        return
    reading = read(text)
    for fact in reading.facts:
        if not fact.pattern.startswith("quote."):
            continue
        question, answer = fact.cores[-1].direct, fact.answer
        assert [text[offset] for offset in answer.offsets if not text[offset].isspace()] == [
            c for c in answer.text if not c.isspace()
        ]
        assert not [core for core in fact.cores if f" {plain(answer.text)} " in f" {plain(core.direct)} "]
        assert question.count('"') % 2 == 0
        assert is_balanced(answer.text)
        if fact.pattern in ("quote.gap", "quote.rest"):
            quote = re.findall(r'"([^"]*(?:___|\.\.\.)[^"]*)"', question)[-1]  # the last question quotes
            filled = quote.replace("___", answer.text) if "___" in quote else f"{quote.removesuffix(' ...')} {answer.text}"
            said = plain(text).replace("_", " ").split()
            assert all(" ".join(plain(piece).replace("_", " ").split()) in " ".join(said) for piece in filled.split("..."))


@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=40))
def test_no_quoted_question_has_two_answers(pieces: list[str]) -> None:
    text = " ".join(pieces)
    if not text.strip():
        return
    answers: dict[str, set[str]] = {}
    for sample in draft_leaf(material_of(text), TeacherSettings(), "0" * 40).samples:
        answers.setdefault(plain(sample.question), set()).add(plain(sample.answer))
    assert all(len(found) == 1 for found in answers.values())
