"""What the lexical critic catches and what it loses, pair by pair and measured on whole documents."""

import random
import re
from importlib.resources import files

import pytest
import yaml

from schemas.contracts import ignore_progress
from schemas.records import Provenance, Sample, SeedExample, sample_id
from schemas.settings import CriticSettings, TeacherSettings
from tasks.critic_filter.answer_types import expected_type, fits_type
from tasks.critic_filter.canaries import spoil_seeds
from tasks.critic_filter.judgement import Judged, Judgement
from tasks.critic_filter.lexical import judge_sample, judge_samples
from tasks.critic_filter.passage_match import Source
from tasks.critic_filter.pointing_words import find_dangling
from tasks.critic_filter.word_forms import plain
from tasks.teacher_generate.extractive.drafts import draft_leaf
from tests.documents.answer_lists import DOCUMENTS, HERE, material_of

SOURCE = """# Workshop guide

A clutch costs $900. A tire costs $80. The workshop was founded by Ada Berg in 1987. It opens at 8 a.m. on weekdays.

| Model | Weight | Colour |
|-------|--------|--------|
| A1    | 12 kg  | red    |
| B2    | 15 kg  | blue   |
"""


def judge(
    question: str, answer: str, source: str | None = SOURCE, kind: str = "knowledge", context: str | None = None
) -> Judgement:
    sample = Sample(
        id=sample_id("leaf", question, context, answer),
        leaf_node="leaf",
        kind=kind,
        question=question,
        context=context,
        answer=answer,
        origin="generated",
        provenance=Provenance(taxonomy_commit="0", leaf_key="k", teacher="t"),
    )
    return judge_sample(sample, Source(source) if source is not None else None, 0.6)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much does a clutch cost?", "$900"),
        ("What is the price of a clutch?", "A clutch costs $900."),
        ("Who founded the workshop?", "Ada Berg"),
        ("In which year was the workshop founded?", "1987"),
        ("When does the workshop open on weekdays?", "8 a.m."),
        ("What is the weight of B2?", "15 kg"),
        ("Which colour does the A1 have?", "red"),
        ("How much does it cost to replace a tire?", "$80"),
    ],
)
def test_right_pairs_are_kept(question: str, answer: str) -> None:
    assert judge(question, answer).reason is None


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("How much does a clutch cost?", "$80", "answer_elsewhere"),
        ("How much does a clutch cost?", "$901", "unsupported_number"),
        ("How much does a clutch cost?", "€900", "wrong_unit"),
        ("What is the weight of B2?", "12 kg", "answer_elsewhere"),
        ("What is the weight of B2?", "blue", "wrong_type"),
        ("Who founded the workshop?", "Vincent Price", "unsupported_name"),
        ("Who founded the workshop?", "$900", "wrong_type"),
        ("When was the workshop founded?", "Ada Berg", "wrong_type"),
        ("How much does it weigh?", "12 kg", "not_self_contained"),
        ("What does the passage above say of clutches?", "$900", "not_self_contained"),
        ("Is it true that Ada Berg founded the workshop?", "Ada Berg", "answer_in_question"),
        ("What does a clutch cost?", "", "empty"),
        ("Which famous opera did the silver moon sing to violins?", "$80", "off_topic"),
        ("What does a clutch cost?", "gold and silver coins", "unsupported"),
    ],
)
def test_wrong_pairs_are_refused_with_the_reason(question: str, answer: str, reason: str) -> None:
    assert judge(question, answer).reason == reason


def test_a_pair_without_its_source_is_refused_and_freeform_is_marked_as_not_checked() -> None:
    assert judge("How much does a clutch cost?", "$900", None).reason == "no_source"
    verdict = judge("Write a line of thanks.", "Thank you very much for your visit.", None, "freeform_skill")
    assert verdict.reason is None
    assert verdict.sample.critique is not None
    assert verdict.sample.critique.scores == {"not_checked": 1.0}


