"""A checkpoint as a directory of files: its digest, its size, and whether it may be loaded at all.

Part of ``train`` and ``evaluate``, on both sides of the worker process: it needs neither torch nor transformers. A checkpoint is
what Hugging Face libraries write with ``save_pretrained``: ``config.json``, ``*.safetensors``, ``tokenizer.json``. Its digest is
taken over the sorted relative names and the SHA-256 of each file, so equal weights, configuration and tokenizer have an equal
digest wherever and whenever they were saved.

Example record::

    Checkpoint(path=".../student", sha256="5f0c...", parameters=2163456)

Not covered: whether the architecture is known (the loader says), sharded weights in object storage.
"""

import hashlib
import json
import math
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

from schemas.contracts import Checkpoint
from schemas.errors import DamagedFileError, TrainingError

PICKLED_WEIGHTS = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
"""Weight files that would run code when they are loaded."""
WAY_TO_CONVERT = (
    "Convert them to safetensors where you trust their origin: transformers does it by "
    "AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(NEW_DIR); then copy the tokenizer's files."
)
WEIGHTS_INDEX = "model.safetensors.index.json"
"""Names the files of a model that lies in several."""


def describe_checkpoint(path: str | Path) -> Checkpoint:
    """The reference to a model directory: where it is, its digest, its number of weights.

    Raises:
        TrainingError: the directory is no loadable checkpoint.
    """
    require_loadable(path)
    root = Path(path)
    return Checkpoint(path=str(root), sha256=digest_directory(root), parameters=count_parameters(root))


def require_intact(checkpoint: Checkpoint) -> None:
    """Does nothing when the directory still has the digest that it was recorded with.

    Raises:
        DamagedFileError: it is gone, or a file in it was changed.
    """
    root = Path(checkpoint.path)
    if not root.is_dir():
        raise DamagedFileError(f"the checkpoint {root} is gone. Run again: what is missing is made anew.")
    if digest_directory(root) != checkpoint.sha256:
        raise DamagedFileError(f"the checkpoint {root} is not the one that was recorded. Delete it and run again.")


def require_loadable(path: str | Path) -> None:
    """Does nothing when the directory holds a configuration, a tokenizer and weights that are safe to load.

    Raises:
        TrainingError: something is missing, or the weights are pickled (loading those can run code).
    """
    root = Path(path)
    if not root.is_dir():
        raise TrainingError(f"there is no model directory {root}. Set train.base to a local directory, or to 'scratch'.")
    if not (root / "config.json").is_file():
        raise TrainingError(f"{root} has no config.json. Name a directory in the Hugging Face layout.")
    if not any(root.glob("*.safetensors")):
        pickled = sorted(file.name for pattern in PICKLED_WEIGHTS for file in root.glob(pattern))
        if pickled:
            raise TrainingError(f"{root / pickled[0]} holds pickled weights, which can run code. {WAY_TO_CONVERT}")
        raise TrainingError(f"{root} has no *.safetensors weights. Name a directory that has them.")
    list_weight_files(root)
    if not (root / "tokenizer.json").is_file():
        raise TrainingError(f"{root} has no tokenizer.json. Save the model's tokenizer into it (a 'fast' tokenizer).")


def list_weight_files(root: Path) -> list[Path]:
    """The safetensors files that belong to a model: those that its index names, where there is one.

    Raises:
        TrainingError: one is missing, or the index cannot be read.
    """
    index = root / WEIGHTS_INDEX
    if not index.is_file():
        return sorted(root.glob("*.safetensors"))
    try:
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        outside = [name for name in names if Path(name).name != name]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TrainingError(f"{index} is damaged ({error}). Fetch the model again.") from error
    if outside:
        raise TrainingError(f"{index} names a file outside of the model: {outside[0][:80]!r}. Fetch it from somebody else.")
    missing = [name for name in names if not (root / name).is_file()]
    if missing:
        count = f"{len(missing)} of {len(names)} files"
        raise TrainingError(f"{root} is incomplete: {missing[0][:80]} is missing ({count}). Fetch the model again.")
    return [root / name for name in names]


def digest_directory(root: Path, leave_out: frozenset[str] = frozenset()) -> str:
    """The SHA-256 (64 hex digits) over the sorted relative POSIX names and the digests of all files below ``root``.

    Args:
        root: the directory.
        leave_out: relative names that do not count.
    """
    total = hashlib.sha256()
    names = sorted(file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file())
    for name in names:
        if name not in leave_out:
            with (root / name).open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            total.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def count_parameters(root: Path) -> int:
    """The number of weights, read from the headers of the safetensors files alone; tied weights count once.

    Raises:
        TrainingError: a file is not in the safetensors format.
    """
    return sum(_count_in_file(file) for file in sorted(root.glob("*.safetensors")))


def _count_in_file(file: Path) -> int:
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > file.stat().st_size:
                raise ValueError("header is longer than the file")
            header = json.loads(stream.read(length))
        return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise TrainingError(f"{file} is not a safetensors file ({error}). Fetch or save it again.") from error


def replace_directory(folder: Path, write: Callable[[Path], None]) -> None:
    """Puts a directory in its place when it is complete: nobody sees half of one.

    Args:
        folder: where it goes; what was there is removed.
        write: writes all files into the directory that it is given.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        write(part)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
