"""What can be known before any GPU is asked for, in seconds: places, models, secrets, disk.

The flow does it once the taxonomy's change is known to be valid and new, and ``labflow doctor`` by hand. A failed check stops
the run with one line for all of them, each with the way out; a warning is logged. Example::

    Check("pool of train", "fail", "labflow-gpu has no live worker", "start one: prefect worker start --pool labflow-gpu")

A worker looks at the shared storage and at its own code first of all when it takes a stage (``tasks/placement/stage.py``). What
only a worker can reach (the endpoints and model files of a placed stage) is asked there, not here.

Not covered: the taxonomy itself (``taxonomy_diff`` has checked it), and whether a model fits into a GPU.
"""

import json
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import fsspec

from flows.readiness.check import SECONDS, Check, Status, without_password
from flows.readiness.clusters import check_collector, check_sharding
from flows.readiness.placement import check_limits, check_places
from flows.workspace import workspace_root
from schemas.errors import LabflowError, UsageError
from schemas.served_model_settings import ModelSettings
from schemas.settings import Settings
from tasks.evaluate.readiness import require_askable

LEAST_BYTES, FEW_BYTES = 1 << 30, 10 << 30
LICENCES = ("LICENSE*", "LICENCE*", "COPYING*")
_logger = logging.getLogger("labflow.flow")


def require_ready(settings: Settings) -> None:
    """Does nothing when a run of these settings can begin; warnings are logged.

    Raises:
        LabflowError: it cannot; all reasons in one line.
    """
    checks = list(check_run(settings))
    for check in checks:
        if check.status == "warn":
            _logger.warning("%s: %s; %s", check.name, check.found, check.way_out)
    failed = [f"{check.name}: {check.found}: {check.way_out}" for check in checks if check.status == "fail"]
    if failed:
        raise LabflowError("the run cannot begin: " + "; ".join(failed))


def check_run(settings: Settings) -> Iterator[Check]:
    """All that a run of these settings leans on."""
    yield from check_workspace(workspace_root(settings))
    if settings.placement.storage:
        yield check_storage(settings.placement.storage)
    if settings.train.base != "scratch" and settings.placement.train.deployment is None:
        yield from check_base(Path(settings.train.base).expanduser())
    for role, stage in (("teacher", "teacher_generate"), ("critic", "critic_filter")):
        section, placement = getattr(settings, role), getattr(settings.placement, stage)
        if section.kind == "model":
            answered = (workspace_root(settings) / "cache" / "answers" / role).exists()
            yield from check_model(role, section.model, placement.deployment is not None, answered)
    yield from check_guardian(settings)
    yield from check_examination(settings)
    yield from check_places(settings)
    yield from check_limits(settings)
    yield from check_sharding(settings.placement)
    yield from check_collector(settings.observability)


def check_guardian(settings: Settings) -> Iterator[Check]:
    """Whether the guardian of the safety scan answers, which judges documents before a teacher reads them."""
    guardian = settings.scan.guardian
    if guardian.kind != "none":
        placed = settings.placement.safety_scan.deployment is not None
        answered = (workspace_root(settings) / "cache" / "answers" / "guardian").exists()
        yield from check_model("scan.guardian", guardian.model, placed, answered)


def check_examination(settings: Settings) -> Iterator[Check]:
    """Whether the exam's files, its engine and its judge can be used: hours later would be late to find out."""
    placed = settings.placement.evaluate.deployment is not None
    if not placed:
        try:
            require_askable(settings.evaluate)
        except UsageError as error:
            yield Check("evaluation", "fail", str(error), "correct evaluate in the settings")
    if settings.evaluate.judge.is_set:
        yield from check_model("evaluate.judge", settings.evaluate.judge.model, placed)


# -- places ----------------------------------------------------------------------------------------------------------