def test_scores_and_explanation_stay_on_the_sample() -> None:
    critique = judge("How much does a clutch cost?", "$80").sample.critique
    assert critique is not None
    assert critique.scores["place"] < 1.0
    assert "another passage" in critique.explanation


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Where was it built?", "it"),
        ("What does the table show?", "the table"),
        ("When did she die?", "she"),
        ("Where was the car built?", None),
    ],
)
def test_a_question_that_points_outside_is_found(question: str, word: str | None) -> None:
    assert find_dangling(question) == word


def test_question_words_ask_for_kinds_of_answers() -> None:
    assert expected_type("How often is the oil changed?") == "an interval"
    assert fits_type("an interval", "every 3,000 miles")
    assert not fits_type("an interval", "10W-40")
    assert not fits_type("somebody", "12 kg")
    assert fits_type("anything", "whatever")


def documents() -> dict[str, str]:
    texts = {name: (HERE / name / "document.md").read_text(encoding="utf-8") for name in DOCUMENTS}
    manual = files("taxonomy_sample") / "documents" / "delorean_dmc12.md"
    return texts | {"delorean_dmc12": manual.read_text(encoding="utf-8")}


def spoil(samples: list[Sample], sources: dict[str, str]) -> list[Judged]:
    """Each pair with another pair's answer, with a changed number, and without the passage that holds its answer."""
    chance = random.Random(7)
    answers = sorted({sample.answer for sample in samples})
    spoiled: list[Judged] = []
    for sample in samples:
        source = sources[sample.provenance.chunk or ""]
        own = plain(sample.answer)
        others = [answer for answer in answers if plain(answer) not in own and own not in plain(answer)]
        swapped = chance.choice(others)
        if plain(swapped) in plain(source):  # else it is too easy
            spoiled.append(Judged(sample.model_copy(update={"answer": swapped}), source))
        digits = [match.start() for match in re.finditer(r"\d", sample.answer)]
        if digits:
            at = chance.choice(digits)
            digit = str((int(sample.answer[at]) + chance.randint(1, 8)) % 10)
            changed = sample.answer[:at] + digit + sample.answer[at + 1 :]
            spoiled.append(Judged(sample.model_copy(update={"answer": changed}), source))
        without = "\n".join(line for line in source.split("\n") if own not in plain(line))
        if own not in plain(without):
            spoiled.append(Judged(sample, without))
    return spoiled


@pytest.mark.parametrize("name", [*DOCUMENTS, "delorean_dmc12"])
def test_most_spoiled_pairs_are_caught_and_few_good_ones_lost(name: str) -> None:
    material = material_of(documents()[name])
    sources = {chunk.id: "\n\n".join([*(f"# {name}" for name in chunk.headings), chunk.text]) for chunk in material.chunks}
    samples = draft_leaf(material, TeacherSettings(), "0" * 40).samples

    def refused(pairs: list[Judged]) -> int:
        return sum(verdict.reason is not None for verdict in judge_samples(pairs, CriticSettings(), "", ignore_progress))

    lost = refused([Judged(sample, sources[sample.provenance.chunk or ""]) for sample in samples])
    bad = spoil(samples, sources)
    caught = refused(bad)
    print(f"{name}: {caught} of {len(bad)} spoiled pairs caught, {lost} of {len(samples)} good ones lost")
    assert caught >= 0.90 * len(bad)
    assert lost <= 0.10 * len(samples)


def human_seeds() -> dict[str, list[SeedExample]]:
    """The grounded human seed examples of the sample and of the test documents, by qna.yaml."""
    sample = files("taxonomy_sample") / "taxonomy"
    places = {
        "delorean": sample / "knowledge" / "vehicles" / "delorean_dmc12",
        "tables": sample / "compositional_skills" / "grounded" / "tables" / "read_markdown_table",
    } | {name: HERE / name for name in DOCUMENTS}
    found: dict[str, list[SeedExample]] = {}
    for name, place in places.items():
        content = yaml.safe_load((place / "qna.yaml").read_text(encoding="utf-8"))
        kind = "knowledge" if content["version"] == 3 else "grounded_skill"
        pairs = [(e["context"], pair) for e in content["seed_examples"] for pair in e.get("questions_and_answers", [e])]
        found[name] = [
            SeedExample(id=sample_id(name, p["question"], c, p["answer"]), leaf_node=name, kind=kind, context=c, **texts(p))
            for c, p in pairs
        ]
    return found


