"""One thing that was looked at before a run, as all checks tell it."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Status = Literal["ok", "warn", "fail"]
SECONDS = 5.0
"""For one endpoint to answer."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``way_out`` is empty where all is well."""

    name: str
    status: Status
    found: str
    way_out: str = ""


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
