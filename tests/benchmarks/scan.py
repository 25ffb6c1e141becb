"""How fast the safety scan is, JSONL to JSONL, and what memory it takes.

    python -m tests.benchmarks.scan [--rows 20000 60000] [--layers a_and_b all] [--workers 0 2]

Layers a and b are normalisation, personal data, credentials, phrases and links; all are these with duplicates and contamination
(by an exam of 300 questions and an evaluation file of 2,000 lines). Rows are questions and answers of about 400 characters with a
made-up vocabulary; one in fifty holds a private value, one in a hundred repeats another. Each measurement runs in a process of
its own. Prints one JSON object last: rows per wall-clock second and per CPU second, peak memory, and how many rows got which
verdict. ``rows_per_second_of_two_cores`` follows from CPU seconds: what two cores do that nobody else uses, for a machine that is
busy with other things.

Not covered: the quality of the verdicts (the tests), object storage.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import yaml

from schemas.contracts import DatasetFile, ScanRequest, StageFolders, ignore_progress
from schemas.records import ExamQuestion, Provenance, Sample, sample_id
from schemas.settings import ScanSettings
from tasks.dataset_files.jsonl import write_dataset
from tasks.safety_scan.policy import BUILT_IN
from tasks.safety_scan.scan import scan_rows

LAYERS = {
    "a_and_b": {"duplicates": False, "contamination": False},
    "all": {},
}
EXAM_QUESTIONS, EVALUATION_LINES = 300, 2_000
PRIVATE = ("ann.{}@mail.example.org", "+44 20 7946 {:04}", "4111 1111 1111 1111", "password: qX7#{}vv", "192.0.{}.9")


def vocabulary(r: random.Random, size: int = 6000) -> list[str]:
    starts, ends = (
        "b br c ch d f g gr h k l m n p pl r s st t tr v w".split(),  # noqa: SIM905
        "ane ess ile ock und ar er ing ation ment y on al ic".split(),  # noqa: SIM905
    )
    return sorted(
        {r.choice(starts) + r.choice("aeiou") + r.choice(["", "nd", "rt", "ll", "s"]) + r.choice(ends) for _ in range(size * 3)}
    )[:size]


def rows_of(count: int) -> Iterator[Sample]:
    """Questions and answers of about 400 characters together."""
    r = random.Random(4)
    words = vocabulary(r)
    provenance = Provenance(taxonomy_commit="a" * 40, leaf_key="k" * 16, teacher="benchmark", document=None)
    last: tuple[str, str] = ("", "")
    for index in range(count):
        question = (
            f"What does the {' '.join(r.choices(words, k=8))} of the {r.choice(words)} say about {r.choice(words)} {index}?"
        )
        sentences = (f"The {' '.join(r.choices(words, k=r.randint(7, 12)))}." for _ in range(5))
        answer = " ".join(sentences)[:300] + f" In all {r.randint(1, 9000)} of them, by {r.randint(1900, 2024)}."
        if index % 50 == 1:
            answer += " " + r.choice(PRIVATE).format(index % 250)
        if index % 100 == 2:
            question, answer = last
        last = question, answer
        leaf = f"knowledge/area{index % 40}/topic"
        yield Sample(
            id=sample_id(leaf, question, None, answer), leaf_node=leaf, kind="knowledge", question=question, answer=answer,
            origin="generated", provenance=provenance,
        )  # fmt: skip


def exam_of(folder: str) -> DatasetFile:
    """Questions in the same words, none of them a row's."""
    r = random.Random(5)
    words = vocabulary(r)
    texts = [f"Why is the {' '.join(r.choices(words, k=6))} {i}?" for i in range(EXAM_QUESTIONS)]
    return write_dataset(
        f"{folder}/exam.jsonl",
        ExamQuestion,
        (
            ExamQuestion(id=str(i), suite="human", leaf_node="k", kind="knowledge", question=text, reference="so")
            for i, text in enumerate(texts)
        ),
    )


def evaluation_of(folder: str) -> str:
    """A file that no row may overlap with."""
    r = random.Random(6)
    words = vocabulary(r)
    lines = (json.dumps({"text": " ".join(r.choices(words, k=60))}) for _ in range(EVALUATION_LINES))
    (Path(folder) / "evaluation.jsonl").write_text("\n".join(lines))
    return f"{folder}/evaluation.jsonl"


def measure(rows: int, layers: str, folder: str, workers: int | None) -> dict[str, object]:
    """One scan in this process."""
    policy = yaml.safe_load(BUILT_IN.read_text())
    policy["layers"] = LAYERS[layers]
    policy["contamination"]["evaluation_files"] = [evaluation_of(folder)]
    (Path(folder) / "policy.yaml").write_text(yaml.safe_dump(policy))
    file = write_dataset(f"{folder}/rows.jsonl", Sample, rows_of(rows))
    request = ScanRequest(
        rows=(file,), policy=ScanSettings(policy=f"{folder}/policy.yaml", blocked_share_limit=1), exam=(exam_of(folder),)
    )
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    result = scan_rows(request, StageFolders(folder=f"{folder}/out", cache=f"{folder}/cache"), ignore_progress, workers=workers)
    seconds = time.perf_counter() - started
    after, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    parent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cpu = parent + children.ru_utime + children.ru_stime
    return {
        "layers": layers,
        "workers": workers,
        "rows": rows,
        "characters_per_row": round(Path(file.path).stat().st_size / rows) if rows else 0,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "rows_per_second": round(rows / seconds),
        "rows_per_cpu_second": round(rows / cpu),
        "rows_per_second_of_two_cores": round(rows / max(parent, cpu / 2)),
        "parent_cpu_seconds": round(parent, 2),
        "peak_mb": round(after.ru_maxrss / 1024),
        "peak_mb_of_a_worker": round(children.ru_maxrss / 1024),
        "verdicts": [result.allowed, result.redacted, result.quarantined, result.dropped],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 60_000])
    parser.add_argument("--layers", nargs="+", choices=list(LAYERS), default=list(LAYERS))
    parser.add_argument("--workers", type=int, nargs="+", default=[None], help="0: one process; without it as many as cores")
    parser.add_argument("--one", action="store_true", help="measure in this process: the first of --rows and --layers")
    arguments = parser.parse_args()
    if arguments.one:
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(json.dumps(measure(arguments.rows[0], arguments.layers[0], folder, arguments.workers[0])) + "\n")
        return
    measured = []
    for layers, rows, workers in product(arguments.layers, arguments.rows, arguments.workers):
        command = [sys.executable, "-m", "tests.benchmarks.scan", "--one", "--rows", str(rows), "--layers", layers]
        command += [] if workers is None else ["--workers", str(workers)]
        line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
        sys.stderr.write(line + "\n")
        measured.append(json.loads(line))
    sys.stdout.write(json.dumps({"benchmark": "scan", "measured": measured}) + "\n")


if __name__ == "__main__":
    main()
