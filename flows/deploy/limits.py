"""Global concurrency limits: how many slots there are (``prefect.yaml``), and who takes how many (``placement.<stage>.limits``).

    labflow-gpus              1 slot, each one GPU; train takes 1, evaluate takes 1
    labflow-teacher-requests  256 slots, each one request under way; teacher_generate takes 64, critic_filter takes 64

A stage takes its slots for as long as it runs (``tasks/placement/limits.py``), so what it takes must be there, and must be what
it uses: a teacher that asks 128 at once and takes 64 slots would make the limit a lie.

A limit that only settings name is made with as many slots as the stage takes that takes most; who raises it, keeps it.

Not covered: whether a stage gets its slots (``queue_timeout_seconds``), and what deletes a limit that nobody takes any more.
"""

import re
from collections.abc import Iterator

from flows.deploy.files import LIMIT_NAME, DeploymentFiles, Limit
from flows.deploy.plan import Item
from schemas.served_model_settings import ModelSettings
from schemas.settings import Settings, StagePlacement

SLOTS = {"gpu": "one GPU", "request": "one request under way"}


def limit_items(files: DeploymentFiles, settings: Settings) -> Iterator[Item]:
    """One item for each limit of the files, then for each that only the settings name."""
    taken = slots_taken(settings)
    steady = {"slot_decay_per_second": 0.0}  # slots come back when the stage ends, not as time goes by
    for limit in files.limits:
        slots = f"{_count(limit.limit)}, each {SLOTS[limit.one_slot_is]}"
        about = f"{slots}; {_takers(taken.get(limit.name, {}))}"
        yield Item("limit", limit.name, {"limit": limit.limit, **steady}, about=about)
    for name in sorted(set(taken) - {limit.name for limit in files.limits}):
        most = max(taken[name].values())
        about = f"at least {_count(most)}, as prefect.yaml does not say how many; {_takers(taken[name])}"
        yield Item("limit", name, steady, least={"limit": most}, about=about)


def slots_taken(settings: Settings) -> dict[str, dict[str, int]]:
    """Limit -> stage -> slots that the stage takes of it."""
    taken: dict[str, dict[str, int]] = {}
    for stage, place in settings.placement:
        if isinstance(place, StagePlacement):
            for name, slots in place.limits.items():
                taken.setdefault(name, {})[stage] = slots
    return taken


def faults_of_limits(files: DeploymentFiles, settings: Settings) -> Iterator[str]:
    """Where what is taken is not there, or is not what is used; each in one line."""
    described = {limit.name: limit for limit in files.limits}
    place = settings.placement
    if place.teaches_in_one_place and place.teacher_generate.limits != place.critic_filter.limits:
        yield (
            f"settings placement.teacher_generate and placement.critic_filter share {place.teacher_generate.deployment}, which "
            "takes the slots of the first for both: give both the same limits."
        )
    for name, stages in slots_taken(settings).items():
        if not re.match(LIMIT_NAME, name):
            yield f"setting placement.{next(iter(stages))}.limits: Prefect takes no limit called {name!r}: no / % & > < in it."
        for stage, slots in stages.items():
            if name in described:
                yield from _faults_of_stage(stage, slots, described[name], settings)


def _faults_of_stage(stage: str, slots: int, limit: Limit, settings: Settings) -> Iterator[str]:
    takes = f"setting placement.{stage}.limits takes {_count(slots)} of {limit.name}"
    if slots > limit.limit:
        yield f"{takes}, which has {limit.limit} in prefect.yaml: raise it there, or take fewer."
    if limit.one_slot_is == "gpu":
        gpus = getattr(settings.placement, stage).job_variables.get("gpus")
        if isinstance(gpus, int) and gpus > slots:
            yield f"{takes}, each one GPU, but its job variables ask for {gpus} GPUs: take as many."
    elif (model := _model_asked_by(stage, settings)) is not None:
        at_once = model.concurrency * max(1, len(model.endpoints))
        if at_once > slots:
            yield f"{takes}, each one request, but it has up to {at_once} under way (concurrency x endpoints): take as many."


def _model_asked_by(stage: str, settings: Settings) -> ModelSettings | None:
    """The served model that a stage asks; None where it asks none."""
    if stage in ("teacher_generate", "critic_filter"):
        section = settings.teacher if stage == "teacher_generate" else settings.critic
        return section.model if section.kind == "model" else None
    if stage == "safety_scan":
        return settings.scan.guardian.model if settings.scan.guardian.kind != "none" else None
    return settings.evaluate.judge.model if stage == "evaluate" and settings.evaluate.judge.is_set else None


def _takers(stages: dict[str, int]) -> str:
    return ", ".join(f"{stage} takes {slots}" for stage, slots in stages.items()) or "these settings take none"


def _count(slots: int) -> str:
    return f"{slots} slot" if slots == 1 else f"{slots} slots"
