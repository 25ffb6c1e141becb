"""What a Prefect server has, and the writing of it: the ``Registry`` of ``plan.py`` over Prefect's client.

Every method is one or two requests. A server that does not answer, or refuses the credentials, is one clear line.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import (
    DeploymentScheduleCreate,
    DeploymentUpdate,
    GlobalConcurrencyLimitCreate,
    GlobalConcurrencyLimitUpdate,
    WorkPoolCreate,
    WorkPoolUpdate,
)
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.schemas.automations import Automation
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.utilities.callables import parameter_schema
from prefect.utilities.importtools import import_object
from pydantic import ValidationError

from flows.deploy.automations import with_ids, with_names
from flows.deploy.form import with_bounds_in_words
from flows.deploy.plan import Item, Kind
from schemas.errors import LabflowError, UsageError


@contextmanager
def open_server() -> Iterator["PrefectServer"]:
    """The server that PREFECT_API_URL (or Prefect's profile) names.

    Raises:
        UsageError: none is named; it would be one that ends with this command.
        LabflowError: it does not answer, refuses the credentials, or refuses what is written.
    """
    url = PREFECT_API_URL.value()
    if not url:
        raise UsageError("no Prefect server is named: set PREFECT_API_URL, for example http://127.0.0.1:4200/api.")
    try:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}), get_client(sync_client=True) as client:
            client.hello().raise_for_status()  # a server that is not there is known at once
        with get_client(sync_client=True) as client:
            client.read_work_pools(limit=1)  # hello asks for no credentials
            yield PrefectServer(client)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise LabflowError(f"the Prefect server at {url} refuses the credentials: set PREFECT_API_AUTH_STRING.") from error
        reason = " ".join(error.response.text.split())[:300]
        raise LabflowError(f"the Prefect server at {url} answers {status} to {error.request.url.path}: {reason}") from error
    except (httpx.TransportError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "reach API" not in str(error):
            raise
        raise LabflowError(f"cannot reach the Prefect server at {url}: start it, or mend PREFECT_API_URL.") from error


def parameter_schema_of(entrypoint: str) -> dict[str, Any]:
    """The JSON Schema of a flow's parameters: the form in the UI, and what the server checks a run against."""
    schema: dict[str, Any] = parameter_schema(import_object(entrypoint)).model_dump(mode="json")
    return with_bounds_in_words(schema)


class PrefectServer:
    """Limits, pools, queues, deployments and automations of a server, by name."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self._client = client

    def find(self, kind: Kind, name: str) -> Mapping[str, Any] | None:
        """The values of a thing, None where there is none of the name."""
        try:
            found: Mapping[str, Any] = getattr(self, f"_find_{kind.replace(' ', '_')}")(name)
        except ObjectNotFound:
            return None
        return found

    def create(self, item: Item) -> None:
        """Creates what ``find`` did not find."""
        getattr(self, f"_create_{item.kind.replace(' ', '_')}")(item)

    def update(self, item: Item, fields: tuple[str, ...]) -> None:
        """Writes the fields that differ; an automation is written whole."""
        getattr(self, f"_update_{item.kind.replace(' ', '_')}")(item, {key: item.values[key] for key in fields})

    def idle_pools(self, names: list[str]) -> list[str]:
        """Those of the pools that no live worker polls."""
        return [
            name
            for name in names
            if not any(worker.status == "ONLINE" for worker in self._client.read_workers_for_work_pool(name))
        ]

    # -- limits ------------------------------------------------------------------------------------------------------

    def _find_limit(self, name: str) -> Mapping[str, Any]:
        found = self._client.read_global_concurrency_limit_by_name(name)
        return {"limit": found.limit, "slot_decay_per_second": found.slot_decay_per_second}

    def _create_limit(self, item: Item) -> None:
        self._client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=item.name, **item.values))

    def _update_limit(self, item: Item, values: dict[str, Any]) -> None:
        self._client.update_global_concurrency_limit(item.name, GlobalConcurrencyLimitUpdate(**values))

    # -- work pools and queues ---------------------------------------------------------------------------------------

    def _find_work_pool(self, name: str) -> Mapping[str, Any]:
        pool = self._client.read_work_pool(name)
        return {
            "type": pool.type,
            "description": pool.description or "",
            "concurrency_limit": pool.concurrency_limit,
            "base_job_template": pool.base_job_template,
        }

    def _create_work_pool(self, item: Item) -> None:
        self._client.create_work_pool(WorkPoolCreate(name=item.name, **item.values))

    def _update_work_pool(self, item: Item, values: dict[str, Any]) -> None:
        self._client.update_work_pool(item.name, WorkPoolUpdate(**values))

    def _find_work_queue(self, name: str) -> Mapping[str, Any]:
        pool, queue = name.split("/")
        found = self._client.read_work_queue_by_name(queue, pool)
        return {"id": found.id, "concurrency_limit": found.concurrency_limit, "priority": found.priority}

    def _create_work_queue(self, item: Item) -> None:
        pool, queue = item.name.split("/")
        self._client.create_work_queue(queue, work_pool_name=pool, **item.values)

    def _update_work_queue(self, item: Item, values: dict[str, Any]) -> None:
        self._client.update_work_queue(self._find_work_queue(item.name)["id"], **values)

    # -- deployments -------------------------------------------------------------------------------------------------

    def _find_deployment(self, name: str) -> Mapping[str, Any]:
        found = self._client.read_deployment_by_name(name)
        limit = found.global_concurrency_limit
        return {
            "id": found.id,
            "entrypoint": found.entrypoint,
            "description": found.description or "",
            "tags": sorted(found.tags),
            "work_pool_name": found.work_pool_name,
            "work_queue_name": found.work_queue_name,
            "job_variables": found.job_variables,
            "parameters": found.parameters,
            "parameter_openapi_schema": found.parameter_openapi_schema,
            "enforce_parameter_schema": found.enforce_parameter_schema,
            "concurrency_limit": limit.limit if limit else None,
            "schedules": _schedules_of(found),
        }

    def _create_deployment(self, item: Item) -> None:
        values = dict(item.values)
        schedules = [
            DeploymentScheduleCreate(schedule=_cron(item.name, schedule), active=True) for schedule in values.pop("schedules")
        ]
        flow, _, name = item.name.partition("/")
        self._client.create_deployment(
            flow_id=self._client.create_flow_from_name(flow),
            name=name,
            schedules=schedules,
            **values,
            **item.initial,
        )

    def _update_deployment(self, item: Item, values: dict[str, Any]) -> None:
        deployment_id: UUID = self._find_deployment(item.name)["id"]
        if "schedules" in values:
            self._replace_schedules(deployment_id, item.name, values.pop("schedules"))
        if values:
            self._client.update_deployment(deployment_id, DeploymentUpdate(**values))

    def _replace_schedules(self, deployment_id: UUID, name: str, wanted: list[dict[str, Any]]) -> None:
        present = self._client.read_deployment_schedules(deployment_id)
        active = all(schedule.active for schedule in present)  # switched off by a person: it stays off
        for schedule in present:
            self._client.delete_deployment_schedule(deployment_id, schedule.id)
        made = [DeploymentScheduleCreate(schedule=_cron(name, schedule), active=active) for schedule in wanted]
        if made:
            self._client.create_deployment_schedules(deployment_id, made)

    # -- automations -------------------------------------------------------------------------------------------------

    def _automation(self, name: str) -> Automation:
        for automation in self._client.read_automations_by_name(name):
            return automation
        raise ObjectNotFound(http_exc=LookupError(name))

    def _find_automation(self, name: str) -> Mapping[str, Any]:
        return with_names(self._automation(name), self._name_of)

    def _create_automation(self, item: Item) -> None:
        self._client.create_automation(with_ids(item.name, item.values, self._id_of, **item.initial))

    def _update_automation(self, item: Item, _: dict[str, Any]) -> None:
        present = self._automation(item.name)
        self._client.update_automation(present.id, with_ids(item.name, item.values, self._id_of, enabled=present.enabled))

    def _id_of(self, kind: str, name: str) -> UUID:
        if kind == "deployment":
            return UUID(str(self._client.read_deployment_by_name(name).id))
        block_type, _, block = name.partition("/")
        try:
            return UUID(str(self._client.read_block_document_by_name(block, block_type).id))
        except ObjectNotFound as error:
            raise UsageError(f"there is no notification block {name!r} on the server: make it in the UI (Blocks).") from error

    def _name_of(self, kind: str, of: UUID) -> str:
        try:
            if kind == "deployment":
                deployment = self._client.read_deployment(of)
                return f"{self._client.read_flow(deployment.flow_id).name}/{deployment.name}"
            block = self._client.read_block_document(of)
            return f"{block.block_type.slug if block.block_type else ''}/{block.name}"
        except ObjectNotFound:
            return f"{of} (gone)"

    def require_block(self, name: str) -> None:
        """Raises UsageError where there is no notification block of the name, ``TYPE/NAME``."""
        self._id_of("notification", name)


def _schedules_of(deployment: DeploymentResponse) -> list[dict[str, Any]]:
    """Cron expressions and time zones; a schedule of another kind is shown, and so counts as different."""
    found: list[dict[str, Any]] = []
    for schedule in deployment.schedules:
        cron = schedule.schedule
        if isinstance(cron, CronSchedule):
            found.append({"cron": cron.cron, "timezone": cron.timezone})
        else:
            found.append({"other": repr(cron)})
    return found


def _cron(name: str, schedule: Mapping[str, Any]) -> CronSchedule:
    try:
        return CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
    except ValidationError as error:
        raise UsageError(f"deployment {name}: {schedule['cron']!r} is not a cron expression.") from error
