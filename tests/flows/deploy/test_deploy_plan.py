"""The plan: what is created, updated and left alone; nothing is deleted, and what operators switched stays."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deploy.plan import Item, Kind, apply_changes, plan_changes
from schemas.errors import PlacementError


class Shelf:
    """A server in a dictionary."""

    def __init__(self) -> None:
        self.things: dict[tuple[str, str], dict[str, Any]] = {}
        self.writes: list[str] = []

    def find(self, kind: Kind, name: str) -> Mapping[str, Any] | None:
        return self.things.get((kind, name))

    def create(self, item: Item) -> None:
        self.writes.append(f"create {item.name}")
        self.things[item.kind, item.name] = {**item.values, **item.initial}

    def update(self, item: Item, fields: tuple[str, ...]) -> None:
        self.writes.append(f"update {item.name}: {', '.join(fields)}")
        self.things[item.kind, item.name] |= {key: item.values[key] for key in fields}


POOL = Item("work pool", "gpu", {"type": "process", "description": "a"})
FLOW = Item("deployment", "train/gpu", {"entrypoint": "a:b", "tags": ["x"]}, initial={"paused": True})


def apply(shelf: Shelf, *items: Item) -> list[str]:
    changes = plan_changes(items, shelf)
    apply_changes(changes, shelf)
    return [change.action for change in changes]


def test_the_second_time_there_is_nothing_to_change() -> None:
    shelf = Shelf()
    assert apply(shelf, POOL, FLOW) == ["created", "created"]
    assert apply(shelf, POOL, FLOW) == ["unchanged", "unchanged"]
    assert shelf.writes == ["create gpu", "create train/gpu"]


def test_only_what_differs_is_written() -> None:
    shelf = Shelf()
    apply(shelf, POOL, FLOW)
    moved = Item("deployment", "train/gpu", {"entrypoint": "a:c", "tags": ["x"]}, initial={"paused": True})
    (change,) = plan_changes([moved], shelf)
    assert change.fields == ("entrypoint",)
    apply(shelf, moved)
    assert shelf.writes[-1] == "update train/gpu: entrypoint"


def test_what_differs_is_said_by_its_path_with_both_values() -> None:
    shelf = Shelf()
    there = {"parameters": {"settings": {"train": {"epochs": 12, "seed": 7}, "scan": {}}, "hosts": ["a", "b"]}}
    apply(shelf, Item("deployment", "retrain/labflow", there))
    wanted = {
        "parameters": {
            "settings": {"train": {"epochs": 3, "seed": 7}, "gate": {"metric": "match"}, "scan": {}},
            "hosts": ["a", "c"],
        }
    }
    (change,) = plan_changes([Item("deployment", "retrain/labflow", wanted)], shelf)
    assert change.details == (
        "parameters.settings.train.epochs: 12 -> 3",
        'parameters.settings.gate: nothing -> {"metric": "match"}',
        'parameters.hosts.1: "b" -> "c"',
    )
    assert change.as_json()["details"] == list(change.details)


def test_what_an_operator_switched_stays() -> None:
    shelf = Shelf()
    apply(shelf, FLOW)
    shelf.things["deployment", "train/gpu"]["paused"] = False
    assert apply(shelf, FLOW) == ["unchanged"]
    assert shelf.things["deployment", "train/gpu"]["paused"] is False


def test_a_pool_of_another_type_is_refused_before_anything_is_written() -> None:
    shelf = Shelf()
    shelf.things["work pool", "gpu"] = {"type": "docker"}
    with pytest.raises(PlacementError, match="work pool gpu on the server is of type docker, not process"):
        apply(shelf, FLOW, POOL)
    assert shelf.writes == []


VALUES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), max_size=4)


@given(here=VALUES, there=st.none() | VALUES)
def test_after_any_apply_the_server_has_what_was_wanted_and_what_it_had(
    here: dict[str, int], there: dict[str, int] | None
) -> None:
    shelf = Shelf()
    if there is not None:
        shelf.things["automation", "x"] = dict(there)
    item = Item("automation", "x", here)
    apply(shelf, item)
    assert shelf.things["automation", "x"] == (there or {}) | here
    assert apply(shelf, item) == ["unchanged"]
