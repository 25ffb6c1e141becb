"""The training samples nearest to a question, for a release: why does the model say this?

Two ways to be near, half each: the words that both share, rare ones counting more (BM25; Robertson and Zaragoza 2009, "The
Probabilistic Relevance Framework", section 3.4), and how alike the two questions are letter by letter, in any order of words. The
first picks candidates out of all samples, the second orders them. Where no word of the question stands in any sample, letters
alone decide: a typing error finds its sample.

The file is read twice, one line at a time: first to count the question's words, then to score. Memory holds the candidates only.
Samples of one fact are its wordings: the nearest is shown, the others are counted.

    NearestSample(sample=Sample(...), similarity=0.94, wordings=6)

Not covered: meaning without shared words (that needs a model), and the samples of earlier releases that were replayed.
"""

import hashlib
import heapq
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import fsspec
from rapidfuzz import fuzz

from flows.commands.data.passages import Passage, find_passages
from flows.commands.data.runs import StoredRun, read_run
from flows.commands.release.history import StoredRelease
from schemas.contracts import DatasetFile
from schemas.errors import DamagedFileError, UsageError
from schemas.records import Sample
from tasks.dataset_files.jsonl import is_intact
from tasks.evaluate.text_tokens import stem

_SATURATION, _LENGTH = 1.2, 0.75
"""BM25's k1 and b, as commonly set."""
_CANDIDATES = 40
"""Candidates for each sample that is asked for: a fact has up to eight wordings."""
_LONGEST_QUESTION = 4000
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    """
    a an and are as at be been by can could did do does for from had has have how i in is it its many me much my of on or
    please say shall should tell that the their there these they this to was were what when where which who whom whose why
    will with would you your
    """.split()  # noqa: SIM905
)
"""Words of a question that say nothing of what it is about."""


@dataclass(frozen=True)
class NearestSample:
    """A sample that may be why."""

    sample: Sample
    similarity: float
    """0 to 1."""
    wordings: int = 1
    """How many candidates ask for the same fact, this one included."""
    passage: Passage | None = None

    def as_json(self) -> dict[str, Any]:
        """The sample with its source."""
        origin = self.sample.provenance
        return {
            "similarity": round(self.similarity, 4),
            "wordings": self.wordings,
            "leaf_node": self.sample.leaf_node,
            "taxonomy_commit": origin.taxonomy_commit,
            "teacher": origin.teacher,
            "document": origin.document.model_dump() if origin.document else None,
            "start": origin.chunk_start if origin.answer_start is None else origin.answer_start,
            "end": origin.chunk_end if origin.answer_end is None else origin.answer_end,
            "passage": vars(self.passage) if self.passage else None,
            "critique": self.sample.critique.model_dump() if self.sample.critique else None,
            "sample": self.sample.model_dump(mode="json"),
        }


def trace_question(release: StoredRelease, question: str, count: int) -> list[NearestSample]:
    """The nearest samples of a release with the passages that they were taught from.

    Args:
        count: How many, from 1.

    Raises:
        UsageError: the question is empty.
        DamagedFileError: the release's samples are gone or not what was recorded.
    """
    run = _run_of(release)
    samples = _samples_of(release, run)
    found = nearest_samples(samples, question, count)
    try:
        passages = find_passages([near.sample for near in found], run.passages() if run else ())
    except DamagedFileError:
        passages = find_passages([near.sample for near in found], ())
    return [replace(near, passage=passages.get(near.sample.id)) for near in found]


def nearest_samples(samples: DatasetFile, question: str, count: int) -> list[NearestSample]:
    """The samples of a file that are nearest to a question, nearest first, one for each fact.

    Raises:
        UsageError: the question is empty.
        DamagedFileError: the file is gone or not what was recorded.
    """
    question = question.strip()[:_LONGEST_QUESTION]
    if not question:
        raise UsageError("there is no question to look for. Write it in quotes.")
    words = _words_that_tell(question)
    seen, length, rows = _count_words(samples, words)
    weights = {word: math.log(1 + (rows - n + 0.5) / (n + 0.5)) for word, n in seen.items()}
    heap: list[tuple[float, int, bytes]] = []
    for number, (line, row) in enumerate(_rows(samples)):
        score = _bm25(row, weights, length) if weights else fuzz.token_sort_ratio(question, row["question"]) / 100
        if score > 0 and (len(heap) < _CANDIDATES * count or score > heap[0][0]):
            (heapq.heappushpop if len(heap) >= _CANDIDATES * count else heapq.heappush)(heap, (score, -number, line))
    return _best_of_each_fact(heap, question, count)


