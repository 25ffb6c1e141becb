"""The scan stage: rows in, the same rows out, less what may not reach a teacher or a student.

Place in the DAG: after ``taxonomy_diff`` (on leaf nodes, seed examples and chunks, before a teacher reads them) and after
``critic_filter`` (on samples, before a student does). Every row gets a verdict, every verdict names a rule.

One example, a line of ``refused.jsonl``::

    {"id": "1f0c...", "leaf_node": "knowledge/cars/dmc12", "stage": "safety_scan", "reason": "quarantine:credential.github_token",
     "detail": "answer 9:49 credential.github_token •••••••• (40 characters)", "row": {"answer": "Push with ••••...", ...}}

Order of the layers for a row: rules on its texts, redaction and re-scan, contamination, decisions of persons (``row_judge``, in
worker processes where there are many rows), duplicates, the guardian model. A leaf node that is blocked takes its seed examples
and chunks with it (``drop:leaf_blocked``): they would teach a task whose description may not be read.

What counts against ``blocked_share_limit``: quarantined and dropped seed examples, chunks and samples of a leaf node.
Repetitions do not count, nor do rows that fell with their leaf node.

Not covered, without a guardian model: what needs to be understood to be judged (a veiled threat, a false claim, a name that is a
person's, an address in prose); with one, what that model misses. In no case: whether an answer is true.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from schemas.contracts import DatasetFile, Progress, ReportProgress, ScanRequest, ScanResult, StageFolders, ignore_progress
from schemas.errors import DamagedFileError, ScanError
from schemas.records import ExamQuestion, LeafNode, Rejected
from tasks.dataset_files.jsonl import DatasetWriter, open_dataset, read_dataset, read_lines
from tasks.dataset_files.shards import Sharding
from tasks.safety_scan.accounting import Accounts
from tasks.safety_scan.decisions import Decisions, decisions_of
from tasks.safety_scan.duplicates import DuplicateFinder
from tasks.safety_scan.earlier import Earlier
from tasks.safety_scan.fields import RECORDS
from tasks.safety_scan.judged_block import AskedRow
from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.refusals import Refusals
from tasks.safety_scan.row_judge import Brief, Outcome
from tasks.safety_scan.stopped_scan import StoppedScan, leave_stopped
from tasks.safety_scan.worker import BadRowError
from tasks.safety_scan.workers import BlockJudge, Elsewhere, open_judge

if TYPE_CHECKING:
    from tasks.safety_scan.guardian import Guardian

LEAF_BLOCKED = "leaf_blocked"
_ROWS_BETWEEN_REPORTS = 500
ReadSecret = Callable[[str], str]


def scan_rows(
    request: ScanRequest,
    folders: StageFolders,
    progress: ReportProgress,
    read_secret: ReadSecret | None = None,
    workers: int | None = None,
    sharding: Sharding | None = None,
) -> ScanResult:
    """Scans all rows of the request's files.

    Args:
        request: Files of LeafNode, SeedExample, Chunk or Sample, the settings, and the exam for samples.
        folders: The clean files and ``refused.jsonl`` are written to ``folders.folder``.
        progress: Told every few hundred rows.
        read_secret: Reads a Secret block by its name, for the guardian's API key; None where there are none.
        workers: Processes that judge rows; None: as many as cores where there are many rows.
        sharding: How rows are judged elsewhere; None: they are judged here.

    Returns:
        One clean file for each file asked, in order, and the refused rows, masked.

    Raises:
        UsageError: the policy cannot be read or does not fit.
        ScanError: the scanner or the guardian missed a canary, or more of a leaf node was blocked than the settings allow.
        ModelServerError: the guardian does not answer.
        DamagedFileError: a file is not what was recorded.
    """
    run = _Run(request, folders, progress)
    with ExitStack() as stack:
        run.open_layers(stack, workers, read_secret, sharding)
        refused = stack.enter_context(open_dataset(f"{folders.folder}/refused.jsonl", Rejected))
        # Leaf nodes first, wherever they stand in the request: their rows fall with them.
        order = sorted(range(len(request.rows)), key=lambda i: request.rows[i].record != "LeafNode")
        clean = {index: run.scan_file(index, request.rows[index], refused) for index in order}
        guardian = run.guardian.counts() if run.guardian else None
    accounts = run.accounts
    accounts.check(sum(file.rows for file in request.rows), refused.rows)
    _stop_where_too_much_is_blocked(request, folders, accounts, refused.file, run.policy_sha256)
    return ScanResult(
        clean=tuple(clean[index] for index in range(len(request.rows))),
        refused=refused.file,
        allowed=accounts.verdicts["allow"],
        redacted=accounts.verdicts["redact"],
        quarantined=accounts.verdicts["quarantine"],
        dropped=accounts.verdicts["drop"],
        counts_by_rule=dict(sorted(accounts.rules.items())),
        leaf_counts=accounts.leaf_counts(),
        policy_sha256=run.policy_sha256,
        released=accounts.decided["release"],
        denied=accounts.decided["deny"],
        guardian=guardian,
    )


class _Run:
    """One call's layers, what they have seen, and the counts."""

    def __init__(self, request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> None:
        self._request, self._folders, self._progress = request, folders, progress
        self.policy, self.policy_sha256 = load_policy(request.policy.policy)
        self._rows = sum(file.rows for file in request.rows)
        self._decisions = decisions_of(request.decisions)
        self.accounts = Accounts()
        self.blocked_leaf_nodes: set[str] = set()
        self.refusals = Refusals(self.policy, Decisions(self._decisions, self.policy_sha256))
        self.duplicates = DuplicateFinder(self.policy.duplicates) if self.policy.layers.duplicates else None
        self.earlier = Earlier(request.earlier, request.earlier_is_known, request.rows)
        self.guardian: Guardian | None = None
        self.judge: BlockJudge

    def open_layers(
        self, stack: ExitStack, workers: int | None, read_secret: ReadSecret | None, sharding: Sharding | None
    ) -> None:
        """Starts what must be stopped again: the workers, the guardian's server. Both are tried with known positives first."""
        settings = self._request.policy.guardian
        if settings.kind != "none":
            from tasks.safety_scan.guardian import open_guardian

            self.guardian = stack.enter_context(open_guardian(settings, self._folders, self._progress, read_secret))
            self._progress = ignore_progress  # the guardian tells tokens and cost as well
        brief = Brief(
            policy=self.policy,
            policy_sha256=self.policy_sha256,
            exam=tuple(_exam_questions(self._request.exam)),
            decisions=tuple(each for each in self._decisions if each.policy_sha256 == self.policy_sha256),
        )
        elsewhere = None
        if sharding is not None:
            elsewhere = Elsewhere(sharding, sharding.place(self._folders), self._progress)
        self.judge = stack.enter_context(open_judge(brief, self._rows, workers, elsewhere))
        if self.duplicates is not None:
            self.earlier.show_to(self.duplicates, self.policy.duplicates)

    def scan_file(self, index: int, file: DatasetFile, refused: DatasetWriter) -> DatasetFile:
        """Writes the clean rows of one file, and the others to ``refused``."""
        record = RECORDS.get(file.record)
        if record is None:
            raise TypeError(f"{file.path} holds {file.record} rows, which are not scanned; known are {', '.join(RECORDS)}")
        judged = self._judged(file)
        if self.guardian is not None:
            judged = self.guardian.judged(judged, file, self.refusals)
        with open_dataset(f"{self._folders.folder}/clean-{index}-{file.record}.jsonl", record) as clean:
            for outcome, line, asked in judged:
                self.accounts.count(outcome, record is LeafNode)
                if outcome.verdict in ("allow", "redact"):
                    clean.write_line(line)
                    if asked is not None and file.record == "Sample":
                        self.accounts.count_question(outcome.leaf_node, asked.pairs)
                else:
                    refused.write_line(line)
                    if record is LeafNode:
                        self.blocked_leaf_nodes.add(outcome.leaf_node)
                self._report()
        return clean.file

    def _judged(self, file: DatasetFile) -> Iterator[tuple[Outcome, bytes, AskedRow | None]]:
        """Each row with all verdicts but the guardian's, and the line that is to be written: clean or refused."""
        try:
            for block, lines in self.judge.blocks(file.record, read_lines(file)):
                for line, (outcome, asked) in zip(lines, block.rows(), strict=True):
                    line = line if outcome.line is None else outcome.line
                    if outcome.verdict in ("allow", "redact") and (rule := self._rule_of_other_rows(file, outcome, asked)):
                        outcome, line = self.refusals.refuse(file.record, line, outcome, rule)
                    yield outcome, line, asked
        except BadRowError as error:
            raise DamagedFileError(f"{file.path}:{error.row} {error.message}") from None

    def _rule_of_other_rows(self, file: DatasetFile, outcome: Outcome, asked: AskedRow | None) -> str:
        if outcome.leaf_node in self.blocked_leaf_nodes and file.record != "LeafNode":
            return LEAF_BLOCKED
        if self.duplicates is None or asked is None or file.record != "Sample" or self.earlier.is_itself(asked.place):
            return ""
        return self.duplicates.check(asked.fingerprint)

    def _report(self) -> None:
        done = self.accounts.total
        if done % _ROWS_BETWEEN_REPORTS == 0 or done == self._rows:
            self._progress(Progress(done=done, total=self._rows))


def _exam_questions(files: tuple[DatasetFile, ...]) -> Iterator[ExamQuestion]:
    for file in files:
        yield from read_dataset(file, ExamQuestion)


def _stop_where_too_much_is_blocked(
    request: ScanRequest, folders: StageFolders, accounts: Accounts, refused: DatasetFile, policy_sha256: str
) -> None:
    limit = request.policy.blocked_share_limit
    for leaf_node, share, rules in accounts.blocked_shares():
        if share > limit:
            top = ", ".join(f"{rule} ({count})" for rule, count in Counter(rules).most_common(3))
            message = f"{share:.0%} of {leaf_node} was blocked, more than scan.blocked_share_limit = {limit:.0%} allows: {top}. "
            stopped = StoppedScan(message=message, given=request.rows, refused=refused, policy_sha256=policy_sha256)
            leave_stopped(folders.folder, stopped)
            raise ScanError(
                f"{message}Look with: labflow data quarantine list --run stopped. Mend the source or the policy, or release "
                f"what may pass, then run again. All of it is in {refused.path}"
            )
