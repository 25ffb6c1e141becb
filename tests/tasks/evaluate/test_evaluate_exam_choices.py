"""Multiple choice made from the exam's own references."""

from evaluate_rows import SKILL, make_question
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import ExamCheck, ExamQuestion
from tasks.evaluate.exam_choices import answer_type, choices_from_exam, drop_unsupported, overlaps
from tasks.evaluate.text_tokens import tokens_of

COSTS = [make_question(f"What does part {n} cost?", f"${100 + 7 * n}") for n in range(6)]
NAMES = [make_question(f"Who built part {n}?", name) for n, name in enumerate(["Ida Holm", "Ole Dahl", "Eva Berg", "Jon Lie"])]


def test_choices_are_answers_of_the_same_leaf_and_type_and_one_is_right() -> None:
    items = {item.id: item for item in choices_from_exam([*COSTS, *NAMES], 100, 7)}
    assert set(items) == {question.id for question in (*COSTS, *NAMES)}
    for question in (*COSTS, *NAMES):
        item = items[question.id]
        assert item.choices[item.answer] == question.reference
        assert len(set(item.choices)) == 4
        assert {answer_type(choice) for choice in item.choices} == {answer_type(question.reference)}


def test_equal_seeds_draw_the_same_and_the_right_choice_has_no_fixed_place() -> None:
    one, two = (choices_from_exam([*COSTS, *NAMES], 100, 7) for _ in range(2))
    assert one == two
    assert choices_from_exam([*COSTS, *NAMES], 100, 8) != one
    assert len({item.answer for item in one}) > 1


def test_what_may_be_right_as_well_is_no_wrong_choice() -> None:
    asked = make_question("When was it built?", "From 1981 to 1983")
    others = [make_question(f"Q{n}", text) for n, text in enumerate(["1981 to 1983", "1975", "in 1990", "1968 or so"])]
    twice = make_question("When was it built?", "Long ago")
    (item,) = [item for item in choices_from_exam([asked, *others, twice], 100, 7) if item.id == asked.id]
    assert set(item.choices) == {"From 1981 to 1983", "1975", "in 1990", "1968 or so"}


def test_without_three_wrong_choices_a_question_is_left_out_and_skills_always_are() -> None:
    assert choices_from_exam(COSTS[:3], 100, 7) == []
    greetings = [make_question(f"Greet {n}", f"Hello {n}", leaf_node=SKILL, kind="freeform_skill") for n in range(6)]
    assert choices_from_exam(greetings, 100, 7) == []


def test_at_most_as_many_as_asked_for() -> None:
    assert len(choices_from_exam([*COSTS, *NAMES], 3, 7)) == 3


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(st.lists(st.tuples(texts, texts), max_size=12), st.integers(0, 2**32 - 1))
def test_whatever_the_exam_says_choices_differ_and_hold_the_reference(pairs: list[tuple[str, str]], seed: int) -> None:
    questions = [make_question(question, reference) for question, reference in pairs]
    for item in choices_from_exam(questions, 100, seed):
        assert len(item.choices) == 4
        assert len({tuple(tokens_of(choice)) for choice in item.choices}) == 4
        assert not any(overlaps(item.reference[0], choice) for place, choice in enumerate(item.choices) if place != item.answer)


def checked(question: ExamQuestion, supported: bool = True) -> ExamCheck:
    reason = "" if supported else "unsupported"
    return ExamCheck(id=question.id, leaf_node=question.leaf_node, supported=supported, reason=reason, critic="lexical")


def test_what_the_critic_did_not_find_supported_is_neither_asked_nor_offered() -> None:
    checks = {question.id: checked(question, supported=question != COSTS[0]) for question in COSTS}
    skill = make_question("Greet", "Hello", leaf_node=SKILL, kind="freeform_skill")
    supported, rejected = drop_unsupported([*COSTS, NAMES[0], skill], checks)
    assert supported == [*COSTS[1:], skill]
    assert [(row.id, row.reason, row.detail) for row in rejected] == [
        (COSTS[0].id, "choice_not_supported", "lexical: unsupported"),
        (NAMES[0].id, "choice_not_supported", "the critic was not asked"),
    ]
    assert not any(COSTS[0].reference in item.choices for item in choices_from_exam(supported, 100, 7))
    assert drop_unsupported(COSTS, None) == (COSTS, [])


def test_another_answer_to_the_same_question_in_other_words_is_no_wrong_choice() -> None:
    asked = make_question("Which colours is it sold in?", "red")
    same = make_question("What colours is it sold in?", "blue")
    fact = make_question("Name a colour.", "green", fact="f")
    known = asked.model_copy(update={"fact": "f"})
    others = [make_question(f"Q{n}", text) for n, text in enumerate(["white", "grey", "black"])]
    (item,) = [item for item in choices_from_exam([known, same, fact, *others], 100, 7) if item.id == asked.id]
    assert set(item.choices) == {"red", "white", "grey", "black"}
