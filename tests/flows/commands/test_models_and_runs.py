"""labflow model list, remove, serve --into, and labflow runs: what a person finds, and what stays out of reach."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.models.names import find_model
from schemas.errors import UsageError
from tests.flows.commands.release_workspace import two_releases


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    place = two_releases(tmp_path / "workspace")
    (place.root / "models" / "granite").mkdir(parents=True)
    (place.root / "models" / "granite" / "config.json").write_text("{}")
    (place.root / "models" / ".granite.origin.json").write_text('{"from": "team/granite@0f0f", "sha256": "abc"}')
    return place.root


def labflow(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--workspace", str(root)])


def test_releases_and_downloads_are_listed(root: Path) -> None:
    rows = json.loads(labflow(root, "model", "list", "--json").stdout)
    assert [(row["name"], row["kind"]) for row in rows] == [
        ("release-2", "student"),
        ("release-1", "student"),
        ("granite", "downloaded"),
    ]
    assert rows[0]["origin"].endswith("current")
    assert (rows[2]["origin"], rows[2]["sha256"], rows[2]["bytes"]) == ("team/granite@0f0f", "abc", 2)
    assert "release-2" in labflow(root, "model", "list").stdout


@pytest.mark.parametrize("name", ["2", "release-2", "current"])
def test_a_release_has_several_names(root: Path, name: str) -> None:
    assert find_model(root, name).name == "release-2"


def test_what_is_not_there_names_what_is(root: Path) -> None:
    with pytest.raises(UsageError, match="granite"):
        find_model(root, "granit")
    with pytest.raises(UsageError, match="there is no model at"):
        find_model(root, "./nowhere")


def test_only_what_was_downloaded_is_removed(root: Path) -> None:
    kept = labflow(root, "model", "remove", "release-1")
    assert (kept.exit_code, "it stays" in kept.stderr) == (2, True)
    assert labflow(root, "model", "remove", "granite").exit_code == 0
    assert not (root / "models" / "granite").exists()
    assert labflow(root, "model", "remove", "granite").exit_code == 2


def test_a_download_that_was_broken_off_and_the_note_of_a_whole_one_go_too(root: Path) -> None:
    part = root / "models" / ".merlinite.part"
    part.mkdir()
    assert labflow(root, "model", "remove", "merlinite").exit_code == 0
    assert not part.exists()
    assert labflow(root, "model", "remove", "granite").exit_code == 0
    assert not list((root / "models").iterdir())


def test_runs_are_listed_shown_and_opened(root: Path) -> None:
    rows = json.loads(labflow(root, "runs", "list", "--json").stdout)
    assert [row["outcome"] for row in rows][:2] == ["released", "released"]
    assert "released as number" in labflow(root, "runs", "show", rows[1]["run"]).stdout
    assert json.loads(labflow(root, "runs", "show", rows[0]["run"], "--json").stdout)["settings"]["train"]
    report = labflow(root, "runs", "open", rows[0]["run"], "--path").stdout.strip()
    assert Path(report).read_text() == "<html></html>"
    assert labflow(root, "runs", "open", "nope").exit_code == 2


class PretendVllm:
    """Takes adapters and notes them."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[tuple[str, dict[str, Any], str | None]] = []
        pretend = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                pretend.asked.append((self.path, body, self.headers.get("Authorization")))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"no such route" if status != 200 else b"Success")

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "PretendVllm":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_a_releases_adapter_is_swapped_into_a_running_server_and_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("1", "2"):
        adapter = find_model(root, number).path.parent / "adapter"
        adapter.mkdir()
        for name in ("adapter_config.json", "adapter_model.safetensors"):
            (adapter / name).write_text(number)
    monkeypatch.setenv("SESAME", "open")
    with PretendVllm() as server:
        for number in ("2", "1"):
            result = labflow(root, "model", "serve", number, "--into", f"{server.url}/v1", "--api-key-env", "SESAME")
            assert result.exit_code == 0, result.stderr
        paths = [body["lora_path"] for _, body, _ in server.asked]
        assert [Path(path, "adapter_config.json").read_text() for path in paths] == ["2", "1"]
        assert {(path, body["lora_name"], body["load_inplace"], key) for path, body, key in server.asked} == {
            ("/v1/load_lora_adapter", "student", True, "Bearer open")
        }


def test_a_release_without_an_adapter_and_a_server_that_refuses_are_one_line(root: Path) -> None:
    result = labflow(root, "model", "serve", "2", "--into", "http://127.0.0.1:9")
    assert (result.exit_code, "train.method=lora" in result.stderr) == (2, True)
    adapter = find_model(root, "2").path.parent / "adapter"
    adapter.mkdir()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (adapter / name).write_text("x")
    assert "cannot reach vLLM" in labflow(root, "model", "serve", "2", "--into", "http://127.0.0.1:9").stderr
    with PretendVllm(404) as server:
        result = labflow(root, "model", "serve", "2", "--into", server.url)
    assert (result.exit_code, "--enable-lora" in result.stderr) == (1, True)


def test_a_key_that_is_named_must_be_there(root: Path) -> None:
    result = labflow(root, "model", "serve", "2", "--host", "0.0.0.0", "--api-key-env", "NOT_SET_ANYWHERE")
    assert (result.exit_code, "NOT_SET_ANYWHERE" in result.stderr) == (2, True)


@pytest.mark.parametrize("command", [["chat"], ["model", "serve"], ["model", "list"], ["model", "download"], ["model", "remove"],
                                     ["runs", "list"], ["runs", "show"], ["runs", "open"]])  # fmt: skip
def test_help_has_examples(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert "Examples" in result.stdout
