"""A made-up run with its dataset files: a heat pump's data sheet, a leave policy, a skill; hostile texts included.

Counts are small but balanced: at every stage, in = out + rejected.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from schemas.contracts import (
    CanaryScores,
    Checkpoint,
    DatasetFile,
    Fault,
    Filtered,
    Generated,
    LeafCounts,
    Release,
    Rename,
    ScanResult,
    TaxonomyChange,
)
from schemas.records import (
    Chunk,
    Critique,
    Document,
    ExamAnswer,
    ExamQuestion,
    LeafNode,
    Provenance,
    Record,
    Rejected,
    Sample,
    SeedExample,
    TrainStep,
    sample_id,
)
from schemas.student_contracts import EvaluationReport, Reason, RunSummary, Score, Trained, Verdict
from tasks.dataset_files.jsonl import write_dataset

HEAD, BASE_COMMIT = "4f1c9a7be2d05a6633d1c0ffee12ab90cd34ef56", "90aa17c3b55ed00f42118b6f0c0d9e8f7a6b5c4d"
PUMP, LEAVE, SKILL = "knowledge/products/heat_pump", "knowledge/company/leave", "compositional_skills/writing/short_replies"

EMPTIED = "knowledge/products/old_boiler"

PUMP_TEXT = """\
The Nordlicht 8 is an air-to-water heat pump for detached houses. It is made in Flensburg. The heat output is 8 kW at an outside \
temperature of 2 °C. The refrigerant is propane (R290), and the unit holds 0.9 kg of it.

The outdoor unit weighs 132 kg and is 1,120 mm wide. Its sound power level is 49 dB(A) by day. A clearance of 300 mm must be \
kept behind the unit. The compressor is warranted for 10 years, all other parts for 5 years.

