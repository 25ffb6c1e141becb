"""The exam's knowledge before the critic: one verdict for each question, against the leaf node's own source."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_filter import CHUNK, LEAF, SEEDS, TEXT

from schemas.contracts import FilterRequest, StageFolders, ignore_progress
from schemas.errors import CriticError
from schemas.records import Chunk, ExamCheck, ExamQuestion, Provenance, Sample, SeedExample, sample_id
from schemas.settings import CriticSettings
from tasks.critic_filter.exam_check import check_exam
from tasks.critic_filter.judgement import Judged, Judgement, JudgeSamples
from tasks.critic_filter.lexical import judge_samples
from tasks.dataset_files.jsonl import read_dataset, write_dataset


def asked(question: str, reference: str, **fields: object) -> ExamQuestion:
    values = {"suite": "human", "leaf_node": LEAF, "kind": "knowledge", "context": TEXT, **fields}
    key = sample_id(LEAF, question, None, reference)
    return ExamQuestion.model_validate({"id": key, "question": question, "reference": reference, **values})


def teaching(fact: str) -> Sample:
    provenance = Provenance(taxonomy_commit="0", leaf_key="k", chunk="c1", teacher="extractive", fact=fact)
    return Sample(id=fact, leaf_node=LEAF, kind="knowledge", question="Q?", answer="A", origin="extracted", provenance=provenance)


def check(folder: Path, exam: list[ExamQuestion], judge: JudgeSamples = judge_samples) -> dict[str, ExamCheck]:
    request = FilterRequest(
        samples=write_dataset(str(folder / "samples.jsonl"), Sample, [teaching("f1")]),
        chunks=write_dataset(str(folder / "chunks.jsonl"), Chunk, [CHUNK]),
        seed_examples=write_dataset(str(folder / "seeds.jsonl"), SeedExample, SEEDS),
        critic=CriticSettings(),
        exam=(write_dataset(str(folder / "exam.jsonl"), ExamQuestion, exam),),
    )
    file, _ = check_exam(judge, request, StageFolders(folder=str(folder), cache=str(folder)), ignore_progress, "lexical")
    checks = list(read_dataset(file, ExamCheck))
    assert file.path == str(folder / "exam_checks.jsonl")
    return {row.id: row for row in checks}


def test_an_answer_that_its_own_passage_supports_passes_and_another_does_not(tmp_path: Path) -> None:
    right, wrong = asked("How much does a tire cost?", "$80"), asked("How much does a clutch cost?", "$80")
    checks = check(tmp_path, [right, wrong])
    assert checks[right.id].supported
    assert not checks[wrong.id].supported
    assert checks[wrong.id].reason
    assert checks[wrong.id].critic == "lexical"


def test_a_reserved_wording_is_held_against_the_chunk_that_teaches_its_fact(tmp_path: Path) -> None:
    fields = {"suite": "reserved_phrasing", "context": None}
    known = asked("What is the price of a tire?", "$80", fact="f1", **fields)
    untaught = asked("What does a tire cost?", "$80", fact="f2", **fields)
    checks = check(tmp_path, [known, untaught])
    assert checks[known.id].supported
    assert (checks[untaught.id].supported, checks[untaught.id].reason) == (False, "no_source")


def test_skills_are_not_asked_about(tmp_path: Path) -> None:
    greeting = asked("Greet a guest.", "Good day.", leaf_node="compositional_skills/greet", kind="freeform_skill", context=None)
    assert check(tmp_path, [greeting]) == {}


def test_a_critic_that_leaves_a_question_out_stops_the_stage(tmp_path: Path) -> None:
    def forgetful(samples: Iterator[Judged], *_rest: object) -> Iterator[Judgement]:
        yield from (Judgement(each.sample) for each in list(samples)[1:])

    with pytest.raises(CriticError, match="2 exam questions in, 1 verdicts out"):
        check(tmp_path, [asked("How much does a tire cost?", "$80"), asked("Who founded it?", "Ada Berg")], forgetful)
