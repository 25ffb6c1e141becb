"""Automations with names in place of the server's ids, in one normal form, so that files and server can be compared.

deployment: retrain/labflow            <->   deployment_id: 6f1c...
notification: slack-webhook/labflow    <->   block_document_id: 90ab...
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from prefect.events.schemas.automations import AutomationCore
from pydantic import ValidationError

from schemas.errors import UsageError

ID_FIELDS = {"deployment": "deployment_id", "notification": "block_document_id"}
UNORDERED = ("after", "expect", "for_each")

IdOf = Callable[[str, str], UUID]
"""(``deployment`` or ``notification``, name) -> id."""
NameOf = Callable[[str, UUID], str]
"""(``deployment`` or ``notification``, id) -> name."""


def with_ids(name: str, values: Mapping[str, Any], id_of: IdOf, enabled: bool = True) -> AutomationCore:
    """The automation as the server takes it.

    Raises:
        UsageError: Prefect does not take the trigger or an action.
    """
    actions = []
    for action in values["actions"]:
        given = {key: value for key, value in action.items() if key not in ID_FIELDS}
        given |= {ID_FIELDS[key]: str(id_of(key, action[key])) for key in ID_FIELDS if key in action}
        actions.append(given)
    try:
        return AutomationCore.model_validate(
            {
                "name": name,
                "description": values["description"],
                "enabled": enabled,
                "trigger": dict(values["trigger"]),
                "actions": actions,
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(f"automation {name!r}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}.") from error


def with_names(automation: AutomationCore, name_of: NameOf) -> dict[str, Any]:
    """The automation in its normal form: every default written out, sets sorted, ids replaced by names."""
    values = automation.model_dump(mode="json", include={"description", "trigger", "actions"})
    values["trigger"].pop("id", None)
    for key in UNORDERED:
        if key in values["trigger"]:
            values["trigger"][key] = sorted(values["trigger"][key])
    for action in values["actions"]:
        for name, id_field in ID_FIELDS.items():
            if action.get(id_field):
                action[name] = name_of(name, UUID(action.pop(id_field)))
    return values


def named_form(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The normal form of an automation that a file describes.

    Raises:
        UsageError: Prefect does not take the trigger or an action.
    """
    names: dict[UUID, str] = {}

    def id_of(kind: str, of: str) -> UUID:
        made = uuid5(NAMESPACE_OID, f"{kind}:{of}")
        names[made] = of
        return made

    return with_names(with_ids(name, values, id_of), lambda _, made: names[made])
