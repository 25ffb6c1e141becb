"""What must be created or updated so that a server has what the files describe.

Pure: an ``Item`` is what the files want, ``Registry`` what the server has (``server.py``; a dictionary in tests). Nothing is ever
deleted. What operators switch (a paused deployment or pool, a disabled automation) is set when a thing is created and is theirs
from then on.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from schemas.errors import PlacementError

Kind = Literal["limit", "work pool", "work queue", "deployment", "automation"]
Action = Literal["created", "updated", "unchanged"]
ABSENT = "nothing"
MOST_CHARACTERS = 60
"""Of a value that is shown."""


@dataclass(frozen=True)
class Item:
    """Something that the server shall have.

    Args:
        values: What it shall be like, as JSON; the server's words.
        initial: What it is given when it is created, and never after.
        least: Numbers that it must have at least; what is more stays.
        about: What a person should know of it.
    """

    kind: Kind
    name: str
    values: Mapping[str, Any]
    initial: Mapping[str, Any] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    about: str = ""


@dataclass(frozen=True)
class Change:
    """What happens to an item.

    Args:
        fields: The values that differ.
        details: How they differ, for a person: ``parameters.settings.train.epochs: 12 -> 3``.
    """

    item: Item
    action: Action
    fields: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        what = {"kind": self.item.kind, "name": self.item.name, "action": self.action}
        return {**what, "fields": list(self.fields), "details": list(self.details), "about": self.item.about}


class Registry(Protocol):
    """A server, as far as a plan needs one."""

    def find(self, kind: Kind, name: str) -> Mapping[str, Any] | None:
        """The values of a thing, None where there is none of the name."""

    def create(self, item: Item) -> None: ...

    def update(self, item: Item, fields: tuple[str, ...]) -> None: ...


def plan_changes(items: Iterable[Item], registry: Registry) -> list[Change]:
    """One change for each item, in order.

    Raises:
        PlacementError: a pool of the name has another type, which a server cannot change.
    """
    return [_compare(item, registry.find(item.kind, item.name)) for item in items]


def apply_changes(changes: Iterable[Change], registry: Registry) -> None:
    """Makes the server what the plan says; what is unchanged is not touched."""
    for change in changes:
        if change.action == "created":
            registry.create(change.item)
        elif change.action == "updated":
            registry.update(change.item, change.fields)


def _compare(wanted: Item, found: Mapping[str, Any] | None) -> Change:
    enough = {key: max(number, (found or {}).get(key) or 0) for key, number in wanted.least.items()}
    item = replace(wanted, values={**wanted.values, **enough})
    if found is None:
        return Change(item, "created")
    if item.kind == "work pool" and found["type"] != item.values["type"]:
        raise PlacementError(
            f"work pool {item.name} on the server is of type {found['type']}, not {item.values['type']}: "
            f"say --pool-type {found['type']}, or delete the pool there."
        )
    differ = tuple(key for key, value in item.values.items() if found.get(key) != value)
    details = tuple(line for key in differ for line in differences(key, found.get(key), item.values[key]))
    return Change(item, "updated" if differ else "unchanged", differ, details)


def differences(name: str, there: Any, wanted: Any) -> list[str]:
    """A line for each value that differs, named by its path."""
    if isinstance(there, Mapping) and isinstance(wanted, Mapping):
        keys = [key for key in {**there, **wanted} if there.get(key, ABSENT) != wanted.get(key, ABSENT)]
        return [line for key in keys for line in differences(f"{name}.{key}", there.get(key, ABSENT), wanted.get(key, ABSENT))]
    if isinstance(there, list) and isinstance(wanted, list) and len(there) == len(wanted):
        pairs = [(f"{name}.{place}", *pair) for place, pair in enumerate(zip(there, wanted, strict=True)) if pair[0] != pair[1]]
        return [line for pair in pairs for line in differences(*pair)]
    return [f"{name}: {_shortly(there)} -> {_shortly(wanted)}"]


def _shortly(value: Any) -> str:
    text = ABSENT if value is ABSENT else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
