"""What a process computes in one step: rows of the token file -> tensors.

Part of ``train``, inside the worker process. Rows are cut out of the memory-mapped file without a copy of the rest, questions are
disturbed (``prompt_noise.py``), and the rows of one part are either

- **padded** on the right to the longest, where causal attention never looks, so no mask is needed and faster kernels serve; or
- **flattened** into one line with positions that begin anew in each row: for flash-attention, which keeps rows apart by them. The
  first token of a row has no label, so no row is taught to follow another.

Example of a padded part of two rows::

    {"input_ids": [[2, 311, 3, 87, 1], [2, 9, 3, 0, 0]], "labels": [[-100, -100, -100, 87, 1], ...]}

Not covered: images, and masks for prefixes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from datasets import Dataset as Rows
from torch.utils.data import Dataset

from tasks.student_model.labelled_tokens import IGNORED
from tasks.train.batches import FILLER, share_batch
from tasks.train.prompt_noise import PromptNoise
from tasks.train.token_files import TokenFiles

Row = tuple[np.ndarray, np.ndarray]
"""Token ids and labels."""


class _Lists:
    """A column of integer lists, as slices of the mapped file."""

    def __init__(self, rows: Rows, name: str) -> None:
        chunks = rows.data.column(name).chunks
        self._values = [chunk.values.to_numpy(zero_copy_only=True) for chunk in chunks]
        self._offsets = [chunk.offsets.to_numpy(zero_copy_only=True) for chunk in chunks]
        self._starts = np.cumsum([0, *(len(chunk) for chunk in chunks)])

    def __getitem__(self, row: int) -> np.ndarray:
        chunk = int(np.searchsorted(self._starts, row, side="right")) - 1
        place, offsets = row - self._starts[chunk], self._offsets[chunk]
        cut: np.ndarray = self._values[chunk][offsets[place] : offsets[place + 1]]
        return cut


@dataclass(frozen=True)
class Share:
    """Which part of every step this process takes."""

    process: int = 0
    processes: int = 1
    micro_budget: int | None = None
    flattened: bool = False


class StepBatches(Dataset[dict[str, Any]]):
    """The steps of one phase, as one process computes them: item N is step N's parts and what they are normalised by."""

    def __init__(
        self, tokens: TokenFiles, batches: Sequence[np.ndarray], noise: PromptNoise, pad_token_id: int, share: Share
    ) -> None:
        self._ids, self._labels = _Lists(tokens.rows, "input_ids"), _Lists(tokens.rows, "labels")
        self._noisy = np.asarray(tokens.rows.with_format("numpy")["noisy"][:], dtype=bool) & bool(noise.share or noise.keywords)
        self._names = tokens.rows
        self._tokens, self._batches, self._noise, self._pad, self._share = tokens, batches, noise, pad_token_id, share
        self._shortest = int(np.argmin(tokens.lengths))

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, step: int) -> dict[str, Any]:
        """``parts``: what is computed at once, in order; ``labelled``: tokens of the whole step that the loss is taken on."""
        share, lengths = self._share, self._tokens.lengths
        parts = share_batch(self._batches[step], lengths, share.processes, share.micro_budget)[share.process]
        join = flatten if share.flattened else self._pad_right
        return {
            "step": step,
            "labelled": max(1, int(self._tokens.labelled[self._batches[step]].sum())),
            "parts": [join([self._row(step, int(row)) for row in part]) for part in parts],
        }

    def names(self, step: int) -> list[str]:
        """The ids of the samples of a step."""
        return [str(self._names[int(row)]["id"]) for row in self._batches[step]]

    def _row(self, step: int, row: int) -> Row:
        if row == FILLER:
            ids = self._ids[self._shortest]
            return ids, np.full(len(ids), IGNORED)
        ids, labels = self._ids[row], self._labels[row]
        return self._noise.disturb(ids, labels, step, row) if self._noisy[row] else (ids, labels)

    def _pad_right(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        return pad_right(rows, self._pad)


def pad_right(rows: Sequence[Row], pad_token_id: int) -> dict[str, torch.Tensor]:
    """One tensor of shape (rows, longest) each for ids and labels."""
    width = max(len(ids) for ids, _ in rows)
    ids = np.full((len(rows), width), pad_token_id, dtype=np.int64)
    labels = np.full((len(rows), width), IGNORED, dtype=np.int64)
    for place, (row_ids, row_labels) in enumerate(rows):
        ids[place, : len(row_ids)] = row_ids
        labels[place, : len(row_labels)] = row_labels
    return {"input_ids": torch.from_numpy(ids), "labels": torch.from_numpy(labels)}


def flatten(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
    """One tensor of shape (1, tokens) each for ids, labels and positions; positions begin at 0 in each row."""
    labels = [np.concatenate([[IGNORED], row_labels[1:]]) for _, row_labels in rows]
    lines = (
        np.concatenate([ids for ids, _ in rows]),
        np.concatenate(labels),
        np.concatenate([np.arange(len(ids)) for ids, _ in rows]),
    )
    names = ("input_ids", "labels", "position_ids")
    return {name: torch.from_numpy(line.astype(np.int64)[None]) for name, line in zip(names, lines, strict=True)}


def first_item(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a ``DataLoader`` that reads one step at a time makes of it."""
    return items[0]
