"""Recall and false positives on a set that was written after the rules and apart from them; misses are printed by category."""

import random
from collections import Counter

import pytest
import scan_corpus
import second_corpus as corpus

from tasks.safety_scan.policy import SEVERITY, load_policy
from tasks.safety_scan.text_scanner import TextScanner

SEED, EACH = 90417, 5
CLEAN_EACH = 400


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner(load_policy(None)[0])


def positives(table: dict[str, corpus.Make], seed: int = SEED) -> list[tuple[str, str]]:
    r = random.Random(seed)
    return [(name, r.choice(corpus.FRAMES).format(make(r))) for name, make in table.items() for _ in range(EACH)]


def finds(scanner: TextScanner, text: str, category: str) -> bool:
    return any(hit.rule.startswith(category + ".") for hit in scanner.hits(text))


@pytest.mark.parametrize(
    ("table", "category", "least"),
    [(corpus.CHECKED, "personal", 0.99), (corpus.SHAPED, "personal", 0.95), (corpus.CREDENTIALS, "credential", 0.85)],
    ids=["personal with check digits", "personal with a shape", "credentials"],
)
def test_recall(scanner, table, category, least):
    asked = positives(table)
    misses = Counter(name for name, text in asked if not finds(scanner, text, category))
    recall = 1 - misses.total() / len(asked)
    print(f"{category}: {recall:.4f} of {len(asked)}; missed: {dict(misses)}")
    assert recall >= least, f"{recall:.3f} of {len(asked)}; missed: {dict(misses)}"


def test_clean_pairs_of_five_kinds_pass(scanner):
    pairs = list(corpus.clean_pairs(CLEAN_EACH, SEED))
    assert len(set(pairs)) >= 1500
    wrong = []
    for kind, question, answer in pairs:
        for hits in scanner.hits_by_field({"question": question, "answer": answer}).values():
            wrong += [(kind, hit.rule, answer) for hit in hits if SEVERITY[scanner.policy.action(hit.rule)] > SEVERITY["warn"]]
    print(f"false positives: {len(wrong)} of {len(pairs)}")
    assert len(wrong) <= len(pairs) * 0.001, wrong[:20]


def test_recall_on_disguised_values(scanner):
    tables = ((corpus.CHECKED, "personal"), (corpus.SHAPED, "personal"), (corpus.CREDENTIALS, "credential"))
    found = [(c, text) for table, c in tables for _, text in positives(table)[::EACH] if finds(scanner, text, c)]
    asked, misses = 0, Counter()
    for name, disguise in scan_corpus.DISGUISES.items():
        for category, text in found:
            if (hidden := disguise(text)) != text:
                asked += 1
                misses[name] += not finds(scanner, hidden, category)
    recall = 1 - misses.total() / asked
    print(f"disguised: {recall:.4f} of {asked}; missed: {dict(+misses)}")
    assert recall >= 0.9, f"{recall:.3f} of {asked}; missed: {dict(+misses)}"


def test_the_set_is_as_large_as_it_claims():
    assert sum(len(table) * EACH for table in (corpus.CHECKED, corpus.SHAPED, corpus.CREDENTIALS)) >= 300
    assert len(corpus.KINDS) * CLEAN_EACH == 2000
