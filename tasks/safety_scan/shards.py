"""Judges rows in shards that other processes or machines work on, as ``workers`` does in processes of its own.

Part of ``safety_scan``: what needs no other row. Files of few rows are judged here. A shard's result is a file of judged blocks;
whoever asked reads it beside the shard's rows, in order, and goes on with duplicates, blocked leaf nodes and guardian.

One example, a line of a result: ``{"parts": ["eyJsZWFm...", "AAAA..."]}``, the runs of bytes of a ``JudgedBlock``.

Not covered: ``labflow data scan``, which has worker processes.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from schemas.contracts import DatasetFile, ReportProgress, Shard
from schemas.errors import DamagedFileError
from schemas.records import Record
from tasks.dataset_files.jsonl import read_dataset, read_lines
from tasks.dataset_files.shards import Sharding, Work, map_shards, read_brief, write_result
from tasks.safety_scan.canaries import check_canaries
from tasks.safety_scan.fields import RECORDS
from tasks.safety_scan.judged_block import JudgedBlock, in_blocks, unpacked
from tasks.safety_scan.row_judge import Brief, RowJudge
from tasks.safety_scan.worker import BadRowError, judge_block


class ShardBrief(Record):
    """What judging a shard depends on.

    Args:
        kind: The record type of its rows.
    """

    judge: Brief
    kind: str


class PackedBlock(Record):
    """A judged block, or the row that could not be judged.

    Args:
        parts: The block's runs of bytes, in base64.
        bad_row: Its place in the block, from 0.
    """

    parts: tuple[str, ...] = ()
    bad_row: int | None = None
    message: str = ""


def judge_shard(shard: Shard) -> DatasetFile:
    """The verdicts on a shard's rows, as a file of judged blocks.

    Raises:
        ScanError: the scanner missed a canary.
        DamagedFileError: the shard is not what was recorded.
    """
    return write_result(shard, PackedBlock, lambda: _judged_blocks(shard))


def _judged_blocks(shard: Shard) -> Iterator[PackedBlock]:
    brief: ShardBrief = read_brief(shard, ShardBrief)
    judge = _judge_of(brief.judge.model_dump_json())
    for block in in_blocks(read_lines(shard.rows)):
        try:
            packed = judge_block(judge, brief.kind, block).packed()
        except BadRowError as error:
            yield PackedBlock(bad_row=error.row, message=error.message)
            return
        yield PackedBlock(parts=tuple(b64encode(part).decode() for part in packed))


@lru_cache(maxsize=1)
def _judge_of(brief: str) -> RowJudge:
    """A judge that has found all canaries; a worker makes it once and takes several shards."""
    judge = RowJudge(Brief.model_validate_json(brief))
    check_canaries(judge.scanner)
    return judge


@dataclass(frozen=True)
class ShardedJudge:
    """A ``BlockJudge`` whose blocks are judged elsewhere.

    Args:
        here: Judges files that are too small to be cut.
        size: Rows of a shard.
        place: Where the shards lie.
    """

    here: RowJudge
    brief: Brief
    sharding: Sharding
    size: int
    place: str
    progress: ReportProgress

    def blocks(self, kind: str, lines: Iterable[bytes]) -> Iterator[tuple[JudgedBlock, list[bytes]]]:
        """The lines in blocks with their verdicts, in order; raises ``BadRowError`` with the line's number, from 1."""
        source = iter(lines)
        first = list(islice(source, self.sharding.least_rows))
        if len(first) < self.sharding.least_rows:
            yield from judge_here(self.here, kind, first)
            return
        work = Work(judge_shard, ShardBrief(judge=self.brief, kind=kind), RECORDS[kind])
        weighed = ((line, 1) for line in chain(first, source))
        before = 0
        for rows, result in map_shards(self.sharding, work, weighed, self.size, f"{self.place}/{kind}", self.progress):
            yield from _of_shard(rows, result, before)
            before += rows.rows


def judge_here(judge: RowJudge, kind: str, lines: Iterable[bytes]) -> Iterator[tuple[JudgedBlock, list[bytes]]]:
    """The same in this process."""
    number = 0
    for block in in_blocks(lines):
        try:
            yield judge_block(judge, kind, block), block
        except BadRowError as error:
            raise BadRowError(number + error.row + 1, error.message) from None
        number += len(block)


def _of_shard(rows: DatasetFile, result: DatasetFile, before: int) -> Iterator[tuple[JudgedBlock, list[bytes]]]:
    done = 0
    packed_blocks = read_dataset(result, PackedBlock)
    for block in in_blocks(read_lines(rows)):  # cut as the worker cut them
        packed = next(packed_blocks, None)
        if packed is None:
            break
        if packed.bad_row is not None:
            raise BadRowError(before + done + packed.bad_row + 1, packed.message)
        yield unpacked([b64decode(part) for part in packed.parts]), block
        done += len(block)
    if done != rows.rows or next(packed_blocks, None) is not None:
        raise DamagedFileError(f"{rows.rows} rows went into a shard, {done} came out ({result.path}). Delete it and run again.")
