"""One request over the wire: bytes out, an answer or a named fault in.

The openai SDK's async client says where an endpoint is and how it wants to be addressed (base URL, authorisation and other
headers, ``OPENAI_*`` variables for organisation and project). The bulk of the requests goes below its high-level calls,
straight to an aiohttp session: 0.19 ms of client CPU per request at concurrency 256, against 2.1 ms for
``chat.completions.create`` on httpx and 1.2 ms on the SDK's own aiohttp transport (openai 3.54; 2 KB prompts, one core).

What the door makes of a fault::

    ConnectionFault   not reached                                    retried, and counted against the endpoint
    ServerFault       time-out, dropped, 5xx, a body cut off         retried, and counted against the endpoint
    BusyFault         408, 409, 425, 429, 503 with Retry-After       retried, after the pause that was asked for
    RefusedFault      any other status                               final: the request itself is at fault

Not covered: streaming, HTTP/2, redirects (they could carry the key elsewhere, so they count as refused).
"""

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.request import getproxies_environment

import aiohttp
from openai import AsyncOpenAI
from pydantic import SecretStr

from schemas.errors import UsageError
from schemas.served_model_settings import ModelSettings
from tasks.chat_model.answer_log import LoggedAnswer
from tasks.chat_model.endpoints import Endpoint
from tasks.chat_model.structured import split_reasoning

LONGEST_BODY_BYTES = 32 * 1024 * 1024
"""A server is not trusted either: more than this is no answer."""
_BUSY = frozenset({408, 409, 425, 429})
_NO_KEY = "none"
"""The SDK insists on a key; local servers want none."""


class Fault(Exception):
    """A request that got no usable answer. ``retry_after`` is in seconds, None where the server did not say."""

    retryable = True

    def __init__(self, message: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after


class ConnectionFault(Fault):
    """The server could not be reached."""


class ServerFault(Fault):
    """The server failed at it."""


class BusyFault(Fault):
    """The server wants to be asked later."""


class RefusedFault(Fault):
    """Asking again cannot help."""

    retryable = False


@dataclass(frozen=True, slots=True)
class _Target:
    url: str
    headers: dict[str, str]


class Wire:
    """Sends requests of one model to its endpoints; a context manager of the event loop.

    Args:
        settings: Time-out and number of connections.
        urls: The endpoints' base URLs.
        key: The API key (``read_api_key``).
    """

    def __init__(self, settings: ModelSettings, urls: tuple[str, ...], key: SecretStr | None = None) -> None:
        self._key = key.get_secret_value() if key else None
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds, sock_connect=min(30.0, settings.timeout_seconds))
        self._connections = settings.concurrency * max(1, len(urls))
        self._targets: dict[str, _Target] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Wire":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=bool(getproxies_environment()),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, endpoint: Endpoint, encoded: bytes, request_id: str) -> LoggedAnswer:
        """The server's answer to an encoded chat completion.

        Raises:
            Fault: one of the four kinds above, its message free of keys.
        """
        target = self._target(endpoint.url)
        assert self._session is not None, "the wire is used inside its 'async with' block"
        try:
            async with self._session.post(target.url, data=encoded, headers=target.headers, allow_redirects=False) as response:
                body = await _read(response)
                if response.status != 200:
                    raise self._fault_of(response.status, response.headers.get("Retry-After"), body)
        except aiohttp.ClientConnectorError as error:
            raise ConnectionFault(f"{endpoint.name} cannot be reached: {error.strerror or 'connection failed'}") from None
        except TimeoutError:
            raise ServerFault(f"{endpoint.name} did not answer within {self._timeout.total:g} s") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise ServerFault(f"{endpoint.name} broke the connection ({type(error).__name__})") from None
        return _answer_of(body, request_id, endpoint.name)

    def _target(self, url: str) -> _Target:
        """Where and with which headers to post, worked out once by the SDK."""
        if url not in self._targets:
            client = AsyncOpenAI(base_url=url, api_key=self._key or _NO_KEY, max_retries=0)
            headers = {name: value for name, value in client.default_headers.items() if isinstance(value, str)}
            headers |= client.auth_headers if self._key else {}
            headers |= {"Content-Type": "application/json", "Accept-Encoding": "identity"}
            if not self._key:
                headers.pop("Authorization", None)
            self._targets[url] = _Target(str(client.base_url).rstrip("/") + "/chat/completions", headers)
        return self._targets[url]

    def _fault_of(self, status: int, retry_after: str | None, body: bytes) -> Fault:
        message = f"status {status}: {hide_keys(_error_text(body), self._key)}"
        seconds = parse_retry_after(retry_after, time.time())
        if status in _BUSY or (status >= 500 and seconds is not None):
            return BusyFault(message, status, seconds)
        return ServerFault(message, status) if status >= 500 else RefusedFault(message, status)


ReadSecret = Callable[[str], str]
"""The value of a Prefect Secret block by its name; raises ValueError where there is none. Only ``task.py`` knows Prefect."""


def read_api_key(settings: ModelSettings, read_secret: ReadSecret | None = None) -> SecretStr | None:
    """The API key that the named block or variable holds; None where none is named.

    Raises:
        UsageError: the block or variable is not there or empty, or blocks cannot be read here.
    """
    block, variable = settings.api_key_block, settings.api_key_env
    if block is not None:
        return SecretStr(_read_block(block, read_secret))
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UsageError(
            f"the environment variable {variable}, which shall hold the API key, is not set. Export it and run again."
        )
    return SecretStr(key)


def _read_block(name: str, read_secret: ReadSecret | None) -> str:
    if read_secret is None:
        raise UsageError(f"the API key lies in the Secret block {name}, which only a run can read: set api_key_env for this.")
    try:
        key = read_secret(name).strip()
    except ValueError:
        raise UsageError(f"there is no Secret block {name}, which shall hold the API key. Create it and run again.") from None
    if not key:
        raise UsageError(f"the Secret block {name}, which shall hold the API key, is empty.")
    return key


def hide_keys(text: str, key: str | None) -> str:
    """The text without the key, and without what looks like one: servers like to quote what they refuse."""
    if key:
        text = text.replace(key, "[key]")
    return re.sub(r"\b(?:sk|pk|gsk|nvapi)-[\w*.-]{4,}|\bhf_[A-Za-z0-9]{20,}|(?i:bearer)\s+\S+", "[key]", text)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date; None where absent or unreadable.

    Args:
        now: Unix time, seconds.
    """
    if value is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    while part := await response.content.readany():
        size += len(part)
        if size > LONGEST_BODY_BYTES:
            response.close()
            raise ServerFault(f"the answer is longer than {LONGEST_BODY_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _error_text(body: bytes) -> str:
    """The message of an error body, on one line, at most 300 characters."""
    try:
        value: Any = json.loads(body)
        value = value.get("error", value) if isinstance(value, dict) else value
        text = str(value.get("message", value)) if isinstance(value, dict) else str(value)
    except ValueError:
        text = body.decode("utf-8", "replace")
    return " ".join(text.split())[:300] or "no explanation"


def _answer_of(body: bytes, request_id: str, name: str) -> LoggedAnswer:
    try:
        value = json.loads(body)
        choice = value["choices"][0]
        message, usage = choice["message"], value.get("usage") or {}
        thought = message.get("reasoning_content") or message.get("reasoning")
        text, reasoning = split_reasoning(message.get("content"), thought)
        finish = str(choice.get("finish_reason") or "stop")
        return LoggedAnswer(
            request_id, text, reasoning, finish, int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ServerFault(f"{name} sent no chat completion ({type(error).__name__})") from None
