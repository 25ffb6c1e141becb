"""Fetches one pinned commit of a document repository by https into a bare cache, within limits, checking out nothing.

Only the commit itself is asked for (``git fetch --depth 1 URL COMMIT``); a server that does not hand out single commits is
asked for all branches and tags. The host's addresses are looked up once, checked, and given to Git, so that a second look-up
cannot answer otherwise; redirects are not followed. A repository lies in ``CACHE/repositories/DIGEST.git`` and is asked again
only for a commit that it does not hold, or for a name that may have moved.

Place in the DAG: below ``documents.py``. Documentation leaned on: git-fetch(1), ``http.*`` and ``protocol.*`` in
git-config(1).

Not covered: repositories that need a password (none is ever sent), and Git LFS (a pointer stays a pointer and is refused
there).
"""

import contextlib
import hashlib
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from schemas.errors import DocumentError
from schemas.settings import DocumentSettings
from tasks.taxonomy_diff.document_address import FULL_COMMIT, RefusedError, is_public
from tasks.taxonomy_diff.git_repository import HARDENED_OPTIONS, GitFailedError, GitRepository, git_environment, run_process

NETWORK_ENVIRONMENT = (
    "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE",
)  # fmt: skip
REPOSITORY_SIZE_FACTOR = 20
"""A fetch is stopped when the cached repository is larger than this many documents of ``max_bytes``."""
POLL_SECONDS = 0.05
FETCHED_REF = "refs/labflow/fetched"
NO_REPOSITORY = (
    "could not read username",
    "could not read password",
    "authentication failed",
    "' not found",
    "returned error: 404",
)
"""What Git says where the server knows no such repository, or shows it to nobody without a password."""
NOT_THERE = (
    "not our ref",
    "couldn't find remote ref",
    "no such ref",
    "unadvertised object",
    "not a valid object",
    "no matching remote",
)


