"""The exam's knowledge questions before the critic: which expected answers does the leaf node's own source support?

Part of ``critic_filter``. Nobody is taught by it: the exam stays in its own files, and what comes of it is one verdict for each
knowledge question. ``evaluate`` makes multiple choice of what is supported alone. A person's question is held against the passage
that the person quoted, a reserved wording against the chunk of a sample that teaches the same fact::

    {"id": "77ab...", "leaf_node": "knowledge/workshop", "supported": false, "reason": "wrong_unit", "critic": "lexical", ...}

knowledge questions in = verdicts out; a question that the critic says nothing about is not supported.

Not covered: skills (their answers are texts to write), and wrong choices: ``evaluate`` draws those, by rules.
"""

from collections.abc import Iterable, Iterator

from schemas.contracts import DatasetFile, FilterRequest, ReportProgress, StageFolders, Usage
from schemas.errors import CriticError
from schemas.records import ExamCheck, ExamQuestion, Provenance, Sample
from tasks.chat_model.chat import add_usage
from tasks.critic_filter.chunk_sources import ChunkSources
from tasks.critic_filter.judgement import Judged, JudgeSamples
from tasks.dataset_files.jsonl import read_dataset, write_dataset


def check_exam(
    judge: JudgeSamples, request: FilterRequest, folders: StageFolders, progress: ReportProgress, critic: str
) -> tuple[DatasetFile, Usage]:
    """Writes ``exam_checks.jsonl`` and returns it, with what the critic was asked.

    Args:
        judge: the critic that judges the samples.
        critic: its name.

    Raises:
        CriticError: there are not as many verdicts as questions.
        DamagedFileError: an input file is not what was recorded.
    """
    questions = {question.id: question for question in _knowledge(request.exam)}
    usage, verdicts = Usage(), dict[str, ExamCheck]()
    for judgement in judge(_pair(questions.values(), request), request.critic, folders.cache, progress):
        usage = add_usage(usage, judgement.usage)
        asked = judgement.sample
        verdicts[asked.id] = ExamCheck(
            id=asked.id,
            leaf_node=asked.leaf_node,
            supported=judgement.reason is None,
            reason=judgement.reason or "",
            detail=judgement.detail,
            critic=critic,
        )
    if verdicts.keys() != questions.keys():
        raise CriticError(
            f"{len(questions)} exam questions in, {len(verdicts)} verdicts out. Run again or choose another critic."
        )
    rows = [verdicts[question_id] for question_id in questions]
    return write_dataset(f"{folders.folder}/exam_checks.jsonl", ExamCheck, rows), usage


def _knowledge(files: Iterable[DatasetFile]) -> Iterator[ExamQuestion]:
    for file in files:
        yield from (question for question in read_dataset(file, ExamQuestion) if question.kind == "knowledge")


def _pair(questions: Iterable[ExamQuestion], request: FilterRequest) -> Iterator[Judged]:
    """Each question with its source, leaf node by leaf node: that is how sources are found without holding them all."""
    asked = sorted(questions, key=lambda question: question.leaf_node)
    facts = {question.fact for question in asked if question.context is None and question.fact is not None}
    teaching: dict[str, Sample] = {}
    for sample in read_dataset(request.samples, Sample) if facts else ():
        if sample.provenance.fact in facts and sample.provenance.chunk is not None:
            teaching.setdefault(sample.provenance.fact, sample)
    sources = ChunkSources(request.chunks)
    for question in asked:
        taught = teaching.get(question.fact or "")
        found = sources.find(taught) if question.context is None and taught is not None else question.context
        yield Judged(_as_sample(question), found)


def _as_sample(question: ExamQuestion) -> Sample:
    return Sample(
        id=question.id,
        leaf_node=question.leaf_node,
        kind=question.kind,
        question=question.question,
        answer=question.reference,
        origin="generated",  # a critic must not trust it for being human
        provenance=Provenance(taxonomy_commit="", leaf_key="", pattern="exam", teacher="exam", fact=question.fact),
    )
