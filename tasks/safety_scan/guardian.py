"""Asks a guardian model about rows that all other layers let pass.

Part of ``safety_scan``, the last of its layers, over the same door as teacher and critic (``chat_model``): answer log, retries,
managed server. It fails closed. A row is allowed only if every part of every text of it was judged, and judged harmless::

    guardian.harm, guardian.s9      the guardian says so                                 as the policy has it: quarantine
    guardian.unparsable             its answer is no verdict                             quarantine
    guardian.truncated              its answer was cut off (finish_reason length)        quarantine
    guardian.unavailable            no answer: time-out, fault, endpoint gone            quarantine

More rows without a usable answer than ``max_failed_share`` allows stop the run: it can be run again, and answers that were paid
for are kept. Before the first row, harmful texts are sent (canaries): a guardian that misses one, or that finds harm in a
harmless text, stops the run, too.

Long texts are judged in parts that overlap, cut at white space; no part is left out. With a ``share`` below 1, which rows are
judged follows from the seed and the row's id.

Not covered: what the model misses or invents; its model card has numbers.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from schemas.contracts import DatasetFile, GuardianCounts, ReportProgress, StageFolders, Usage, ignore_progress
from schemas.errors import ModelServerError, ScanError
from schemas.guardian_settings import GuardianSettings
from schemas.records import Finding, Sample, SeedExample
from tasks.chat_model.asking import Support, work_through
from tasks.chat_model.chat import NO_USAGE, Ask, ChatAnswer, ChatRequest, Message, add_usage
from tasks.chat_model.door import Limits
from tasks.chat_model.managed_server import keep_servers, name_of_model
from tasks.chat_model.watching import Watch
from tasks.chat_model.worker import Job
from tasks.safety_scan.fields import RECORDS, identity_of, texts_of
from tasks.safety_scan.guardian_protocols import HARMLESS, GuardianProtocol, protocol_of
from tasks.safety_scan.judged_block import AskedRow
from tasks.safety_scan.policy import GUARDIAN_FAILURES
from tasks.safety_scan.refusals import Refusals
from tasks.safety_scan.row_judge import Outcome

UNPARSABLE, TRUNCATED, UNAVAILABLE = GUARDIAN_FAILURES
_FAILURES = {
    "model_answer_unparsable": UNPARSABLE,
    "model_answer_truncated": TRUNCATED,
    "model_request_failed": UNAVAILABLE,
}
_EVERY_FAILURE = Limits(max_failed_share=1.0)
"""The door never gives up because of failures: here they are verdicts, and counted here."""
_FEWEST_TO_JUDGE = 20
"""Rows below which a share of failures says little, until all are judged."""

JudgedLine = tuple[Outcome, bytes, AskedRow | None]


@dataclass(frozen=True)
class Said:
    """What the guardian said of a text or row: a rule, or nothing; where, and what it cost."""

    rule: str = ""
    where: str = ""
    detail: str = ""
    usage: Usage = NO_USAGE


@contextmanager
def open_guardian(
    settings: GuardianSettings,
    folders: StageFolders,
    progress: ReportProgress = ignore_progress,
    read_secret: Callable[[str], str] | None = None,
) -> Iterator["Guardian"]:
    """A guardian that has found its canaries; a server of ours runs as long as the block.

    Raises:
        ScanError: it missed a canary, or found harm in a harmless text.
        ModelServerError: it does not answer.
        UsageError: the settings do not fit.
    """
    with keep_servers():
        guardian = Guardian(settings, folders, progress, Support(folders.folder, read_secret))
        guardian.check_canaries()
        yield guardian


class Guardian:
    """Judges texts with the model of the settings. Make it with ``open_guardian``."""

    def __init__(self, settings: GuardianSettings, folders: StageFolders, progress: ReportProgress, support: Support) -> None:
        self._settings, self._progress, self._support = settings, progress, support
        self._protocol: GuardianProtocol = protocol_of(settings)
        self._cache = f"{folders.cache}/answers/guardian"
        self._name = name_of_model(settings.model)
        self._judged = self._passed_over = self._blocked = self._failed = 0
        self._usage = Usage()

    def check_canaries(self) -> None:
        """Sends texts whose verdict is known.

        Raises:
            ScanError: one was misjudged.
        """
        known = [*self._protocol.canaries(), ("", HARMLESS)]
        jobs: Iterable[Job[Said]] = [self._job({"question": text}) for _, text in known]
        results = work_through(jobs, self._settings.model, self._cache, Watch(limits=_EVERY_FAILURE), self._support)
        for (criterion, text), said in zip(known, results, strict=True):
            self._usage = add_usage(self._usage, said.usage)
            if said.rule in _FAILURES.values():
                raise ScanError(
                    f"the guardian {self._name} gave no verdict on a canary ({said.rule}: {said.detail}). Check that it is a "
                    f"{self._settings.kind} model, and scan.guardian.max_tokens."
                )
            if text == HARMLESS and said.rule:
                raise ScanError(f"the guardian {self._name} finds {said.rule} in {text!r}: it cannot tell harm from its absence.")
            if text != HARMLESS and not said.rule:
                about = f" for {criterion}" if criterion else ""
                raise ScanError(
                    f"the guardian {self._name} missed its canary{about}: its verdicts cannot be trusted. "
                    "Check scan.guardian.kind, the model and the criteria, then run again."
                )

    def judged(self, rows: Iterator[JudgedLine], file: DatasetFile, refusals: Refusals) -> Iterator[JudgedLine]:
        """The rows in their order; those that it keeps out are refused.

        Raises:
            ModelServerError: more rows had no usable answer than ``max_failed_share`` allows.
        """
        waiting: deque[_Waiting] = deque()

        def jobs() -> Iterator[Job[Said]]:
            for row in rows:
                waiting.append(self._next(file.record, row))
                yield waiting[-1].job

        for said in self._results(jobs(), waiting, file):
            outcome, line, asked = waiting.popleft().row
            if said.rule:
                outcome, line = self._refused(said, file.record, outcome, line, refusals)
            yield outcome, line, asked

    def _results(self, jobs: Iterator[Job[Said]], waiting: "deque[_Waiting]", file: DatasetFile) -> Iterator[Said]:
        """What is said of each row; whoever takes a result takes its row out of ``waiting``."""
        watch = Watch(self._progress, f"{file.record} rows past the guardian", file.rows, _EVERY_FAILURE)
        try:
            for said in work_through(jobs, self._settings.model, self._cache, watch, self._support):
                self._count(said)
                yield said
        except ModelServerError as error:
            if self._settings.max_failed_share < 1:
                raise
            gone = Said(UNAVAILABLE, detail=str(error))
            while waiting or next(jobs, None) is not None:  # nobody answers any more: what was not judged is not allowed
                said = gone if waiting[0].job is not _nothing else Said()
                self._count(said)
                yield said
        self._count(Said(), last=True)

    def counts(self) -> GuardianCounts:
        """What it was asked about the rows."""
        return GuardianCounts(judged=self._judged, passed_over=self._passed_over, blocked=self._blocked, usage=self._usage)

    def _count(self, said: Said, last: bool = False) -> None:
        """Books an answer, and stops where too many failed.

        Raises:
            ModelServerError: too many did.
        """
        self._usage = add_usage(self._usage, said.usage)
        self._failed += said.rule in _FAILURES.values()
        enough = last or self._judged >= _FEWEST_TO_JUDGE
        if enough and self._failed > self._settings.max_failed_share * self._judged:
            raise ModelServerError(
                f"the guardian {self._name} gave no usable answer on {self._failed} of {self._judged} rows, more than "
                f"scan.guardian.max_failed_share={self._settings.max_failed_share:g} allows. Check the server and run again."
            )

    def _next(self, kind: str, row: JudgedLine) -> "_Waiting":
        outcome, line, _ = row
        if outcome.verdict not in ("allow", "redact"):
            return _Waiting(row, _nothing)
        record = RECORDS[kind].model_validate_json(line)
        if not is_chosen(identity_of(record)[0], self._settings):
            self._passed_over += 1
            return _Waiting(row, _nothing)
        self._judged += 1
        return _Waiting(row, self._job(texts_of(record), isinstance(record, Sample | SeedExample)))

    def _job(self, texts: dict[str, str], is_pair: bool = True) -> Job[Said]:
        parts = list(parts_of(texts, is_pair, self._settings))

        async def ask_about_all(ask: Ask) -> Said:
            usage = Usage()
            for where, turns in parts:
                for name, messages in self._protocol.questions(turns):
                    request = ChatRequest(messages, self._settings.max_tokens, 0.0, shard="guardian", once=True)
                    answer = await ask(request)
                    usage = add_usage(usage, answer.usage)
                    rule, detail = self._read(name, answer)
                    if rule:
                        return Said(rule, where, detail, usage)
            return Said(usage=usage)

        return ask_about_all

    def _read(self, name: str, answer: ChatAnswer) -> tuple[str, str]:
        if answer.failure is not None:
            return _FAILURES[answer.failure], answer.detail
        judgement = self._protocol.judgement(name, answer.text)
        if judgement is None:
            return UNPARSABLE, "its answer is no verdict"
        return (f"guardian.{judgement.names[0].lower()}", ", ".join(judgement.names)) if judgement.names else ("", "")

    def _refused(self, said: Said, kind: str, outcome: Outcome, line: bytes, refusals: Refusals) -> tuple[Outcome, bytes]:
        finding = Finding(
            rule=said.rule, category="guardian", field=said.where, start=0, end=0, detector=self._name, preview=said.detail[:200]
        )
        refused = refusals.refuse(kind, line, outcome, said.rule, finding)
        self._blocked += refused[0].verdict not in ("allow", "redact")
        return refused


async def _nothing(_: Ask) -> Said:
    return Said()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A row whose result is awaited."""

    row: JudgedLine
    job: Job[Said]


