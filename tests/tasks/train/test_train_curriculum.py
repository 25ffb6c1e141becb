"""What the student is taught: samples, replay, passages."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from train_rows import SMALL, boat_page, boat_samples, make_request, make_sample, write_samples

from tasks.train.curriculum import curriculum_texts, draw_replay, read_lessons, read_samples

EARLIER = [make_sample(f"Old question {number}?", "old", leaf="knowledge/old") for number in range(200)]


def test_samples_come_first_then_the_documents(tmp_path: Path) -> None:
    lessons = list(read_lessons(make_request(tmp_path)))
    assert [lesson.sample for lesson in lessons[:-1]] == boat_samples()
    assert lessons[-1].text == f"Boats\n\nHeron\n\n{boat_page().text}"


def test_a_base_that_can_read_is_not_taught_the_passages(tmp_path: Path) -> None:
    request = make_request(tmp_path, train=SMALL.model_copy(update={"base": "/models/base"}))
    assert all(lesson.sample for lesson in read_lessons(request))


def test_the_tokenizer_sees_questions_answers_and_passages(tmp_path: Path) -> None:
    texts = list(curriculum_texts(read_lessons(make_request(tmp_path))))
    assert {"What is the length of the Heron?", "9 m"} <= set(texts)
    assert boat_page().text in texts[-1]


def test_replay_makes_up_its_share_of_the_mix(tmp_path: Path) -> None:
    settings = SMALL.model_copy(update={"replay_share": 0.6})
    replay = write_samples(tmp_path, EARLIER, "earlier")
    mixed = list(read_samples(make_request(tmp_path, train=settings, replay=replay)))
    old = [sample for sample in mixed if sample.leaf_node == "knowledge/old"]
    assert len(old) / len(mixed) == 0.6
    assert mixed == list(read_samples(make_request(tmp_path, train=settings, replay=replay)))


def test_a_sample_of_the_curriculum_is_not_replayed_as_well(tmp_path: Path) -> None:
    replay = write_samples(tmp_path, boat_samples(), "earlier")
    assert list(read_samples(make_request(tmp_path, replay=replay))) == boat_samples()


@given(st.integers(0, 500), st.floats(0, 0.95), st.integers(0, 99))
def test_replay_is_drawn_without_repetition_and_never_more_than_there_is(fresh: int, share: float, seed: int) -> None:
    drawn = draw_replay(EARLIER, fresh, share, seed)
    assert len({sample.id for sample in drawn}) == len(drawn) == min(len(EARLIER), round(fresh * share / (1 - share)))


def test_another_seed_replays_other_samples() -> None:
    assert draw_replay(EARLIER, 20, 0.5, 1) != draw_replay(EARLIER, 20, 0.5, 2)
