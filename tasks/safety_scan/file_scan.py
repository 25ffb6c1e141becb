"""Scans a JSONL file of anybody's, into a folder: what ``labflow data scan`` does.

Part of ``safety_scan``, pure. Rows are JSON objects with any of ``id``, ``question``, ``context``, ``answer``, ``messages``;
every other text in them is scanned as well. What comes out, all of it written atomically::

    verdicts.jsonl     one line for each row, in order: {"id": ..., "verdict": ..., "rule": ..., "findings": [...]}, masked
    clean.jsonl        the allowed rows as they were, the redacted ones with placeholders
    quarantine.jsonl   {"id": ..., "rule": ..., "detail": ..., "row": ...}, masked: for a person
    dropped.jsonl      the same for the rows that were dropped
    summary.json       counts by verdict and rule, the policy's digest

Where there are many rows, worker processes judge them; memory does not grow with the file, but for what duplicates need (about
1 kB a row; a policy with ``layers: duplicates: false`` needs none).

Not covered: the guardian model and decisions of persons, which belong to runs; text in other forms than JSONL.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from schemas.contracts import Progress, ReportProgress
from schemas.errors import UsageError, WorkspaceError
from schemas.records import ExamQuestion, Record, digest_of
from tasks.safety_scan.accounting import Accounts
from tasks.safety_scan.duplicates import DuplicateFinder
from tasks.safety_scan.judged_block import AskedRow
from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.row_judge import JSON_ROWS, Brief, Outcome, json_line
from tasks.safety_scan.worker import BadRowError
from tasks.safety_scan.workers import open_judge

NAMES = ("verdicts", "clean", "quarantine", "dropped")
_ROWS_BETWEEN_REPORTS = 2000
_QUESTION_KEYS, _ANSWER_KEYS = ("question", "prompt", "input", "instruction"), ("answer", "reference", "output", "response")


class FileScanned(Record):
    """What became of a file's rows: rows = allowed + redacted + quarantined + dropped."""

    rows: int
    allowed: int
    redacted: int
    quarantined: int
    dropped: int
    counts_by_rule: dict[str, int]
    question_diversity: float | None
    policy: str
    policy_sha256: str
    source_sha256: str
    folder: str


@dataclass
class _Run:
    """The open files and the counts."""

    files: dict[str, IO[bytes]]
    duplicates: DuplicateFinder | None
    actions: Mapping[str, str]
    accounts: Accounts = field(default_factory=Accounts)
    written: int = 0

    def take(self, outcome: Outcome, line: bytes, asked: AskedRow | None) -> None:
        """Writes one row to where it belongs."""
        report, out = outcome.report, line if outcome.line is None else outcome.line
        if asked is not None and self.duplicates is not None and (rule := self.duplicates.check(asked.fingerprint)):
            action = self.actions[rule]
            if action in ("quarantine", "drop"):
                report, out = _refused(report, out, action, rule)
                outcome = Outcome(action, rule, booked=outcome.booked)
        self.accounts.count(outcome)
        self.files["verdicts"].write(report)
        if outcome.verdict in ("allow", "redact"):
            self.files["clean"].write(out)
            if asked is not None:
                self.accounts.count_question("", asked.pairs)
        else:
            self.files["quarantine" if outcome.verdict == "quarantine" else "dropped"].write(out)
            self.written += 1


