"""Faults for people, for programs, and as annotations on GitHub.

Place in the DAG: the last step of ``labflow taxonomy check`` and ``diff``; also the message of a run that stops.

    knowledge/birds/qna.yaml:14:5: error: found no 'answer' in seed_examples[2]; it is required: ... [missing-field]

Source of the annotation format: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

import json
from collections.abc import Iterable

from schemas.contracts import Fault


def describe_fault(fault: Fault) -> str:
    """The fault in one line, in the form that editors and terminals make clickable."""
    return f"{fault.path}:{fault.line}:{fault.column}: {fault.severity}: {fault.message} [{fault.rule}]"


def describe_faults(faults: Iterable[Fault]) -> str:
    """All faults, one a line, and a line that counts them."""
    listed = list(faults)
    errors = sum(fault.severity == "error" for fault in listed)
    warnings = len(listed) - errors
    counts = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    return "\n".join([*map(describe_fault, listed), counts])


def faults_as_json(faults: Iterable[Fault]) -> str:
    """A JSON list of ``{path, line, column, rule, severity, message}``."""
    return json.dumps([fault.model_dump() for fault in faults], ensure_ascii=False, indent=2)


def github_annotations(faults: Iterable[Fault]) -> str:
    """Workflow commands, one a line: GitHub shows each beside the line it is about."""
    return "\n".join(
        f"::{fault.severity} file={_property(fault.path)},line={fault.line},col={fault.column},"
        f"title={_property(fault.rule)}::{_data(fault.message)}"
        for fault in faults
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
