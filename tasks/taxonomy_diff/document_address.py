"""What a contributor may name as a document: refused before anything is started, with the reason.

Place in the DAG: in front of ``documents.py``. Source: the attacks that Git's own documentation warns of (git-remote-ext(1),
``protocol.allow`` in git-config(1)) and those seen against other taxonomy tools: ``ext::``, ``--upload-pack=``, ``../..``.

    parse_address("https://github.com/someone/manuals", DocumentSettings(), taxonomy_top)
    -> DocumentAddress(url="https://github.com/someone/manuals", folder=None)

Not covered: what the server answers (``git_fetching.py``), and what the documents contain (``safety_scan``).
"""

import ipaddress
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from schemas.settings import DocumentSettings

FULL_COMMIT = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
REF_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
HTTP = re.compile(r"https?://", re.IGNORECASE)
FILE = re.compile(r"file:", re.IGNORECASE)
SSH = re.compile(r"[^/]+@[^/]+:|[A-Za-z0-9.-]+:")
SIBLING = re.compile(r"\.\./([^/\\\0]{1,200})/?")
MAX_LENGTH = 2_000
NAT64, GIVEN_OUT = ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("168.63.129.16/32"))
"""Addresses by which clouds talk to their own machines, and which Python takes for global."""


class RefusedError(Exception):
    """An address, commit, pattern or document that is not used; the message says why and what to write instead.

    Args:
        rule: Id of a rule in ``rules.py``.
        about_repo: Whether ``repo`` is what must be mended; otherwise the commit, the pattern or the document.
    """

    def __init__(self, rule: str, message: str, about_repo: bool = False) -> None:
        super().__init__(message)
        self.rule = rule
        self.about_repo = about_repo


@dataclass(frozen=True)
class DocumentAddress:
    """Where a document repository is: by https, or a folder of this machine."""

    name: str
    url: str | None = None
    folder: Path | None = None


def parse_address(repo: str, settings: DocumentSettings, taxonomy_top: Path) -> DocumentAddress:
    """The address that ``repo`` of a qna.yaml means.

    Args:
        repo: As written; untrusted.
        taxonomy_top: Top directory of the taxonomy's repository: ``../name`` is beside it.

    Raises:
        RefusedError: it is not one that may be read.
    """
    check_address(repo)
    if HTTP.match(repo):
        return DocumentAddress(repo, url=_allowed_url(repo, settings))
    return DocumentAddress(repo, folder=_allowed_folder(repo, settings, taxonomy_top))


def check_address(repo: str) -> None:
    """Passes what some settings could allow; looks at the text alone, not at this machine.

    Raises:
        RefusedError: no setting makes this address safe.
    """
    if not repo or len(repo) > MAX_LENGTH or any(ord(c) < 32 or ord(c) == 127 for c in repo):
        raise _refused("it is empty, too long, or holds control characters")
    if repo.startswith("-"):
        raise _refused("it begins with '-', so that Git would take it for an option")
    if "::" in repo.split("/", 1)[0]:
        raise _refused("it names a transport helper (ext:: and the like), which runs programs")
    if HTTP.match(repo):
        _check_url(repo)
    elif FILE.match(repo):
        if urlsplit(repo).netloc not in ("", "localhost"):
            raise _refused("its file:// address names another machine")
    elif "://" in repo:
        raise _refused(f"'{repo.split(':', 1)[0][:20]}' is not fetched from; only https is")
    elif SSH.match(repo):
        raise _refused("it is an ssh address; only https is fetched from")


def check_commit_name(commit: str) -> None:
    """Passes a full commit id, or a name that a branch, tag or short id can have.

    Raises:
        RefusedError: it could be taken for an option or an expression.
    """
    unsafe = ".." in commit or "//" in commit or "/." in commit or commit.endswith((".lock", "/", "."))
    if not REF_NAME.fullmatch(commit) or unsafe:
        message = "found a commit that is neither an id nor a branch's or tag's name; write the full id: 40 hex digits."
        raise RefusedError("commit-refused", message)


