"""Who could come in: what ``labflow doctor`` says of the Prefect API, the models' endpoints and this machine.

Closed by default means: the Prefect API asks for a password and speaks TLS, or is on the loopback interface; a served model is
reachable by workers only, or asks for a key; nobody else may write the workspace; nothing runs as root that need not.

    Check("Prefect API", "fail", "http://10.0.0.5:4200/api answers without a password", "set PREFECT_SERVER_API_AUTH...")

Not covered: firewalls, and who knows the passwords.
"""

import os
import shutil
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from flows.readiness.check import SECONDS, Check, without_password
from schemas.served_model_settings import ModelSettings
from schemas.settings import Settings


def check_doors(settings: Settings) -> Iterator[Check]:
    """The Prefect server, the endpoints of the settings, and this process."""
    from prefect.settings import get_current_settings

    api = get_current_settings().api
    yield from check_api(api.url or "", api.auth_string is not None or api.key is not None)
    for role, model in models_asked(settings):
        keyed = bool(model.api_key_env or model.api_key_block)
        yield from (check_endpoint_door(role, endpoint, keyed) for endpoint in model.endpoints)
    if hasattr(os, "geteuid"):
        root = os.geteuid() == 0
        way_out = "run labflow and its workers as a user of their own" if root else ""
        yield Check("user", "warn" if root else "ok", "this process is root" if root else "not root", way_out)
    gpus = shutil.which("nvidia-smi") is not None
    yield Check("GPU", "ok", "nvidia-smi is here" if gpus else "none on this machine: training uses the CPU")


def models_asked(settings: Settings) -> Iterator[tuple[str, ModelSettings]]:
    """The served models that a run asks, by what the settings call them."""
    if settings.teacher.kind == "model":
        yield "teacher", settings.teacher.model
    if settings.critic.kind == "model":
        yield "critic", settings.critic.model
    if settings.scan.guardian.kind != "none":
        yield "scan.guardian", settings.scan.guardian.model
    if settings.evaluate.judge.is_set:
        yield "evaluate.judge", settings.evaluate.judge.model


def check_api(url: str, has_password: bool) -> Iterator[Check]:
    """Whether the Prefect API answers, to whom, and over what.

    Args:
        url: PREFECT_API_URL; empty: the embedded server.
        has_password: whether this machine's environment holds one.
    """
    if not url:
        yield Check("Prefect API", "ok", "none set: each command starts the embedded server on the loopback interface")
        return
    place, near = without_password(url), is_loopback(url)
    if urlsplit(url).scheme != "https" and not near:
        yield Check(
            "Prefect TLS",
            "fail",
            f"{place} is not encrypted",
            "put a proxy with TLS in front and set PREFECT_API_URL=https://...",
        )
    try:
        status = _status(f"{url.rstrip('/')}/flows/count")
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            yield Check("Prefect TLS", "fail", f"{place}: {reason}", "trust its certificate: PREFECT_API_SSL_CERT_FILE")
        else:
            yield Check(
                "Prefect API", "fail", f"{place} does not answer ({reason})", "start the server, or correct PREFECT_API_URL"
            )
        return
    if status in (401, 403):
        way_out = "" if has_password else "export PREFECT_API_AUTH_STRING"
        found = f"{place} asks for a password" + ("" if has_password else ", and this machine has none")
        yield Check("Prefect API", "ok" if has_password else "fail", found, way_out)
    elif status >= 400:
        yield Check("Prefect API", "fail", f"{place} answers {status}", "check that PREFECT_API_URL ends with /api")
    else:
        way_out = "set PREFECT_SERVER_API_AUTH_STRING on the server"
        yield Check("Prefect API", "warn" if near else "fail", f"{place} answers without a password", way_out)


def check_endpoint_door(role: str, endpoint: str, keyed: bool) -> Check:
    """Whether others than this machine could ask a served model."""
    place = without_password(endpoint)
    if is_loopback(endpoint) or keyed:
        return Check(f"{role} door", "ok", f"{place} " + ("asks for a key" if keyed else "is on the loopback interface"))
    way_out = f"serve it with --api-key and name the variable in {role}.model.api_key_env"
    return Check(f"{role} door", "warn", f"{place} is on a network and no key is set", way_out)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine alone."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _status(url: str) -> int:
    """What a stranger is answered: no password is sent."""
    request = Request(url, data=b"{}", headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
