"""What in a workspace nothing uses any more, and its removal.

Used is, by name, every stage folder that a release of the ledger, the ``current`` link or a run's manifest speaks of, wherever
the workspace lay then (a folder's name is a digest of what it was made from). Used is also what the *current curriculum* may
find again, finished or half done: stage folders made of no other leaf nodes, and the generations and answers of its leaf nodes.
The current curriculum is the one that the latest run has read, decided or not. Generations and answers of the leaf nodes of
releases and runs stay too: they were paid for, and a change that is taken back finds them.

    Unused(kind="generation", path="<workspace>/cache/generations/5a1f...", files=4, bytes=812345)

Answers of examined models and of judges are used where an evaluation that is used names their file (``asked.json`` in its
folder); one of an earlier version that names none keeps them all. A guardian's are used while there is a scan that asked one.

Never touched: ledger, runs, ``current``, documents, conversions and fetched repositories, and logs of servers.

Not covered: files in object storage, folders that a person deleted by hand, and single answers within a file that is used.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flows.commands.data.leaf_keys import LeafKeys, keys_in_file, leaf_of_generation
from schemas.errors import DamagedFileError, WorkspaceError
from schemas.records import digest_of
from tasks.evaluate.asked_shards import ASKED, read_shards
from tasks.promote.ledger import read_ledger

Kind = Literal["stage", "generation", "answers"]
Place = tuple[str, ...]
"""A stage folder below ``stages/``: (stage, key), and (taxonomy_diff, run key, digest of the commits)."""

_HELD_BY_INPUTS = {"train", "evaluate"}
"""Stages whose folders hold saved steps before they have a result, and say in run.json what they were made from."""
_ASKING = ("teacher", "critic")


@dataclass(frozen=True)
class Unused:
    """A folder or file that nothing uses; ``bytes`` is what its removal frees: files that a run's folder links stay."""

    kind: Kind
    path: str
    files: int
    bytes: int


def find_unused(root: Path) -> list[Unused]:
    """What ``remove_unused`` would remove, in order of paths. The caller holds the workspace's lock.

    Raises:
        DamagedFileError: the ledger or a manifest cannot be read, so what it uses is not known.
    """
    used = _Used(root)
    found: list[tuple[Kind, Path]] = [("stage", folder) for folder in _unused_stages(root, used)]
    found += [("generation", folder) for folder in _unused_generations(root, used.leaf_keys)]
    found += [("answers", file) for file in _unused_answers(root, used.leaf_keys)]
    found += [("answers", file) for file in _unused_by_stages(root, used)]
    links: Counter[tuple[int, int]] = Counter()
    for _, path in found:
        links.update(_inode(file) for file in _files_in(path))
    return [_measure(kind, path, links) for kind, path in found]


def remove_unused(unused: Iterable[Unused]) -> None:
    """Removes them.

    Raises:
        WorkspaceError: one cannot be removed.
    """
    for item in unused:
        path = Path(item.path)
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            if item.kind == "stage" and path.parent.parent.name == "taxonomy_diff" and not any(path.parent.iterdir()):
                path.parent.rmdir()
        except OSError as error:
            raise WorkspaceError(f"cannot remove {path}: {error.strerror or error}. Check its permissions.") from error


class _Used:
    """What ledger, ``current``, manifests and the current curriculum use."""

    def __init__(self, root: Path) -> None:
        self._root = root
        told = [*_tell_ledger(root), *_tell_manifests(root)]
        link = root / "current"
        if link.is_symlink():
            told.append(str(root / os.readlink(link)))
        self.places = {place for value in told for place in places_in(value)}
        newest = _newest_curriculum(root)
        self.current: LeafKeys = keys_in_file(newest / "leaf_nodes.jsonl") if newest else set()
        if newest:
            self.places.add(newest.relative_to(root / "stages").parts)
        self.leaf_keys = self.current | {key for value in told for key in _leaf_keys_in(value)}

    def keeps(self, folder: Path) -> bool:
        """Whether a stage folder is used. A folder's inputs are asked before the folder itself."""
        place = folder.relative_to(self._root / "stages").parts
        if place in self.places:
            return True
        if place[0] == "taxonomy_diff":
            return False
        if place[0] in _HELD_BY_INPUTS:
            inputs = [self._root.joinpath("stages", *each) for each in _inputs_of(folder) - {place}]
            return bool(inputs) and all(each.is_dir() and self.keeps(each) for each in inputs)
        if not (folder / "result.json").is_file():
            return False  # such a stage begins anew; what it had paid for is in the cache
        keys = {key for file in sorted(folder.glob("*.jsonl")) for key in keys_in_file(file)}
        return bool(keys) and keys <= self.current