def texts(pair: dict[str, str]) -> dict[str, str]:
    return {"question": pair["question"], "answer": pair["answer"]}


@pytest.mark.parametrize("name", ["delorean", "tables", *DOCUMENTS])
def test_human_pairs_are_kept_and_spoiled_ones_caught(name: str) -> None:
    good, bad = spoil_seeds(human_seeds()[name], seed=7)
    kept = [verdict for verdict in judge_samples(good, CriticSettings(), "", ignore_progress) if verdict.reason is None]
    caught = [verdict for verdict in judge_samples(bad, CriticSettings(), "", ignore_progress) if verdict.reason is not None]
    assert len(kept) >= 0.9 * len(good)
    assert len(caught) >= 0.9 * len(bad)


HUT = """Open: June to September
Altitude: 2,164 m
Soup of the day .......... 6.50 €
Half board ............... 42.00 €
The wood is brought up at the end of the summer. Payment in cash only.
"""
NESTED = "- **Gecko**\n  - Water: every 7 days\n- **Corn snake**\n  - Water: every 3 days\n"
ASKED = "**Q: Where can I park?**\nA: At any of the 31 stations. If you park elsewhere, a fee is due.\n"


@pytest.mark.parametrize(
    ("source", "question", "answer"),
    [
        (HUT, "When is the Marlow Hut open?", "The Marlow Hut is open from June to September."),
        (HUT, "At what altitude is the Marlow Hut?", "It lies at 2,164 m."),
        (HUT, "How much is the soup of the day?", "The soup of the day is 6.50 €."),
        (HUT, "When is the wood brought up?", "At the end of the summer"),
        (HUT, "How can I pay at the hut?", "You can only pay in cash."),
        (NESTED, "How often should a corn snake be watered?", "A corn snake should be watered every 3 days."),
        (ASKED, "Where can I park a bike?", "You can park it at any of the 31 stations."),
        ("It supports Windows 10.", "Which Windows version does Paperdesk 4.2 support?", "Paperdesk 4.2 supports Windows 10."),
        ("Discoverer: Ida Krol\nDiscovered: 2017", "Who discovered Orbiter 9?", "It was discovered by Ida Krol."),
        ("Work costs between $800 and $1,200.", "How much does work cost?", "It costs between $800 and $1200."),
        ("| Boat | Days |\n|---|---|\n| Ferry | Mon-Sat |", "On which days does the ferry run?", "From Monday to Saturday"),
        (
            "The heron was seen at the old mill. Since it is shy, it nests on the far bank.",
            "Where does the heron nest?",
            "On the far bank",
        ),
    ],
)
def test_a_persons_whole_sentence_is_kept(source: str, question: str, answer: str) -> None:
    assert judge(question, answer, source).reason is None


@pytest.mark.parametrize(
    ("source", "question", "answer"),
    [
        (HUT, "How much is the soup of the day?", "The soup of the day is 42.00 €."),
        (HUT, "When is the Marlow Hut open?", "The Marlow Hut is open from June to October."),
        (NESTED, "How often should a corn snake be watered?", "A corn snake should be watered every 7 days."),
        (ASKED, "How many stations are there?", "310"),
        ("The castle burned down on 3rd May.", "On what day did the castle burn down?", "It burned down on 8th May."),
        ("In the rain the bridge is shut. Wait for 2 hours.", "What should I do when the bridge is shut?", "2 hours"),
        ("The firm has 210 clerks and earns 48 million euros.", "How many clerks does the firm have?", "48 million euros"),
    ],
)
def test_a_whole_sentence_that_is_wrong_is_refused(source: str, question: str, answer: str) -> None:
    assert judge(question, answer, source).reason is not None


