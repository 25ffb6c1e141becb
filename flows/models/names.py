"""Which models a workspace knows, and what a name means: a release, a directory, a file, or something downloaded.

    current, 3, release-3   the released student of that number
    base                    the model that the current release started from
    granite-2b              <workspace>/models/granite-2b
    /models/granite, a.gguf as they lie

Not covered: loading them (``tasks/student_model``), downloading them (``labflow model download``).
"""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flows.commands.release.history import StoredRelease, find_release, list_releases, read_history
from schemas.errors import UsageError
from tasks.promote.ledger import current_release

Kind = Literal["student", "base", "downloaded", "path"]


@dataclass(frozen=True)
class FoundModel:
    """A model on this machine.

    Args:
        name: What requests and people call it, for example ``release-3``.
        path: A directory, or a GGUF file.
        kind: Where it comes from.
        release: The number of the release that it belongs to; None where to none.
        from_scratch: Whether it was made by labflow from random weights: it then knows single questions, no conversations.
    """

    name: str
    path: Path
    kind: Kind
    release: int | None = None
    from_scratch: bool = False


def find_model(root: Path, name: str = "current") -> FoundModel:
    """The model that a person means.

    Args:
        root: The workspace.

    Raises:
        UsageError: there is none of that name; with those that there are.
    """
    known = {model.name: model for model in list_models(root)}
    wanted = f"release-{name}" if name.isdigit() else name
    if wanted == "current":
        release = current_release(read_history(root))
        if release is None:
            raise UsageError(f"nothing was released in {root} yet: labflow retrain makes a release, or name a directory.")
        wanted = f"release-{release.number}"
    if wanted in known:
        return known[wanted]
    if "/" in name or name.startswith(".") or name.endswith(".gguf") or Path(name).is_dir():
        path = Path(name).expanduser().absolute()
        if not path.exists():
            raise UsageError(f"there is no model at {path}. labflow model list shows those of the workspace.")
        return FoundModel(path.name, path, "path", from_scratch=_says_from_scratch(path))
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5) or list(known)
    hint = f"There are {', '.join(near)}." if near else "There is none in the workspace yet."
    raise UsageError(f"no model is called {name!r}. {hint}")


def list_models(root: Path) -> Iterator[FoundModel]:
    """All models of a workspace: the released students, newest first, the current one's base, and what was downloaded."""
    for release in reversed(list(list_releases(root, read_history(root)))):
        student, base, from_scratch = _places(release)
        if student is not None:
            yield FoundModel(f"release-{release.number}", student, "student", release.number, from_scratch)
        if release.is_current and base is not None:
            yield FoundModel("base", base, "base", release.number, from_scratch)
    for path in sorted((root / "models").glob("*")):
        if path.is_dir() or path.suffix == ".gguf":
            yield FoundModel(path.name, path, "downloaded", from_scratch=_says_from_scratch(path))


def _places(release: StoredRelease) -> tuple[Path | None, Path | None, bool]:
    """Student and base of a release, in the run's folder where they still are, and whether the student was made from scratch.

    The run's folder moves with the workspace; the paths in the ledger are where the files were made.
    """
    recorded = str(((release.manifest.get("trained") or {}).get("base") or {}).get("path", ""))
    from_scratch = ((release.manifest.get("settings") or {}).get("train") or {}).get("base") == "scratch"
    made = Path(release.release.checkpoint.path)
    student = _first_there(release.root / "releases" / made.name, release.run_folder / "train" / made.name, made)
    base = _first_there(release.run_folder / "train" / Path(recorded).name, Path(recorded)) if recorded else None
    return student, base, from_scratch


def _first_there(*paths: Path) -> Path | None:
    return next((path for path in paths if path.is_dir()), None)


def _says_from_scratch(path: Path) -> bool:
    """Whether what lies beside an exported student, or in its directory, says that it was made from random weights."""
    told = _read_object(path.with_suffix(".json") if path.is_file() else path / "card.json")
    return bool(told.get("from_scratch")) or (told.get("base_sha256") is not None and told.get("base") == "")


def find_adapter(root: Path, model: FoundModel) -> tuple[Path | None, str]:
    """Directory of the adapter that a release's student was merged from, and its recorded digest; None where there is none."""
    if model.kind != "student":
        return None, ""
    release = find_release(root, str(model.release))
    recorded = (release.manifest.get("trained") or {}).get("adapter") or {}
    made = Path(str(recorded.get("path") or "adapter"))
    found = _first_there(release.run_folder / "train" / made.name, model.path.parent / made.name, *([made] if recorded else []))
    return found, str(recorded.get("sha256", "")) if found else ""


def describe_model(root: Path, model: FoundModel) -> dict[str, Any]:
    """Name, kind, size in bytes, digest, origin and place of a model. The digest is read where one was recorded."""
    files = [path for path in model.path.rglob("*") if path.is_file()] if model.path.is_dir() else [model.path]
    sha256, origin = "", "this workspace"
    if model.kind == "student":
        release = next(each for each in list_releases(root, read_history(root)) if each.number == model.release)
        sha256 = release.release.checkpoint.sha256
        origin = f"taxonomy {release.release.taxonomy_commit[:10]}" + (", current" if release.is_current else "")
    elif model.kind == "downloaded":
        source = read_origin(model.path)
        sha256, origin = str(source.get("sha256", "")), str(source.get("from", "put there by hand"))
    elif model.kind == "base":
        origin = f"the start of release {model.release}"
    return {
        "name": model.name,
        "kind": model.kind,
        "bytes": sum(path.stat().st_size for path in files),
        "sha256": sha256,
        "origin": origin,
        "release": model.release,
        "path": str(model.path),
    }


def read_origin(path: Path) -> dict[str, Any]:
    """Where a downloaded model came from, as noted beside it; empty where nothing is noted."""
    return _read_object(path.with_name(f".{path.name}.origin.json"))


def _read_object(file: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none, or none that can be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
