"""Rows cut into shards come back in order, none lost, and what was finished is not done again."""

from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contracts import DatasetFile, Progress, ReportProgress, Shard, ShardWork, ignore_progress
from schemas.records import Record
from tasks.dataset_files.jsonl import read_dataset
from tasks.dataset_files.shards import Sharding, Work, clear_shards, map_shards, read_brief, write_result


class Number(Record):
    value: int


class Factor(Record):
    by: int


done: list[str] = []


def multiply(shard: Shard) -> DatasetFile:
    def rows() -> Iterator[Number]:
        done.append(shard.result)
        by = read_brief(shard, Factor).by
        return (Number(value=row.value * by) for row in read_dataset(shard.rows, Number))

    return write_result(shard, Number, rows)


def run_all(work: ShardWork, shards: list[Shard], progress: ReportProgress) -> list[DatasetFile]:
    return [work(shard) for shard in shards]


def multiplied(folder: Path, values: list[int], by: int, size: int) -> tuple[list[int], int]:
    """The values times ``by``, and how many shards it took."""
    done.clear()
    lines = ((Number(value=value).model_dump_json().encode() + b"\n", 1) for value in values)
    work = Work(multiply, Factor(by=by), Number)
    results = list(map_shards(Sharding(run_all, 50, 1), work, lines, size, str(folder), ignore_progress))
    return [row.value for _, result in results for row in read_dataset(result, Number)], len(results)


@given(values=st.lists(st.integers(-5, 5), max_size=30), size=st.integers(1, 12))
@settings(deadline=None, max_examples=25)
def test_every_row_comes_back_in_its_place(tmp_path_factory, values: list[int], size: int) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("shards")
    found, shards = multiplied(folder, values, 3, size)
    assert found == [value * 3 for value in values]
    assert shards == -(-len(values) // size)


def test_finished_shards_are_not_done_again_and_another_brief_is_other_work(tmp_path: Path) -> None:
    multiplied(tmp_path, list(range(6)), 2, 2)
    assert len(done) == 3
    assert multiplied(tmp_path, list(range(6)), 2, 2)[0] == [0, 2, 4, 6, 8, 10]
    assert not done
    assert multiplied(tmp_path, list(range(6)), 5, 2)[0] == [0, 5, 10, 15, 20, 25]
    assert len(done) == 3


def test_a_damaged_result_is_made_again(tmp_path: Path) -> None:
    multiplied(tmp_path, [1, 2], 2, 1)
    Path(done[0]).write_bytes(b'{"value": 9}\n')
    assert multiplied(tmp_path, [1, 2], 2, 1)[0] == [2, 4]
    assert len(done) == 1


def test_a_heavy_row_fills_a_shard_and_few_rows_make_none(tmp_path: Path) -> None:
    lines = [(Number(value=weight).model_dump_json().encode() + b"\n", weight) for weight in (1, 1, 9, 1, 1)]
    work = Work(multiply, Factor(by=1), Number)
    results = map_shards(Sharding(run_all, 50, 1), work, lines, 4, str(tmp_path), ignore_progress)
    assert [rows.rows for rows, _ in results] == [3, 2]
    sharding = Sharding(run_all, most=4, least_rows=10)
    assert [sharding.shard_rows(rows) for rows in (0, 19, 20, 41, 400)] == [None, None, 10, 11, 100]


def test_progress_counts_shards_and_the_files_go(tmp_path: Path) -> None:
    told: list[Progress] = []
    lines = [(b'{"value": 1}\n', 1)] * 3
    work = Work(multiply, Factor(by=1), Number)
    list(map_shards(Sharding(run_all, 50, 1), work, lines, 1, f"{tmp_path}/shards", told.append))
    assert [(each.total, each.unit) for each in told] == [(3, "shards")]
    clear_shards(f"{tmp_path}/shards")
    clear_shards(f"{tmp_path}/shards")
    assert not list(tmp_path.iterdir())
