"""From files, settings and flows to the items that a server shall have.

The settings of a run are a parameter of the deployment: what profile, file and ``--set`` said, and no default, so that a newer
labflow brings its own defaults. An automation may lay ``settings:`` over them, because a server replaces a parameter as a whole.
"""

from collections.abc import Callable
from typing import Any

from flows.deploy.automations import named_form
from flows.deploy.check import deployment_names
from flows.deploy.files import Automation, Deployment, DeploymentFiles, Pool, merge
from flows.deploy.limits import limit_items
from flows.deploy.plan import Item
from schemas.settings import Settings

ParameterSchema = Callable[[str], dict[str, Any]]
"""Entrypoint -> JSON Schema of the flow's parameters."""


def wanted_items(files: DeploymentFiles, settings: Settings, schema_of: ParameterSchema, notify: str | None) -> list[Item]:
    """Limits, pools, queues, deployments, automations: each may name what comes before it.

    Args:
        notify: ``TYPE/NAME`` of the notification block; None: automations that notify are left out.

    Raises:
        UsageError: an automation or a schedule that Prefect does not take.
    """
    named = deployment_names(files)
    values = settings.model_dump(mode="json", exclude_unset=True)
    deployments = [_deployment(name, deployment, values, schema_of) for name, deployment in named.items()]
    parameters = {item.name: item.values["parameters"] for item in deployments}
    wanted = [automation for automation in files.automations if notify or not notifies(automation)]
    return [
        *limit_items(files, settings),
        *map(_pool, files.pools),
        *(queue for pool in files.pools for queue in _queues(pool)),
        *deployments,
        *(_automation(automation, parameters, notify) for automation in wanted),
    ]


def notifies(automation: Automation) -> bool:
    """Whether the automation needs a notification block."""
    return any(action.get("notification") for action in automation.actions)


def _pool(pool: Pool) -> Item:
    values = {
        "type": pool.type,
        "description": pool.description,
        "concurrency_limit": pool.concurrency_limit,
        "base_job_template": pool.template,
    }
    return Item("work pool", pool.name, values)


def _queues(pool: Pool) -> list[Item]:
    items = []
    for queue in pool.queues:
        ranked = {} if queue.priority is None else {"priority": queue.priority}  # else the server ranks it last
        items.append(Item("work queue", f"{pool.name}/{queue.name}", {"concurrency_limit": queue.concurrency_limit, **ranked}))
    return items


def _deployment(name: str, deployment: Deployment, settings: dict[str, Any], schema_of: ParameterSchema) -> Item:
    schema = schema_of(deployment.entrypoint)
    given = {"settings": settings} if "settings" in schema.get("properties", {}) else {}
    values = {
        "entrypoint": deployment.entrypoint,
        "description": deployment.description,
        "tags": sorted(deployment.tags),
        "work_pool_name": deployment.work_pool.name,
        "work_queue_name": deployment.work_pool.work_queue_name,
        "job_variables": deployment.work_pool.job_variables,
        "parameters": merge(given, deployment.parameters),
        "parameter_openapi_schema": schema,
        "enforce_parameter_schema": True,  # a wrong parameter is refused when the run is asked for
        "concurrency_limit": None,  # earlier versions of labflow had one; work queues are limited instead
        "schedules": [schedule.model_dump() for schedule in deployment.schedules],
    }
    return Item("deployment", name, values, initial={"paused": deployment.paused})


def _automation(automation: Automation, parameters: dict[str, Any], notify: str | None) -> Item:
    actions = []
    for action in automation.actions:
        filled = {key: value for key, value in action.items() if key not in ("settings", "notification")}
        if action.get("notification"):
            filled["notification"] = notify
        if "settings" in action:
            filled["parameters"] = merge(parameters[action["deployment"]], {"settings": action["settings"]})
        actions.append(filled)
    values = {"description": automation.description, "trigger": automation.trigger, "actions": actions}
    return Item("automation", automation.name, named_form(automation.name, values), initial={"enabled": True})
