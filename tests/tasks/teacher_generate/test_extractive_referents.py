"""What a quoted sentence goes back to is quoted with it, or the sentence is refused; phrases and lists are left whole."""

import pytest

from tasks.teacher_generate.extractive.name_gaps import find_names
from tasks.teacher_generate.extractive.referents import find_loose, needs_before
from tasks.teacher_generate.extractive.torn_phrases import cuts_list, parts_what_belongs_together
from tests.tasks.teacher_generate.extractive_scenes import read


@pytest.mark.parametrize(
    "sentence",
    [
        "For smaller ones we charge 7 euros.",
        "The morning one is followed by a talk.",
        "Every further absence costs three marks.",
        "The second starts at 14:30.",
        "The most successful was that of March.",
        "The two choirs plan to meet again.",
        "Both letters had remained without an answer.",
        "All three speak German.",
        "Stop when eight are left.",
        "There are usually two.",
        "A team of 18 people needs five weeks for this.",
        "Under this, vans could enter until 10 a.m.",
        "Talk to her before that date.",
        "Back then 80 guests came.",
        "After that the subscription is 48 pounds.",
        "On the other days an appointment is needed.",
        "The vines there are the oldest in the valley.",
        "He also lets visitors start a pump.",
        "Eleven people did so for the first time.",
        "Tablets do, but they are no full protection.",
        "If it fails, the old files remain.",
        "Walkers may cross it at any time.",
        "With wholemeal the opposite is true.",
        "This surprised the experts.",
        "A pair nests on the roof.",
        "Hers came out softer.",
        "Divers brought up four in 1997.",
        "Whoever drops one pays for the repair.",
        "Last time 38 people came.",
        "The museum stays open an hour longer.",
        "Ida Krol collected 300 signatures against the plan.",
        "The most widely held explanation is a landslide.",
        "Last year's winner was a rye loaf.",
        "Nine choirs take part.",
        "If the lamp is still red, call the ward.",
    ],
)
def test_words_that_go_back_to_another_sentence_are_seen(sentence: str) -> None:
    assert needs_before(sentence, "Notes")


@pytest.mark.parametrize(
    "sentence",
    [
        "The old boiler was replaced with a larger one.",
        "Of the 67 people on board, 49 were saved.",
        "The first three chapters are short.",
        "The soup was cooked and it was served at noon.",
        "In summer there are tours on Sundays.",
        "The mill was sold in 1911, and since then it has stood empty.",
        "There were 24 cabins, all of them on the upper deck.",
        "Both the mayor and the clerk came.",
        "A meeting takes place on Wednesday, 15 May, at 7 p.m.",
        "This policy applies to all staff.",
        "The work will be finished this summer.",
        "All four flours are milled by hand.",
        "All cellars in numbers 18 and 20 must be empty.",
        "On the other hand, the price is low.",
    ],
)
def test_words_that_their_own_sentence_explains_need_nothing(sentence: str) -> None:
    assert not needs_before(sentence, "Leave policy")


def test_a_noun_quoted_before_must_fit() -> None:
    assert not find_loose("For smaller ones we charge 7 euros.", "Orders of twelve bottles are sent free.", "Prices")
    assert find_loose("Both letters had no answer.", "The police had been informed twice.", "Questions") == "Both letters"
    assert find_loose("He would write to them again.", "The clerk said that the county had to act.", "Questions") == "them"
    assert find_loose("The costs of such trips are shared.", "Singers meet in May.", "Concerts")


def test_no_sentence_is_quoted_behind_another_than_its_own() -> None:
    moved = "Her father died when she was nine years old, and the whole family moved to the house of an uncle in Hull."
    reading = read(f"# Notes\n\nLund was born in Kiel. {moved} There she met Ida Krol.\n")
    assert "Ida Krol" not in {fact.answer.text for fact in reading.facts}
    assert "There she met Ida Krol." in {refusal.statement for refusal in reading.refusals}


def test_a_subject_that_the_sentence_before_explains_is_quoted_with_it() -> None:
    facts = read("# Life of a ship\n\nTwo boats were added, and the cabin was replaced. The work cost 900 pounds.\n").facts
    (fact,) = [fact for fact in facts if fact.answer.text == "900 pounds"]
    assert '"Two boats were added, and the cabin was replaced. The work cost ___"' in fact.cores[0].direct


