"""Of which leaf nodes a file of the workspace is made: read from its rows, which say where they came from.

    keys_in_file(stages/critic_filter/cadc.../kept.jsonl) == {("knowledge/birds", "5b850cd0f517d097")}

Rows are read as plain JSON and one at a time: files of an earlier version, whose records have changed since, are told apart too.

Not covered: rows without a key (chunks, seed examples, exam questions); they lie beside rows that have one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LeafKeys = set[tuple[str, str]]
"""Leaf node paths with the keys of their content."""


def keys_in_file(file: Path) -> LeafKeys:
    """The leaf nodes of a file's rows; empty for a file without any, and for one that cannot be read."""
    found: LeafKeys = set()
    for row in _rows(file):
        path, key = _leaf_of_row(row)
        if path and key:
            found.add((path, key))
    return found


def leaf_of_generation(folder: Path) -> tuple[str, str | None] | None:
    """The leaf node that a cached generation is of, its key None where no row has it; None where there is no row at all."""
    without_key: tuple[str, str | None] | None = None
    for name in ("samples.jsonl", "rejected.jsonl", "reserved.jsonl"):
        for row in _rows(folder / name):
            path, key = _leaf_of_row(row)
            if path and key:
                return path, key
            if path:
                without_key = (path, None)
                break  # all rows of a file are of one kind
    return without_key


def _leaf_of_row(row: Any) -> tuple[str | None, str | None]:
    """Path and key of a LeafNode, a Sample, or a Rejected that holds one of them."""
    if not isinstance(row, dict):
        return None, None
    if isinstance(row.get("row"), dict):  # refused: the row as it was
        path, key = _leaf_of_row(row["row"])
        return path or row.get("leaf_node"), key
    if "path" in row and "taught" in row:
        return row["path"], row.get("key")
    provenance = row.get("provenance")
    return row.get("leaf_node"), provenance.get("leaf_key") if isinstance(provenance, dict) else None


def _rows(file: Path) -> Iterator[Any]:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            for line in stream:
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError):
                    continue
    except OSError:
        return
