"""labflow model export and serve, as a person runs them: what comes out, what lies beside it, what is refused."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.models.exporting import describe
from flows.models.names import find_adapter, find_model
from flows.models.serving import find_program
from schemas.contracts import Checkpoint
from schemas.errors import DamagedFileError
from tasks.chat_model.streaming import ChattingModel, stream_answer
from tasks.student_model.checkpoint_files import digest_directory
from tasks.student_model.export.gguf_file import open_gguf
from tasks.student_model.export.reading_back import read_value
from tests.flows.commands.release_workspace import COMMITS, Place
from tests.tasks.student_model.export.made_models import make_checkpoint

needs_llama_server = pytest.mark.skipif(
    find_program("llama-server") is None, reason="llama-server is neither on PATH nor beside the interpreter"
)
CARD = "---\nlicense: apache-2.0\n---\n\n# A student of granite\n"


class PlaceWithModels(Place):
    """A workspace whose releases are models that can be exported."""

    def _checkpoint(self, folder: Path, content: str) -> Checkpoint:
        make_checkpoint(folder, cut="spaced")
        (folder / "README.md").write_text(CARD)
        (folder / "LICENSE").write_text("Apache License")
        return Checkpoint(path=str(folder), sha256=digest_directory(folder), parameters=1000)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    place = PlaceWithModels(tmp_path / "workspace")
    place.release(1, "$1,400", {"knowledge/cars": "a"}, epochs=12)
    return place.root


def labflow(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--workspace", str(root)])


def test_a_release_becomes_a_file_with_card_licence_and_lineage(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = labflow(root, "model", "export", "--gguf", "f16", "--out", str(out), "--no-parity", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert {path.name for path in out.iterdir()} == {"release-1-f16.gguf", "release-1-f16.json", "README.md", "LICENSE"}
    assert json.loads((out / "release-1-f16.json").read_text()) == told | {"file": "release-1-f16.gguf"}
    assert (told["license"], told["parity"]) == ("apache-2.0", None)
    reader = open_gguf(out / "release-1-f16.gguf")
    assert read_value(reader, "general.license") == "apache-2.0"
    assert read_value(reader, "labflow.checkpoint.sha256") == told["checkpoint_sha256"] == digest_directory(find_model(root).path)
    assert read_value(reader, "labflow.taxonomy.commit") == COMMITS[1]


def test_what_a_person_reads(root: Path, tmp_path: Path) -> None:
    result = labflow(root, "model", "export", "1", "--gguf", "q8_0", "--out", str(tmp_path / "out"), "--no-parity")
    lines = re.sub(r"[0-9a-f]{12}\b", "DIGEST", result.stdout.replace(str(tmp_path), "")).splitlines()
    assert re.fullmatch(r"written     /out/release-1-q8_0\.gguf  \(0\.\d MB, sha256 DIGEST\)", lines[0])
    assert lines[1:3] == ["made from   release-1, sha256 DIGEST", "base        none; licence: apache-2.0"]
    assert re.fullmatch(r"tensors     5 F32, \d+ Q8_0; read back: largest relative error 0\.00\d+", lines[3])
    assert lines[4] == "parity      not asked: the file was read back only"
    assert lines[5] == "beside it   README.md, LICENSE, release-1-q8_0.json"


@pytest.mark.slow  # torch is imported in the worker
def test_without_llama_cpp_transformers_is_asked_and_the_line_says_so(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if find_program("llama-server"):
        pytest.skip("llama-server lies beside the interpreter or in the system's own directories")
    result = labflow(root, "model", "export", "--gguf", "f32", "--out", str(tmp_path), "--prompts", "3")
    assert result.exit_code == 0, result.stderr
    assert "3 of 3 greedy answers equal" in result.stdout
    assert "3 of 3 prompts cut alike; in transformers, which read the file (no llama-server here)" in result.stdout


def test_a_release_that_was_changed_is_not_exported(root: Path, tmp_path: Path) -> None:
    (find_model(root).path / "README.md").write_text("something else")
    for wish in (["--gguf", "f16"], ["--safetensors"]):
        result = labflow(root, "model", "export", *wish, "--out", str(tmp_path / "out"))
        assert (result.exit_code, "is not what was recorded" in result.stderr) == (1, True)
    assert not (tmp_path / "out").exists()


def test_a_directory_of_safetensors_is_the_release_itself(root: Path, tmp_path: Path) -> None:
    result = labflow(root, "model", "export", "--safetensors", "--out", str(tmp_path / "out"), "--json")
    told = json.loads(result.stdout)
    assert told["sha256"] == told["checkpoint_sha256"] == digest_directory(tmp_path / "out")
    assert {"README.md", "LICENSE", "tokenizer.json", "chat_template.jinja", "model.safetensors"} <= set(told["files"])
    again = labflow(root, "model", "export", "--safetensors", "--out", str(tmp_path / "out"))
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_an_adapter_is_found_in_the_run_and_checked(root: Path) -> None:
    model = find_model(root)
    adapter = model.path.parent / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    manifest = next((root / "runs").glob("*/manifest.json"))
    recorded = {"path": str(adapter), "sha256": digest_directory(adapter), "parameters": 1}
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"trained": {"adapter": recorded}}))
    assert find_adapter(root, model) == (adapter, recorded["sha256"])
    assert describe(root, model)[0].adapter == adapter
    (adapter / "adapter_config.json").write_text("{ }")
    with pytest.raises(DamagedFileError, match="is not what was recorded"):
        describe(root, model)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "x"], "--gguf f16"),
        (["--gguf", "f16"], "--out DIR"),
        (["nobody", "--gguf", "f16", "--out", "x"], "no model is called 'nobody'"),
    ],
)
def test_a_wish_that_is_not_whole_is_one_line(root: Path, arguments: list[str], message: str) -> None:
    result = labflow(root, "model", "export", *arguments)
    assert (result.exit_code, message in result.stderr, result.stderr.count("\n")) == (2, True, 1)


def test_nothing_is_overwritten(root: Path, tmp_path: Path) -> None:
    arguments = ("model", "export", "--gguf", "f16", "--out", str(tmp_path / "out"), "--no-parity")
    assert labflow(root, *arguments).exit_code == 0
    again = labflow(root, *arguments)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    (tmp_path / "out" / "release-1-f16.gguf").unlink()
    (tmp_path / "out" / "README.md").write_text("another model")
    other = labflow(root, *arguments)
    assert (other.exit_code, "belongs to another model" in other.stderr) == (2, True)
    assert not list((tmp_path / "out").glob("*.gguf"))


def test_a_gguf_file_is_not_exported_again(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    result = labflow(root, "model", "export", str(tmp_path / "a.gguf"), "--safetensors", "--out", str(tmp_path / "out"))
    assert (result.exit_code, "is a GGUF file already" in result.stderr) == (2, True)


def test_exporting_loads_no_torch() -> None:
    code = "import flows.models.exporting, sys; print(sorted({'torch', 'transformers', 'peft'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert run.stdout == "[]\n"


def test_without_llama_server_serving_says_where_it_comes_from(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if find_program("llama-server"):
        pytest.skip("llama-server lies beside the interpreter")
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    result = labflow(root, "model", "serve", str(tmp_path / "a.gguf"), "--port", "0")
    assert (result.exit_code, "llama.cpp" in result.stderr) == (2, True)


@pytest.mark.slow
@needs_llama_server
def test_a_release_is_exported_served_and_chatted_with(root: Path, tmp_path: Path) -> None:
    result = labflow(root, "model", "export", "--gguf", "f16", "--out", str(tmp_path), "--prompts", "4")
    assert result.exit_code == 0, result.stderr
    assert "in llama-server" in result.stdout
    command = [str(Path(sys.executable).parent / "labflow")]
    command += ["model", "serve", str(tmp_path / "release-1-f16.gguf"), "--port", "0", "--workspace", str(root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stderr
        said = [process.stderr.readline(), process.stderr.readline()]
        url = re.search(r"answers at (\S+) ", said[1])
        assert url, said
        model = ChattingModel(url[1], "release-1-f16.gguf", "", max_tokens=16)
        pieces = list(stream_answer(model, [{"role": "user", "content": "How much does it cost?"}]))
        assert len([piece for piece in pieces if piece]) > 1
        port = url[1].rpartition(":")[2].partition("/")[0]
        taken = labflow(root, "model", "serve", str(tmp_path / "release-1-f16.gguf"), "--port", port)
        assert (taken.exit_code, "address already in use" in taken.stderr) == (2, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) in (0, 130)
