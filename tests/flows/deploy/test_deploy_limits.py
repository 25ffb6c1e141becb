"""Global concurrency limits: as large as the files say or the settings need; what is taken is there, and is what is used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deploy.check import check_files
from flows.deploy.files import read_files
from flows.deploy.limits import limit_items, slots_taken
from flows.deploy.plan import Item, apply_changes, plan_changes
from flows.settings.files import load_settings
from schemas.settings import Settings
from tests.flows.deploy.test_deploy_plan import Shelf

FILES = read_files(None, "process")
CLUSTER = load_settings("cluster", None, [])


def items(settings: Settings) -> dict[str, Item]:
    return {item.name: item for item in limit_items(FILES, settings)}


def with_limits(**stages: dict[str, int]) -> Settings:
    return Settings.model_validate({"placement": {stage: {"limits": limits} for stage, limits in stages.items()}})


def test_the_cluster_profile_takes_gpus_and_requests_and_both_limits_say_so() -> None:
    assert slots_taken(CLUSTER) == {
        "labflow-gpus": {"train": 1, "evaluate": 1},
        "labflow-teacher-requests": {"teacher_generate": 64, "critic_filter": 64},
    }
    assert {name: item.about for name, item in items(CLUSTER).items()} == {
        "labflow-gpus": "1 slot, each one GPU; train takes 1, evaluate takes 1",
        "labflow-teacher-requests": "256 slots, each one request under way; teacher_generate takes 64, critic_filter takes 64",
    }


def test_limits_of_the_files_are_made_where_nobody_takes_them_yet() -> None:
    made = items(Settings())
    assert {name: item.values["limit"] for name, item in made.items()} == {"labflow-gpus": 1, "labflow-teacher-requests": 256}
    assert made["labflow-gpus"].about.endswith("these settings take none")


def test_a_limit_that_only_settings_name_is_as_large_as_its_greatest_taker_needs_and_keeps_what_is_more() -> None:
    shelf = Shelf()
    settings = with_limits(train={"ours": 4}, evaluate={"ours": 2})

    def apply() -> tuple[str, int]:
        (change,) = plan_changes([items(settings)["ours"]], shelf)
        apply_changes([change], shelf)
        return change.action, shelf.things["limit", "ours"]["limit"]

    assert apply() == ("created", 4)
    assert apply() == ("unchanged", 4)
    shelf.things["limit", "ours"]["limit"] = 16  # who has more GPUs says so in the UI
    assert apply() == ("unchanged", 16)
    shelf.things["limit", "ours"]["limit"] = 3
    assert apply() == ("updated", 4)


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        (["placement.train.limits={labflow-gpus: 2}"], "train.limits takes 2 slots of labflow-gpus, which has 1 in prefect.yaml"),
        (["teacher.model.concurrency=100"], "has up to 100 under way (concurrency x endpoints): take as many"),
        (['critic.model.endpoints=["http://a/v1", "http://b/v1"]'], "critic_filter.limits takes 64 slots of"),
        (["placement.train.job_variables={gpus: 2}"], "its job variables ask for 2 GPUs: take as many"),
        (
            [
                "placement.teacher_generate.deployment=teach_and_filter/labflow",
                "placement.critic_filter.deployment=teach_and_filter/labflow",
                "placement.critic_filter.limits={labflow-teacher-requests: 128}",
            ],
            "share teach_and_filter/labflow, which takes the slots of the first for both",
        ),
        (["placement.train.limits={a/b: 1}"], "Prefect takes no limit called 'a/b'"),
    ],
)
def test_what_is_taken_but_not_there_or_not_what_is_used_is_one_line(overrides: list[str], fault: str) -> None:
    faults = check_files(read_files(None, "kubernetes"), load_settings("cluster", None, overrides))
    assert len(faults) == 1, faults
    assert fault in faults[0]


@given(takes=st.dictionaries(st.sampled_from(["train", "evaluate", "safety_scan"]), st.integers(1, 500), min_size=1))
def test_after_deploying_no_stage_takes_more_than_there_is(takes: dict[str, int]) -> None:
    shelf = Shelf()
    apply_changes(
        plan_changes(limit_items(FILES, with_limits(**{stage: {"ours": n} for stage, n in takes.items()})), shelf), shelf
    )
    assert shelf.things["limit", "ours"]["limit"] == max(takes.values())
