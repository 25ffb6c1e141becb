"""Keeps the exam out of the training data.

Part of ``safety_scan``, on samples only. Three nets, from fine to coarse:

- *whole*: a sample's question (or one sentence of it, or of its answer) is an exam question, case and punctuation aside. Both
  suites.
- *near*: a few letters or function words differ, and content words and numbers agree. Against human questions only: a reserved
  wording
  is meant to be near the trained ones, and a templated question about another fact is near by construction.
- *overlap*: so many words in a row are shared with an evaluation file that the policy names (Brown et al. 2020, appendix C, for
  the idea
  of n-gram overlap).

A question of a skill that comes with a context ("Which row has the largest value?") is another question with another context. A
question of another leaf node with another answer is another question too.

One example::

    exam: "How much does an engine rebuild cost?"   sample: "how much does an engine rebuild cost"       -> whole
                                                    sample: "How much does an engine rebuild costs?"     -> near
                                                    sample: "How much does a transmission rebuild cost?" -> kept

Not covered: a paraphrase in other words; the same fact in another wording is what a student is meant to learn from.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from schemas.records import ExamQuestion
from tasks.safety_scan.fields import Asked
from tasks.safety_scan.likeness import ask_the_same, content_words, normalised, numbers, sentences, words
from tasks.safety_scan.policy import Contamination

EXAM, OVERLAP = "contamination.exam_question", "contamination.evaluation_overlap"
_SAME_ANSWER = 85.0
"""rapidfuzz's token_set_ratio at which two answers are taken for the same one."""
_LEAST_WORDS_INSIDE = 4
"""An exam question inside a longer text counts from so many words on: "Why?" stands everywhere."""


_SEVERAL = re.compile(r"[.!?:;]\s|\n")
"""A text without these is one sentence, which was looked at as a whole."""


class ExamGuard:
    """Knows the exam questions and the evaluation files.

    Args:
        exam: All exam questions, both suites.
        limits: The policy's section.
    """

    def __init__(self, exam: Iterable[ExamQuestion], limits: Contamination) -> None:
        self._limits = limits
        self._whole: dict[str, list[ExamQuestion]] = defaultdict(list)
        self._by_word: dict[str, list[ExamQuestion]] = defaultdict(list)
        for question in exam:
            self._whole[normalised(question.question)].append(question)
            if question.suite == "human":
                for word in content_words(question.question):
                    self._by_word[word].append(question)
        self._step = (limits.ngram_words + 1) // 2
        self._overlaps: set[int] = set()
        self._short_runs: set[int] = set()
        for found in _evaluation_texts(limits):
            self._overlaps.update(_runs(found, limits.ngram_words))
            self._short_runs.update(_runs(found, self._step))

    def rule_against(self, row: Asked) -> str:
        """The rule that this row breaks; empty where it breaks none."""
        if self._whole and (self._is_whole(row) or self._is_near(row)):
            return EXAM
        if self._overlaps and any(self._overlaps_with(text) for text in _texts(row)):
            return OVERLAP
        return ""

    def _overlaps_with(self, found: tuple[str, ...]) -> bool:
        """Whether a run of so many words stands in an evaluation file.

        Any such run holds one of the text's short runs at every ``_step`` words, so first only those are looked up.
        """
        step = self._step
        if not any(hash(found[i : i + step]) in self._short_runs for i in range(0, len(found) - step + 1, step)):
            return False
        return any(n in self._overlaps for n in _runs(found, self._limits.ngram_words))

    def _is_whole(self, row: Asked) -> bool:
        if any(_is_same_item(question, row) for question in self._whole.get(normalised(row.question), ())):
            return True
        inside = sentences(row.question) if len(row.question) > 20 and _SEVERAL.search(row.question) else []
        if "?" in row.answer:
            inside += [sentence for sentence in sentences(row.answer) if sentence.rstrip().endswith("?")]
        for sentence in inside:
            found = normalised(sentence)
            if found.count(" ") + 1 >= _LEAST_WORDS_INSIDE and any(_is_same_item(q, row) for q in self._whole.get(found, ())):
                return True
        return False

    def _is_near(self, row: Asked) -> bool:
        wanted = content_words(row.question)
        # The rarest word has the shortest list; a near question shares all its content words, so any list would do.
        lists = [self._by_word[word] for word in wanted if word in self._by_word and not word.startswith("@")]
        if not lists:
            return False
        asked = normalised(row.question)
        for question in min(lists, key=len):
            if not ask_the_same(row.question, question.question) or numbers(row.question) != numbers(question.question):
                continue
            known = normalised(question.question)
            likeness = max(fuzz.ratio(asked, known), fuzz.token_sort_ratio(asked, known))
            if likeness >= self._limits.near and _is_same_item(question, row):
                return True
        return False


def _is_same_item(question: ExamQuestion, row: Asked) -> bool:
    """Whether question and row ask for the same thing, given that their questions read alike."""
    if not row.is_knowledge and question.context and row.context:
        return _alike(question.context, row.context)
    if question.leaf_node == row.leaf_node:
        return True
    return _alike(question.reference, row.answer) and numbers(question.reference) == numbers(row.answer)


def _alike(one: str, other: str) -> bool:
    return fuzz.token_set_ratio(normalised(one), normalised(other)) >= _SAME_ANSWER


def _texts(row: Asked) -> list[tuple[str, ...]]:
    return [words(row.question) + words(row.answer), *([words(row.context)] if row.context else [])]


def _runs(found: tuple[str, ...], length: int) -> Iterator[int]:
    """Hashes of all runs of ``length`` words; the same within one process only."""
    for start in range(len(found) - length + 1):
        yield hash(found[start : start + length])


def _evaluation_texts(limits: Contamination) -> Iterator[tuple[str, ...]]:
    for name in limits.evaluation_files:
        with Path(name).open(encoding="utf-8", errors="replace") as stream:
            for line in stream:
                for text in _strings(_parsed(line)):
                    yield words(text)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
