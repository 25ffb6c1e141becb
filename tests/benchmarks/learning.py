"""Does the embedded default learn from any reasonable document? Prints a table, then JSON.

    python -m tests.benchmarks.learning [DOCUMENT ...]

For each document the whole workflow is walked as plain functions, without Prefect: statements covered by the extractive teacher,
pairs kept by critic and scan, those of them that the hand-checked answer list calls wrong (the sample has none), exam
scores of base and student, CPU seconds of this process and its workers.
"""

import json
import resource
import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flows.settings.files import load_settings
from schemas.contracts import (
    DatasetFile,
    FilterRequest,
    GenerateRequest,
    ScanRequest,
    StageFolders,
    TaxonomyRequest,
    ignore_progress,
)
from schemas.records import Chunk, Sample
from schemas.student_contracts import EvaluateRequest, EvaluationReport, TrainRequest
from tasks.critic_filter.filter import filter_samples
from tasks.dataset_files.jsonl import read_dataset
from tasks.evaluate.evaluate import evaluate_student
from tasks.safety_scan.scan import scan_rows
from tasks.taxonomy_diff.change import find_change
from tasks.teacher_generate.extractive.reading import read_chunks
from tasks.teacher_generate.generate import generate_samples
from tasks.train.train import train_student
from taxonomy_sample.materialise import materialise
from tests.documents.answer_lists import DOCUMENTS, read_answers
from tests.documents.as_taxonomy import make_taxonomy

SAMPLE = "delorean_dmc12"


def measure(document: str, folder: Path) -> dict[str, Any]:
    """Walks the workflow on one document."""
    before = cpu_seconds()
    taxonomy = materialise(folder / "sample") if document == SAMPLE else make_taxonomy(document, folder / "sample")
    settings = load_settings("offline", None, [f"taxonomy.path={taxonomy}"])

    def folders(stage: str) -> StageFolders:
        return StageFolders(folder=str(folder / stage), cache=str(folder / "cache"))

    request = TaxonomyRequest(taxonomy=settings.taxonomy, release=None, settings_digest="")
    change = find_change(request, folders("taxonomy_diff"), ignore_progress)
    sources = scan_rows(
        ScanRequest(rows=(change.leaf_nodes, change.seed_examples, change.chunks), policy=settings.scan),
        folders("sources"),
        ignore_progress,
    )
    leaf_nodes, seeds, chunks = sources.clean
    generated = generate_samples(
        GenerateRequest(
            leaf_nodes=leaf_nodes, seed_examples=seeds, chunks=chunks, teacher=settings.teacher, taxonomy_commit=change.head
        ),
        folders("teacher_generate"),
        ignore_progress,
    )
    filtered = filter_samples(
        FilterRequest(samples=generated.samples, chunks=chunks, seed_examples=seeds, critic=settings.critic),
        folders("critic_filter"),
        ignore_progress,
    )
    exam = (change.exam, generated.reserved)
    scanned = scan_rows(
        ScanRequest(rows=(filtered.kept,), policy=settings.scan, exam=exam), folders("safety_scan"), ignore_progress
    )
    (samples,) = scanned.clean
    trained = train_student(TrainRequest(samples=samples, chunks=chunks, train=settings.train), folders("train"), ignore_progress)
    report = evaluate_student(
        EvaluateRequest(student=trained.checkpoint, base=trained.base, exam=exam, samples=samples, evaluate=settings.evaluate),
        folders("evaluate"),
        ignore_progress,
    )
    return {
        "document": document,
        **count_pairs(document, chunks, filtered.kept),
        **exam_scores(report),
        "cpu_seconds": round(cpu_seconds() - before, 1),
        "training_cpu_seconds": round(trained.cpu_seconds, 1),
    }


def count_pairs(document: str, chunks: DatasetFile, kept: DatasetFile) -> dict[str, Any]:
    """Statements covered, pairs kept (asked naturally, and quoted), and those of them that the hand-checked list calls wrong."""
    pairs = [sample for sample in read_dataset(kept, Sample) if sample.origin == "extracted"]
    quoted = sum((pair.provenance.pattern or "").startswith("quote.") for pair in pairs)
    shares = {"pairs_kept": len(pairs), "natural": len(pairs) - quoted, "quoted": quoted}
    if document == SAMPLE:
        readings = read_chunks(list(read_dataset(chunks, Chunk)))
        seen, covered = (sum(counts) for counts in zip(*((r.statements, r.covered) for r in readings), strict=True))
        return {"statements": seen, "covered": covered, **shares, "pairs_wrong": None}
    answers = read_answers(document)
    found = [answers.find(pair.question, pair.answer) for pair in pairs]
    return {
        "statements": answers.statements,
        "covered": len({number for number in found if number is not None}),
        **shares,
        "pairs_wrong": sum(number is None for number in found),
    }


def exam_scores(report: EvaluationReport) -> dict[str, Any]:
    """Scores on the knowledge leaf node's questions."""
    scores = {(s.suite, s.metric): s for s in report.scores if s.group == "knowledge"}
    human, reserved = scores["human", "match"], scores["reserved_phrasing", "exact_match"]
    return {
        "human_questions": human.questions,
        "human_exact_match": scores["human", "exact_match"].student,
        "human_match": human.student,
        "human_match_base": human.base,
        "reserved_questions": reserved.questions,
        "reserved_exact_match": reserved.student,
        "reserved_exact_match_base": reserved.base,
    }


def cpu_seconds() -> float:
    """User and system time of this process and of its ended children."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def print_table(rows: Iterable[dict[str, Any]]) -> None:
    """The README's table."""
    print("| document | statements covered | pairs kept | wrong | human questions | reserved wordings | CPU seconds |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        wrong = "no list" if row["pairs_wrong"] is None else row["pairs_wrong"]
        human = f"{row['human_match_base']:.2f} -> {row['human_match']:.2f} of {row['human_questions']}"
        reserved = f"{row['reserved_exact_match_base']:.2f} -> {row['reserved_exact_match']:.2f} of {row['reserved_questions']}"
        covered = f"{row['covered']} of {row['statements']}"
        print(
            f"| {row['document']} | {covered} | {row['pairs_kept']} | {wrong} | {human} | {reserved} | {row['cpu_seconds']:.0f} |"
        )


def main() -> None:
    """Measures the documents, each in a temporary folder."""
    known = (SAMPLE, *DOCUMENTS)
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", metavar="DOCUMENT", choices=(*known, "all"), default="all", help=", ".join(known))
    rows = []
    named = parser.parse_args().documents
    for document in known if "all" in named else named:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(document, Path(folder)))
    print_table(rows)
    print(json.dumps({"benchmark": "learning", "documents": rows}))


if __name__ == "__main__":
    main()
