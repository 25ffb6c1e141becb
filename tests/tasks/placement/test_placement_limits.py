"""A stage holds slots of global concurrency limits while it runs, on a real server: what has none waits, and is told why."""

import threading
import time
from pathlib import Path

import pytest

from flows.readiness.placement import check_limits
from schemas.contracts import ReportProgress, ScanRequest, ScanResult, StageFolders
from schemas.errors import PlacementError, UsageError
from schemas.records import Rejected
from schemas.settings import ScanSettings, Settings, StagePlacement
from tasks.dataset_files.jsonl import write_dataset
from tasks.placement.limits import holding_slots
from tasks.placement.place import place
from tasks.placement.site import Site
from tasks.placement.stage import run_stage

ROOMS = ("dataset_files",)
NAME = "placement-test-gpus"
pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def limit() -> str:
    from prefect import get_client

    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(NAME, 2)
    return NAME


def taken() -> int:
    from prefect import get_client

    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(NAME).active_slots


def test_a_stage_holds_its_slots_as_long_as_it_runs_and_none_where_it_was_finished(limit: str, tmp_path: Path) -> None:
    from prefect import flow

    seen: list[int] = []

    def count_slots(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
        seen.append(taken())
        refused = write_dataset(f"{folders.folder}/refused.jsonl", Rejected, [])
        return ScanResult(clean=(), refused=refused, allowed=0, redacted=0, quarantined=0, dropped=0, counts_by_rule={})

    @flow
    def stage(request: ScanRequest, storage: str) -> ScanResult:
        return run_stage("counted", request, storage, ScanResult, count_slots, ROOMS)

    site = Site(storage=str(tmp_path), placement=StagePlacement(limits={limit: 2}, queue_timeout_seconds=30))
    request = ScanRequest(rows=(), policy=ScanSettings())
    first = place(stage, "counted", request, site, ScanResult, ROOMS)
    assert (seen, taken()) == ([2], 0)
    with holding_slots("another", site.placement):  # nothing is free: who needs it would wait
        assert place(stage, "counted", request, site, ScanResult, ROOMS) == first


def test_who_finds_no_slot_waits_for_one(limit: str) -> None:
    order: list[str] = []

    def hold(name: str, seconds: float) -> None:
        with holding_slots(name, StagePlacement(limits={limit: 2}, queue_timeout_seconds=60)):
            order.append(f"{name} begins")
            time.sleep(seconds)
            order.append(f"{name} ends")

    first = threading.Thread(target=hold, args=("first", 1.0))
    first.start()
    while not order:
        time.sleep(0.02)
    hold("second", 0)
    first.join()
    assert order == ["first begins", "first ends", "second begins", "second ends"]


def test_no_slot_in_time_and_no_such_limit_are_one_clear_error(limit: str) -> None:
    short = StagePlacement(limits={limit: 1}, queue_timeout_seconds=1)
    with (
        holding_slots("train", StagePlacement(limits={limit: 2})),
        pytest.raises(PlacementError, match="did not become free for evaluate"),
        holding_slots("evaluate", short),
    ):
        pytest.fail("it had no slot")
    nowhere = StagePlacement(limits={"no-such-limit": 1}, queue_timeout_seconds=1)
    with pytest.raises(UsageError, match="prefect gcl create no-such-limit"), holding_slots("train", nowhere):
        pytest.fail("there is no slot")


def test_preflight_names_a_limit_that_is_missing_or_too_small(limit: str) -> None:
    limits = {"train": {limit: 2}, "evaluate": {limit: 3}, "critic_filter": {"no-such-limit": 1}}
    settings = Settings.model_validate({"placement": {stage: {"limits": each} for stage, each in limits.items()}})
    found = {check.name: check for check in check_limits(settings)}
    assert found["limit of train"].status == "ok"
    assert (found["limit of evaluate"].status, "takes 3" in found["limit of evaluate"].found) == ("fail", True)
    assert "there is no concurrency limit" in found["limit of critic_filter"].found
    assert found["limit of critic_filter"].way_out == "labflow deploy --apply, or prefect gcl create no-such-limit --limit 1"
    assert not list(check_limits(Settings()))


def test_a_limit_that_an_operator_switched_off_limits_nothing_and_is_told_of(limit: str) -> None:
    from prefect import get_client
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

    placement = StagePlacement(limits={limit: 2})
    with get_client(sync_client=True) as client:
        client.update_global_concurrency_limit(limit, GlobalConcurrencyLimitUpdate(active=False))
        with holding_slots("train", placement), holding_slots("evaluate", placement):
            checks = {each.name: each for each in check_limits(Settings.model_validate({"placement": {"train": placement}}))}
        client.update_global_concurrency_limit(limit, GlobalConcurrencyLimitUpdate(active=True))
    told = checks["limit of train"]
    assert (told.status, told.way_out) == ("warn", f"prefect gcl enable {limit}")
    assert taken() == 0