def places_in(value: Any) -> Iterator[Place]:
    """The stage folders that a value speaks of, at any depth: in any text that leads through a ``stages`` directory."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from places_in(item)
    elif isinstance(value, str) and "/stages/" in value:
        parts = value.rpartition("/stages/")[2].split("/")
        yield tuple(parts[: 3 if parts[0] == "taxonomy_diff" else 2])


def _leaf_keys_in(value: Any) -> Iterator[tuple[str, str]]:
    """The leaf nodes with their keys that a ledger's line or a manifest names."""
    if not isinstance(value, dict):
        return
    change, release = value.get("change"), value.get("release")
    if isinstance(change, dict):
        yield from (change.get("leaf_keys") or {}).items()
    if isinstance(release, dict):
        yield from (release.get("leaf_nodes") or {}).items()


def _tell_ledger(root: Path) -> list[Any]:
    return [verdict.model_dump(mode="json") for verdict in read_ledger(root / "ledger.jsonl")]


def _tell_manifests(root: Path) -> Iterator[Any]:
    for path in sorted(root.glob("runs/*/manifest.json")):
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise DamagedFileError(
                f"{path} cannot be read, so what that run uses is not known; nothing was removed. Restore or remove its folder."
            ) from error
        yield manifest


def _newest_curriculum(root: Path) -> Path | None:
    files = [file for file in root.glob("stages/taxonomy_diff/*/*/leaf_nodes.jsonl") if file.is_file()]
    return max(files, key=lambda file: (file.stat().st_mtime_ns, file)).parent if files else None


def _inputs_of(folder: Path) -> set[Place]:
    """What the folder says that it was made from; an evaluation by a server has no run.json."""
    return {place for name in ("run.json", ASKED) for place in places_in(_read_json(folder / name))}


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _unused_stages(root: Path, used: _Used) -> Iterator[Path]:
    for stage in sorted(_folders_in(root / "stages")):
        for folder in sorted(_folders_in(stage)):
            parts = _folders_in(folder) if stage.name == "taxonomy_diff" else [folder]
            yield from (part for part in sorted(parts) if not used.keeps(part))


def _unused_generations(root: Path, known: LeafKeys) -> Iterator[Path]:
    paths = {path for path, _ in known}
    for folder in sorted(_folders_in(root / "cache" / "generations")):
        if not (folder / "drafts.jsonl").is_file():
            yield folder  # never finished: the teacher would begin anew
            continue
        leaf = leaf_of_generation(folder)
        if leaf is None:
            continue  # no row says whose it is; it is next to nothing, and remembers that there was nothing to write
        path, key = leaf
        if path not in paths if key is None else (path, key) not in known:
            yield folder


def _unused_answers(root: Path, known: LeafKeys) -> Iterator[Path]:
    # A critic's canaries are logged under their leaf node without a key.
    shards = {digest_of([path, key])[:32] for path, key in known} | {digest_of([path, ""])[:32] for path, _ in known}
    for role in _ASKING:
        for file in sorted((root / "cache" / "answers" / role).glob("*.jsonl")):
            if _is_shard(file) and file.stem not in shards:
                yield file


def _unused_by_stages(root: Path, used: _Used) -> Iterator[Path]:
    """Files of answers that are named by no leaf node: of examined models, of judges, of a guardian."""
    examined = [folder for folder in _folders_in(root / "stages" / "evaluate") if used.keeps(folder)]
    asked = [read_shards(folder) for folder in examined]
    for role in ("exam", "judge"):
        named = {shard for shards in asked if shards for shard in getattr(shards, role)}
        all_known = all(shards or not _asked_a_server(folder, role) for folder, shards in zip(examined, asked, strict=True))
        for file in sorted((root / "cache" / "answers" / role).glob("*.jsonl")) if all_known else ():
            if file.is_file() and not file.is_symlink() and file.stem not in named:
                yield file
    guardian = root / "cache" / "answers" / "guardian"
    if guardian.is_dir() and not any(_asked_a_guardian(each) for each in _folders_in(root / "stages" / "safety_scan")):
        yield from sorted(file for file in guardian.glob("*.jsonl") if file.is_file() and not file.is_symlink())


def _asked_a_server(folder: Path, role: str) -> bool:
    """Whether an evaluation that names no files may have used some of this role; one without a result may."""
    report = _read_json(folder / "result.json")
    if not isinstance(report, dict):
        return True
    return report.get("engine") == "vllm" if role == "exam" else report.get("judge") is not None


def _asked_a_guardian(folder: Path) -> bool:
    """Whether a scan asked one; one without a result may have."""
    result = _read_json(folder / "result.json")
    return not isinstance(result, dict) or result.get("guardian") is not None


def _is_shard(file: Path) -> bool:
    return len(file.stem) == 32 and set(file.stem) <= set("0123456789abcdef") and file.is_file() and not file.is_symlink()


def _folders_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]


def _files_in(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in sorted(path.rglob("*")) if file.is_file() and not file.is_symlink()]
    return [path]


def _inode(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_dev, status.st_ino


def _measure(kind: Kind, path: Path, links: Counter[tuple[int, int]]) -> Unused:
    files = _files_in(path)
    freed = {_inode(file): file.stat() for file in files}
    size = sum(status.st_size for inode, status in freed.items() if status.st_nlink == links[inode])
    return Unused(kind, str(path), len(files), size)
