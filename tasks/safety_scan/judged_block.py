"""Some hundred rows with their verdicts, as they travel from a worker process to the one that writes.

Part of ``safety_scan``. Columns instead of objects: a block is packed into one run of bytes in microseconds, and nothing in it is
code. Most rows are allowed, unchanged and without findings; such a row is one byte and its fingerprint::

    JudgedBlock(verdicts=b"\\0\\0\\1", leaf_nodes=["knowledge/cars"] * 3, notes={2: Note("redact", "personal.email", ...)}, ...)

Not covered: how blocks are sent (``workers``).
"""

import json
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO

from tasks.safety_scan.accounting import word_pairs
from tasks.safety_scan.fields import Asked
from tasks.safety_scan.fingerprints import BANDS, Fingerprint, fingerprint_of, place_digest
from tasks.safety_scan.policy import DuplicateLimits
from tasks.safety_scan.row_judge import Outcome

_DIGEST_BYTES = 16
_BLOCK_ROWS, _BLOCK_BYTES = 512, 1 << 20


@dataclass(frozen=True, slots=True)
class Note:
    """What there is to say of a row that is not simply allowed."""

    verdict: str
    rule: str
    booked: tuple[str, ...] = ()
    decided: str = ""


@dataclass(slots=True)
class JudgedBlock:
    """The verdicts on some rows, in order.

    Args:
        leaf_nodes: One for each row.
        notes: By row, where it is not simply allowed.
        lines: By row: what is to be written where it is not the line that came in.
        reports: The lines of ``verdicts.jsonl``; empty for our own records.
        asks: For each row 1 where it has a fingerprint; the columns below have a place for those rows only.
        places: For each of them, leaf node and item as 16 bytes (``fingerprints.place_digest``).
        pair_counts: Word pairs of each question; ``pairs`` holds all of them.
    """

    leaf_nodes: list[str] = field(default_factory=list)
    notes: dict[int, Note] = field(default_factory=dict)
    lines: dict[int, bytes] = field(default_factory=dict)
    reports: list[bytes] = field(default_factory=list)
    asks: bytearray = field(default_factory=bytearray)
    exact: bytearray = field(default_factory=bytearray)
    places: bytearray = field(default_factory=bytearray)
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    texts: list[bytes] = field(default_factory=list)
    pair_counts: "array[int]" = field(default_factory=lambda: array("I"))
    pairs: "array[int]" = field(default_factory=lambda: array("I"))

    def add(self, outcome: Outcome, limits: DuplicateLimits | None) -> None:
        """Appends a row.

        Args:
            limits: How duplicates are sought; None: they are not.
        """
        row = len(self.leaf_nodes)
        self.leaf_nodes.append(outcome.leaf_node)
        if outcome.verdict != "allow" or outcome.booked or outcome.decided:
            self.notes[row] = Note(outcome.verdict, outcome.rule, outcome.booked, outcome.decided)
        if outcome.line is not None:
            self.lines[row] = outcome.line
        if outcome.report:
            self.reports.append(outcome.report)
        self.asks.append(outcome.asked is not None)
        if outcome.asked is not None:
            self._add_asked(outcome.asked, limits)

    def _add_asked(self, asked: Asked, limits: DuplicateLimits | None) -> None:
        pairs = word_pairs(asked.question)
        self.pair_counts.append(len(pairs))
        self.pairs.extend(pairs)
        if limits is None:
            return
        fingerprint = fingerprint_of(asked, limits.near)
        self.exact += fingerprint.exact
        self.places += place_digest(asked)
        self.keys.extend(fingerprint.keys)
        self.texts.append(fingerprint.text)

    def rows(self) -> Iterator[tuple[Outcome, "AskedRow | None"]]:
        """Each row's outcome, without its text, and what is needed to compare it with others."""
        near, at, first_pair = bool(self.keys), 0, 0
        for row, leaf_node in enumerate(self.leaf_nodes):
            note = self.notes.get(row)
            outcome = Outcome("allow", "", leaf_node, line=self.lines.get(row))
            if note is not None:
                outcome.verdict, outcome.rule = note.verdict, note.rule
                outcome.booked, outcome.decided = note.booked, note.decided
            if self.reports:
                outcome.report = self.reports[row]
            if not self.asks[row]:
                yield outcome, None
                continue
            last_pair = first_pair + self.pair_counts[at]
            digests = slice(at * _DIGEST_BYTES, at * _DIGEST_BYTES + _DIGEST_BYTES)
            keys = self.keys[at * BANDS : at * BANDS + BANDS].tolist() if near else []
            text = self.texts[at] if self.texts else b""
            fingerprint = Fingerprint(bytes(self.exact[digests]), keys, text)
            yield outcome, AskedRow(fingerprint, bytes(self.places[digests]), self.pairs[first_pair:last_pair])
            at, first_pair = at + 1, last_pair

    def packed(self) -> list[bytes]:
        """The block as a few runs of bytes."""
        known = {leaf: number for number, leaf in enumerate(dict.fromkeys(self.leaf_nodes))}
        head = {
            "leaf_nodes": list(known),
            "notes": {str(row): list(asdict(note).values()) for row, note in self.notes.items()},
            "rows": [len(self.lines), len(self.reports), len(self.texts)],
        }
        lines = [b"%d " % row + line for row, line in self.lines.items()]
        numbers = array("I", [known[leaf] for leaf in self.leaf_nodes])
        return [
            json.dumps(head).encode(),
            numbers.tobytes(),
            bytes(self.asks),
            bytes(self.exact),
            bytes(self.places),
            self.keys.tobytes(),
            self.pair_counts.tobytes(),
            self.pairs.tobytes(),
            *lines,
            *self.reports,
            *self.texts,
        ]


