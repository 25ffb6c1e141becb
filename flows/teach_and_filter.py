"""Teacher and critic in one place: a work pool's flow that holds both tasks, so that a model is loaded once for both.

In this process ``keep_servers`` does that. On a work pool it takes one flow run for both stages: where the settings' placement
names the same deployment for ``teacher_generate`` and ``critic_filter``, that deployment is one of the flow here. It leaves two
finished stages behind, which the parent's two tasks then find.

Not covered: judges and guardians, which are asked by other stages.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from pydantic import Field

from schemas.contracts import DatasetFile, Filtered, FilterRequest, Generated, GenerateRequest, Request
from schemas.records import Record
from schemas.settings import CriticSettings
from tasks.chat_model.managed_server import keep_servers
from tasks.critic_filter.task import ROOMS as CRITIC_ROOMS
from tasks.critic_filter.task import critic_filter
from tasks.placement.limits import holding_slots
from tasks.placement.place import can_help, run_child
from tasks.placement.site import Site
from tasks.placement.stage import read_result, require_agreement, source_of, stage_folder, stage_key
from tasks.teacher_generate.task import ROOMS as TEACHER_ROOMS
from tasks.teacher_generate.task import teacher_generate

R = TypeVar("R", bound=Record)
NAME = "teach_and_filter"
ROOMS = tuple(dict.fromkeys((*TEACHER_ROOMS, *CRITIC_ROOMS)))


class TeachRequest(Request):
    """What both stages are asked: the critic judges what the teacher will have written."""

    generate: GenerateRequest
    critic: CriticSettings
    critic_prompts_sha256: str = ""
    exam: DatasetFile | None = Field(None, description="human questions that the critic shall check; None: no exam is checked")

    def filter_request(self, generated: Generated) -> FilterRequest:
        """What the critic is asked once the samples are there."""
        return FilterRequest(
            samples=generated.samples,
            chunks=self.generate.chunks,
            seed_examples=self.generate.seed_examples,
            critic=self.critic,
            prompts_sha256=self.critic_prompts_sha256,
            exam=(self.exam, generated.reserved) if self.exam else (),
        )


@flow(name=NAME)
def teach_and_filter(request: TeachRequest, storage: str, source: str = "") -> None:
    """What a worker of the work pool runs; both results lie in the storage afterwards."""
    if source:
        require_agreement(NAME, ROOMS, source, storage)
    site = Site(storage=storage)
    with keep_servers():
        generated = teacher_generate(request.generate, site)
        critic_filter(request.filter_request(generated), site)


@contextmanager
def one_place(request: TeachRequest, teacher: Site, critic: Site) -> Iterator[None]:
    """Inside the block teacher and critic share a served model, in this process or on a work pool."""
    with keep_servers():
        if teacher.placement.deployment and teacher.placement.deployment == critic.placement.deployment:
            place_both(request, teacher)
        yield


@task(name=NAME, cache_policy=NO_CACHE, retries=2, retry_delay_seconds=10, retry_condition_fn=can_help)
def place_both(request: TeachRequest, site: Site) -> None:
    """Has one deployment do both stages, unless both are finished."""
    if not _both_finished(request, site):
        with holding_slots(NAME, site.placement):
            run_child(NAME, stage_key(request, ROOMS), source_of(ROOMS), request, site)


def _both_finished(request: TeachRequest, site: Site) -> bool:
    generated = _finished("teacher_generate", request.generate, site, Generated, TEACHER_ROOMS)
    if generated is None:
        return False
    asked = request.filter_request(generated)
    return _finished("critic_filter", asked, site, Filtered, CRITIC_ROOMS) is not None


def _finished(stage: str, request: Request, site: Site, result: type[R], rooms: tuple[str, ...]) -> R | None:
    for storage in dict.fromkeys((site.storage, site.meeting_place)):
        if found := read_result(stage_folder(stage, request, storage, rooms), result):
            return found
    return None
