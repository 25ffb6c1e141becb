"""Whether the deployment files fit together, and fit the settings: all that can be said without a server.

Each fault is one line that names the thing and the way out. What bit us is checked here, so that an edited copy of the files
cannot bring it back: a parent and its stages in one limited pool wait for each other; an automation that waits less than three
heartbeats kills healthy runs.
"""

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsonschema import Draft202012Validator

from flows.deploy.entrypoints import flow_name
from flows.deploy.files import Deployment, DeploymentFiles, Pool
from flows.deploy.limits import faults_of_limits
from schemas.errors import UsageError
from schemas.settings import Settings

HEARTBEAT = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
PREFECT_HEARTBEAT_SECONDS = 180
"""Prefect's own default, where a template does not say."""
LATE_HEARTBEATS = 3
PARENT = "retrain"
"""The flow that starts the stages and waits for them."""
NOT_WAITED_FOR = ("answer_for_nobody",)
"""Flows that are no stages: they may share the parent's pool."""


def check_files(files: DeploymentFiles, settings: Settings) -> list[str]:
    """All faults, in order; none where the files can be applied."""
    return [
        *_twice(files),
        *_faults_of_pools(files),
        *_faults_of_deployments(files),
        *_faults_of_placement(files, settings),
        *faults_of_limits(files, settings),
        *_faults_of_automations(files),
    ]


def deployment_names(files: DeploymentFiles) -> dict[str, Deployment]:
    """``flow/deployment`` -> deployment, for those whose flow exists."""
    named = {}
    for deployment in files.deployments:
        try:
            named[f"{flow_name(deployment.entrypoint)}/{deployment.name}"] = deployment
        except UsageError:
            continue
    return named


def _twice(files: DeploymentFiles) -> Iterator[str]:
    names = {
        "concurrency limit": [limit.name for limit in files.limits],
        "work pool": [pool.name for pool in files.pools],
        "deployment": [f"{deployment.entrypoint} {deployment.name}" for deployment in files.deployments],
        "automation": [automation.name for automation in files.automations],
    }
    for kind, of_kind in names.items():
        yield from (f"{kind} {name!r} is described twice." for name, times in Counter(of_kind).items() if times > 1)


def _faults_of_pools(files: DeploymentFiles) -> Iterator[str]:
    for pool in files.pools:
        for name, variable in pool.template["variables"].get("properties", {}).items():
            faults = Draft202012Validator(variable).iter_errors(variable["default"]) if "default" in variable else ()
            yield from (f"job template of {pool.name}: the default of {name} is wrong: {fault.message}." for fault in faults)


def _faults_of_deployments(files: DeploymentFiles) -> Iterator[str]:
    pools = {pool.name: pool for pool in files.pools}
    named = deployment_names(files)
    parents = {deployment.work_pool.name for name, deployment in named.items() if name.startswith(f"{PARENT}/")}
    for deployment in files.deployments:
        try:
            name = f"{flow_name(deployment.entrypoint)}/{deployment.name}"
        except UsageError as error:
            yield str(error)
            continue
        for schedule in deployment.schedules:
            try:
                ZoneInfo(schedule.timezone)
            except (ZoneInfoNotFoundError, ValueError):
                yield f"deployment {name}: there is no time zone {schedule.timezone!r}."
        pool = pools.get(deployment.work_pool.name)
        if pool is None:
            yield f"deployment {name}: there is no work pool {deployment.work_pool.name!r} in work_pools.yaml."
            continue
        if deployment.work_pool.work_queue_name not in {"default", *(queue.name for queue in pool.queues)}:
            yield f"deployment {name}: {pool.name} has no queue {deployment.work_pool.work_queue_name!r}."
        if name.partition("/")[0] not in (PARENT, *NOT_WAITED_FOR) and pool.name in parents:
            yield f"deployment {name}: {PARENT} waits in {pool.name} for this stage, and may hold its slot: give it another pool."
        yield from _faults_of_variables(name, pool, deployment.work_pool.job_variables)


def _faults_of_placement(files: DeploymentFiles, settings: Settings) -> Iterator[str]:
    named = deployment_names(files)
    pools = {pool.name: pool for pool in files.pools}
    for stage in type(settings.placement).model_fields:
        placement = getattr(settings.placement, stage)
        if getattr(placement, "deployment", None) is None:
            continue
        deployment = named.get(placement.deployment)
        if deployment is None:
            yield f"setting placement.{stage}.deployment = {placement.deployment!r}: prefect.yaml has no such deployment."
        elif deployment.work_pool.name in pools:
            where = f"setting placement.{stage}"
            yield from _faults_of_variables(where, pools[deployment.work_pool.name], placement.job_variables)


def _faults_of_variables(owner: str, pool: Pool, values: dict[str, object]) -> Iterator[str]:
    for fault in Draft202012Validator(pool.template["variables"]).iter_errors(values):
        yield f"{owner}: job variable {'.'.join(map(str, fault.path))} does not suit {pool.name}: {fault.message}."


def _faults_of_automations(files: DeploymentFiles) -> Iterator[str]:
    slowest = max((_heartbeat_seconds(pool) for pool in files.pools), default=PREFECT_HEARTBEAT_SECONDS)
    named = deployment_names(files)
    for automation in files.automations:
        trigger = automation.trigger
        if "prefect.flow-run.heartbeat" in trigger.get("after", ()) and trigger.get("within", 0) < LATE_HEARTBEATS * slowest:
            yield (
                f"automation {automation.name!r}: runs send a heartbeat every {slowest} s ({HEARTBEAT} in the job templates): "
                f"'within' must be at least {LATE_HEARTBEATS * slowest}."
            )
        for action in automation.actions:
            if action.get("type") == "run-deployment" and action.get("deployment") not in named:
                yield f"automation {automation.name!r}: prefect.yaml has no deployment {action.get('deployment')!r}."


def _heartbeat_seconds(pool: Pool) -> int:
    environment = pool.template["job_configuration"].get("env")
    value = environment.get(HEARTBEAT) if isinstance(environment, dict) else None
    return int(value) if value is not None and str(value).isdigit() else PREFECT_HEARTBEAT_SECONDS
