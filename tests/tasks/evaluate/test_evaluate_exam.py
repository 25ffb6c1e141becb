"""Which questions are asked, which are new, and what may be claimed."""

from evaluate_rows import LEAF, SKILL, make_question, make_sample

from tasks.evaluate.exam import read_curriculum, read_exam

TAUGHT = make_question("How long is the Heron?", "9 m", suite="reserved_phrasing", fact="length")
UNTAUGHT = make_question("How wide is the Heron?", "3 m", suite="reserved_phrasing", fact="width")
HUMAN = make_question("Who built the Heron?", "Ida Holm")


def test_a_reserved_wording_of_an_untaught_fact_is_set_apart_with_the_reason(request_with) -> None:
    request = request_with([TAUGHT, UNTAUGHT, HUMAN], [make_sample("What is the Heron's length?", "9 m", fact="length")])
    exam = read_exam(request, read_curriculum(request.samples))
    assert exam.asked == [TAUGHT, HUMAN]
    assert [(row.id, row.reason, row.row["question"]) for row in exam.not_asked] == [
        (UNTAUGHT.id, "fact_not_taught", UNTAUGHT.question)
    ]


def test_a_human_question_is_always_asked(request_with) -> None:
    request = request_with([HUMAN], [])
    assert read_exam(request, read_curriculum(request.samples)).asked == [HUMAN]


def test_without_an_earlier_exam_everything_is_changed(request_with) -> None:
    request = request_with([HUMAN], [])
    assert read_exam(request, read_curriculum(request.samples)).is_changed(HUMAN)


def test_a_question_is_unchanged_when_the_release_was_examined_on_the_same(request_with) -> None:
    request = request_with([HUMAN], [], earlier=[HUMAN])
    exam = read_exam(request, read_curriculum(request.samples))
    assert not exam.is_changed(HUMAN)
    assert exam.is_changed(HUMAN.model_copy(update={"reference": "Ole Holm"}))
    assert exam.is_changed(HUMAN.model_copy(update={"leaf_node": SKILL}))
    assert exam.is_changed(HUMAN.model_copy(update={"context": "She worked alone."}))


def test_no_gain_is_claimed_for_a_leaf_taught_by_its_seed_examples_alone(request_with) -> None:
    samples = [
        make_sample("Greet a guest.", "Welcome!", origin="seed", leaf=SKILL),
        make_sample("How long is the Heron?", "9 m", origin="seed"),
        make_sample("What is the Heron's length?", "9 m"),
    ]
    assert read_curriculum(request_with([], samples).samples).seeds_only == (SKILL,)
    assert LEAF not in read_curriculum(request_with([], samples).samples).seeds_only
