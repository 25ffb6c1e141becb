"""Dataset files are whole or absent, and damage is noticed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.records import Chunk, Rejected
from tasks.dataset_files.jsonl import DatasetWriter, is_intact, open_dataset, read_dataset, write_dataset


def row(number: int, detail: str = "") -> Rejected:
    return Rejected(id=str(number), leaf_node="knowledge/a", stage="train", reason="over_long", detail=detail)


@given(details=st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=8))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, details: list[str]) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    rows = [row(i, detail) for i, detail in enumerate(details)]
    file = write_dataset(str(path), Rejected, rows)
    assert file.rows == len(rows)
    assert list(read_dataset(file, Rejected)) == rows


def test_the_same_rows_have_the_same_digest(tmp_path: Path) -> None:
    rows = [row(i) for i in range(3)]
    first, second = (write_dataset(str(tmp_path / name), Rejected, rows) for name in ("a.jsonl", "b.jsonl"))
    assert first.sha256 == second.sha256


def test_a_file_that_was_not_finished_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), open_dataset(str(tmp_path / "rows.jsonl"), Rejected) as writer:
        writer.write(row(1))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    file = write_dataset(str(tmp_path / "rows.jsonl"), Rejected, [row(1)])
    with pytest.raises(RuntimeError), open_dataset(file.path, Rejected) as writer:
        writer.write(row(2))
        raise RuntimeError
    assert list(read_dataset(file, Rejected)) == [row(1)]


def test_another_record_type_is_refused(tmp_path: Path) -> None:
    file = write_dataset(str(tmp_path / "rows.jsonl"), Rejected, [row(1)])
    with pytest.raises(TypeError):
        next(read_dataset(file, Chunk))


@pytest.mark.parametrize("damage", [lambda data: data + b"{}\n", lambda data: data[:-10], lambda data: data.replace(b"1", b"2")])
def test_damage_is_noticed(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    file = write_dataset(str(tmp_path / "rows.jsonl"), Rejected, [row(1), row(3)])
    assert is_intact(file)
    Path(file.path).write_bytes(damage(Path(file.path).read_bytes()))
    assert not is_intact(file)
    with pytest.raises(DamagedFileError):
        list(read_dataset(file, Rejected))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(DamagedFileError, match="gone"):
        list(read_dataset(DatasetFile(path="/nowhere/rows.jsonl", sha256="", rows=1, record="Rejected"), Rejected))


def test_a_full_disk_is_one_clear_error() -> None:
    with pytest.raises(WorkspaceError, match="No space left"), open("/dev/full", "wb", buffering=0) as full:
        DatasetWriter(full, "rows.jsonl", Rejected).write(row(1))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="file/rows.jsonl"):
        write_dataset(str(tmp_path / "file" / "rows.jsonl"), Rejected, [])


def test_an_fsspec_url_works_like_a_path() -> None:
    file = write_dataset("memory://labflow/rows.jsonl", Rejected, [row(1)])
    assert list(read_dataset(file, Rejected)) == [row(1)]
    assert is_intact(file)
