"""Reads ``deployments/`` (or a copy of it) into models: limits, pools, deployments, automations, job templates.

    prefect.yaml        deployments, in the format of ``prefect deploy``, and what all runs share: global concurrency limits
    work_pools.yaml     pools with queues and limits
    automations.yaml    automations, with names in place of the server's ids
    job_templates/      TYPE.yaml, and TYPE_gpu.yaml with what a pool with ``gpus: true`` adds

Knows no Prefect: whether the parts fit together says ``check.py``, what the server has says ``server.py``.

Not covered: the build, push and pull steps of ``prefect deploy``. Runs import the installed package.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import UsageError

PoolType = Literal["process", "docker", "kubernetes"]
POOL_TYPES: tuple[PoolType, ...] = ("process", "docker", "kubernetes")
LIMIT_NAME = r"^[^/%&><]+$"
"""What Prefect takes as the name of a limit."""
File = TypeVar("File", bound=BaseModel)


class _FileModel(BaseModel):
    """A part of a file: frozen, and a key that labflow does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Queue(_FileModel):
    """A work queue of a pool."""

    name: str = Field(min_length=1)
    concurrency_limit: int | None = Field(None, ge=0)
    priority: int | None = Field(None, ge=1, description="no two queues of a pool have the same")


class Pool(_FileModel):
    """A work pool. ``template`` is its base job template, of the pool type that was asked for."""

    name: str = Field(min_length=1)
    description: str = ""
    gpus: bool = False
    concurrency_limit: int | None = Field(None, ge=0)
    queues: tuple[Queue, ...] = ()
    type: PoolType = "process"
    template: dict[str, Any] = {}


class Limit(_FileModel):
    """One of Prefect's global concurrency limits. Stages take slots of it wherever they run: ``placement.<stage>.limits``."""

    name: str = Field(pattern=LIMIT_NAME)
    one_slot_is: Literal["gpu", "request"] = Field(description="gpu: one GPU; request: one request under way at a served model")
    limit: int = Field(ge=1, description="slots in all")


class Schedule(_FileModel):
    cron: str
    timezone: str


class PoolChoice(_FileModel):
    """Where a deployment's runs go."""

    name: str
    work_queue_name: str = "default"
    job_variables: dict[str, Any] = {}


class Deployment(_FileModel):
    """One deployment of a flow. It has no limit of its own: Prefect 3.8 ends a run that cannot renew its slot of one."""

    name: str = Field(min_length=1)
    entrypoint: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", description="module:function")
    description: str = ""
    tags: tuple[str, ...] = ()
    paused: bool = False
    schedules: tuple[Schedule, ...] = ()
    parameters: dict[str, Any] = {}
    work_pool: PoolChoice

    @model_validator(mode="before")
    @classmethod
    def _without_a_limit(cls, values: Any) -> Any:
        if isinstance(values, dict) and "concurrency_limit" in values:
            raise ValueError(
                f"deployment {values.get('name')} has a concurrency_limit, with which a restart of the server ends its runs: "
                "limit its work queue in work_pools.yaml"
            )
        return values


class Automation(_FileModel):
    """What the server does by itself when something happens, or does not."""

    name: str = Field(min_length=1)
    description: str = ""
    trigger: dict[str, Any]
    actions: tuple[dict[str, Any], ...] = Field(min_length=1)


class _DeploymentsFile(_FileModel):
    name: str = ""
    pull: tuple[dict[str, Any], ...] = Field((), max_length=0, description="runs import the installed package")
    concurrency_limits: tuple[Limit, ...] = ()
    deployments: tuple[Deployment, ...]


class _PoolsFile(_FileModel):
    pools: tuple[Pool, ...]


class _AutomationsFile(_FileModel):
    automations: tuple[Automation, ...]


class DeploymentFiles(_FileModel):
    """All that is registered with a server."""

    limits: tuple[Limit, ...]
    pools: tuple[Pool, ...]
    deployments: tuple[Deployment, ...]
    automations: tuple[Automation, ...]


def read_files(folder: Path | None, pool_type: PoolType) -> DeploymentFiles:
    """The deployment files of a folder.

    Args:
        folder: A copy of ``deployments/``; None: the one that labflow comes with.
        pool_type: What kind of workers serve the pools.

    Raises:
        UsageError: a file is absent, is not YAML, or has an unknown or invalid key; one line that names it.
    """
    root = folder or resources.files("deployments")
    pools = _read(_PoolsFile, root, "work_pools.yaml").pools
    templates = {gpus: read_template(root, pool_type, gpus) for gpus in {pool.gpus for pool in pools}}
    deployments = _read(_DeploymentsFile, root, "prefect.yaml")
    return DeploymentFiles(
        limits=deployments.concurrency_limits,
        pools=tuple(p.model_copy(update={"type": pool_type, "template": templates[p.gpus]}) for p in pools),
        deployments=deployments.deployments,
        automations=_read(_AutomationsFile, root, "automations.yaml").automations,
    )


def read_template(root: Traversable, pool_type: PoolType, gpus: bool) -> dict[str, Any]:
    """The base job template of a kind of pool.

    Raises:
        UsageError: the file is absent or is not a template.
    """
    template = _read_yaml(root, f"job_templates/{pool_type}.yaml")
    extra = f"job_templates/{pool_type}_gpu.yaml"
    if gpus and root.joinpath(extra).is_file():
        template = merge(template, _read_yaml(root, extra))
    if not {"job_configuration", "variables"} <= set(template):
        raise UsageError(f"job_templates/{pool_type}.yaml must hold 'job_configuration:' and 'variables:'.")
    return template


def merge(below: Any, above: Any) -> Any:
    """``above`` laid over ``below``: mappings by key, lists of mappings by position, anything else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {key: merge(below.get(key), above[key]) if key in above else below[key] for key in {**below, **above}}
    if isinstance(below, list) and isinstance(above, list) and all(isinstance(part, dict) for part in below + above):
        return [merge(*pair) for pair in zip(below, above, strict=False)] + below[len(above) :] + above[len(below) :]
    return above


def _read(model: type[File], root: Traversable, name: str) -> File:
    try:
        return model.model_validate(_read_yaml(root, name))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise UsageError(f"{name}: {where}: {fault['msg'].lower()}.") from error


def _read_yaml(root: Traversable, name: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(root.joinpath(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read {name} of the deployment files: {reason}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise UsageError(f"{name} must hold 'key:' blocks, not a {type(values).__name__}.")
    return values
