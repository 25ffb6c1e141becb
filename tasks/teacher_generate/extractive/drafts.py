"""The extractive teacher: leaf node -> samples to train on, wordings reserved for the exam, refusals.

Facts come from the documents; the human's taught seed examples are added as they are (origin ``seed``), for knowledge and
skills alike: for a skill they are all that this teacher has, and no gain is claimed for it.

A question with two different answers is of no use: it gets its section's name in front, and is rejected where that does not
help. A question that an earlier fact asked already, with the same answer, is rejected as a repeat.

    Sample(question="Where was the DeLorean DMC-12 assembled?", answer="Dunmurry, Northern Ireland", origin="extracted", ...)

Not covered: new seed examples for skills; that takes a model.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.contracts import Progress, ReportProgress
from schemas.records import Chunk, ExamQuestion, Provenance, Rejected, Sample, SeedExample, digest_of, sample_id
from schemas.settings import TeacherSettings
from tasks.teacher_generate.extractive.facts import Fact, Refusal
from tasks.teacher_generate.extractive.passages import Page
from tasks.teacher_generate.extractive.questions import small_wh
from tasks.teacher_generate.extractive.reading import Reading, read_chunks
from tasks.teacher_generate.extractive.texts import LINK_END
from tasks.teacher_generate.extractive.titles import is_route, strip_greeting
from tasks.teacher_generate.extractive.wordings import write_wordings
from tasks.teacher_generate.material import LeafDrafts, LeafMaterial

_STAGE = "teacher_generate"


@dataclass(frozen=True)
class Draft:
    """One wording of one fact."""

    fact: Fact
    page: Page
    question: str
    reserved: bool


def write_drafts(
    leaves: Iterable[LeafMaterial], teacher: TeacherSettings, taxonomy_commit: str, cache: str, progress: ReportProgress
) -> Iterator[LeafDrafts]:
    """The drafts of each leaf node, in order.

    Args:
        cache: Not used: nothing that this teacher asks is worth keeping.
    """
    del cache
    for number, material in enumerate(leaves, 1):
        yield draft_leaf(material, teacher, taxonomy_commit)
        progress(Progress(done=number, unit="leaf nodes", note=material.leaf.path))


def draft_leaf(material: LeafMaterial, teacher: TeacherSettings, taxonomy_commit: str) -> LeafDrafts:
    """The drafts of one leaf node."""
    drafts = LeafDrafts(material.leaf, [_show_seed(seed, material, taxonomy_commit) for seed in material.seed_examples])
    readings = read_chunks(material.chunks)
    for reading in readings:
        for refusal in reading.refusals:
            drafts.rejected.append(_refuse_statement(refusal, material))
    for draft, reason in judge_drafts(readings, teacher):
        if reason is None and not _answer_is_whole(draft):
            reason = "answer_not_in_one_piece"
        if reason is not None:
            drafts.rejected.append(_refuse_draft(draft, reason, material))
        elif draft.reserved:
            drafts.reserved.append(_reserve(draft, material))
        else:
            drafts.samples.append(_sample(draft, material, taxonomy_commit))
    return drafts


def judge_drafts(readings: list[Reading], teacher: TeacherSettings) -> list[tuple[Draft, str | None]]:
    """Every wording of every fact, with the reason that refuses it, or None."""
    drafts: list[Draft] = []
    for reading in readings:
        for fact in reading.facts:
            trained, reserved = write_wordings(fact, teacher.phrasings, teacher.reserved_phrasings)
            drafts += [Draft(fact, reading.page, question, False) for question in trained]
            drafts += [Draft(fact, reading.page, question, True) for question in reserved]
    drafts = _name_sections(drafts)
    answers = _answers_by_question(drafts)
    judged: list[tuple[Draft, str | None]] = []
    seen: set[str] = set()
    for draft in drafts:
        key = plain(draft.question)
        if len(answers[key]) > 1:
            judged.append((draft, "ambiguous_question"))
        elif key in seen:
            judged.append((draft, "repeated_question"))
        elif plain(draft.fact.answer.text) in plain(draft.question) and len(plain(draft.fact.answer.text)) > 3:
            judged.append((draft, "answer_in_question"))
        else:
            judged.append((draft, None))
        seen.add(key)
    return judged


def plain(text: str) -> str:
    """A text for comparison: small letters, letters and digits only."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _answers_by_question(drafts: list[Draft]) -> dict[str, set[str]]:
    answers: dict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        answers[plain(draft.question)].add(plain(draft.fact.answer.text))
    return answers


