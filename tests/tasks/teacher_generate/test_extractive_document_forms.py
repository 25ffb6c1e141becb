"""Documents of other forms than prose: contracts, lists of lists, questions and answers, price lists, timetables, logs."""

import pytest

from schemas.settings import TeacherSettings
from tasks.teacher_generate.extractive.drafts import draft_leaf
from tasks.teacher_generate.extractive.reading import read_chunks
from tasks.teacher_generate.extractive.titles import find_topic, names_document
from tests.documents.answer_lists import material_of


def pairs(text: str) -> set[tuple[str, str]]:
    """Every way to ask, with its answer."""
    return {(core.direct, fact.answer.text) for fact in read_chunks(material_of(text).chunks)[0].facts for core in fact.cores}


@pytest.mark.parametrize(
    ("title", "text", "topic"),
    [
        ("A Short History of Lund & Co", "Lund & Co made clocks.", "Lund & Co"),
        ("Diving log #12 - Blue Grotto", "The Blue Grotto lies off Capri.", "the Blue Grotto"),
        ("Visiting Friends at Marlow Castle", "Marlow Castle opens at ten.", "Marlow Castle"),
        ("Timetable of group 4c", "Lessons begin at eight.", "group 4c"),
        ("FAQ - Ferry Pass", "The Ferry Pass is valid for a year.", "the Ferry Pass"),
        ("Inkwell 3.1 release notes", "Dark mode is new.", "Inkwell 3.1"),
        ("Marlow Castle: Tariffs and house rules 2024", "Dogs stay outside.", "the Marlow Castle"),
        ("zipgrep", "zipgrep is written in C.", "zipgrep"),
        ("Employment Contract", "The employee works 38 hours.", ""),
        ("Tomato Care Sheet", "Tomatoes like the sun.", ""),
    ],
)
def test_a_title_names_the_thing_and_not_the_kind_of_document(title: str, text: str, topic: str) -> None:
    assert find_topic(title, f"# {title}\n\n{text}") == topic


def test_a_first_line_without_markup_is_a_title_only_where_it_names_a_kind_of_document() -> None:
    assert names_document("Fact sheet: Orbiter 9")
    assert not names_document("Weight: 12 kg")