def check_workspace(root: Path) -> Iterator[Check]:
    """Whether the workspace can be written, has room, and is closed to others."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        _write_and_read(str(root))
    except (OSError, ValueError) as error:
        yield Check("workspace", "fail", f"{root} cannot be written ({error})", "choose another with --workspace DIR")
        return
    free = shutil.disk_usage(root).free
    status: Status = "fail" if free < LEAST_BYTES else "warn" if free < FEW_BYTES else "ok"
    room = f"{root} has {free / (1 << 30):.0f} GiB free"
    yield Check("disk", status, room, "" if status == "ok" else "free space: labflow data prune, or choose another workspace")
    mode = root.stat().st_mode
    if mode & stat.S_IWOTH:
        yield Check("workspace", "warn", f"{root} can be written by everybody on this machine", f"chmod o-w {root}")
    else:
        yield Check("workspace", "ok", f"{root} can be written")


def check_storage(storage: str) -> Check:
    """Whether what is written to the shared storage is read there."""
    try:
        _write_and_read(storage)
    except Exception as error:  # every kind of storage has errors of its own
        reason = " ".join(str(error).split()) or type(error).__name__
        way_out = "check placement.storage and its credentials"
        if isinstance(error, ImportError):
            way_out = "pip install 'labflow[s3]' for s3://, 'labflow[gcs]' for gs://, and what other storages of fsspec name"
        return Check("storage", "fail", f"{storage} cannot be used ({reason})", way_out)
    return Check("storage", "ok", f"{storage} can be written and read")


def _write_and_read(storage: str) -> None:
    """Raises ValueError or whatever the storage raises where a token does not come back."""
    fs, root = fsspec.core.url_to_fs(storage)
    path, token = f"{root}/.probe-{os.getpid()}", f"labflow {os.getpid()}".encode()
    fs.makedirs(root, exist_ok=True)
    with fs.open(path, "wb") as stream:
        stream.write(token)
    try:
        with fs.open(path, "rb") as stream:
            if stream.read() != token:
                raise ValueError("what was written is not what is read")
    finally:
        fs.rm(path)


def check_base(folder: Path) -> Iterator[Check]:
    """Whether the base model is there, loadable without running code, and says under which licence it may be changed."""
    missing = [name for name in ("config.json", "tokenizer.json", "*.safetensors") if not any(folder.glob(name))]
    if missing:
        yield Check(
            "base model", "fail", f"{folder} has no {', '.join(missing)}", "set train.base to a model directory, or 'scratch'"
        )
        return
    yield Check("base model", "ok", str(folder))
    if not any(next(folder.glob(name), None) for name in LICENCES):
        yield Check("licence", "warn", f"{folder} has no licence file", "put the model's LICENSE there: releases carry it on")


# -- models ----------------------------------------------------------------------------------------------------------


def check_model(role: str, model: ModelSettings, elsewhere: bool, answered: bool = False) -> Iterator[Check]:
    """Whether a served model answers under its name, and its key is there. Keys are named, never shown.

    Args:
        role: teacher or critic.
        elsewhere: it is asked by a worker on another machine.
        answered: answers of earlier runs are kept, which may be all that is needed.
    """
    yield from _check_key(role, model, elsewhere)
    if elsewhere:
        return
    if not model.endpoints:
        there = bool(model.path) and Path(str(model.path)).exists()
        way_out = "" if there else f"set {role}.model.endpoints or {role}.model.path"
        yield Check(
            f"{role} model", "ok" if there else "fail", f"path {model.path}" + ("" if there else " does not exist"), way_out
        )
    for endpoint in model.endpoints:
        yield _check_endpoint(role, model, endpoint, "warn" if answered else "fail")


def _check_key(role: str, model: ModelSettings, elsewhere: bool) -> Iterator[Check]:
    name = f"{role} key"
    if model.api_key_block:
        found = _has_block(model.api_key_block)
        way_out = "" if found else f"make a Secret block of that name in the Prefect UI, or correct {role}.model.api_key_block"
        yield Check(
            name, "ok" if found else "fail", f"Secret block {model.api_key_block}{'' if found else ' is missing'}", way_out
        )
    elif model.api_key_env and not elsewhere:
        found = bool(os.environ.get(model.api_key_env))
        way_out = "" if found else f"export {model.api_key_env}, or correct {role}.model.api_key_env"
        yield Check(name, "ok" if found else "fail", f"variable {model.api_key_env}{'' if found else ' is not set'}", way_out)


def _has_block(name: str) -> bool:
    from prefect import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        try:
            client.read_block_document_by_name(name, "secret")
        except ObjectNotFound:
            return False
    return True


def _check_endpoint(role: str, model: ModelSettings, endpoint: str, when_away: Status) -> Check:
    name, place = f"{role} endpoint", without_password(endpoint)
    key = os.environ.get(model.api_key_env or "", "")
    request = Request(f"{endpoint.rstrip('/')}/models", headers={"Authorization": f"Bearer {key}"} if key else {})  # noqa: S310
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as answer:
            served = [str(each["id"]) for each in json.load(answer)["data"]]
    except HTTPError as error:
        if error.code in (401, 403) and model.api_key_block:  # the block's value is read by the stage alone
            return Check(name, "ok", f"{place} answers, with a key")
        if error.code in (401, 403):
            return Check(name, "fail", f"{place} refuses the key ({error.code})", f"check {role}.model.api_key_env")
        return Check(name, "warn", f"{place} answers {error.code} to /models", "check that the endpoint ends with /v1")
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        return Check(
            name, when_away, f"{place} does not answer ({reason})", f"start the server, or correct {role}.model.endpoints"
        )
    except (ValueError, KeyError, TypeError):
        return Check(name, "warn", f"{place} does not list its models", "check that it is an OpenAI-compatible server")
    if model.name not in served:
        return Check(name, "fail", f"{place} serves {', '.join(served)}, not {model.name!r}", f"correct {role}.model.name")
    return Check(name, "ok", f"{place} serves {model.name}")