def test_a_canary_is_never_given_a_source_that_holds_its_answer_in_other_words() -> None:
    context = "The chapel is on the fourth floor. The chaplain, Ida Krol, is there on Sundays."
    other = "The car park has 220 spaces."
    seeds = [
        SeedExample(id=q, leaf_node="l", kind="knowledge", context=c, question=q, answer=a)
        for c, q, a in [
            (context, "Who is the chaplain?", "The chaplain is Ida Krol."),
            (context, "Where is the chapel?", "It is on the fourth floor."),
            (other, "How many spaces are there?", "There are 220 spaces."),
        ]
    ]
    _, bad = spoil_seeds(seeds, seed=7)
    swapped = [
        item for item in bad if item.sample.answer == "The chaplain is Ida Krol." and item.sample.question == seeds[0].question
    ]
    assert [item.source for item in swapped] == [other]


CLUB = """# Otter Boat Club

## Membership

Anyone over the age of 10 may join. The annual fee is 240 euros for adults and 110 euros for children under 18. New members pay a
joining fee of 60 euros once. The board decides on an application within six weeks.

## Boat house

The boat house is open from 7:30 a.m. to 8 p.m. on weekdays. On weekends members may come from 9 a.m. The office is on the fourth
floor and is closed in August. Dogs are not allowed in the boats. Contracts above 5,000 euros must be signed by the treasurer.

| Course  | Day       | Time  | Price |
|---------|-----------|-------|-------|
| Rowing  | Tuesday   | 17:30 | 25 €  |
| Sailing | Wednesday | 19:00 | 40 €  |
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much do grown-ups pay a year?", "€240"),
        ("What do kids have to pay?", "110 euros a year"),
        ("How long does the board take to decide on an application?", "Up to 6 weeks"),
        ("When does the boat house open on weekdays?", "At half past seven"),
        ("What time can members come on Sundays?", "From 9 a.m."),
        ("On which floor is the office?", "The 4th"),
        ("Is the office open in August?", "No, it's closed."),
        ("Can my fifteen-year-old join?", "Yes, anyone over the age of 10."),
        ("Who has to sign a contract for 8,000 euros?", "The treasurer"),
        ("When is the sailing course?", "On Wednesday at 7 p.m."),
        ("How much is it for the rowing course?", "25 euros"),
        ("Can I take my dog on a boat?", "No, dogs aren't allowed."),
    ],
)
def test_a_question_and_an_answer_in_a_persons_own_words_are_kept(question: str, answer: str) -> None:
    assert judge(question, answer, CLUB).reason is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much do grown-ups pay a year?", "€60"),
        ("What do kids have to pay?", "111 euros a year"),
        ("How long does the board take to decide on an application?", "At 7:30 a.m."),
        ("When does the boat house open on weekdays?", "At half past nine"),
        ("On which floor is the office?", "The 5th"),
        ("Who has to sign a contract for 8,000 euros?", "From 9 a.m."),
        ("When is the sailing course?", "On Tuesday at 5:30 p.m."),
        ("How much is the rowing course?", "40 euros"),
        ("Which day is the rowing course?", "Wednesday"),
    ],
)
def test_a_wrong_answer_in_a_persons_own_words_is_refused(question: str, answer: str) -> None:
    assert judge(question, answer, CLUB).reason is not None


def test_a_day_named_in_another_table_does_not_draw_the_place_away() -> None:
    source = "# Class 7b\n\nThe club meets on Monday.\n\n"
    source += "| Lesson | Monday | Tuesday |\n|---|---|---|\n| 1 | Maths | Art |\n| 2 | Art | Maths |\n"
    assert judge("What is scheduled for lesson 1 on Monday?", "Maths", source).reason is None
    assert judge("What is scheduled for lesson 1 on Monday?", "Art", source).reason == "answer_elsewhere"