def scan_file(
    source: Path,
    folder: Path,
    policy: str | None,
    exam: Path | None,
    progress: ReportProgress,
    workers: int | None = None,
) -> FileScanned:
    """Judges each row of a file, in order.

    Args:
        source: JSONL; empty lines are no rows.
        folder: Where the five files go; it is made where it is absent.
        policy: Path of a policy file; None: the built-in one.
        exam: JSONL of questions that no row may contain (question, with answer or reference where there is one).
        workers: Processes; None: as many as cores for a large file; 0: this one.

    Raises:
        UsageError: the policy, the exam or a line of the source cannot be read; the message names the line's number.
        ScanError: the scanner missed a canary.
        WorkspaceError: the folder cannot be written.
    """
    loaded, digest = load_policy(policy)
    brief = Brief(policy=loaded, policy_sha256=digest, exam=tuple(read_exam(exam)) if exam else ())
    numbered, size = _Numbered(source), _size_of(source)
    actions = {rule: loaded.action(rule) for rule in ("duplicate.exact", "duplicate.near")}
    finder = DuplicateFinder(loaded.duplicates) if loaded.layers.duplicates else None
    with ExitStack() as stack:
        judge = stack.enter_context(open_judge(brief, size // _LEAST_BYTES_OF_A_ROW, workers))
        run = _Run(stack.enter_context(_open_all(folder)), finder, actions)
        progress(Progress(done=0, note=_share(0, size)))
        try:
            for block, lines in judge.blocks(JSON_ROWS, numbered.lines()):
                for line, (outcome, asked) in zip(lines, block.rows(), strict=True):
                    run.take(outcome, line, asked)
                    if run.accounts.total % _ROWS_BETWEEN_REPORTS == 0:
                        progress(_progress(run.accounts.total, numbered.bytes, size))
        except BadRowError as error:
            raise UsageError(f"{source}:{numbered.line_of(error.row)} {error.message}. Nothing was written.") from None
        run.accounts.check(numbered.rows, run.written)
        result = _result(run, numbered, loaded.name, digest, folder)
        progress(Progress(done=result.rows, total=result.rows))
    write_summary(folder, result)
    return result


_LEAST_BYTES_OF_A_ROW = 400
"""A guess at how many rows a file has, to decide on worker processes before it is read."""


def _progress(done: int, read: int, size: int) -> Progress:
    """How many rows of how many, as far as the bytes tell."""
    return Progress(done=done, total=max(done, round(done * size / read)) if read else None, note=_share(read, size))


def _share(read: int, size: int) -> str:
    return f"{min(1.0, read / size):.0%} of {size / 1e6:,.1f} MB" if size else ""


def _result(run: _Run, numbered: "_Numbered", name: str, digest: str, folder: Path) -> FileScanned:
    verdicts, leaves = run.accounts.verdicts, run.accounts.leaf_counts()
    return FileScanned(
        rows=run.accounts.total,
        allowed=verdicts["allow"],
        redacted=verdicts["redact"],
        quarantined=verdicts["quarantine"],
        dropped=verdicts["drop"],
        counts_by_rule=dict(sorted(run.accounts.rules.items())),
        question_diversity=leaves[0].question_diversity if leaves else None,
        policy=name,
        policy_sha256=digest,
        source_sha256=numbered.sha256.hexdigest(),
        folder=str(folder),
    )


def write_summary(folder: Path, result: FileScanned) -> None:
    """Writes ``summary.json``."""
    part = folder / f"summary.json.{os.getpid()}.part"
    part.write_text(json.dumps(result.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    part.replace(folder / "summary.json")


class _Numbered:
    """A file's rows, its digest, and which line of it a row was."""

    def __init__(self, source: Path) -> None:
        self._source, self.sha256 = source, hashlib.sha256()
        self.rows = self.bytes = 0
        self._empty: list[int] = []

    def lines(self) -> Iterator[bytes]:
        try:
            with self._source.open("rb") as stream:
                for number, line in enumerate(stream, 1):
                    self.sha256.update(line)
                    self.bytes += len(line)
                    if number == 1 and line.startswith(b"\xef\xbb\xbf"):
                        line = line[3:]
                    if not line.strip():
                        self._empty.append(number)
                        continue
                    self.rows += 1
                    yield line if line.endswith(b"\n") else line + b"\n"
        except OSError as error:
            raise UsageError(f"cannot read {self._source}: {error.strerror}.") from error

    def line_of(self, row: int) -> int:
        """The line on which a row stands, both from 1."""
        for number in self._empty:
            row += number <= row
        return row


def read_exam(path: Path) -> Iterator[ExamQuestion]:
    """The questions of a JSONL file, as an exam.

    Raises:
        UsageError: a line is no object with a question; the message names its number.
    """
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _exam_question(line, f"{path}:{number}")
    except OSError as error:
        raise UsageError(f"cannot read the exam {path}: {error.strerror}.") from error


def _exam_question(line: bytes, place: str) -> ExamQuestion:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place} is not JSON: {error}") from None
    texts = {key: value for key, value in row.items() if isinstance(value, str)} if isinstance(row, dict) else {}
    question = next((texts[key] for key in _QUESTION_KEYS if texts.get(key)), "")
    if not question:
        raise UsageError(f"{place} has no question: an exam's lines are objects with 'question', and 'answer' or 'reference'.")
    reference = next((texts[key] for key in _ANSWER_KEYS if texts.get(key)), "")
    context = texts.get("context") or None
    identity = digest_of([question, context, reference])[:16]
    return ExamQuestion(
        id=identity, suite="human", leaf_node="", kind="knowledge", question=question, context=context, reference=reference
    )


def _refused(report: bytes, clean: bytes, action: str, rule: str) -> tuple[bytes, bytes]:
    """The two lines of a row that repeats another: it is clean of private values already."""
    said = {**json.loads(report), "verdict": action, "rule": rule}
    return json_line(said), json_line({"id": said["id"], "rule": rule, "detail": "", "row": json.loads(clean)})


def _size_of(source: Path) -> int:
    try:
        return source.stat().st_size
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}.") from error


@contextmanager
def _open_all(folder: Path) -> Iterator[dict[str, IO[bytes]]]:
    """The files of the folder under temporary names; they get their own when the block ends without an error."""
    parts = {name: folder / f"{name}.jsonl.{os.getpid()}.part" for name in NAMES}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            yield {name: stack.enter_context(part.open("wb")) for name, part in parts.items()}
        for name, part in parts.items():
            part.replace(folder / f"{name}.jsonl")
    except OSError as error:
        raise WorkspaceError(f"cannot write {folder}: {error.strerror}. Free space or choose another place.") from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
