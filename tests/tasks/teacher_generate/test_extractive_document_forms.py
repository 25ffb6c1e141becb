"""What a document's title is about, and a document's own questions."""

import pytest

from schemas.settings import TeacherSettings
from tasks.teacher_generate.extractive.drafts import draft_leaf
from tasks.teacher_generate.extractive.titles import find_topic, names_document
from tests.documents.answer_lists import material_of


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
        ("Welcome to Oak Farm", "Oak Farm keeps goats.", "Oak Farm"),
        ("Welcome to your new bike", "The bike is red.", ""),
        ("From Harl to Osten Falls", "Osten Falls is 40 metres high.", ""),
        ("Tomato Care Sheet", "Tomatoes like the sun.", ""),
    ],
)
def test_a_title_names_the_thing_and_not_the_kind_of_document(title: str, text: str, topic: str) -> None:
    assert find_topic(title, f"# {title}\n\n{text}") == topic


def test_a_first_line_without_markup_is_a_title_only_where_it_names_a_kind_of_document() -> None:
    assert names_document("Fact sheet: Orbiter 9")
    assert not names_document("Weight: 12 kg")


def test_a_documents_own_question_is_reserved_only_in_frames_that_keep_its_words() -> None:
    text = "# FAQ - Ferry Pass\n\n**Q: Where can I buy the pass?**\nA: At any pier.\n"
    drafts = draft_leaf(material_of(text), TeacherSettings(), "0" * 40)
    questions = [sample.question for sample in drafts.samples] + [question.question for question in drafts.reserved]
    assert drafts.reserved
    assert all("here can I buy the pass" in question for question in questions)
