"""What the student is taught: samples, replay, passages."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from train_rows import SMALL, boat_page, boat_samples, make_request, make_sample, write_samples

from schemas.errors import DamagedFileError
from tasks.student_model.conversation_file import file_digest
from tasks.train.curriculum import curriculum_texts, draw_replay, read_lessons

READER = SMALL.model_copy(update={"base": "/models/base"})
EARLIER = [make_sample(f"Old question {number}?", "old", leaf="knowledge/old") for number in range(200)]


def test_samples_come_first_then_the_documents(tmp_path: Path) -> None:
    lessons = list(read_lessons(make_request(tmp_path)))
    assert [lesson.row for lesson in lessons[:-1]] == boat_samples()
    assert lessons[0].messages[0]["content"] == boat_samples()[0].question
    assert lessons[-1].text == f"Boats\n\nHeron\n\n{boat_page().text}"


def test_a_base_that_can_read_is_not_taught_the_passages(tmp_path: Path) -> None:
    request = make_request(tmp_path, train=SMALL.model_copy(update={"base": "/models/base"}))
    assert all(lesson.source == "sample" for lesson in read_lessons(request))


def test_the_tokenizer_sees_questions_answers_and_passages(tmp_path: Path) -> None:
    texts = list(curriculum_texts(read_lessons(make_request(tmp_path))))
    assert {"What is the length of the Heron?", "9 m"} <= set(texts)
    assert boat_page().text in texts[-1]


def test_replay_makes_up_its_share_of_the_mix(tmp_path: Path) -> None:
    settings = READER.model_copy(update={"replay_share": 0.6})
    replay = write_samples(tmp_path, EARLIER, "earlier")
    mixed = list(read_lessons(make_request(tmp_path, train=settings, replay=replay)))
    old = [lesson for lesson in mixed if lesson.source == "replay"]
    assert len(old) / len(mixed) == 0.6
    assert mixed == list(read_lessons(make_request(tmp_path, train=settings, replay=replay)))


def test_a_sample_of_the_curriculum_is_not_replayed_as_well(tmp_path: Path) -> None:
    replay = write_samples(tmp_path, boat_samples(), "earlier")
    lessons = list(read_lessons(make_request(tmp_path, train=READER, replay=replay)))
    assert [lesson.row for lesson in lessons] == boat_samples()


def write_file(folder: Path, rows: int) -> Path:
    file = folder / "general.jsonl"
    turns = [[{"role": "user", "content": f"Hello {n}"}, {"role": "assistant", "content": "Hi."}] for n in range(rows)]
    file.write_text("".join(json.dumps({"messages": row}) + "\n" for row in turns))
    return file


def test_a_file_of_the_user_makes_up_its_share_of_the_mix(tmp_path: Path) -> None:
    file = write_file(tmp_path, 100)
    settings = READER.model_copy(update={"replay_file": str(file), "replay_file_share": 0.4})
    mixed = list(read_lessons(make_request(tmp_path, train=settings, replay_file_sha256=file_digest(file))))
    assert sum(lesson.source == "file" for lesson in mixed) / len(mixed) == 0.4
    assert mixed == list(read_lessons(make_request(tmp_path, train=settings)))


def test_a_file_that_was_changed_since_the_run_began_is_refused(tmp_path: Path) -> None:
    file = write_file(tmp_path, 3)
    request = make_request(
        tmp_path, train=READER.model_copy(update={"replay_file": str(file)}), replay_file_sha256=file_digest(file)
    )
    write_file(tmp_path, 4)
    with pytest.raises(DamagedFileError, match="not the file that this run began with"):
        list(read_lessons(request))


@given(st.integers(0, 500), st.floats(0, 0.95), st.integers(0, 99))
def test_replay_is_drawn_without_repetition_and_never_more_than_there_is(fresh: int, share: float, seed: int) -> None:
    drawn = draw_replay(EARLIER, fresh, share, seed)
    assert len({sample.id for sample in drawn}) == len(drawn) == min(len(EARLIER), round(fresh * share / (1 - share)))


def test_another_seed_replays_other_samples() -> None:
    assert draw_replay(EARLIER, 20, 0.5, 1) != draw_replay(EARLIER, 20, 0.5, 2)