def fetch_commit(url: str, commit: str, folder: Path, settings: DocumentSettings) -> tuple[GitRepository, str]:
    """A repository that holds the commit, and the commit's full id.

    Args:
        url: A checked https address.
        commit: A full id, or a checked name of a branch, a tag or a short id.
        folder: Directory of the cached repositories.

    Raises:
        DocumentError: the server cannot be reached, or a limit was met: the run stops, another may do better.
        RefusedError: the server has no such commit, or its address may not be asked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bare = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.git"
    try:
        with FileLock(f"{bare}.lock", timeout=settings.timeout_seconds + 60):
            repository = _open_cache(bare)
            known = repository.resolve_commit(commit.lower()) if FULL_COMMIT.fullmatch(commit) else None
            return repository, known or _Fetch(repository, url, settings).fetch(commit)
    except Timeout as error:
        raise DocumentError(
            f"{bare} is being fetched by another run for too long. Wait for it, or delete that folder."
        ) from error


def _open_cache(bare: Path) -> GitRepository:
    if not (bare / "HEAD").is_file():
        shutil.rmtree(bare, ignore_errors=True)
        arguments = ("init", "--quiet", "--bare", "--template=", str(bare))
        run_process(("git", *HARDENED_OPTIONS, *arguments), arguments, git_environment(), b"", 60)
    return GitRepository(bare, bare)


class _Fetch:
    """The attempts for one commit, sharing one limit of time."""

    def __init__(self, repository: GitRepository, url: str, settings: DocumentSettings) -> None:
        self.repository, self.url, self.settings = repository, url, settings
        self.deadline = time.monotonic() + settings.timeout_seconds
        self.options = ("-c", "protocol.https.allow=always", "-c", "http.followRedirects=false", *_pinned_address(url, settings))

    def fetch(self, commit: str) -> str:
        is_full = FULL_COMMIT.fullmatch(commit) is not None
        sources = [commit.lower()] if is_full else [f"refs/heads/{commit}", f"refs/tags/{commit}"]
        for source in sources:
            if self._try("--depth", "1", self.url, f"+{source}:{FETCHED_REF}"):
                found = self.repository.resolve_commit(FETCHED_REF)
                if found is not None:
                    return found
        could_be_id = len(commit) >= 7 and all(c in "0123456789abcdefABCDEF" for c in commit)
        if could_be_id and self._try(self.url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"):
            found = self.repository.resolve_commit(commit)
            if found is not None:
                return found
        raise RefusedError(
            "document-missing", "found no such commit in the document repository; write the id of one that is there."
        )

    def _try(self, *arguments: str) -> bool:
        """Whether the fetch succeeded; False where the server has not got it."""
        call = (
            *self.options,
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--no-auto-gc",
        )
        try:
            self._run((*call, *arguments))
        except GitFailedError as error:
            said = error.stderr.lower()
            if any(words in said for words in NOT_THERE):
                return False
            if any(words in said for words in NO_REPOSITORY):
                message = (
                    f"found no public repository at {self.url}; write the address of one that can be read without a password."
                )
                raise RefusedError("document-missing", message, about_repo=True) from error
            reason = error.stderr.strip().splitlines()[-1][:200] if error.stderr.strip() else "no reason given"
            raise DocumentError(
                f"cannot fetch {self.url}: {reason}. Check the address and the network, then run again."
            ) from error
        return True

    def _run(self, arguments: tuple[str, ...]) -> None:
        environment = git_environment() | {"GIT_ALLOW_PROTOCOL": "https"}
        environment |= {name: os.environ[name] for name in NETWORK_ENVIRONMENT if name in os.environ}
        command = ("git", f"--git-dir={self.repository.git_dir}", *HARDENED_OPTIONS, *arguments)
        with tempfile.TemporaryFile() as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=environment,
                start_new_session=True,
            )
            try:
                self._watch(process)
            finally:
                _stop(process)
            stderr.seek(0)
            if process.returncode != 0:
                raise GitFailedError(("fetch",), process.returncode, stderr.read(20_000).decode("utf-8", "replace"))

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Waits for the end of the fetch, or stops the run at a limit."""
        while process.poll() is None:
            if time.monotonic() > self.deadline:
                _stop(process)
                self._forget_partial_packs()
                raise DocumentError(
                    f"{self.url} was not fetched within {self.settings.timeout_seconds:.0f} seconds "
                    "(taxonomy.documents.timeout_seconds). Run again, or allow more."
                )
            self._check_size(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
        self._check_size(process)

    def _check_size(self, process: subprocess.Popen[bytes]) -> None:
        limit = self.settings.max_bytes * REPOSITORY_SIZE_FACTOR
        if _folder_bytes(self.repository.git_dir) <= limit:
            return
        _stop(process)
        shutil.rmtree(self.repository.git_dir, ignore_errors=True)  # or the next run would find the commit in it
        raise DocumentError(
            f"{self.url} is larger than {limit:,} bytes ({REPOSITORY_SIZE_FACTOR} x taxonomy.documents.max_bytes). "
            "Allow more, or pin a smaller repository."
        )

    def _forget_partial_packs(self) -> None:
        for partial in (self.repository.git_dir / "objects/pack").glob("tmp_*"):
            partial.unlink(missing_ok=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # git-remote-https is a child of its own
        process.wait()


def _folder_bytes(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _pinned_address(url: str, settings: DocumentSettings) -> tuple[str, ...]:
    """The option that tells Git which address to connect to, after all of the host's addresses were found to be allowed."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if any(name in os.environ for name in NETWORK_ENVIRONMENT[:4]):
        return ()  # the proxy looks the name up; it stands where it can refuse what this machine should not reach
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise DocumentError(
            f"cannot find the host {host} of {url}. Check the address and the network, then run again."
        ) from error
    addresses = sorted(str(address).split("%")[0] for address in found)
    if not settings.private_addresses and not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        raise RefusedError(
            "repo-refused",
            f"the host {host} has a private or loopback address, which is not asked (taxonomy.documents.private_addresses).",
            about_repo=True,
        )
    listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
    return ("-c", f"http.curloptResolve={host}:{port}:{listed}")
