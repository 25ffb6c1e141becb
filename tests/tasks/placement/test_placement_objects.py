"""Files between machines that share a URL and nothing else: what leaves arrives, unchanged, or is not used."""

from pathlib import Path

import pytest

from schemas.contracts import Checkpoint, DatasetFile, Release, ReportProgress, ScanRequest, ScanResult, StageFolders
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.records import Chunk, Document, Rejected
from schemas.settings import ScanSettings
from tasks.dataset_files.jsonl import is_intact, read_dataset, write_dataset
from tasks.dataset_files.references import files_of
from tasks.placement.objects import bring_home, fetch_inputs, publish_outputs
from tasks.placement.stage import run_stage, stage_folder
from tasks.student_model.checkpoint_files import digest_directory

ROOMS = ("dataset_files",)
DOCUMENT = Document(repo="../manual", commit="0" * 40, path="a.md", sha256="0" * 64)


def chunk(number: int) -> Chunk:
    return Chunk(id=str(number), leaf_node="knowledge/a", document=DOCUMENT, text=f"text {number}", start=0, end=6)


def request_in(folder: Path) -> ScanRequest:
    return ScanRequest(rows=(write_dataset(f"{folder}/chunks.jsonl", Chunk, map(chunk, range(5))),), policy=ScanSettings())


def pass_rows(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
    """A stage that reads its input on this machine, writes one file, and hands another through as it is."""
    (rows,) = request.rows
    assert "://" not in rows.path
    assert "://" not in folders.folder
    clean = write_dataset(f"{folders.folder}/clean.jsonl", Chunk, list(read_dataset(rows, Chunk))[1:])
    refused = write_dataset(f"{folders.folder}/refused.jsonl", Rejected, [])
    return ScanResult(clean=(clean, rows), refused=refused, allowed=4, redacted=0, quarantined=0, dropped=1, counts_by_rule={})


@pytest.fixture(params=["file", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A URL that two machines share: a mounted bucket, or an object store without directories and renames."""
    monkeypatch.setenv("LABFLOW_SCRATCH", str(tmp_path / "scratch"))
    return f"file://{tmp_path}/bucket" if request.param == "file" else f"memory://{tmp_path.name}"


def test_a_stage_works_through_a_url_and_its_files_come_home(storage: str, tmp_path: Path) -> None:
    asked = request_in(tmp_path / "home")
    sent = publish_outputs(asked, storage)
    assert sent.key() == asked.key()
    there = run_stage("scan", sent, storage, ScanResult, pass_rows, ROOMS)
    assert all(file.path.startswith(f"{storage}/objects/") for file in files_of(there))

    home = bring_home(there, asked, str(tmp_path / "home" / "stage"))
    assert [row.id for row in read_dataset(home.clean[0], Chunk)] == ["1", "2", "3", "4"]
    assert home.clean[0].path == str(tmp_path / "home" / "stage" / "clean.jsonl")
    assert home.clean[1] == asked.rows[0]  # it was here all the time


def test_a_finished_stage_is_read_from_the_url_on_another_machine(
    storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = publish_outputs(request_in(tmp_path / "home"), storage)
    first = run_stage("scan", sent, storage, ScanResult, pass_rows, ROOMS)
    monkeypatch.setenv("LABFLOW_SCRATCH", str(tmp_path / "another machine"))

    def fail(*_: object) -> ScanResult:
        raise AssertionError("done again")

    assert run_stage("scan", sent, storage, ScanResult, fail, ROOMS) == first
    assert not (tmp_path / "another machine").exists()


def test_what_a_teacher_wrote_on_one_machine_is_known_on_the_next(
    storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_cache(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
        write_dataset(f"{folders.cache}/generations/abc/drafts.jsonl", Rejected, [])
        raise DamagedFileError("the stage fails afterwards")

    def read_cache(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
        assert Path(f"{folders.cache}/generations/abc/drafts.jsonl").exists()
        return pass_rows(request, folders, progress)

    sent = publish_outputs(request_in(tmp_path / "home"), storage)
    with pytest.raises(DamagedFileError, match="fails afterwards"):
        run_stage("scan", sent, storage, ScanResult, write_cache, ROOMS)
    monkeypatch.setenv("LABFLOW_SCRATCH", str(tmp_path / "another machine"))
    run_stage("scan", sent, storage, ScanResult, read_cache, ROOMS)


def test_a_file_that_changed_on_the_way_is_not_used(tmp_path: Path) -> None:
    storage = f"file://{tmp_path}/bucket"
    sent = publish_outputs(request_in(tmp_path / "home"), storage)
    (stored,) = (tmp_path / "bucket" / "objects").rglob("chunks.jsonl")
    stored.write_text(stored.read_text().replace("text 3", "text 4"))
    with pytest.raises(DamagedFileError, match="did not arrive as it was recorded"):
        fetch_inputs(sent, storage, str(tmp_path / "scratch"))


def test_a_file_that_changed_before_it_left_is_not_sent(tmp_path: Path) -> None:
    asked = request_in(tmp_path / "home")
    Path(asked.rows[0].path).write_text("{}\n")
    with pytest.raises(DamagedFileError, match="is not the file that was recorded"):
        publish_outputs(asked, f"file://{tmp_path}/bucket")
    assert not list(tmp_path.glob("bucket/objects/*/*"))


def test_a_file_outside_the_shared_storage_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is not in the storage file:///elsewhere"):
        fetch_inputs(request_in(tmp_path), "file:///elsewhere", str(tmp_path / "scratch"))


def release(checkpoint: Checkpoint, samples: DatasetFile) -> Release:
    return Release(
        number=1,
        run_key="k",
        date="2026-01-05T06:00:00Z",
        taxonomy_commit="c",
        leaf_nodes={},
        checkpoint=checkpoint,
        samples=samples,
        exam=(samples,),
    )


def test_a_checkpoint_goes_and_comes_whole(storage: str, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "student"
    (folder / "sub").mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "sub/tokenizer.json"):
        (folder / name).write_bytes(name.encode() * 1000)
    checkpoint = Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=3)
    sent = publish_outputs(release(checkpoint, request_in(tmp_path / "home").rows[0]), storage)
    came = fetch_inputs(sent, storage, str(tmp_path / "scratch"))
    assert came.checkpoint.path != checkpoint.path
    assert digest_directory(Path(came.checkpoint.path)) == checkpoint.sha256
    assert is_intact(came.samples)

    (Path(came.checkpoint.path) / "config.json").write_text("changed on the worker's disk")
    again = fetch_inputs(sent, storage, str(tmp_path / "scratch"))
    assert digest_directory(Path(again.checkpoint.path)) == checkpoint.sha256


def test_the_same_content_has_one_folder_wherever_it_lies(storage: str, tmp_path: Path) -> None:
    asked = request_in(tmp_path / "home")
    sent = publish_outputs(asked, storage)
    names = {stage_folder("scan", each, "x", ROOMS) for each in (asked, sent)}
    assert len(names) == 1
