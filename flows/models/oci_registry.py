"""Fetches a model from an OCI registry: the files that ``oras push`` has put there, each checked against its digest.

    oci://registry.example.com/team/granite:1.0          by tag; its digest is noted
    oci://registry.example.com/team/granite@sha256:5f0c..  by digest

An artefact is a manifest with one layer for each file; the layer's title is the file's name, its digest and size are known before
the first byte. What was begun goes on by ``Range``; what comes damaged is removed. Registries ask for a token by a challenge, and
blobs are often redirected to a store elsewhere, to which the token is not sent.

Example layer::

    {"mediaType": "application/octet-stream", "digest": "sha256:9f86...", "size": 4478808,
     "annotations": {"org.opencontainers.image.title": "model.safetensors"}}

Source: the OCI Distribution Specification 1.1 ("Pull"), the OCI Image Specification ("Image Manifest"), the ORAS documentation;
Docker's "Token Authentication Specification" for the challenge.

Not covered: archives of directories (``oras push`` of a folder), images to run, pushing.
"""

import hashlib
import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from schemas.errors import DownloadError, UsageError
from tasks.dataset_files.disk_room import require_room

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ACCEPTED = f"{MANIFEST}, application/vnd.docker.distribution.manifest.v2+json"
_TITLES = ("org.opencontainers.image.title", "org.cncf.model.filepath")
_PACKED = "io.deis.oras.content.unpack"
_REFERENCE = re.compile(
    r"oci://(?P<host>[A-Za-z0-9.-]+(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?)/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64})|:(?P<tag>[\w][\w.-]{0,127}))?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LARGEST_MANIFEST = 4 * 1024 * 1024
_TIMEOUT = httpx.Timeout(60.0, connect=20.0)


@dataclass(frozen=True)
class Reference:
    """Which artefact.

    Args:
        host: With its port, where it has one.
        reference: A tag, or ``sha256:`` and 64 hex digits.
    """

    host: str
    name: str
    reference: str

    @property
    def url(self) -> str:
        """Where its registry's API is: plain HTTP on this machine only."""
        return f"{'http' if _is_here(self.host) else 'https'}://{self.host}/v2/{self.name}"

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Layer:
    """One file of the artefact."""

    title: str
    digest: str
    size: int


def parse_reference(source: str) -> Reference:
    """What an ``oci://`` address means; without tag or digest: the tag ``latest``.

    Raises:
        UsageError: it is none.
    """
    found = _REFERENCE.fullmatch(source)
    if found is None:
        raise UsageError(f"{source!r} is no address of an OCI artefact: write oci://HOST/NAME:TAG or oci://HOST/NAME@sha256:...")
    return Reference(found["host"], found["name"], found["digest"] or found["tag"] or "latest")


def fetch_artefact(
    reference: Reference, token: str, part: Path, wanted: Callable[[str], bool], report: Callable[[str], None]
) -> str:
    """Gathers the files of an artefact in a directory; returns its address by digest.

    Args:
        token: A password or token, or ``user:password``; empty: none.
        part: The directory; what lies there from an earlier try is kept if it is right.
        wanted: Which files, by their titles.
        report: Is told the file that comes next.

    Raises:
        DownloadError: the registry refuses, cannot be reached, or sends something else than it announced.
        WorkspaceError: the files do not fit on the disk.
    """
    with _explaining(reference), httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        registry = _Registry(client, reference, token)
        manifest, digest = registry.read_manifest()
        layers = [layer for layer in _layers(manifest) if wanted(layer.title)]
        if not layers:
            raise DownloadError(f"there is no model in {reference.host}/{reference.name}: no safetensors, no GGUF.")
        for odd in set(_files_below(part)) - {part / layer.title for layer in layers}:
            if odd.suffix != ".incomplete":
                odd.unlink()  # of what the tag meant before
        missing = [layer for layer in layers if not _is_there(part / layer.title, layer)]
        require_room(part, sum(layer.size for layer in missing))
        for number, layer in enumerate(missing, 1):
            report(f"{reference.name} at {digest[:17]}: {layer.title} ({number} of {len(missing)})")
            registry.fetch_layer(layer, part / layer.title)
    return f"oci://{reference.host}/{reference.name}@{digest}"


class _Registry:
    """One repository of a registry."""

    def __init__(self, client: httpx.Client, reference: Reference, token: str) -> None:
        self._client, self._reference, self._token = client, reference, token
        self._headers: dict[str, str] = {}

    def read_manifest(self) -> tuple[dict[str, Any], str]:
        """The manifest, and its digest."""
        wanted = self._reference.reference
        with self._get(f"manifests/{wanted}", {"Accept": _ACCEPTED}) as response:
            body = b""
            for block in response.iter_bytes():
                body += block
                if len(body) > _LARGEST_MANIFEST:
                    raise DownloadError(f"the manifest of {self._reference.name} is larger than 4 MiB: it is none.")
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        if wanted.startswith("sha256:") and digest != wanted:
            raise DownloadError(f"the registry sent another manifest than {wanted[:17]}. Run again, or ask who runs it.")
        manifest = json.loads(body)
        if not isinstance(manifest, dict) or not isinstance(manifest.get("layers"), list):
            raise DownloadError(f"{self._reference.name}:{wanted[:40]} is no artefact with files (an index of several?).")
        return manifest, digest

    def fetch_layer(self, layer: Layer, target: Path) -> None:
        """Fetches one file, from where an earlier try has stopped; it has its name when it is whole and right."""
        target.parent.mkdir(parents=True, exist_ok=True)
        begun = target.with_name(f"{target.name}.{layer.digest[7:19]}.incomplete")
        if begun.is_file() and begun.stat().st_size > layer.size:
            begun.unlink()
        with begun.open("ab") as stream:
            start = stream.tell()
            if start < layer.size:
                ranged = {"Range": f"bytes={start}-"} if start else {}
                with self._get(f"blobs/{layer.digest}", {"Accept-Encoding": "identity", **ranged}) as response:
                    if start and response.status_code != 206:  # it sends all of it again
                        stream.truncate(0)
                    for block in response.iter_raw():  # as it comes: what came before a break is kept
                        if stream.tell() + len(block) > layer.size:
                            break  # more than was announced: the digest will tell
                        stream.write(block)
        if begun.stat().st_size < layer.size:
            raise DownloadError(f"{layer.title} came in part only. Run again: it goes on.")
        if _digest(begun) != layer.digest:
            begun.unlink()
            raise DownloadError(f"{layer.title} came damaged and was removed. Run again: it is fetched once more.")
        begun.replace(target)

    @contextmanager
    def _get(self, path: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """An answer, read as it comes; a challenge is met once."""
        url = f"{self._reference.url}/{path}"
        with self._client.stream("GET", url, headers=headers | self._headers) as response:
            if response.status_code != 401 or self._headers:
                self._check(response)
                yield response
                return
            challenge = response.headers.get("WWW-Authenticate", "")
        self._headers = {"Authorization": self._meet(challenge)}
        with self._client.stream("GET", url, headers=headers | self._headers) as response:
            self._check(response)
            yield response

    def _meet(self, challenge: str) -> str:
        """What a registry wants to see: a token from the place that it names, or the password itself."""
        kind, _, rest = challenge.partition(" ")
        user, colon, password = self._token.partition(":")
        basic = httpx.BasicAuth(*((user, password) if colon else ("token", self._token))) if self._token else None
        if kind.lower() == "basic" and basic is not None:
            return str(next(basic.auth_flow(httpx.Request("GET", self._reference.url))).headers["Authorization"])
        fields = dict(_CHALLENGE.findall(rest))
        realm = httpx.URL(fields.get("realm", ""))
        if kind.lower() != "bearer" or not (realm.scheme == "https" or (realm.scheme == "http" and _is_here(realm.host))):
            raise DownloadError(f"{self._reference.host} wants a login: name the variable that holds a token with --token-env.")
        asked = {key: fields[key] for key in ("service", "scope") if key in fields}
        answer = self._client.get(realm, params=asked, auth=basic)
        self._check(answer)
        content = answer.json()
        return f"Bearer {content.get('token') or content.get('access_token') or ''}"

    def _check(self, response: httpx.Response) -> None:
        if response.status_code in (200, 206):
            return
        refused = response.status_code in (401, 403)
        hint = "Name the variable that holds your token with --token-env." if refused else "Check name and tag."
        name = f"{self._reference.name}:{self._reference.reference[:40]}"
        raise DownloadError(f"{self._reference.host} refuses {name} (status {response.status_code}). {hint}")


def _layers(manifest: dict[str, Any]) -> list[Layer]:
    """The files of an artefact.

    Raises:
        DownloadError: one is an archive, or badly described.
    """
    found = []
    for layer in manifest["layers"]:
        notes = layer.get("annotations") or {}
        title = next((str(notes[key]) for key in _TITLES if key in notes), "")
        if notes.get(_PACKED) == "true" or "tar" in str(layer.get("mediaType", "")).split(".")[-1]:
            raise DownloadError(
                f"{title[:80] or 'a layer'} is an archive: push the files one by one (oras push HOST/NAME:TAG *)."
            )
        if not _DIGEST.fullmatch(str(layer.get("digest"))) or not isinstance(layer.get("size"), int) or layer["size"] < 0:
            raise DownloadError(f"{title[:80] or 'a layer'} has no SHA-256 digest and size in the manifest.")
        if title:
            found.append(Layer(title, layer["digest"], layer["size"]))
    return found


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _is_there(file: Path, layer: Layer) -> bool:
    return file.is_file() and file.stat().st_size == layer.size and _digest(file) == layer.digest


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    name = host if host.startswith("[") or host.count(":") != 1 else host.partition(":")[0]
    try:
        return name == "localhost" or ipaddress.ip_address(name.partition("]")[0].strip("[]")).is_loopback
    except ValueError:
        return False


@contextmanager
def _explaining(reference: Reference) -> Iterator[None]:
    """Says in one line why a registry could not be read."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DownloadError(f"{reference.host}/{reference.name} cannot be fetched: {reason}. Run again: it goes on.") from None