def test_an_item_of_a_list_is_not_explained_by_the_item_before() -> None:
    reading = read("# Bugs\n\n- The view was closed by two users.\n- It was found by Ida Krol in May.\n")
    assert "Ida Krol" not in {fact.answer.text for fact in reading.facts}


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("We deliver to Austria and Belgium in a week.", ["Austria and Belgium"]),
        ("It lives in Nepal, Bhutan and northern Myanmar.", []),
        ("Votes were cast against it by Booth, Crane and Pratt.", []),
        ("I prefer the German twisted edge.", []),
        ("The council passed the Act in May.", []),
        ("It was sold to Ida Krol, who kept it.", ["Ida Krol"]),
    ],
)
def test_names_are_left_out_whole_and_never_as_one_of_a_list(sentence: str, names: list[str]) -> None:
    assert [sentence[start:end] for start, end in find_names(sentence)] == names


@pytest.mark.parametrize(
    ("before", "rest"),
    [
        ("two thirds", "of them"),
        ("a child of six", "to ten"),
        ("from the head", "to the tail"),
        ("the day", "before and after"),
        ("kept next", "to it"),
        ("people who take", "part in it"),
        ("they are usually less", "crowded"),
        ("a course on how", "to bake"),
        ("four days", "a year"),
        ("did", "so"),
        ("it opens only from", "May to June"),
    ],
)
def test_no_phrase_is_broken_off_inside(before: str, rest: str) -> None:
    assert parts_what_belongs_together(before.split(), [*rest.split(), ""])


def test_no_answer_is_a_piece_of_a_list() -> None:
    assert cuts_list("There is an exhibition", "on ships, a shop and a café")
    assert cuts_list("Add no meat, eggs or weeds", "with roots")
    assert not cuts_list("Third-class passengers slept", "in the hold, a cabin and a shed")


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Each flat gets new doors; those in the attic stay.", "new doors"),
        ("Old boilers give way to a pump, which will stand in the yard.", "way to a pump"),
        ("The crossing took seven and a half hours.", "seven"),
        ("The personnel office is responsible for its interpretation.", "for its interpretation"),
        ("The market moved because the Friday market in Denby is larger than ours.", "Friday"),
        ("Joins over three or more tables are faster than before.", "over three"),
        ("The star brightened four hundredfold in two days.", "four"),
        ("A tip from the cook: If your oven is small, bake two loaves.", "If"),
        ("You can pause the course once a year, for example because of work abroad.", "the course once a year, for example"),
        ("Dock workers of that port knew then that they could buy bread.", "then that they could buy bread"),
    ],
)
def test_no_gap_is_half_of_what_it_belongs_to(text: str, never: str) -> None:
    assert never not in {fact.answer.text for fact in read(f"# Notes\n\n{text}\n").facts}


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Windows remains experimental, and its service cannot be installed by users.", "can windows"),
        ("Red pandas are solitary outside the mating season.", "where are"),
        ("The winter of 1860 was the worst.", "what was"),
        ("If you need room for your things, Mr Pell has the key.", "what happens"),
        ("According to two estimates a new roof would cost 9,000 euros.", "how much would according"),
        ("Paths are kept at a width of 60 centimetres.", "where are"),
        ("Wear closed shoes and cotton clothes in the hall.", "did wear"),
        ("Let us know by Thursday when your train arrives.", "by when when"),
        ("The tour on Fridays is in English.", "where is"),
        ("Tickets are valid within six months.", "how soon"),
        ("You pay 15 euros.", "how much do you pay?"),
        ("The first box contains a cable.", "what does the first box contain"),
        ("If the light disturbs you at night, you can switch it off.", "what happens"),
        ("If the lamp disturbs guests at night, you can switch off the lamp.", "what happens"),
        ("The concert ended with the piece Nine Nights.", "how many nights"),
    ],
)
def test_no_natural_question_is_asked_where_its_word_does_not_fit(text: str, never: str) -> None:
    facts = read(f"# Notes\n\n{text}\n").facts
    assert facts
    assert not [core.direct for fact in facts for core in fact.cores if never in core.direct.lower()]


def test_a_sentence_in_bold_that_opens_a_paragraph_names_what_follows_and_states_nothing() -> None:
    reading = read(
        "# Lamp\n\n**The lamp is red.** Press the reset key for 5 seconds.\n\n**The fee is 5 euros.** Pay at the desk.\n"
    )
    asked = [core.direct for fact in reading.facts for core in fact.cores]
    assert any('under "The lamp is red"' in question and "Press" in question for question in asked)
    assert "red" not in {fact.answer.text for fact in reading.facts}
    assert "5 euros" in {fact.answer.text for fact in reading.facts}


def test_a_question_in_bold_is_asked_of_what_answers_it() -> None:
    reading = read("# Inn\n\n**May I bring a dog?** Small dogs stay for 4 euros.\n\nBreakfast is served from 7 a.m.\n")
    dogs, breakfast = (
        [core.direct for fact in reading.facts if word in fact.statement for core in fact.cores] for word in ("dogs", "Breakfast")
    )
    assert dogs and all("May I bring a dog?" in question for question in dogs)
    assert breakfast and not any("dog" in question for question in breakfast)
