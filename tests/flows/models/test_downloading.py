"""Downloads: pinned, checked, resumed, and nothing that could run code."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from flows.models.downloading import Wanted, download_model
from flows.models.names import find_model
from schemas.errors import DownloadError, TrainingError, UsageError
from tasks.student_model.checkpoint_files import digest_directory, require_loadable
from tests.flows.models.pretend_hub import COMMIT, PretendHub
from tests.tasks.chat_model.tiny_model import make_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("hub") / "tiny")


def fetch(root: Path, source: str, **more) -> Path:
    return download_model(Wanted(source, **more), root, lambda _: None)


def test_a_model_of_the_hub_is_pinned_and_whole(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "the-users-own")
    with PretendHub(tiny) as hub:
        hub.files["modeling_tiny.py"] = b"import os"
        hub.files["pytorch_model.bin"] = b"\x80\x04"
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        place = fetch(tmp_path, "team/tiny")
        assert hub.authorisations == {None}  # a token that was not named is not sent
    assert place == tmp_path / "models" / "tiny"
    require_loadable(place)
    assert {path.name for path in place.rglob("*")} == {path.name for path in tiny.iterdir()}
    noted = json.loads((tmp_path / "models" / ".tiny.origin.json").read_text())
    assert noted == {"from": f"team/tiny@{COMMIT}", "sha256": digest_directory(place)}
    assert find_model(tmp_path, "tiny").path == place
    with pytest.raises(UsageError, match="labflow model remove tiny"):
        fetch(tmp_path, "team/tiny")


def test_an_interrupted_download_goes_on(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PretendHub(tiny) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        large = hub.files["model-2.safetensors"] = bytes(range(256)) * 4096 * 24  # the library writes 10 MB at a time
        hub.break_after["model-2.safetensors"] = len(large) - 1
        try:
            place = fetch(tmp_path, "team/tiny")
        except DownloadError as error:
            assert "Run again" in str(error)  # noqa: PT017 (either the library goes on by itself, or the next run does)
            assert not (tmp_path / "models" / "tiny").exists()
            place = fetch(tmp_path, "team/tiny")
        assert hub.sent["model-2.safetensors"] < 1.5 * len(large)
    assert (place / "model-2.safetensors").read_bytes() == large


def test_a_damaged_file_is_noticed_and_fetched_again(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PretendHub(tiny) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.damaged.add("model.safetensors")
        with pytest.raises(DownloadError, match=r"model\.safetensors came damaged"):
            fetch(tmp_path, "team/tiny")
        place = fetch(tmp_path, "team/tiny")
    assert (place / "model.safetensors").read_bytes() == (tiny / "model.safetensors").read_bytes()


def test_a_private_model_needs_the_named_token(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PretendHub(tiny, token="hf_secret_of_the_team") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(DownloadError, match=r"status 401.*--token-env") as caught:
            fetch(tmp_path, "team/tiny")
        assert "hf_secret" not in str(caught.value)
        fetch(tmp_path, "team/tiny", token="hf_secret_of_the_team")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "models").rglob("*") if path.is_file())
    assert b"hf_secret_of_the_team" not in kept


def test_a_model_that_is_not_there_is_one_line(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PretendHub(tiny) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(DownloadError, match="status 404") as caught:
            fetch(tmp_path, "team/other")
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="cannot be fetched"):
        fetch(tmp_path, "team/tiny")


def test_pickled_weights_alone_are_refused(tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "pickled"
    source.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (source / name).write_bytes((tiny / name).read_bytes())
    (source / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(TrainingError, match="safetensors"):
        fetch(tmp_path, str(source))
    assert not (tmp_path / "models" / "pickled").exists()


def test_a_directory_and_an_object_store_serve_machines_without_a_network(tiny: Path, tmp_path: Path) -> None:
    first = fetch(tmp_path, str(tiny), name="from-disk")
    memory = fsspec.filesystem("memory")
    for path in tiny.iterdir():
        memory.pipe_file(f"/bucket/tiny/{path.name}", path.read_bytes())
    second = fetch(tmp_path, "memory://bucket/tiny")
    assert digest_directory(first) == digest_directory(second) == digest_directory(tiny)


def test_an_object_store_that_breaks_off_is_gone_on_with(tiny: Path, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for path in tiny.iterdir():
        memory.pipe_file(f"/bucket/begun/{path.name}", path.read_bytes())
    whole = (tiny / "model.safetensors").read_bytes()
    key = hashlib.sha256(str(memory.ukey("/bucket/begun/model.safetensors")).encode()).hexdigest()[:12]
    part = tmp_path / "models" / ".begun.part"
    part.mkdir(parents=True)
    (part / f"model.safetensors.{key}.incomplete").write_bytes(b"x" * 1000)  # told apart from the source's own first bytes
    (part / "model.safetensors.000000000000.incomplete").write_bytes(b"of another state of the file")
    place = fetch(tmp_path, "memory://bucket/begun")
    assert (place / "model.safetensors").read_bytes() == b"x" * 1000 + whole[1000:]
    assert not list(place.rglob("*.incomplete"))


def test_a_copy_that_was_interrupted_goes_on(tiny: Path, tmp_path: Path) -> None:
    part = tmp_path / "models" / ".tiny.part"
    part.mkdir(parents=True)
    (part / "config.json").write_bytes((tiny / "config.json").read_bytes())
    (part / "model.safetensors").write_bytes(b"half")
    said: list[str] = []
    place = download_model(Wanted(str(tiny)), tmp_path, said.append)
    assert "config.json" not in said
    assert digest_directory(place) == digest_directory(tiny)


def test_pickled_weights_are_not_fetched_by_name_either(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pytorch_model\.bin is not fetched"):
        fetch(tmp_path, "team/tiny", file="pytorch_model.bin")
    with pytest.raises(UsageError, match="is not fetched"):
        fetch(tmp_path, "team/tiny", file="../../config.json")


LIMITED = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from flows.models.downloading import Wanted, download_model
from schemas.errors import WorkspaceError
try:
    download_model(Wanted(sys.argv[1]), Path(sys.argv[2]), lambda line: None)
except WorkspaceError as error:
    print(error)
"""


def test_a_disk_that_fills_up_is_one_line_and_the_next_run_goes_on(tiny: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tiny), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert re.fullmatch(r"cannot write .*: File too large\. Free space and run again: it goes on\.\n", run.stdout)
    assert not (tmp_path / "models" / "tiny").exists()
    assert digest_directory(fetch(tmp_path, str(tiny))) == digest_directory(tiny)


def test_one_gguf_file_is_a_model(tmp_path: Path) -> None:
    source = tmp_path / "many"
    source.mkdir()
    (source / "a.gguf").write_bytes(b"GGUF1")
    place = fetch(tmp_path, str(source), name="small")
    assert place == tmp_path / "models" / "small.gguf"
    assert find_model(tmp_path, "small.gguf").path.name == "small.gguf"


def test_links_out_of_a_directory_are_not_followed(tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "linked"
    source.mkdir()
    for path in tiny.iterdir():
        (source / path.name).write_bytes(path.read_bytes())
    (source / "secrets.txt").symlink_to("/etc/hostname")
    place = fetch(tmp_path, str(source))
    assert not (place / "secrets.txt").exists()


@pytest.mark.parametrize("name", ["../x", ".hidden", "a/b", ""])
def test_a_name_cannot_leave_its_place(tiny: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        fetch(tmp_path, str(tiny), name=name or "..")
