"""The weights of a checkpoint, one tensor at a time: no torch, and never more in memory than one tensor.

Part of ``labflow model export``. A checkpoint's ``*.safetensors`` files begin with a header that names each tensor's number
format, shape and place; a sharded one has an index that names its files.

Example record::

    StoredTensor("model.norm.weight", Path("student/model.safetensors"), "BF16", (192,), start=41088, bytes=384)

Source: the documentation of safetensors, "Format".

Not covered: quantised checkpoints (8-bit floats, packed integers): they are refused by the name of their format.
"""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.errors import TrainingError
from tasks.student_model.checkpoint_files import list_weight_files

Array = NDArray[Any]

LONGEST_HEADER_BYTES = 100_000_000
"""The format's own bound."""
_NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor lies.

    Args:
        format: ``F32``, ``F16``, ``BF16`` or ``F64``.
        start: Of its first byte in the file.
    """

    name: str
    file: Path
    format: str
    shape: tuple[int, ...]
    start: int
    bytes: int

    def read(self) -> Array:
        """Its values in float32.

        Raises:
            TrainingError: the file ends before it.
        """
        dtype = np.dtype(_NUMPY[self.format])
        with self.file.open("rb") as stream:
            stream.seek(self.start)
            raw = np.fromfile(stream, dtype, count=math.prod(self.shape))
        if raw.nbytes != self.bytes:
            raise TrainingError(f"{self.file} ends in the middle of {self.name}: the model is incomplete. Fetch it again.")
        if self.format == "BF16":  # the upper half of a float32
            raw = raw.astype(np.uint32)
            raw <<= 16
            raw = raw.view(np.float32)
        return raw.astype(np.float32, copy=False).reshape(self.shape)


def list_tensors(folder: Path) -> dict[str, StoredTensor]:
    """All tensors of a checkpoint, by name.

    Raises:
        TrainingError: a file is missing, damaged, or holds a number format that is not read here.
    """
    tensors: dict[str, StoredTensor] = {}
    for file in list_weight_files(folder):
        tensors.update(_tensors_of(file))
    return tensors


def _tensors_of(file: Path) -> dict[str, StoredTensor]:
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(size, LONGEST_HEADER_BYTES):
                raise ValueError("header is longer than the file")
            header = json.loads(stream.read(length))
        return {name: _stored(name, fields, file, 8 + length, size) for name, fields in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError) as error:
        raise TrainingError(f"{file} is not a safetensors file ({error}). Fetch or save it again.") from error


def _stored(name: str, fields: dict[str, Any], file: Path, data: int, size: int) -> StoredTensor:
    if fields["dtype"] not in _NUMPY:
        stored = str(fields["dtype"])[:20]
        raise TrainingError(f"{name} in {file} is stored as {stored}, which is not read here. Save the model in bfloat16.")
    shape = tuple(int(width) for width in fields["shape"])
    first, end = (int(offset) for offset in fields["data_offsets"])
    if data + end > size:
        raise TrainingError(f"{file} ends in the middle of {name}: the model is incomplete. Fetch it again.")
    if not 0 <= first <= end or end - first != math.prod(shape) * np.dtype(_NUMPY[fields["dtype"]]).itemsize:
        raise ValueError(f"{name} has not the size of its shape")
    return StoredTensor(name, file, fields["dtype"], shape, data + first, end - first)
