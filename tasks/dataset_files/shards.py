"""Rows cut into a few files, worked on elsewhere, and brought together again in order.

For stages whose work on a row needs no other row. Part of no stage: it knows rows and files, whoever runs the work is handed in
(``RunShards``), and nothing here knows whether that is a process pool or a cluster::

    <folder>/shards/rows-0003.jsonl         the fourth shard: some of the rows, in their order
    <folder>/shards/brief-5d2f....jsonl     what the work depends on besides
    <folder>/shards/91c0....jsonl           its result, named by the digest of rows, brief and work

A result that lies there already is used again, so a stage that was killed half-way repeats only the shards that were not
finished. The stage compares what went into a shard with what came out: no row is lost, none is made up.

Not covered: work that needs other rows (duplicates, leaf nodes that are blocked as a whole), which stays in the stage's process.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import fsspec

from schemas.contracts import DatasetFile, Progress, ReportProgress, RunShards, Shard, ShardWork, StageFolders
from schemas.records import Record, digest_of
from tasks.dataset_files.jsonl import is_intact, open_dataset, read_lines, write_dataset

Done = Iterator[tuple[DatasetFile, DatasetFile]]


@dataclass(frozen=True)
class Sharding:
    """How a stage's rows may be shared out.

    Args:
        run: Has the work done.
        most: Shards at most.
        least_rows: Rows of a shard at least.
        storage: Directory or URL that the workers share; None: the stage's own folder.
    """

    run: RunShards
    most: int
    least_rows: int
    storage: str | None = None

    def shard_rows(self, rows: int) -> int | None:
        """How many rows make a shard; None where so few are not worth cutting."""
        if rows < 2 * self.least_rows:
            return None
        return max(self.least_rows, -(-rows // self.most))

    def place(self, folders: StageFolders) -> str:
        """Where a stage's shards lie: its own folder, or one of the same name in the storage."""
        if self.storage is None:
            return f"{folders.folder}/shards"
        return f"{self.storage}/shards/{'/'.join(PurePosixPath(folders.folder).parts[-2:])}"


@dataclass(frozen=True)
class Work:
    """What is done to each row.

    Args:
        do: A function of a module: shard -> the file at ``shard.result``.
        brief: What it depends on besides the rows.
        record: The record type of the rows.
    """

    do: ShardWork
    brief: Record
    record: type[Record]


def map_shards(
    sharding: Sharding, work: Work, lines: Iterable[tuple[bytes, int]], size: int, place: str, progress: ReportProgress
) -> Done:
    """Each shard with its result, in the order of the rows.

    Args:
        lines: Rows as JSON with their line ends, each with what it weighs in rows.
        size: Weight of a shard, in rows.
        place: Directory or URL for the files.

    Raises:
        WorkspaceError: the place cannot be written.
    """
    name = f"{work.do.__module__}.{work.do.__qualname__}"
    brief_digest = digest_of([name, work.brief.model_dump(mode="json")])
    brief = write_dataset(f"{place}/brief-{brief_digest[:16]}.jsonl", type(work.brief), [work.brief])
    shards = [
        Shard(rows=rows, brief=brief, result=f"{place}/{digest_of([brief_digest, rows.sha256])[:32]}.jsonl")
        for rows in _cut(lines, size, place, work.record)
    ]
    progress(Progress(done=0, total=len(shards), unit="shards"))
    results = sharding.run(work.do, shards, progress)
    yield from zip((shard.rows for shard in shards), results, strict=True)


def write_result(shard: Shard, record: type[Record], rows: Callable[[], Iterable[Record]]) -> DatasetFile:
    """The shard's result: read where an earlier try has finished it, else written.

    A shard that two workers have at once, because one of them was taken for dead, is written twice: the same bytes.

    Args:
        rows: Makes the result's rows.
    """
    recorded = f"{shard.result}.done"
    try:
        with fsspec.open(recorded, "rb") as stream:
            finished = DatasetFile.model_validate_json(stream.read())
    except (OSError, ValueError):
        finished = None
    if finished is not None and finished.path == shard.result and is_intact(finished):
        return finished
    file = write_dataset(shard.result, record, rows())
    write_dataset(recorded, DatasetFile, [file])
    return file


def read_brief(shard: Shard, record: type[Any]) -> Any:
    """The brief, which is one row of this type."""
    (line,) = read_lines(shard.brief)
    return record.model_validate_json(line)


def clear_shards(place: str) -> None:
    """Deletes what only the work needed, once its stage is finished with it."""
    fs, path = fsspec.core.url_to_fs(place)
    if fs.exists(path):
        fs.rm(path, recursive=True)


def _cut(lines: Iterable[tuple[bytes, int]], size: int, place: str, record: type[Record]) -> Iterator[DatasetFile]:
    source = iter(lines)
    number, following = 0, next(source, None)
    while following is not None:
        with open_dataset(f"{place}/rows-{number:04}.jsonl", record) as writer:
            weight = 0
            while following is not None and weight < size:
                writer.write_line(following[0])
                weight += following[1]
                following = next(source, None)
        yield writer.file
        number += 1
