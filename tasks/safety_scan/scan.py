"""The scan stage: rows in, the same rows out, less what may not reach a teacher or a student.

Place in the DAG: after ``taxonomy_diff`` (on leaf nodes, seed examples and chunks, before a teacher reads them) and after
``critic_filter`` (on samples, before a student does). Every row gets a verdict, every verdict names a rule.

One example, a line of ``refused.jsonl``::

    {"id": "1f0c...", "leaf_node": "knowledge/cars/dmc12", "stage": "safety_scan", "reason": "quarantine:credential.github_token",
     "detail": "answer 9:49 credential.github_token •••••••• (40 characters)", "row": {"answer": "Push with ••••...", ...}}

Order of the layers for a row: rules on its texts, redaction and re-scan, contamination, duplicates. A leaf node that is blocked
takes its seed examples and chunks with it (``drop:leaf_blocked``): they would teach a task whose description may not be read.

What counts against ``blocked_share_limit``: quarantined and dropped seed examples, chunks and samples of a leaf node.
Repetitions do not count, nor do rows that fell with their leaf node.

Not covered: what needs to be understood to be judged (a veiled threat, a false claim, a name that is a person's).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from schemas.contracts import DatasetFile, Progress, ReportProgress, ScanRequest, ScanResult, StageFolders
from schemas.errors import ScanError
from schemas.records import ExamQuestion, LeafNode, Rejected, Sample
from tasks.dataset_files.jsonl import DatasetWriter, open_dataset, read_dataset
from tasks.safety_scan.accounting import Accounts
from tasks.safety_scan.canaries import check_canaries
from tasks.safety_scan.contamination import ExamGuard
from tasks.safety_scan.duplicates import DuplicateFinder
from tasks.safety_scan.fields import RECORDS, ScannedRecord, asked_of, identity_of, texts_of, with_texts
from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.text_scanner import TextScanner
from tasks.safety_scan.verdicts import Judged, judge, mask_row

LEAF_BLOCKED = "leaf_blocked"
_ROWS_THAT_PAY_FOR_HYPERSCAN = 5_000
"""Its automaton takes over a second to compile; from about so many rows on it is won back."""
_ROWS_BETWEEN_REPORTS = 500


def scan_rows(request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> ScanResult:
    """Scans all rows of the request's files.

    Args:
        request: Files of LeafNode, SeedExample, Chunk or Sample, the settings, and the exam for samples.
        folders: The clean files and ``refused.jsonl`` are written to ``folders.folder``.
        progress: Told every few hundred rows.

    Returns:
        One clean file for each file asked, in order, and the refused rows, masked.

    Raises:
        UsageError: the policy cannot be read or does not fit.
        ScanError: the scanner missed a canary, or more of a leaf node was blocked than the settings allow.
        DamagedFileError: a file is not what was recorded.
    """
    run = _Run(request, folders, progress)
    check_canaries(run.scanner)
    with open_dataset(f"{folders.folder}/refused.jsonl", Rejected) as refused:
        # Leaf nodes first, wherever they stand in the request: their rows fall with them.
        order = sorted(range(len(request.rows)), key=lambda i: request.rows[i].record != "LeafNode")
        clean = {index: run.scan_file(index, request.rows[index], refused) for index in order}
    accounts = run.accounts
    accounts.check(sum(file.rows for file in request.rows), refused.rows)
    _check_blocked_share(accounts, request.policy.blocked_share_limit, refused.file)
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
    )


class _Run:
    """One call's scanner, what it has seen, and its counts."""

    def __init__(self, request: ScanRequest, folders: StageFolders, progress: ReportProgress) -> None:
        policy, self.policy_sha256 = load_policy(request.policy.policy)
        rows = sum(file.rows for file in request.rows)
        self.scanner = TextScanner(policy, "hyperscan" if rows >= _ROWS_THAT_PAY_FOR_HYPERSCAN else "literals")
        self.exam = ExamGuard(_exam_questions(request.exam), policy.contamination) if policy.layers.contamination else None
        self.duplicates = DuplicateFinder(policy.duplicates) if policy.layers.duplicates else None
        self.accounts = Accounts()
        self.blocked_leaf_nodes: set[str] = set()
        self._folder, self._progress, self._rows = folders.folder, progress, rows

    def scan_file(self, index: int, file: DatasetFile, refused: DatasetWriter) -> DatasetFile:
        """Writes the clean rows of one file, and the others to ``refused``."""
        record = RECORDS.get(file.record)
        if record is None:
            raise TypeError(f"{file.path} holds {file.record} rows, which are not scanned; known are {', '.join(RECORDS)}")
        path = f"{self._folder}/clean-{index}-{file.record}.jsonl"
        with open_dataset(path, record) as clean:
            for row in read_dataset(file, record):
                kept = self._scan_row(row, refused)
                if kept is not None:
                    clean.write(kept)
                done = sum(self.accounts.verdicts.values())
                if done % _ROWS_BETWEEN_REPORTS == 0 or done == self._rows:
                    self._progress(Progress(done=done, total=self._rows))
        return clean.file

    def _scan_row(self, row: ScannedRecord, refused: DatasetWriter) -> ScannedRecord | None:
        leaf_node = identity_of(row)[1]
        judged = judge(texts_of(row), self.scanner, _published_text(row), keep_length=type(row).__name__ == "Chunk")
        kept = with_texts(row, judged.texts) if judged.texts else row
        verdict, rule = judged.verdict, judged.rule
        if not judged.is_blocked and (other := self._rule_of_other_layers(kept, leaf_node)):
            action = "drop" if other == LEAF_BLOCKED else self.scanner.policy.action(other)
            if action in ("quarantine", "drop"):
                verdict, rule = action, other
        self.accounts.count(row, leaf_node, verdict, rule, judged.findings, self.scanner.policy)
        if verdict in ("allow", "redact"):
            if isinstance(kept, Sample):
                kept = kept.model_copy(update={"findings": judged.findings}) if judged.findings != kept.findings else kept
                self.accounts.count_question(leaf_node, kept.question)
            return kept
        if isinstance(row, LeafNode):
            self.blocked_leaf_nodes.add(row.path)
        refused.write(self._rejected(row, verdict, rule, judged))
        return None

    def _rule_of_other_layers(self, row: ScannedRecord, leaf_node: str) -> str:
        if leaf_node in self.blocked_leaf_nodes and not isinstance(row, LeafNode):
            return LEAF_BLOCKED
        asked = asked_of(row)
        if asked and self.exam and (rule := self.exam.rule_against(asked)):
            return rule
        return self.duplicates.rule_against(asked) if self.duplicates and asked and isinstance(row, Sample) else ""

    def _rejected(self, row: ScannedRecord, verdict: str, rule: str, judged: Judged) -> Rejected:
        identity, leaf_node = identity_of(row)
        shown: Any = mask_row(row.model_dump(mode="json", exclude_none=True), self.scanner)
        detail = "; ".join(f"{f.field} {f.start}:{f.end} {f.rule} {f.preview}" for f in judged.findings[:20])
        return Rejected(
            id=identity, leaf_node=leaf_node, stage="safety_scan", reason=f"{verdict}:{rule}", detail=detail, row=shown
        )


def _published_text(row: ScannedRecord) -> str:
    """The row's text that is known to stand in the pinned document."""
    if type(row).__name__ == "Chunk":
        return "\n".join(texts_of(row).values())
    if isinstance(row, Sample) and row.provenance.document is not None:
        extracted = (row.question, row.answer) if row.origin == "extracted" else ()
        return "\n".join((row.context or "", *extracted))
    return ""


def _exam_questions(files: tuple[DatasetFile, ...]) -> Iterator[ExamQuestion]:
    for file in files:
        yield from read_dataset(file, ExamQuestion)


def _check_blocked_share(accounts: Accounts, limit: float, refused: DatasetFile) -> None:
    for leaf_node, share, rules in accounts.blocked_shares():
        if share > limit:
            top = ", ".join(f"{rule} ({count})" for rule, count in Counter(rules).most_common(3))
            raise ScanError(
                f"{share:.0%} of {leaf_node} was blocked, more than scan.blocked_share_limit = {limit:.0%} allows: {top}. "
                f"Read {refused.path}, mend the source or the policy, then run again."
            )