def check_pattern(pattern: str) -> None:
    """Passes a glob pattern that stays inside the repository.

    Raises:
        RefusedError: it is absolute, climbs up, or is too long or too wild.
    """
    parts = pattern.split("/")
    reason = ""
    if pattern.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", pattern):
        reason = "an absolute path"
    elif ".." in parts or "\\" in pattern:
        reason = "'..' or a backslash"
    elif ".git" in (part.lower() for part in parts):
        reason = "a path into .git"
    elif len(pattern) > 300 or pattern.count("*") > 12 or any(ord(c) < 32 for c in pattern):
        reason = "more than 300 characters or 12 stars, or a control character"
    if reason:
        message = f"found {reason} in the pattern; expected a path inside the document repository, such as docs/*.md."
        raise RefusedError("pattern-refused", message)


def _refused(reason: str) -> RefusedError:
    message = f"this repository is not read: {reason}. Write an https address: https://host/owner/name."
    return RefusedError("repo-refused", message, about_repo=True)


def _check_url(repo: str) -> None:
    try:
        parts = urlsplit(repo)
        _ = parts.port
    except ValueError:
        raise _refused("its host or port cannot be read") from None
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refused("it holds a user name or password")
    host = parts.hostname or ""
    if not HOST.fullmatch(f"[{host}]" if ":" in host else host) or " " in repo or "\\" in repo or parts.query or parts.fragment:
        raise _refused("its host cannot be read, or it holds blanks, backslashes, '?' or '#'")


def _allowed_url(repo: str, settings: DocumentSettings) -> str:
    parts = urlsplit(repo)
    host, port = parts.hostname or "", parts.port
    if settings.allowed_hosts and host.lower() not in {allowed.lower() for allowed in settings.allowed_hosts}:
        raise _refused(f"the host {host} is not among taxonomy.documents.allowed_hosts")
    if not settings.private_addresses and is_private_name(host):
        raise _refused(f"{host} is a private or loopback address (taxonomy.documents.private_addresses)")
    place = f"[{host}]" if ":" in host else host
    return f"https://{place}{f':{port}' if port and parts.scheme.lower() == 'https' else ''}{parts.path}"


def is_private_name(host: str) -> bool:
    """Whether a host is an address, or a name, that can only be this machine's or this network's. No look-up is made."""
    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith((".localhost", ".local", ".internal")):
        return True
    address = _as_address(bare)
    return address is not None and not is_public(address)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether anyone on the Internet can have this address; one that carries an IPv4 address is judged by that."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in network for network in NOT_PUBLIC)
    translated = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
    carried = address.ipv4_mapped or address.sixtofour or translated
    if carried is not None:
        return is_public(carried)
    return address in GIVEN_OUT and address.is_global


def _as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if not re.fullmatch(r"[0-9a-fx.]+", host) or not re.fullmatch(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+)){0,3}", host):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f000001, 2130706433: all mean 127.0.0.1
    except OSError:
        return None


def _allowed_folder(repo: str, settings: DocumentSettings, taxonomy_top: Path) -> Path:
    if settings.local == "never":
        raise _refused("it is on this machine, and taxonomy.documents.local is 'never'")
    sibling = SIBLING.fullmatch(repo)
    is_sibling = sibling is not None and sibling[1] not in (".", "..")
    if settings.local == "siblings" and not is_sibling:
        raise _refused("only a folder beside the taxonomy may be read, written as '../name' (taxonomy.documents.local)")
    path = urlsplit(repo).path if FILE.match(repo) else repo
    try:
        folder = Path(os.path.normpath(taxonomy_top / path)).resolve()
        beside = taxonomy_top.parent.resolve()
    except (OSError, RuntimeError):
        raise _refused("the folder cannot be followed to its end (symbolic links that lead in a circle?)") from None
    if settings.local == "siblings" and folder.parent != beside:
        raise _refused("the folder is a symbolic link to somewhere else")
    return folder