FORMS = {
    "clause of a contract": ("# Loan Agreement\n\n4.2 The loan fee is $90.", "How much is the loan fee?", "$90"),
    "list under a list item": (
        "# Pet Care Sheet\n\n- **Gecko**\n  - Humidity: 70 %\n- **Corn snake**\n  - Humidity: 50 %\n",
        "What is the humidity of the gecko?",
        "70 %",
    ),
    "what living things need": (
        "# Pet Care Sheet\n\n- **Corn snake**\n  - Water: every 3 days\n",
        "How often does the corn snake need water?",
        "every 3 days",
    ),
    "part of a thing in a list": (
        "# Pet Care Sheet\n\n- **Gecko**\n  - Temperature:\n    - winter: 18 °C\n",
        "What is the winter temperature of the gecko?",
        "18 °C",
    ),
    "question and answer": (
        "# FAQ - Ferry Pass\n\n**Q: Where can I buy it?**\nA: At any pier.\n",
        "For the Ferry Pass, where can I buy it?",
        "At any pier.",
    ),
    "question as a heading": ("# Help\n\n## Can I bring a dog?\n\nYes, on a lead.\n", "Can I bring a dog?", "Yes, on a lead."),
    "dots before a price": (
        "# Marlow Castle: Tariffs\n\nCream tea ......... £7\nCake of the day ... £4\n",
        "How much does the cream tea cost for the Marlow Castle?",
        "£7",
    ),
    "noun with its amount": (
        "# The Veloce 3\n\nFrame size 54 cm\nDisc brakes with oil\nWeight 9 kg\nPump under the seat\nRange 80 km\n",
        "What is the weight of the Veloce 3?",
        "9 kg",
    ),
    "ingredient": (
        "# Recipe: Rye Loaf\n\nThe Rye Loaf is dense.\n\n- 300 g rye flour\n",
        "How much rye flour is used for the Rye Loaf?",
        "300 g",
    ),
    "entry of a diary": (
        "# Diving log #12 - Blue Grotto\n\n- 3 May: first dive\n",
        "What is noted for 3 May for the Blue Grotto?",
        "first dive",
    ),
    "participle as a key": ("# The Veloce 3\n\nReleased: 2017, by post\n", "When was the Veloce 3 released?", "2017"),
    "maker as a key": ("# The Veloce 3\n\nDesigned by: Ida Krol\n", "Who designed the Veloce 3?", "Ida Krol"),
    "state as a key": (
        "# Marlow Castle\n\nMarlow Castle is old.\n\nOpen: May to June\n",
        "When is Marlow Castle open?",
        "May to June",
    ),
    "role as a key": (
        "# Marlow Castle\n\nMarlow Castle is old.\n\nOwner: Ida Krol\n",
        "Who is the owner of Marlow Castle?",
        "Ida Krol",
    ),
    "doer as a header": (
        "# Rota\n\n| Class | Teacher |\n|---|---|\n| Pottery | Ida Krol |\n| Dance | Per Lund |\n",
        "Who teaches the Pottery class?",
        "Ida Krol",
    ),
    "doer as a key": ("# The Veloce 3\n\nDesigner: Ida Krol\n", "Who designed the Veloce 3?", "Ida Krol"),
    "code as a key": (
        "# Probe Manual\n\n## Error code\n\n- 17: the lamp is out\n",
        "What does error code 17 mean in the probe manual?",
        "the lamp is out",
    ),
    "price for a group": (
        "# Rooms\n\n| | Guests | Non-guests |\n|---|---|---|\n| Sauna | 9 € | 14 € |\n",
        "How much does the sauna cost for non-guests?",
        "14 €",
    ),
    "people among the prices": (
        "# Rooms\n\n| | Guests | Others |\n|---|---|---|\n| Sauna | 9 € | 14 € |\n| Children under 12 | 3 € | 5 € |\n",
        "How much do children under 12 pay as guests?",
        "3 €",
    ),
    "day as a header": (
        "# Rota\n\n| Shift | Monday | Tuesday |\n|---|---|---|\n| 1 | Ida | Per |\n",
        "What is scheduled for shift 1 on Tuesday?",
        "Per",
    ),
    "verb as a header": ("# Rota\n\n| Shift | Begins |\n|---|---|\n| 1 | 6:30 |\n", "When does shift 1 begin?", "6:30"),
    "option of a program": (
        "# zipgrep\n\n| Option | Default |\n|---|---|\n| `--depth N` | 3 |\n",
        "What is the default of the option --depth N?",
        "3",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_asked_as_a_person_would(name: str) -> None:
    text, question, answer = FORMS[name]
    assert (question, answer) in pairs(text)


SENTENCES = {
    "fronted phrase without a comma": (
        "On weekdays the gate closes at 9 p.m.",
        "When does the gate close on weekdays?",
        "9 p.m.",
    ),
    "any verb before an article": ("The warden escorts the tours.", "What does the warden escort?", "the tours"),
    "verb after an adverb": ("The moon always shows the same face.", "What does the moon show?", "the same face"),
    "noun that looks like a verb": (
        "Minor repairs up to £75 are paid by the tenant.",
        "Who pays minor repairs up to £75?",
        "the tenant",
    ),
    "place after any verb": ("The bells are cast in Aarau.", "Where are the bells cast?", "Aarau"),
    "note without subject": (
        "# Inkwell 3.1 release notes\n\nReleased on 11 May 2025.",
        "When was Inkwell 3.1 released?",
        "11 May 2025",
    ),
    "two places are one": ("The office is in the old mill on the river.", "Where is the office?", "in the old mill on the river"),
    "manner": ("Notice must be given in writing.", "How must notice be given?", "in writing"),
    "two things that somebody has": (
        "The firm has 40 clerks and a turnover of 3 million euros.",
        "How many clerks does the firm have?",
        "40",
    ),
    "name in apposition": ("The founder's niece, Ida Krol, bought the mill in 1991.", "Who bought the mill in 1991?", "Ida Krol"),
    "what a description says besides": (
        "# The Veloce 3\n\nThe Veloce 3 is a bicycle manufactured by Krol Cycles from 1981 to 1983.",
        "Who manufactured the Veloce 3?",
        "Krol Cycles",
    ),
    "perfect passive": ("The inn has been led by Ida Krol since 2016.", "Who has led the inn since 2016?", "Ida Krol"),
    "interval with two ends": (
        "Filters are changed every 300 hours or 3 months.",
        "How often are filters changed?",
        "every 300 hours or 3 months",
    ),
    "adverb in a copula": ("The default font is now Inter.", "What is the default font now?", "Inter"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_is_asked_as_a_person_would(name: str) -> None:
    text, question, answer = SENTENCES[name]
    assert (question, answer) in pairs(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Demand for fittings collapsed and Krol turned to bicycles.", "and Krol turned"),
        ("Tickets are sold at the start, which takes a minute.", "a minute"),
        ("Final gravity was 1.003, which gives 6.7 % alcohol.", "6.7 %"),
        ("# The Veloce 3\n\nOpen the settings in the app, tap Account and then Delete.", "the app, tap Account and then Delete"),
        ("Exports began two years later.", "two years later"),
        ("Every minute after that costs 12 cents.", "12 cents"),
        ("Water comes from a spring near the hut.", "When"),
    ],
)
def test_what_was_misread_before_yields_nothing(text: str, wrong: str) -> None:
    assert not any(wrong in answer or question.startswith(wrong) for question, answer in pairs(text))


def test_a_documents_own_question_is_reserved_only_in_frames_that_keep_its_words() -> None:
    text = "# FAQ - Ferry Pass\n\n**Q: Where can I buy the pass?**\nA: At any pier.\n"
    drafts = draft_leaf(material_of(text), TeacherSettings(), "0" * 40)
    questions = [sample.question for sample in drafts.samples] + [question.question for question in drafts.reserved]
    assert drafts.reserved
    assert all("here can I buy the pass" in question for question in questions)
