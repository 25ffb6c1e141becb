"""What is known before a GPU is asked for: each thing that is missing is named with its way out, and no key is shown."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flows.readiness.check import Check
from flows.readiness.closed_doors import check_api, check_doors, check_endpoint_door, is_loopback
from flows.readiness.clusters import check_collector, check_sharding
from flows.readiness.preflight import check_base, check_model, check_run, check_storage, check_workspace, require_ready
from flows.readiness.taxonomy import check_taxonomy_content
from schemas.errors import LabflowError
from schemas.served_model_settings import ModelSettings
from schemas.settings import ObservabilitySettings, PlacementSettings, Settings
from taxonomy_sample.materialise import materialise

KEY = "sk-secret-0123456789"


class Models(BaseHTTPRequestHandler):
    """Lists one model to whoever has the key; asks everybody else for one. Also a Prefect API with a password."""

    def do_GET(self) -> None:
        self._answer(200 if self.headers.get("Authorization") == f"Bearer {KEY}" else 401)

    do_POST = do_GET

    def _answer(self, status: int) -> None:
        body = json.dumps({"data": [{"id": "teacher"}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Models) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/v1"
        http.shutdown()


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_model_that_answers_under_its_name_is_fine(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEACHER_KEY", KEY)
    model = ModelSettings(name="teacher", endpoints=(server,), api_key_env="TEACHER_KEY")
    assert {check.status for check in check_model("teacher", model, elsewhere=False)} == {"ok"}


@pytest.mark.parametrize(
    ("name", "key", "found"),
    [("student", KEY, "serves teacher, not 'student'"), ("teacher", "wrong", "refuses the key"), ("teacher", None, "is not set")],
)
def test_a_model_that_cannot_be_asked_is_named(
    server: str, monkeypatch: pytest.MonkeyPatch, name: str, key: str | None, found: str
) -> None:
    if key:
        monkeypatch.setenv("TEACHER_KEY", key)
    else:
        monkeypatch.delenv("TEACHER_KEY", raising=False)
    model = ModelSettings(name=name, endpoints=(server,), api_key_env="TEACHER_KEY")
    failed = [check for check in check_model("teacher", model, elsewhere=False) if check.status == "fail"]
    assert any(found in check.found for check in failed)
    assert all(check.way_out for check in failed)
    assert KEY not in repr(failed)


def test_an_endpoint_that_is_away_stops_a_run_that_has_no_answers_yet() -> None:
    model = ModelSettings(name="teacher", endpoints=("http://user:hidden@127.0.0.1:9/v1",))
    (away,) = check_model("teacher", model, elsewhere=False)
    (resumed,) = check_model("teacher", model, elsewhere=False, answered=True)
    assert (away.status, resumed.status) == ("fail", "warn")
    assert "hidden" not in repr(away)


def test_what_only_a_worker_can_reach_is_not_asked_here() -> None:
    model = ModelSettings(name="teacher", endpoints=("http://127.0.0.1:9/v1",), api_key_env="ON_THE_WORKER_ONLY")
    assert not list(check_model("teacher", model, elsewhere=True))


def test_a_base_model_needs_its_files_and_should_say_its_licence(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).touch()
    (missing,) = check_base(tmp_path)
    assert (missing.status, "tokenizer.json" in missing.found) == ("fail", True)
    (tmp_path / "tokenizer.json").touch()
    assert by_name(check_base(tmp_path))["licence"].status == "warn"
    (tmp_path / "LICENSE.txt").touch()
    assert [check.status for check in check_base(tmp_path)] == ["ok"]


def test_a_workspace_that_everybody_may_write_is_warned_of(tmp_path: Path) -> None:
    assert by_name(check_workspace(tmp_path))["workspace"].status == "ok"
    tmp_path.chmod(0o777)
    assert by_name(check_workspace(tmp_path))["workspace"].status == "warn"
    assert not list(tmp_path.iterdir())


def test_a_workspace_or_storage_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert by_name(check_workspace(tmp_path / "file"))["workspace"].status == "fail"
    assert check_storage(f"file://{tmp_path}/bucket").status == "ok"
    assert check_storage(f"file://{tmp_path}/file/bucket").status == "fail"
    assert check_storage("nothing-of-the-kind://bucket").status == "fail"
    assert (
        "pip install 'labflow[s3]' for s3://" in check_storage("gdrive://bucket").way_out
    )  # fsspec knows it; its library is not here


def test_all_that_is_wrong_stands_in_one_line(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "workspace": str(tmp_path),
            "teacher": {
                "kind": "model",
                "model": {"name": "t", "endpoints": ["http://127.0.0.1:9/v1"], "api_key_env": "NO_SUCH"},
            },
            "train": {"base": str(tmp_path / "no base")},
        }
    )
    with pytest.raises(LabflowError) as caught:
        require_ready(settings)
    message = str(caught.value)
    assert "\n" not in message
    assert all(words in message for words in ("base model", "NO_SUCH is not set", "does not answer", "train.base"))


def test_the_defaults_are_ready_where_there_is_room(tmp_path: Path) -> None:
    assert {check.status for check in check_run(Settings(workspace=str(tmp_path)))} <= {"ok", "warn"}


def test_guardian_and_judge_are_asked_for_their_model_like_teacher_and_critic(server: str, tmp_path: Path) -> None:
    served = {"name": "someone else", "endpoints": [server], "api_key_env": "NO_SUCH_KEY"}
    settings = Settings.model_validate(
        {
            "workspace": str(tmp_path),
            "scan": {"guardian": {"kind": "granite_guardian", "model": served}},
            "evaluate": {"judge": {"model": served}},
        }
    )
    found = by_name(check_run(settings))
    for role in ("scan.guardian", "evaluate.judge"):
        assert found[f"{role} key"].way_out == f"export NO_SUCH_KEY, or correct {role}.model.api_key_env"
        assert found[f"{role} endpoint"].status == "fail"
    doors = by_name(check_doors(settings))
    assert {"scan.guardian door", "evaluate.judge door"} <= doors.keys()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("address", "status", "found"),
    [
        ("tcp://127.0.0.1:{away}", "fail", "does not answer"),
        ("tcp://127.0.0.1:{there}", "ok", "answers"),
        (None, "ok", "loopback"),
    ],
)
def test_a_dask_scheduler_is_asked_before_a_run_leans_on_it(server: str, address: str | None, status: str, found: str) -> None:
    if address:
        address = address.format(away=free_port(), there=urlsplit(server).port)
    placement = PlacementSettings.model_validate({"critic_filter": {"sharding": {"task_runner": "dask", "scheduler": address}}})
    (check,) = check_sharding(placement)
    assert (check.name, check.status, found in check.found) == ("shards of critic_filter", status, True)
    assert not list(check_sharding(PlacementSettings()))


def test_a_collector_or_log_that_cannot_be_told_is_a_warning_with_a_way_out(server: str) -> None:
    away = ObservabilitySettings(otlp_endpoint=f"http://127.0.0.1:{free_port()}")
    (warned,) = check_collector(away)
    assert warned.status == "warn"
    assert "otlp_endpoint" in warned.way_out
    assert [check.status for check in check_collector(ObservabilitySettings(otlp_endpoint=server))] == ["ok"]


def test_doctor_looks_at_the_taxonomy_as_a_run_would(tmp_path: Path) -> None:
    taxonomy = materialise(tmp_path / "sample")
    settings = Settings.model_validate({"taxonomy": {"path": str(taxonomy)}})
    (good,) = check_taxonomy_content(settings)
    assert (good.status, "3 leaf nodes, 0 errors" in good.found) == ("ok", True)
    qna = next(taxonomy.rglob("knowledge/**/qna.yaml"))
    qna.write_text("version: 3\n")
    subprocess.run(
        ["git", "-C", str(taxonomy), "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qam", "bad"], check=True
    )
    (bad,) = check_taxonomy_content(settings)
    assert bad.status == "fail"
    assert str(qna.relative_to(taxonomy)) in bad.found
    (absent,) = check_taxonomy_content(Settings.model_validate({"taxonomy": {"path": str(tmp_path / "none")}}))
    assert absent.status == "fail"


@pytest.mark.usefixtures("prefect_server")
def test_a_place_without_deployment_pool_or_worker_is_named(tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.client.schemas.objects import WorkPool
    from prefect.deployments.runner import EntrypointType

    from tasks.evaluate.task import evaluate_stage
    from tasks.train.task import train_stage

    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="preflight-empty", type="process"))
        client.create_work_pool(WorkPoolCreate(name="preflight-paused", type="process", is_paused=True))
        assert isinstance(client.read_work_pool("preflight-empty"), WorkPool)
    module = EntrypointType.MODULE_PATH
    train_stage.to_deployment("preflight", work_pool_name="preflight-empty", entrypoint_type=module).apply()
    evaluate_stage.to_deployment("preflight", work_pool_name="preflight-paused", entrypoint_type=module).apply()
    placement = {"critic_filter": "nowhere/at-all", "train": "train/preflight", "evaluate": "evaluate/preflight"}
    settings = Settings.model_validate(
        {"workspace": str(tmp_path), "placement": {stage: {"deployment": name} for stage, name in placement.items()}}
    )
    found = by_name(check_run(settings))
    assert "there is no deployment nowhere/at-all" in found["place of critic_filter"].found
    assert "has no live worker" in found["pool of train"].found
    assert "is paused" in found["pool of evaluate"].found


@pytest.mark.usefixtures("prefect_server")
def test_a_missing_secret_block_is_named() -> None:
    model = ModelSettings(name="teacher", api_key_block="no-such-block")
    (missing,) = check_model("teacher", model, elsewhere=True)
    assert missing.status == "fail"
    assert "no-such-block is missing" in missing.found


def test_an_api_with_a_password_wants_one_here_too(server: str) -> None:
    assert by_name(check_api(server, has_password=True))["Prefect API"].status == "ok"
    assert by_name(check_api(server, has_password=False))["Prefect API"].status == "fail"


def test_an_api_on_a_network_needs_encryption() -> None:
    found = by_name(check_api("http://prefect.example.invalid:4200/api", has_password=True))
    assert found["Prefect TLS"].status == "fail"
    assert found["Prefect API"].status == "fail"


def test_a_model_on_a_network_without_a_key_is_warned_of() -> None:
    assert check_endpoint_door("teacher", "http://10.0.0.5:8000/v1", keyed=False).status == "warn"
    assert check_endpoint_door("teacher", "http://10.0.0.5:8000/v1", keyed=True).status == "ok"
    assert check_endpoint_door("teacher", "http://127.0.0.1:8000/v1", keyed=False).status == "ok"
    assert is_loopback("http://[::1]:4200/api")
    assert not is_loopback("http://localhost.example:4200/api")
