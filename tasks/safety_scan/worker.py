"""A process that judges blocks of rows: ``python -m tasks.safety_scan.worker``, started by ``workers``.

Part of ``safety_scan``. It reads messages from its standard input and answers each on its standard output::

    in   [brief as JSON, automaton or nothing]       out  [b"ready"], after its scanner has found all canaries
    in   [kind, line, line, ...]                     out  a judged block, or [b"error", row, message]

When its input ends, because the parent has what it wants or was killed, it ends, too.

Not covered: order, files, what rows have to do with each other.
"""

import os
import sys
from typing import IO

from schemas.errors import DamagedFileError, LabflowError
from tasks.safety_scan.canaries import check_canaries
from tasks.safety_scan.judged_block import JudgedBlock, receive, send
from tasks.safety_scan.row_judge import Brief, RowJudge


def judge_block(judge: RowJudge, kind: str, lines: list[bytes]) -> JudgedBlock:
    """The verdicts on the lines.

    Raises:
        BadRowError: one of them is no such row.
    """
    policy, block = judge.scanner.policy, JudgedBlock()
    limits = policy.duplicates if policy.layers.duplicates else None
    for number, line in enumerate(lines):
        try:
            block.add(judge.outcome(kind, line), limits)
        except DamagedFileError as error:
            raise BadRowError(number, str(error)) from None
    return block


class BadRowError(Exception):
    """A line is not what it should be.

    Args:
        row: Its place in the block, from 0.
        message: What it is.
    """

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row, self.message = row, message


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answers until the source ends."""
    first = receive(source)
    if first is None:
        return
    try:
        judge = RowJudge(Brief.model_validate_json(first[0]), first[1] or None)
        check_canaries(judge.scanner)
    except LabflowError as error:
        send(target, [b"error", b"0", str(error).encode()])
        return
    send(target, [b"ready"])
    while (message := receive(source)) is not None:
        try:
            send(target, judge_block(judge, message[0].decode(), message[1:]).packed())
        except BadRowError as error:
            send(target, [b"error", str(error.row).encode(), error.message.encode("utf-8", "replace")])


def main() -> None:
    """Speaks through the descriptors that it was started with; whatever else prints, prints to stderr."""
    with os.fdopen(os.dup(1), "wb") as target, os.fdopen(os.dup(0), "rb") as source:
        os.dup2(2, 1)
        try:
            serve(source, target)
        except BrokenPipeError:
            sys.exit(1)  # nobody listens any more


if __name__ == "__main__":
    main()