def _name_sections(drafts: list[Draft]) -> list[Draft]:
    """The drafts; facts with a question that has several answers get their section's heading in front."""
    answers = _answers_by_question(drafts)
    unclear = {id(draft.fact) for draft in drafts if len(answers[plain(draft.question)]) > 1}
    named: list[Draft] = []
    for draft in drafts:
        heading = strip_greeting(draft.fact.headings[-1]) if draft.fact.headings else ""
        heading = "" if is_route(heading) else heading
        if id(draft.fact) in unclear and heading:
            draft = Draft(draft.fact, draft.page, f"{heading}: {small_wh(draft.question)}", draft.reserved)
        named.append(draft)
    return named


def _answer_is_whole(draft: Draft) -> bool:
    """Whether the document has the answer in one piece where the offsets say, markup and line breaks aside."""
    answer = draft.fact.answer
    base = min(chunk.start for chunk in draft.page.chunks)
    passage = draft.page.text[answer.start - base : answer.end - base]
    passage = LINK_END.sub("", passage)
    return plain(re.sub(r"[*_`]", "", passage)) == plain(re.sub(r"[*_`]", "", answer.text))


def _fact_digest(draft: Draft, material: LeafMaterial) -> str:
    fact = draft.fact
    return digest_of([material.leaf.path, fact.cores[0].direct, fact.answer.text])[:16]


def _find_chunk(draft: Draft) -> Chunk:
    """The chunk that the answer stands in."""
    answer = draft.fact.answer
    for chunk in draft.page.chunks:
        if chunk.start <= answer.start and answer.end <= chunk.start + len(chunk.text):
            return chunk
    return min(draft.page.chunks, key=lambda chunk: abs(chunk.start - answer.start))


def _sample(draft: Draft, material: LeafMaterial, taxonomy_commit: str) -> Sample:
    leaf, fact, chunk = material.leaf, draft.fact, _find_chunk(draft)
    whole = len(chunk.text) == chunk.end - chunk.start  # a redacted chunk's offsets are not the document's
    return Sample(
        id=sample_id(leaf.path, draft.question, None, fact.answer.text),
        leaf_node=leaf.path,
        kind=leaf.kind,
        question=draft.question,
        answer=fact.answer.text,
        origin="extracted",
        provenance=Provenance(
            taxonomy_commit=taxonomy_commit,
            leaf_key=leaf.key,
            document=chunk.document,
            chunk=chunk.id,
            chunk_start=chunk.start,
            chunk_end=chunk.end,
            answer_start=fact.answer.start if whole else None,
            answer_end=fact.answer.end if whole else None,
            fact=_fact_digest(draft, material),
            pattern=fact.pattern,
            teacher="extractive",
        ),
    )


def _reserve(draft: Draft, material: LeafMaterial) -> ExamQuestion:
    leaf, answer = material.leaf, draft.fact.answer.text
    return ExamQuestion(
        id=sample_id(leaf.path, draft.question, None, answer),
        suite="reserved_phrasing",
        leaf_node=leaf.path,
        kind=leaf.kind,
        question=draft.question,
        reference=answer,
        fact=_fact_digest(draft, material),
        in_document=True,
    )


def _refuse_draft(draft: Draft, reason: str, material: LeafMaterial) -> Rejected:
    leaf, answer = material.leaf.path, draft.fact.answer.text
    row = {"question": draft.question, "answer": answer, "pattern": draft.fact.pattern, "reserved": draft.reserved}
    row["statement"] = draft.fact.statement
    return Rejected(id=sample_id(leaf, draft.question, None, answer), leaf_node=leaf, stage=_STAGE, reason=reason, row=row)


def _refuse_statement(refusal: Refusal, material: LeafMaterial) -> Rejected:
    leaf = material.leaf.path
    return Rejected(
        id=digest_of([leaf, refusal.start, refusal.statement])[:16],
        leaf_node=leaf,
        stage=_STAGE,
        reason=f"statement_{refusal.reason}",
        detail="no question was written for this statement",
        row={"statement": refusal.statement, "start": refusal.start},
    )


def _show_seed(seed: SeedExample, material: LeafMaterial, taxonomy_commit: str) -> Sample:
    """A human's seed example as a sample: knowledge is asked without its context, as the student will be."""
    leaf = material.leaf
    context = None if leaf.kind == "knowledge" else seed.context
    return Sample(
        id=sample_id(leaf.path, seed.question, context, seed.answer),
        leaf_node=leaf.path,
        kind=leaf.kind,
        question=seed.question,
        context=context,
        answer=seed.answer,
        origin="seed",
        provenance=Provenance(
            taxonomy_commit=taxonomy_commit, leaf_key=leaf.key, seed_example=seed.id, pattern="seed", teacher="seed"
        ),
    )
