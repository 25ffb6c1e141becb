"""Where stages run: whether their deployments, work pools, workers and concurrency limits are on the Prefect server.

    Check("limit of train", "fail", "there is no concurrency limit labflow-gpus", "labflow deploy --apply, or ...")

A stage without a deployment runs in the parent's process; it may hold slots of limits all the same.

Not covered: whether slots are free (a stage waits for them), and whether a live worker can reach the storage (it looks itself).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flows.readiness.check import Check
from schemas.settings import Settings, StagePlacement

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import GlobalConcurrencyLimitResponse

LEASES, ON_DISK = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE", "prefect.server.concurrency.lease_storage.filesystem"
RETRAIN = "retrain/labflow"
PLACED = ("safety_scan", "teacher_generate", "critic_filter", "train", "evaluate")


def check_service() -> Iterator[Check]:
    """Whether a run that is asked for through the API would be taken; nothing where no server is named, or it does not answer."""
    from httpx import HTTPError, HTTPStatusError
    from prefect import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.settings import PREFECT_API_URL

    if not PREFECT_API_URL.value():
        return
    try:
        with get_client(sync_client=True) as client:
            deployment = client.read_deployment_by_name(RETRAIN)
        yield _check_pool("retrain", str(deployment.work_pool_name or ""), RETRAIN)
        found = f"{RETRAIN} is {'paused: only runs that are asked for start' if deployment.paused else 'switched on'}"
        yield Check("schedule", "ok", found)
    except ObjectNotFound:
        yield Check("service", "warn", f"the server has no deployment {RETRAIN}", "labflow deploy --apply")
    except HTTPStatusError as error:
        if error.response.status_code in (401, 403):
            yield Check("login", "fail", "the Prefect server refuses this machine's password", "correct PREFECT_API_AUTH_STRING")
    except (HTTPError, RuntimeError):  # check_api has said why
        return


def check_places(settings: Settings) -> Iterator[Check]:
    """Whether the deployments of placed stages exist, and a live worker listens to their pools."""
    placements: dict[str, StagePlacement] = {stage: getattr(settings.placement, stage) for stage in PLACED}
    wanted = {stage: placement.deployment for stage, placement in placements.items() if placement.deployment}
    if not wanted:
        return
    from prefect import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        for stage, name in wanted.items():
            try:
                deployment = client.read_deployment_by_name(name)
            except ObjectNotFound:
                way_out = f"register it (labflow deploy --apply), or unset placement.{stage}.deployment"
                yield Check(f"place of {stage}", "fail", f"there is no deployment {name}", way_out)
                continue
            yield _check_pool(stage, str(deployment.work_pool_name or ""), name)


def _check_pool(stage: str, pool: str, deployment: str) -> Check:
    from prefect import get_client

    name = f"pool of {stage}"
    if not pool:
        return Check(name, "fail", f"{deployment} has no work pool", "register it again with a work pool")
    with get_client(sync_client=True) as client:
        work_pool = client.read_work_pool(pool)
        workers = client.read_workers_for_work_pool(pool)
    if work_pool.is_paused:
        return Check(name, "fail", f"{pool} is paused", f"prefect work-pool resume {pool}")
    if work_pool.type.endswith(("push", "managed")):
        return Check(name, "ok", f"{pool} needs no worker")
    live = [worker.name for worker in workers if worker.status == "ONLINE"]
    if not live:
        return Check(name, "fail", f"{pool} has no live worker", f"start one: prefect worker start --pool {pool}")
    return Check(name, "ok", f"{pool}: {len(live)} live worker{'s' * (len(live) > 1)}")


def check_limits(settings: Settings) -> Iterator[Check]:
    """Whether the concurrency limits whose slots stages hold exist, are switched on, and have so many slots at all."""
    wanted = [(stage, *limit) for stage in PLACED for limit in getattr(settings.placement, stage).limits.items()]
    if not wanted:
        return
    from prefect import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        for stage, name, slots in wanted:
            try:
                limit = client.read_global_concurrency_limit_by_name(name)
            except ObjectNotFound:
                way_out = f"labflow deploy --apply, or prefect gcl create {name} --limit {slots}"
                yield Check(f"limit of {stage}", "fail", f"there is no concurrency limit {name}", way_out)
                continue
            yield _check_limit(stage, slots, limit)
        yield from _check_memory(client)


def _check_limit(stage: str, slots: int, limit: "GlobalConcurrencyLimitResponse") -> Check:
    name, has = f"limit of {stage}", f"{limit.name} has {limit.limit} slot{'s' * (limit.limit != 1)}, {limit.active_slots} taken"
    if limit.limit < slots:
        way_out = f"prefect gcl update {limit.name} --limit {slots}, or correct placement.{stage}.limits"
        return Check(name, "fail", f"{has}; {stage} takes {slots}", way_out)
    if not limit.active:
        return Check(name, "warn", f"{has}, and is switched off: it limits nothing", f"prefect gcl enable {limit.name}")
    return Check(name, "ok", has)


def _check_memory(client: "SyncPrefectClient") -> Iterator[Check]:
    """Whether the server knows after a restart who holds slots; nothing where it does not say how it is set."""
    from httpx import HTTPStatusError
    from prefect.settings import PREFECT_API_URL

    if not PREFECT_API_URL.value():  # the embedded one ends with this process, and its slots are taken by nobody else
        return
    try:
        storage = client.request("GET", "/admin/settings").json()["server"]["concurrency"]["lease_storage"]
    except (HTTPStatusError, KeyError, TypeError):
        return
    if str(storage).endswith(".memory"):
        found = "the server keeps in memory who holds them: one that is restarted may leave them taken for ever"
        yield Check("slots of limits", "warn", found, f"start the server with {LEASES}={ON_DISK}")