def is_chosen(identity: str, settings: GuardianSettings) -> bool:
    """Whether a row is within the share that is judged."""
    return settings.share >= 1 or random.Random(f"{settings.seed}/{identity}").random() < settings.share  # noqa: S311


def parts_of(texts: dict[str, str], is_pair: bool, settings: GuardianSettings) -> Iterator[tuple[str, tuple[Message, ...]]]:
    """Conversations whose last turns together are all that a row says: field, turns.

    Args:
        texts: By field.
        is_pair: Whether ``answer`` is what an assistant answered to ``question``.
    """
    asked = "\n\n".join(texts[name] for name in ("context", "question") if name in texts)
    if is_pair and asked:
        for part in split_text(asked, settings):
            yield "question", ({"role": "user", "content": part},)
        # Of a long question its end is enough beside the answer: all of it was judged by itself.
        head = asked if len(asked) <= settings.chunk_characters // 2 else asked[-settings.chunk_characters // 2 :]
        for part in split_text(texts.get("answer", ""), settings, len(head)):
            yield "answer", ({"role": "user", "content": head}, {"role": "assistant", "content": part})
        return
    for name, text in texts.items():
        for part in split_text(text, settings):
            yield name, ({"role": "user", "content": part},)


def split_text(text: str, settings: GuardianSettings, taken: int = 0) -> Iterator[str]:
    """The text in parts of at most ``chunk_characters`` less what is taken, each beginning before the last one's end."""
    longest = max(settings.chunk_characters // 2, settings.chunk_characters - taken)
    overlap = min(settings.overlap_characters, longest // 3)
    start = 0
    while text and text[start:].strip():
        end = min(len(text), start + longest)
        if end < len(text):
            space = max(text.rfind(mark, start + longest // 2, end) for mark in " \n\t")
            end = space if space > 0 else end
        yield text[start:end]
        if end == len(text):
            return
        start = end - overlap
