"""Fetches models into the workspace: from the Hugging Face Hub, an OCI registry, an fsspec URL, or a directory.

    labflow model download ibm-granite/granite-3.3-2b-base --revision 1a2b3c4  ->  <workspace>/models/granite-3.3-2b-base

A model appears whole or not at all: files are gathered in a hidden folder beside its place, where an interrupted download goes
on, checked against the digests that the hub knows, and renamed. A revision is resolved to a commit first, which is fetched and
noted. Only what is safe to load is taken: safetensors, GGUF, JSON, texts; never pickled weights or code.

Source: the documentation of huggingface_hub ("Download files"), and of fsspec.

Not covered: the protocol of OCI registries (``oci_registry.py``); models that are archives.
"""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.models.oci_registry import fetch_artefact, parse_reference
from schemas.errors import DownloadError, UsageError, WorkspaceError
from tasks.dataset_files.disk_room import require_room
from tasks.dataset_files.jsonl import write_text_atomically
from tasks.student_model.checkpoint_files import digest_directory, require_loadable

SAFE = ("*.safetensors", "*.gguf", "*.json", "*.txt", "*.md", "*.jinja", "*.model", "LICENSE*", "NOTICE*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
OCI = "oci://"
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")

Report = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What to fetch.

    Args:
        source: ``organisation/name`` on the hub, ``oci://host/name:tag``, any URL of fsspec's, or a directory.
        revision: On the hub: a commit, branch or tag.
        file: Only this file, for example one GGUF file of many.
        token: For private models; empty: none.
        name: What to call it; None: the source's own name.
    """

    source: str
    revision: str = "main"
    file: str | None = None
    token: str = ""
    name: str | None = None


def download_model(wanted: Wanted, root: Path, report: Report) -> Path:
    """Fetches a model and returns its place: a directory, or a GGUF file.

    Args:
        root: The workspace.
        report: Is told what is going on, a line at a time.

    Raises:
        UsageError: the source or name is none, or the place is taken.
        DownloadError: the source cannot be reached or lacks the model; a second try goes on where this one stopped.
        TrainingError: what was fetched is no model, or holds pickled weights alone.
    """
    name = wanted.name or _own_name(wanted)
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a model: choose one with --name, of letters, digits, '.', '-' and '_'.")
    if wanted.file is not None and not _is_safe(wanted.file):
        raise UsageError(
            f"{wanted.file} is not fetched: only safetensors, GGUF, JSON and texts are, never pickled weights or code."
        )
    place = root / "models" / name
    if place.exists():
        raise UsageError(f"there is a model {name} already: labflow model remove {name}, or choose another --name.")
    part = place.with_name(f".{name}.part")
    part.mkdir(parents=True, exist_ok=True)
    try:
        origin = _fetch(wanted, part, report)
    except OSError as error:
        raise WorkspaceError(f"cannot write {part}: {error.strerror or error}. Free space and run again: it goes on.") from error
    return _finish(part, place, origin)


def _own_name(wanted: Wanted) -> str:
    if wanted.file is None and wanted.source.startswith(OCI):
        return parse_reference(wanted.source).short_name
    return (wanted.file or wanted.source.rstrip("/")).rpartition("/")[2]


def _fetch(wanted: Wanted, part: Path, report: Report) -> str:
    """Gathers the files; returns where they are from."""
    if wanted.source.startswith(OCI):
        reference = parse_reference(wanted.source)
        return fetch_artefact(reference, wanted.token, part, lambda name: _is_wanted(wanted, name), report)
    if "://" in wanted.source:
        return _fetch_url(wanted, part, report)
    if Path(wanted.source).expanduser().is_dir():
        return _copy_directory(Path(wanted.source).expanduser().absolute(), part, report)
    if _REPO.fullmatch(wanted.source):
        return _fetch_from_hub(wanted, part, report)
    raise UsageError(f"{wanted.source} is neither organisation/name on the hub, nor a URL, nor a directory.")


def _fetch_from_hub(wanted: Wanted, part: Path, report: Report) -> str:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    endpoint = os.environ.get("HF_ENDPOINT")
    token: str | bool = wanted.token or False  # no token of the user's is sent that was not named
    try:
        info = HfApi(endpoint=endpoint, token=token).model_info(wanted.source, revision=wanted.revision, files_metadata=True)
        if not info.sha:
            raise DownloadError(f"the hub names no commit for {wanted.source} at {wanted.revision}.")
        names = [each.rfilename for each in info.siblings or [] if _is_safe(each.rfilename)]
        names = [wanted.file] if wanted.file else names
        sizes = {each.rfilename: each.size or 0 for each in info.siblings or []}
        require_room(part, sum(sizes.get(name, 0) for name in names if not (part / name).is_file()))
        for number, name in enumerate(names, 1):
            report(f"{wanted.source} at commit {info.sha[:10]}: {name} ({number} of {len(names)})")
            hf_hub_download(wanted.source, name, revision=info.sha, local_dir=part, token=token, endpoint=endpoint)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        hint = "Name the variable that holds your token with --token-env." if status in (401, 403) else "Check name and revision."
        raise DownloadError(f"the hub refuses {wanted.source} at {wanted.revision} (status {status}). {hint}") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise DownloadError(f"{wanted.source} cannot be fetched: {_short(error)}. Run again: it goes on.") from None
    except Exception as error:
        if not type(error).__module__.startswith(("httpx", "httpcore", "huggingface_hub")):
            raise
        raise DownloadError(f"{wanted.source} cannot be fetched: {_short(error)}. Run again: it goes on.") from None
    _check_digests(part, info.siblings or [])
    shutil.rmtree(part / ".cache", ignore_errors=True)
    return f"{wanted.source}@{info.sha}"


def _check_digests(part: Path, siblings: list[Any]) -> None:
    """Holds each large file against the SHA-256 that the hub has of it; a damaged one is removed, to be fetched again."""
    for sibling in siblings:
        file = part / sibling.rfilename
        known = getattr(sibling.lfs, "sha256", None) if sibling.lfs else None
        if known and file.is_file() and _sha256(file) != known:
            file.unlink()
            shutil.rmtree(part / ".cache", ignore_errors=True)
            raise DownloadError(f"{sibling.rfilename} came damaged and was removed. Run again: it is fetched once more.")


def _fetch_url(wanted: Wanted, part: Path, report: Report) -> str:
    """Copies what lies under an fsspec URL; files that are there with the same size are not fetched again."""
    import fsspec

    try:
        fs, top = fsspec.core.url_to_fs(wanted.source)
        found = {path: info["size"] for path, info in fs.find(top, detail=True).items()}
    except (OSError, ValueError, ImportError) as error:
        raise DownloadError(f"{wanted.source} cannot be read: {_short(error)}.") from None
    names = {path: path[len(top) :].lstrip("/") or path.rpartition("/")[2] for path in found}
    chosen = [path for path in sorted(found) if _is_wanted(wanted, names[path])]
    if not chosen:
        raise DownloadError(f"there is no model under {wanted.source}: no safetensors, no GGUF.")
    missing = [path for path in chosen if not _has_size(part / names[path], found[path])]
    require_room(part, sum(found[path] for path in missing))
    for path in missing:
        report(names[path])
        try:
            _fetch_file(fs, path, part / names[path])
        except (OSError, ValueError, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise DownloadError(f"{names[path]} cannot be fetched: {_short(error)}. Run again: it goes on.") from None
    return wanted.source


def _fetch_file(fs: Any, path: str, target: Path) -> None:
    """Copies one file, from where an earlier try has stopped; what was begun of another state of the file is not gone on with."""
    target.parent.mkdir(parents=True, exist_ok=True)
    begun = target.with_name(f"{target.name}.{hashlib.sha256(str(fs.ukey(path)).encode()).hexdigest()[:12]}.incomplete")
    with fs.open(path, "rb") as source, begun.open("ab") as stream:
        source.seek(stream.tell())
        shutil.copyfileobj(source, stream, 1 << 20)
    begun.replace(target)


def _has_size(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size


def _copy_directory(source: Path, part: Path, report: Report) -> str:
    found = {path: path.relative_to(source) for path in sorted(source.rglob("*")) if path.is_file() and not path.is_symlink()}
    missing = {
        path: inside
        for path, inside in found.items()
        if _is_safe(inside.as_posix()) and not _has_size(part / inside, path.stat().st_size)
    }
    require_room(part, sum(path.stat().st_size for path in missing))
    for path, inside in missing.items():
        (part / inside).parent.mkdir(parents=True, exist_ok=True)
        report(inside.as_posix())
        shutil.copyfile(path, part / inside)
    return str(source)


def _finish(part: Path, place: Path, origin: str) -> Path:
    """Checks what was gathered and puts it in its place: a single GGUF file by itself, else the directory."""
    for left in part.rglob("*.incomplete"):  # of another state of the source
        left.unlink()
    gguf = sorted(part.glob("*.gguf"))
    if len(gguf) == 1 and not any(part.glob("*.safetensors")):
        place = place if place.suffix == ".gguf" else place.with_name(f"{place.name}.gguf")
        sha256 = _sha256(gguf[0])
        gguf[0].replace(place)
        shutil.rmtree(part)
    else:
        require_loadable(part)
        sha256 = digest_directory(part)
        part.rename(place)
    note = {"from": origin, "sha256": sha256}
    write_text_atomically(place.with_name(f".{place.name}.origin.json"), json.dumps(note, indent=2) + "\n")
    return place


def _is_wanted(wanted: Wanted, name: str) -> bool:
    return _is_safe(name) and wanted.file in (None, name)


def _is_safe(name: str) -> bool:
    from fnmatch import fnmatch

    parts = name.split("/")  # an empty one makes the name absolute, a dot leads elsewhere
    return not any(not part or part.startswith(".") or "\0" in part for part in parts) and any(
        fnmatch(parts[-1], p) for p in SAFE
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