@dataclass(frozen=True, slots=True)
class AskedRow:
    """What is needed to compare a row with others, and to count its question's word pairs."""

    fingerprint: Fingerprint
    place: bytes
    pairs: Sequence[int]


def unpacked(parts: list[bytes]) -> JudgedBlock:
    """The block that was packed."""
    head = json.loads(parts[0])
    leaf_nodes = head["leaf_nodes"]
    numbers, keys, pair_counts, pairs = array("I"), array("Q"), array("I"), array("I")
    for column, part in ((numbers, parts[1]), (keys, parts[5]), (pair_counts, parts[6]), (pairs, parts[7])):
        column.frombytes(part)
    lines, reports, texts = head["rows"]
    rest, changed = parts[8:], {}
    for line in rest[:lines]:
        row, _, content = line.partition(b" ")
        changed[int(row)] = content
    return JudgedBlock(
        leaf_nodes=[leaf_nodes[number] for number in numbers],
        notes={int(row): Note(note[0], note[1], tuple(note[2]), note[3]) for row, note in head["notes"].items()},
        lines=changed,
        reports=rest[lines : lines + reports],
        asks=bytearray(parts[2]),
        exact=bytearray(parts[3]),
        places=bytearray(parts[4]),
        keys=keys,
        texts=rest[lines + reports : lines + reports + texts],
        pair_counts=pair_counts,
        pairs=pairs,
    )


# -- runs of bytes over a pipe ---------------------------------------------------------------------------------------------


def send(stream: IO[bytes], parts: Sequence[bytes]) -> None:
    """Writes one message of several parts."""
    lengths = struct.pack(f"<I{len(parts)}I", len(parts), *map(len, parts))
    stream.write(lengths + b"".join(parts))
    stream.flush()


def receive(stream: IO[bytes]) -> list[bytes] | None:
    """The next message; None where the other side has ended."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (count,) = struct.unpack("<I", head)
    lengths = stream.read(4 * count)
    if len(lengths) < 4 * count:
        return None
    sizes = struct.unpack(f"<{count}I", lengths)
    whole = stream.read(sum(sizes))
    if len(whole) < sum(sizes):
        return None
    parts, at = [], 0
    for size in sizes:
        parts.append(whole[at : at + size])
        at += size
    return parts


def in_blocks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines, a few hundred at a time, or fewer long ones."""
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if len(block) >= _BLOCK_ROWS or size >= _BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block
