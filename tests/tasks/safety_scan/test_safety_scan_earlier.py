"""Samples of the current release: those that are still taught stay, and what repeats them elsewhere goes."""

import pytest
from scan_rows_of import sample, scan

from schemas.records import Sample
from tasks.dataset_files.jsonl import write_dataset

CARS, AUTOS = "knowledge/cars", "knowledge/autos"
LONG = sample("How long is the car?", "It is 4.2 m long.", leaf=CARS)
WIDE = sample("How wide is the car?", "It is 1.9 m wide.", leaf=CARS)
COPY = sample("how long is the car", "It is 4.2 m long", leaf=AUTOS)
NEAR_COPY = sample("How long is a car?", "It's 4.2 m long", leaf=AUTOS)


def scan_after(tmp_path, released, rows, is_known=False, **more):
    earlier = write_dataset(f"{tmp_path}/released.jsonl", Sample, released)
    return scan(tmp_path, rows, request={"earlier": earlier, "earlier_is_known": is_known}, **more)


def questions(found) -> list[tuple[str, str]]:
    return [(row.leaf_node, row.question) for row in found.clean(Sample)]


def test_an_unchanged_leaf_node_keeps_all_its_samples(tmp_path):
    found = scan_after(tmp_path, [LONG, WIDE], [LONG, WIDE])
    assert found.clean(Sample) == [LONG, WIDE]


@pytest.mark.parametrize("copy", [COPY, NEAR_COPY], ids=["exact", "near"])
def test_of_two_leaf_nodes_the_one_that_was_released_keeps_the_sample(tmp_path, copy):
    """Without the earlier release the first in the file would stay, and the released leaf node lose what it taught."""
    found = scan_after(tmp_path, [LONG, WIDE], [copy, LONG, WIDE])
    assert questions(found) == [(CARS, LONG.question), (CARS, WIDE.question)]
    assert found.reasons == ["drop:duplicate.released"]
    assert {c.leaf_node: c.duplicates for c in found.result.leaf_counts} == {AUTOS: 1, CARS: 0}
    assert questions(scan(tmp_path / "without", [copy, LONG, WIDE])) == [(AUTOS, copy.question), (CARS, WIDE.question)]


def test_what_is_no_longer_taught_stands_in_nobodys_way(tmp_path):
    """The student is trained from the pristine base: a fact that only a dropped sample held would be lost."""
    found = scan_after(tmp_path, [LONG, WIDE], [COPY, WIDE])
    assert questions(found) == [(AUTOS, COPY.question), (CARS, WIDE.question)]


def test_a_leaf_node_that_was_written_anew_may_say_again_what_it_said(tmp_path):
    anew = sample("How long is a car?", "It's 4.2 m long", leaf=CARS)
    assert questions(scan_after(tmp_path, [LONG], [anew])) == [(CARS, anew.question)]


def test_a_released_sample_that_stands_twice_goes_once(tmp_path):
    found = scan_after(tmp_path, [LONG], [LONG, LONG, WIDE])
    assert found.clean(Sample) == [LONG, WIDE]
    assert found.reasons == ["drop:duplicate.released"]


def test_a_student_that_goes_on_from_the_release_is_not_taught_again_what_it_knows(tmp_path):
    found = scan_after(tmp_path, [LONG], [LONG, NEAR_COPY, WIDE], is_known=True)
    assert found.clean(Sample) == [WIDE]
    assert found.reasons == ["drop:duplicate.released"] * 2


def test_repetitions_of_the_release_do_not_count_as_blocked(tmp_path):
    found = scan_after(tmp_path, [LONG], [COPY, LONG], blocked_share_limit=0.1)
    assert found.result.dropped == 1
