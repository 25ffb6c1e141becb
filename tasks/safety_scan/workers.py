"""Judges blocks of rows, in this process or in several, and hands them back in order.

Part of ``safety_scan``. Where many rows come, worker processes do what needs no other row; one for each core that this process
may use. They are started afresh, not forked: a thread of Prefect's that holds a lock would be copied with it. Few blocks are
under way at once, so memory does not grow with the input. A worker ends when its input does: a parent that is killed leaves none.

One example::

    with open_judge(brief, rows=1_000_000) as judge:
        for block, lines in judge.blocks("Sample", lines): ...

Where the stage's rows are shared out over a process pool or a dask cluster, ``shards`` judges instead.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from schemas.contracts import ReportProgress
from schemas.errors import ScanError
from tasks.dataset_files.shards import Sharding
from tasks.safety_scan.canaries import check_canaries
from tasks.safety_scan.judged_block import JudgedBlock, in_blocks, receive, send, unpacked
from tasks.safety_scan.prefilter import HyperscanPrefilter
from tasks.safety_scan.row_judge import Brief, RowJudge
from tasks.safety_scan.shards import ShardedJudge, judge_here
from tasks.safety_scan.worker import BadRowError

ROWS_THAT_PAY_FOR_HYPERSCAN = 5_000
"""Its automaton takes two seconds to compile; from about so many rows on it is won back."""
ROWS_THAT_PAY_FOR_WORKERS = 20_000
_BLOCKS_PER_WORKER = 3
_STOP_SECONDS = 5.0
_ROOT = Path(__file__).parents[2]

Blocks = Iterator[tuple[JudgedBlock, list[bytes]]]


@dataclass(frozen=True)
class Elsewhere:
    """Where shards are judged.

    Args:
        place: Directory or URL for their files.
        progress: Told how many are done.
    """

    sharding: Sharding
    place: str
    progress: ReportProgress


class BlockJudge(Protocol):
    """Whoever judges blocks."""

    def blocks(self, kind: str, lines: Iterable[bytes]) -> Blocks:
        """The lines in blocks with their verdicts, in order; raises ``BadRowError`` with the line's number, from 1."""
        ...


@contextmanager
def open_judge(
    brief: Brief, rows: int | None, workers: int | None = None, elsewhere: Elsewhere | None = None
) -> Iterator[BlockJudge]:
    """Judges in as many processes as the number of rows pays for.

    Args:
        rows: How many will come; None where nobody knows: many.
        workers: How many processes; None: as many as cores for many rows, none for few; 0: none.
        elsewhere: Where shards of many rows are judged instead; None: nowhere.

    Raises:
        ScanError: a scanner missed a canary.
    """
    many = rows is None or rows >= ROWS_THAT_PAY_FOR_HYPERSCAN
    brief = brief.model_copy(update={"prefilter": "hyperscan" if many else "literals"})
    if workers is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        workers = cores if cores > 1 and (rows is None or rows >= ROWS_THAT_PAY_FOR_WORKERS) else 0
    judge = RowJudge(brief)
    check_canaries(judge.scanner)
    size = elsewhere.sharding.shard_rows(rows) if elsewhere and rows is not None else None
    if elsewhere is not None and size is not None:
        yield ShardedJudge(judge, brief, elsewhere.sharding, size, elsewhere.place, elsewhere.progress)
        return
    if workers < 1:
        yield _Here(judge)
        return
    prefilter = judge.scanner.prefilter
    database = prefilter.dumped() if isinstance(prefilter, HyperscanPrefilter) else b""
    with _Processes(brief, database, workers) as processes:
        yield processes


class _Here:
    """This process judges."""

    def __init__(self, judge: RowJudge) -> None:
        self._judge = judge

    def blocks(self, kind: str, lines: Iterable[bytes]) -> Blocks:
        return judge_here(self._judge, kind, lines)


class _Processes:
    """Several processes judge; a thread speaks with each."""

    def __init__(self, brief: Brief, database: bytes, count: int) -> None:
        self._hello = [brief.model_dump_json().encode("utf-8", "surrogatepass"), database]
        self._count = count
        self._started: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(count, "labflow-scan")

    def __enter__(self) -> "_Processes":
        try:
            self._started = [_start() for _ in range(self._count)]
            for answer in self._threads.map(lambda process: _ask(process, self._hello), self._started):
                _raise_error(answer)
        except BaseException:
            self.__exit__()
            raise
        for process in self._started:
            self._idle.put(process)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.kill()  # it holds nothing that is not sent
        self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None, "started with pipes"
                with suppress(OSError):  # what was not yet sent
                    pipe.close()
            process.wait(_STOP_SECONDS)

    def blocks(self, kind: str, lines: Iterable[bytes]) -> Blocks:
        source = in_blocks(lines)
        under_way: deque[tuple[list[bytes], Future[list[bytes]]]] = deque()
        number = 0
        while True:
            for block in islice(source, _BLOCKS_PER_WORKER * self._count - len(under_way)):
                under_way.append((block, self._threads.submit(self._judge, kind, block)))
            if not under_way:
                return
            block, future = under_way.popleft()
            answer = future.result()
            if answer[0] == b"error":
                raise BadRowError(number + int(answer[1]) + 1, answer[2].decode("utf-8", "replace"))
            number += len(block)
            yield unpacked(answer), block

    def _judge(self, kind: str, block: list[bytes]) -> list[bytes]:
        process = self._idle.get()
        try:
            return _ask(process, [kind.encode(), *block])
        finally:
            self._idle.put(process)


def _start() -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "tasks.safety_scan.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # an interrupt is the parent's to handle
    )


def _ask(process: "subprocess.Popen[bytes]", message: list[bytes]) -> list[bytes]:
    assert process.stdin is not None, "started with pipes"
    assert process.stdout is not None, "started with pipes"
    try:
        send(process.stdin, message)
        answer = receive(process.stdout)
    except OSError:
        answer = None
    if answer is None:
        raise ScanError(
            f"a scanning process ended before its work was done (exit code {process.poll()}): "
            "out of memory, or killed. Run again."
        )
    return answer


def _raise_error(answer: list[bytes]) -> None:
    if answer[0] == b"error":
        raise ScanError(answer[2].decode("utf-8", "replace"))