def _best_of_each_fact(heap: list[tuple[float, int, bytes]], question: str, count: int) -> list[NearestSample]:
    most = max((score for score, _, _ in heap), default=1.0)
    best: dict[tuple[str, str], NearestSample] = {}
    folded = question.casefold()
    for score, _, line in sorted(heap, reverse=True):
        sample = Sample.model_validate_json(line)
        alike = fuzz.token_sort_ratio(folded, sample.question.casefold()) / 100
        near = NearestSample(sample, (score / most + alike) / 2)
        key = (sample.leaf_node, sample.provenance.fact or sample.id)
        known = best.get(key)
        if known is None:
            best[key] = near
        else:
            nearer = near if near.similarity > known.similarity else known
            best[key] = replace(nearer, wordings=known.wordings + 1)
    return sorted(best.values(), key=lambda near: (-near.similarity, near.sample.id))[:count]


def _bm25(row: dict[str, Any], weights: dict[str, float], mean_length: float) -> float:
    words = _words_of(row)
    score, norm = 0.0, _SATURATION * (1 - _LENGTH + _LENGTH * len(words) / mean_length)
    for word, times in Counter(word for word in words if word in weights).items():
        score += weights[word] * times * (_SATURATION + 1) / (times + norm)
    return score


def _count_words(samples: DatasetFile, words: set[str]) -> tuple[Counter[str], float, int]:
    """In how many samples each word stands, a sample's mean length in words, and the number of samples."""
    seen: Counter[str] = Counter()
    total = rows = 0
    for _, row in _rows(samples):
        told = _words_of(row)
        rows, total = rows + 1, total + len(told)
        seen.update(words.intersection(told))
    return seen, max(1.0, total / max(1, rows)), rows


def _words_that_tell(question: str) -> set[str]:
    words = set(_words(question))
    telling = {word for word in words if word not in _COMMON}
    return telling or words


def _words_of(row: dict[str, Any]) -> list[str]:
    return _words(f"{row['question']} {row['answer']}")


def _words(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.casefold())]


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    return stem(word)


def _rows(samples: DatasetFile) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Each line with its row as plain JSON; digest and count are checked when the last has been read."""
    sha256, rows = hashlib.sha256(), 0
    try:
        with fsspec.open(samples.path, "rb") as stream:
            for line in stream:
                sha256.update(line)
                rows += 1
                row = json.loads(line)
                if (
                    not isinstance(row, dict)
                    or not isinstance(row.get("question"), str)
                    or not isinstance(row.get("answer"), str)
                ):
                    raise ValueError("no sample")
                yield line, row
    except FileNotFoundError as error:
        raise DamagedFileError(f"{samples.path} is gone, so it cannot be told what the release was taught.") from error
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{samples.path}:{rows} is not a sample. Restore the file from a backup.") from error
    if (sha256.hexdigest(), rows) != (samples.sha256, samples.rows):
        raise DamagedFileError(f"{samples.path} is not what the release was taught ({rows} rows of {samples.rows}).")


def _run_of(release: StoredRelease) -> StoredRun | None:
    """The run that led to the release; None where its folder is gone."""
    try:
        return read_run(release.root, release.verdict.run)
    except DamagedFileError:
        return None


def _samples_of(release: StoredRelease, run: StoredRun | None) -> DatasetFile:
    """The samples as the ledger names them, or the same file in the run's own folder: a workspace may have been moved."""
    samples = release.release.samples
    if not Path(samples.path).exists() and run and run.scanned and run.scanned.clean:
        linked = run.scanned.clean[0]
        if linked.sha256 == samples.sha256 and is_intact(linked):
            return linked
    return samples
