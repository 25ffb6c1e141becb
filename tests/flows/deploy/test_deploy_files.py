"""Deployment files: read, checked against each other and against the settings; each fault is one line."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows.deploy.check import check_files, deployment_names
from flows.deploy.entrypoints import flow_name
from flows.deploy.files import POOL_TYPES, PoolType, merge, read_files
from flows.settings.files import load_settings, profile_names
from schemas.errors import UsageError

BUILT_IN = Path(__file__).parents[3] / "deployments"
SETTINGS = load_settings("cluster", None, [])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the deployment files, to be spoiled."""
    return Path(shutil.copytree(BUILT_IN, tmp_path / "deployments"))


def spoil(folder: Path, name: str, change: Callable[[Any], None]) -> list[str]:
    """The faults of the files after a change to one of them."""
    values = yaml.safe_load((folder / name).read_text())
    change(values)
    (folder / name).write_text(yaml.safe_dump(values))
    return check_files(read_files(folder, "process"), SETTINGS)


@pytest.mark.parametrize("profile", profile_names())
@pytest.mark.parametrize("pool_type", POOL_TYPES)
def test_the_built_in_files_fit_together_and_fit_every_profile(pool_type: PoolType, profile: str) -> None:
    assert check_files(read_files(None, pool_type), load_settings(profile, None, [])) == []


def test_every_stage_that_can_be_placed_has_a_deployment_where_the_cluster_profile_looks() -> None:
    named = deployment_names(read_files(None, "process"))
    placed = {
        stage: getattr(SETTINGS.placement, stage).deployment
        for stage in ("teacher_generate", "critic_filter", "train", "evaluate")
    }
    assert set(placed.values()) <= set(named)
    assert all(name.startswith(f"{stage}/") for stage, name in placed.items())


def test_retrain_waits_where_no_stage_runs() -> None:
    named = deployment_names(read_files(None, "process"))
    parent, answer = named.pop("retrain/labflow"), named.pop("answer_for_nobody/labflow")
    assert answer.work_pool.name == parent.work_pool.name
    assert answer.work_pool.work_queue_name != parent.work_pool.work_queue_name
    assert parent.work_pool.name not in {deployment.work_pool.name for deployment in named.values()}
    assert parent.paused
    (pool,) = (pool for pool in read_files(None, "process").pools if pool.name == parent.work_pool.name)
    assert [(queue.name, queue.concurrency_limit) for queue in pool.queues] == [(parent.work_pool.work_queue_name, 1)]


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("prefect.yaml", lambda v: v["deployments"][5]["work_pool"].update(name="labflow-cpu"), "give it another pool"),
        ("prefect.yaml", lambda v: v["deployments"][5]["work_pool"].update(name="gpus"), "there is no work pool 'gpus'"),
        ("prefect.yaml", lambda v: v["deployments"][5]["work_pool"].update(work_queue_name="x"), "has no queue 'x'"),
        ("prefect.yaml", lambda v: v["deployments"][0]["schedules"][0].update(timezone="Mars/Olympus"), "no time zone"),
        ("prefect.yaml", lambda v: v["deployments"][5].update(entrypoint="tasks.nowhere:f"), "there is no module tasks.nowhere"),
        ("prefect.yaml", lambda v: v["deployments"][5].update(entrypoint="tasks.train.task:f"), "has no flow f"),
        ("prefect.yaml", lambda v: v["deployments"].pop(5), "setting placement.train.deployment = 'train/labflow'"),
        ("prefect.yaml", lambda v: v["deployments"].append(v["deployments"][1]), "is described twice"),
        ("prefect.yaml", lambda v: v["concurrency_limits"].append(v["concurrency_limits"][1]), "is described twice"),
        ("prefect.yaml", lambda v: v["concurrency_limits"][1].update(limit=32), "which has 32 in prefect.yaml: raise it there"),
        ("prefect.yaml", lambda v: v["deployments"][5]["work_pool"].update(job_variables={"visible_gpus": "a"}), "visible_gpus"),
        ("automations.yaml", lambda v: v["automations"][0]["trigger"].update(within=60), "'within' must be at least 90"),
        ("automations.yaml", lambda v: v["automations"][2]["actions"][0].update(deployment="a/b"), "no deployment 'a/b'"),
        ("job_templates/process.yaml", lambda v: v["job_configuration"].pop("env"), "'within' must be at least 540"),
        (
            "job_templates/process.yaml",
            lambda v: v["variables"]["properties"]["stream_output"].update(default="no"),
            "default of stream_output is wrong",
        ),
    ],
)
def test_a_spoiled_copy_is_told_in_one_line(copy: Path, name: str, change: Callable[[Any], None], fault: str) -> None:
    faults = spoil(copy, name, change)
    assert any(fault in line for line in faults), faults
    assert all("\n" not in line for line in faults)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "prefect.yaml",
            "deployments: [{name: a, entrypoint: 'a:b', work_pool: {name: p}, retries: 3}]",
            "retries: extra inputs",
        ),
        ("prefect.yaml", "deployments: [{name: a, entrypoint: 'a.py', work_pool: {name: p}}]", "entrypoint"),
        (
            "prefect.yaml",
            "deployments: [{name: a, entrypoint: 'a:b', work_pool: {name: p}, concurrency_limit: 1}]",
            "a restart of the server ends its runs",
        ),
        ("prefect.yaml", "{deployments: [], concurrency_limits: [{name: a/b, one_slot_is: gpu, limit: 1}]}", "limits.0.name"),
        ("prefect.yaml", "{deployments: [], concurrency_limits: [{name: a, one_slot_is: cpu, limit: 1}]}", "one_slot_is"),
        ("work_pools.yaml", "- a", "work_pools.yaml must hold"),
        ("work_pools.yaml", "a: [", "is not YAML"),
        ("automations.yaml", "automations: [{name: a, trigger: {}, actions: []}]", "actions"),
        ("job_templates/process.yaml", "variables: {}", "must hold 'job_configuration:'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(copy: Path, name: str, text: str, message: str) -> None:
    (copy / name).write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        read_files(copy, "process")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read work_pools\.yaml"):
        read_files(tmp_path, "process")


def test_an_entrypoint_is_read_without_running_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = 'raise SystemExit\nN = "other"\n@flow\ndef two_words(): ...\n@flow(name=N)\ndef named(): ...\ndef plain(): ...\n'
    (tmp_path / "explosive.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    assert flow_name("explosive:two_words") == "two-words"
    assert flow_name("explosive:named") == "other"
    with pytest.raises(UsageError, match="explosive has no flow plain"):
        flow_name("explosive:plain")


VALUES = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from("ab"), inner) | st.lists(inner, max_size=2), max_leaves=8
)


@given(value=VALUES)
def test_laying_a_value_over_itself_or_nothing_changes_nothing(value: Any) -> None:
    assert merge(value, value) == value
    assert merge({"a": value}, {}) == {"a": value}
    assert merge({}, {"a": value}) == {"a": value}