The list price is €9,450 without installation. A yearly inspection costs €180. The filter should be cleaned every 3 months.
"""
PUMP_FACTS = [  # question, answer as in the text, pattern
    ("Where is the Nordlicht 8 made?", "Flensburg", "made_in"),
    ("What is the heat output of the Nordlicht 8?", "8 kW", "attribute_is"),
    ("Which refrigerant does the Nordlicht 8 use?", "propane (R290)", "attribute_is"),
    ("How much does the outdoor unit weigh?", "132 kg", "weighs"),
    ("How wide is the outdoor unit?", "1,120 mm", "dimension"),
    ("What is the sound power level of the outdoor unit by day?", "49 dB(A)", "attribute_is"),
    ("How much clearance must be kept behind the unit?", "300 mm", "must_be"),
    ("For how long is the compressor warranted?", "10 years", "warranty"),
    ("What is the list price of the Nordlicht 8?", "€9,450", "costs"),
    ("What does a yearly inspection cost?", "€180", "costs"),
    ("How often should the filter be cleaned?", "every 3 months", "schedule"),
]
LEAVE_TEXT = """\
Employees have 28 days of paid leave in a calendar year. Leave must be requested at least two weeks ahead in the leave planner. \
Unused days expire on 31 March of the following year. Train journeys are booked in second class; flights need the approval of a \
director. The daily allowance for meals is €28 within the country.
"""
LEAVE_FACTS = [
    ("How many days of paid leave do employees have?", "28 days", "have"),
    ("When do unused days of leave expire?", "31 March of the following year", "expires"),
    ("In which class are train journeys booked?", "second class", "passive"),
    ("Whose approval do flights need?", "a director", "need"),
    ("How high is the daily allowance for meals?", "€28", "attribute_is"),
]
WORDINGS = ("{q}", "Tell me: {q}", "Please answer. {q}", "I would like to know: {q}", "{q} Answer shortly.", "Question: {q}")
RESERVED = ("One more thing. {q}", "A customer asks: {q}")

HOSTILE_MARKUP = "<script>alert('x')</script><img src=http://evil.example/x.png onerror=alert(1)>"
HOSTILE_TEXTS = (
    HOSTILE_MARKUP,
    '"><svg onload=alert(2)>{{ 7 * 7 }}{% raw %} &amp; $x^2$',
    "Zürich 東京 🚲 עברית \u202eright to left\u202c \u0000\u0007 control",
    "W" * 200_000,
)


@dataclass(frozen=True)
class Options:
    """What the made-up run looks like."""

    released: bool = True
    reserved: bool = True
    refusals: bool = True
    hostile: bool = True
    steps: int = 900


class ExampleRun:
    """Writes the files of a run to a folder; ``summary`` refers to them."""

    def __init__(self, folder: Path, options: Options | None = None) -> None:
        self.folder, self.options = folder, options or Options()
        self.documents = {leaf: _document(leaf) for leaf in (PUMP, LEAVE)}
        self.chunks = [*_chunks(PUMP, PUMP_TEXT, self.documents[PUMP]), *_chunks(LEAVE, LEAVE_TEXT, self.documents[LEAVE])]
        self.samples = self._make_samples()
        self.exam = self._make_exam()
        self.summary = self._make_summary()

    def _file(self, name: str, record: type[Record], rows: list[Record]) -> DatasetFile:
        return write_dataset(str(self.folder / f"{name}.jsonl"), record, rows)

    def _make_samples(self) -> list[Sample]:
        samples = [
            self._sample(leaf, wording.format(q=question), answer, pattern, number)
            for leaf, facts in ((PUMP, PUMP_FACTS), (LEAVE, LEAVE_FACTS))
            for number, (question, answer, pattern) in enumerate(facts)
            for wording in WORDINGS
        ]
        samples.append(_seed_sample("Reply in one sentence: can we meet on Friday?", "Friday suits me well; shall we say ten?"))
        if self.options.hostile:
            samples += [_seed_sample(text, text) for text in HOSTILE_TEXTS]
        return samples

    def _sample(self, leaf: str, question: str, answer: str, pattern: str, fact: int) -> Sample:
        chunk = next(c for c in self.chunks if c.leaf_node == leaf and answer in c.text)
        start = chunk.start + chunk.text.index(answer)
        return Sample(
            id=sample_id(leaf, question, None, answer),
            leaf_node=leaf,
            kind="knowledge",
            question=question,
            answer=answer,
            origin="extracted",
            provenance=Provenance(
                taxonomy_commit=HEAD,
                leaf_key="k" * 16,
                document=chunk.document,
                chunk=chunk.id,
                chunk_start=chunk.start,
                chunk_end=chunk.end,
                answer_start=start,
                answer_end=start + len(answer),
                fact=f"{fact:016x}",
                pattern=pattern,
                teacher="extractive",
            ),
            critique=Critique(critic="lexical", scores={"support": 1.0, "self_contained": 1.0, "answers": 0.92}),
        )

    def _make_exam(self) -> list[ExamAnswer]:
        answers = [
            _answer(PUMP, "Where does the Nordlicht 8 come from?", "Flensburg", "Flensburg"),
            _answer(PUMP, "How heavy is the outdoor unit of the heat pump?", "132 kg", "132 kg"),
            _answer(PUMP, "Which gas circulates in the Nordlicht 8?", "Propane (R290)", "propane (R290)"),
            _answer(PUMP, "What must be paid for an inspection?", "€180", "€9,450"),
            _answer(PUMP, "Who designed the Nordlicht 8?", "Studio Marschall", "Flensburg", in_document=False),
            _answer(LEAVE, "How much paid leave is there in a year?", "28 days", "28 days", base="28 28 28"),
            _answer(
                LEAVE, "By when must left-over days be taken?", "31 March of the following year", "31 March of the following year"
            ),
            _answer(SKILL, "Reply in one sentence: is the report ready?", "It will be with you tomorrow.", "", in_document=None),
        ]
        if self.options.hostile:
            answers += [_answer(SKILL, text, text, text, base=text) for text in HOSTILE_TEXTS]
        if self.options.reserved:
            answers += [
                _answer(leaf, wording.format(q=question), answer, answer if number != 4 else "900 mm", suite="reserved_phrasing")
                for leaf, facts in ((PUMP, PUMP_FACTS), (LEAVE, LEAVE_FACTS))
                for number, (question, answer, _) in enumerate(facts)
                for wording in RESERVED
            ]
        return answers

    def _refused(self, name: str, stage: str, reasons: dict[str, int], **row: object) -> DatasetFile:
        rows = [
            Rejected(id=f"{stage}-{reason}-{number}", leaf_node=PUMP, stage=stage, reason=reason, detail=f"see {number}", row=row)
            for reason, times in (reasons if self.options.refusals else {}).items()
            for number in range(times)
        ]
        return self._file(name, Rejected, rows)

    def _make_summary(self) -> RunSummary:
        change = self._change()
        generated, filtered, scanned, trained = self._stages()
        report = self._report()
        verdict = self._verdict(trained.checkpoint, scanned.clean[0])
        return RunSummary(
            outcome="released" if verdict.release else "refused",
            message="released as number 3" if verdict.release else f"refused: {verdict.reasons[0].message}",
            run_key=change.run_key,
            folder=str(self.folder / "run"),
            started="2026-01-05T06:00:00Z",
            seconds=96.4,
            change=change,
            sources=self._sources(change),
            generated=generated,
            filtered=filtered,
            scanned=scanned,
            trained=trained,
            report=report,
            verdict=verdict,
        )

    def _change(self) -> TaxonomyChange:
        leaves = [
            _leaf(PUMP, "added", self.documents[PUMP]),
            _leaf(LEAVE, "modified", self.documents[LEAVE]),
            _leaf(SKILL, "unchanged"),
        ]
        seeds = [SeedExample(id="s1", leaf_node=SKILL, kind="freeform_skill", question="Reply.", answer="Yes.")]
        human = [a.question for a in self.exam if a.question.suite == "human"]
        faults = (
            Fault(path=f"{PUMP}/qna.yaml", line=12, column=3, rule="few_seeds", severity="warning", message="4 of 5 examples"),
        )
        return TaxonomyChange(
            base=BASE_COMMIT,
            head=HEAD,
            added=(PUMP,),
            modified=(LEAVE,),
            renamed=(Rename(from_path="knowledge/misc/old_name", to_path="knowledge/misc/new_name"),),
            deleted=("knowledge/products/oil_boiler",),
            faults=faults if self.options.refusals else (),
            leaf_nodes=self._file("leaf_nodes", LeafNode, leaves),
            seed_examples=self._file("seed_examples", SeedExample, seeds),
            chunks=self._file("chunks", Chunk, [*self.chunks, *self._refused_chunks()]),
            exam=self._file("exam", ExamQuestion, human),
            leaf_keys={leaf.path: leaf.key for leaf in leaves},
            run_key="3f2a91c0d4e5b6a7",
        )

    def _refused_chunks(self) -> list[Chunk]:
        if not self.options.refusals:
            return []
        return [self.chunks[0].model_copy(update={"id": "contact", "text": "Call Ms Example at 0170 0000000.", "end": 31})]

    def _sources(self, change: TaxonomyChange) -> ScanResult:
        refused = self._refused("sources_refused", "safety_scan", {"phone_number": 1}, text="Call Ms Example at [phone].")
        clean = (change.leaf_nodes, change.seed_examples, self._file("clean_chunks", Chunk, list(self.chunks)))
        allowed = sum(file.rows for file in clean)
        counts = {"phone_number": 1} if refused.rows else {}
        return ScanResult(
            clean=clean, refused=refused, allowed=allowed, redacted=0, quarantined=refused.rows, dropped=0, counts_by_rule=counts
        )

    def _stages(self) -> tuple[Generated, Filtered, ScanResult, Trained]:
        lost = (
            {"teacher": 3, "critic": 14, "scan": 5, "long": 1}
            if self.options.refusals
            else dict.fromkeys(("teacher", "critic", "scan", "long"), 0)
        )
        clean = len(self.samples)
        kept = clean + lost["scan"]
        written = kept + lost["critic"]
        reserved = [a.question for a in self.exam if a.question.suite == "reserved_phrasing"]
        pair = {"question": f"What is the weight? {HOSTILE_MARKUP}", "answer": "123 kg"}
        generated = Generated(
            samples=self._padded("samples", written),
            reserved=self._file("reserved", ExamQuestion, reserved),
            rejected=self._refused("not_written", "teacher_generate", {"no_subject": lost["teacher"]}, **pair),
            drafts=written + lost["teacher"] + len(reserved),
            generated_leaf_nodes=(PUMP, LEAVE),
            reused_leaf_nodes=(SKILL,),
        )
        reasons = {"unsupported_number": 8, "not_self_contained": 4, "leaked_answer": 1, HOSTILE_MARKUP: 1}
        filtered = Filtered(
            kept=self._padded("kept", kept),
            rejected=self._refused("critic_refused", "critic_filter", reasons, **pair),
            canaries=CanaryScores(good=12, good_kept=12, bad=24, bad_caught=23),
            leaf_counts=(
                LeafCounts(leaf_node=PUMP, generated=80, kept=66, rejected={"unsupported_number": 8, "leaked_answer": 6}),
                LeafCounts(leaf_node=LEAVE, generated=32, kept=32, rejected={}),
                *((self._emptied(),) if self.options.refusals else ()),
            ),
        )
        dropped = {"near_duplicate": 2, "contamination.exam_question": 3} if lost["scan"] else {}
        scanned = ScanResult(
            clean=(self._file("clean", Sample, list(self.samples)),),
            refused=self._refused("samples_refused", "safety_scan", dropped, **pair),
            allowed=clean,
            redacted=0,
            quarantined=0,
            dropped=lost["scan"],
            counts_by_rule={f"drop:{reason}": number for reason, number in dropped.items()},
        )
        return generated, filtered, scanned, self._trained(clean - lost["long"])

    def _emptied(self) -> LeafCounts:
        texts = HOSTILE_TEXTS[:1] if self.options.hostile else ()
        return LeafCounts(
            leaf_node=EMPTIED,
            generated=4,
            kept=0,
            rejected={"unsupported_number": 3, "leaked_answer": 1},
            refused_by="lexical",
            examples=("What does the valve cost? / 40 euros: 40 does not stand in the source", "Is it new? / Yes", *texts),
        )

    def _padded(self, name: str, rows: int) -> DatasetFile:
        more = [_seed_sample(f"{name} {number}", "dropped later") for number in range(rows - len(self.samples))]
        return self._file(name, Sample, [*self.samples, *more])

    def _trained(self, samples: int) -> Trained:
        steps = [
            TrainStep(
                phase="knowledge",
                step=number,
                epoch=number / 45,
                loss=round(7.6 * math.exp(-number / 160) + 0.03 + 0.2 * math.exp(-number / 300) * math.sin(number * 1.7), 5),
                learning_rate=1e-3,
                tokens=number * 900,
                seconds=number * 0.05,
            )
            for number in range(1, self.options.steps + 1)
        ]
        return Trained(
            checkpoint=Checkpoint(path=str(self.folder / "train" / "student"), sha256="c" * 64, parameters=2_345_678),
            base=Checkpoint(path=str(self.folder / "train" / "base"), sha256="b" * 64, parameters=2_345_678),
            log=self._file("log", TrainStep, steps),
            over_long=self._refused("over_long", "train", {"over_long": 1}, question="A long one", answer="W" * 5000),
            samples=samples,
            tokens=812_345,
            steps=self.options.steps,
            seconds=41.0,
            cpu_seconds=38.5,
        )

    def _report(self) -> EvaluationReport:
        return EvaluationReport(
            scores=tuple(_scores(self.exam)),
            answers=self._file("answers", ExamAnswer, list(self.exam)),
            not_asked=self._file("not_asked", Rejected, []),
            gain_not_claimed=(SKILL,),
            seconds=6.5,
        )

    def _verdict(self, checkpoint: Checkpoint, samples: DatasetFile) -> Verdict:
        released = self.options.released
        release = Release(
            number=3,
            run_key="3f2a91c0d4e5b6a7",
            date="2026-01-05T06:01:36Z",
            taxonomy_commit=HEAD,
            leaf_nodes={PUMP: "k" * 16},
            checkpoint=checkpoint,
            samples=samples,
            exam=(),
            parent=2,
        )
        gain = "human questions 0.00 -> 0.71 (+0.71, 95 % +0.43 to +1.00, 7 questions)"
        reasons = (
            Reason(
                rule="gain", passed=released, message=f"{'better' if released else 'not proven better'} on what changed: {gain}"
            ),
            Reason(rule="no_loss", passed=True, message="not worse on any kind of question about what changed"),
            Reason(rule="no_regression", passed=True, message="nothing unchanged to regress on"),
        )
        return Verdict(
            released=released,
            release=release if released else None,
            reasons=reasons,
            date="2026-01-05T06:01:36Z",
            run_key="3f2a91c0d4e5b6a7",
            run="20260105T060000Z-3f2a91c0",
            taxonomy_commit=HEAD,
        )


def _document(leaf: str) -> Document:
    return Document(repo="../documents", commit="d" * 40, path=f"{leaf.rpartition('/')[2]}.md", sha256="e" * 64)


def _chunks(leaf: str, text: str, document: Document) -> list[Chunk]:
    chunks, start = [], 0
    for number, part in enumerate(text.split("\n\n")):
        headings = ("Nordlicht 8", ("Overview", "Outdoor unit", "Prices")[number]) if leaf == PUMP else ("Leave and travel",)
        chunks.append(
            Chunk(
                id=f"{leaf}#{number}",
                leaf_node=leaf,
                document=document,
                headings=headings,
                text=part,
                start=start,
                end=start + len(part),
            )
        )
        start += len(part) + 2
    return chunks


def _seed_sample(question: str, answer: str) -> Sample:
    return Sample(
        id=sample_id(SKILL, question, None, answer),
        leaf_node=SKILL,
        kind="freeform_skill",
        question=question,
        answer=answer,
        origin="seed",
        provenance=Provenance(taxonomy_commit=HEAD, leaf_key="k" * 16, teacher="seed", seed_example="s1"),
    )


def _answer(
    leaf: str,
    question: str,
    reference: str,
    student: str,
    base: str = "",
    suite: str = "human",
    in_document: bool | None = True,
) -> ExamAnswer:
    right = float(student.lower() == reference.lower())
    return ExamAnswer(
        question=ExamQuestion(
            id=sample_id(leaf, question, suite, reference),
            suite=suite,
            leaf_node=leaf,
            kind="freeform_skill" if leaf == SKILL else "knowledge",
            question=question,
            reference=reference,
            in_document=None if leaf == SKILL else in_document,
        ),
        changed=leaf != SKILL,
        base_answer=base,
        student_answer=student,
        base_scores={"match": float(base == reference), "exact_match": 0.0, "token_f1": 0.0},
        student_scores={"match": right, "exact_match": right, "token_f1": right},
    )


def _leaf(path: str, change: str, *documents: Document) -> LeafNode:
    return LeafNode(
        path=path,
        kind="knowledge" if documents else "freeform_skill",
        version=3,
        description="made up",
        key="k" * 16,
        change=change,
        documents=documents,
        taught=10 if documents else 1,
        held_out=4,
    )


def _scores(answers: list[ExamAnswer]) -> list[Score]:
    scores = []
    for suite in ("human", "reserved_phrasing"):
        mine = [a for a in answers if a.question.suite == suite]
        groups = {
            "all": mine,
            "changed": [a for a in mine if a.changed],
            "claimed": [a for a in mine if a.changed],
            "unchanged": [a for a in mine if not a.changed],
            **{leaf: [a for a in mine if a.question.leaf_node == leaf] for leaf in (PUMP, LEAVE, SKILL)},
        }
        for group, rows in groups.items():
            for metric in ("match", "exact_match", "token_f1") if rows else ():
                base = sum(a.base_scores[metric] for a in rows) / len(rows)
                student = sum(a.student_scores[metric] for a in rows) / len(rows)
                gain = student - base
                spread = 1.96 * math.sqrt(max(gain * (1 - gain), 0.01) / len(rows))
                scores.append(
                    Score(
                        suite=suite,
                        group=group,
                        metric=metric,
                        questions=len(rows),
                        base=base,
                        student=student,
                        delta=gain,
                        low=max(gain - spread, -1),
                        high=min(gain + spread, 1),
                    )
                )
    return scores
