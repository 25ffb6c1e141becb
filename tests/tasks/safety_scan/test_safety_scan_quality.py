"""How much is found of what is known to be there, how much of nothing: measured, with the misses printed by category."""

import random
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
import scan_corpus as corpus

from tasks.safety_scan.policy import SEVERITY, load_policy
from tasks.safety_scan.text_scanner import TextScanner

SEED = 20260


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner(load_policy(None)[0])


def finds(scanner: TextScanner, text: str, category: str) -> bool:
    return any(hit.rule.startswith(category + ".") for hit in scanner.hits(text))


def missed(
    scanner: TextScanner, table: dict[str, Callable[[random.Random], str]], category: str, each: int
) -> tuple[int, Counter]:
    r, misses, asked = random.Random(SEED), Counter(), 0
    for name, make in table.items():
        for _ in range(each):
            asked += 1
            misses[name] += not finds(scanner, r.choice(corpus.FRAMES).format(make(r)), category)
    return asked, +misses


@pytest.mark.parametrize(
    ("table", "category", "least"),
    [(corpus.CHECKED, "personal", 0.99), (corpus.SHAPED, "personal", 0.95), (corpus.CREDENTIALS, "credential", 0.95)],
    ids=["personal with check digits", "personal with a shape", "credentials"],
)
def test_recall_on_generated_values(scanner, table, category, least):
    asked, misses = missed(scanner, table, category, each=12)
    recall = 1 - misses.total() / asked
    assert recall >= least, f"{recall:.3f} of {asked}; missed: {dict(misses)}"


def test_recall_on_prohibited_requests(scanner):
    misses = [
        (name, text) for name, texts in corpus.PROHIBITED.items() for text in texts if not finds(scanner, text, "prohibited")
    ]
    total = sum(map(len, corpus.PROHIBITED.values()))
    assert 1 - len(misses) / total >= 0.9, misses


def test_recall_on_instructions_to_a_model(scanner):
    misses = [text for text in corpus.INSTRUCTIONS if not finds(scanner, text, "instructions")]
    assert 1 - len(misses) / len(corpus.INSTRUCTIONS) >= 0.9, misses


def acted_on(scanner: TextScanner, texts: Iterable[str]) -> list[tuple[str, str]]:
    return [
        (hit.rule, text)
        for text in texts
        for hit in scanner.hits(text)
        if SEVERITY[scanner.policy.action(hit.rule)] > SEVERITY["warn"]
    ]


def test_clean_texts_that_look_dangerous_pass(scanner):
    assert acted_on(scanner, corpus.CLEAN) == []


def known_positives(scanner: TextScanner) -> list[tuple[str, str]]:
    r = random.Random(SEED)
    made = [
        (category, make(r))
        for table, category in ((corpus.CHECKED, "personal"), (corpus.SHAPED, "personal"), (corpus.CREDENTIALS, "credential"))
        for make in table.values()
        for _ in range(2)
    ]
    made += [("prohibited", text) for texts in corpus.PROHIBITED.values() for text in texts]
    made += [("instructions", text) for text in corpus.INSTRUCTIONS]
    return [(category, text) for category, text in made if finds(scanner, text, category)]


def test_recall_on_disguised_positives(scanner):
    positives, asked, misses = known_positives(scanner), 0, Counter()
    for name, disguise in corpus.DISGUISES.items():
        for category, text in positives:
            if (hidden := disguise(text)) != text:
                asked += 1
                misses[name] += not finds(scanner, hidden, category)
    recall = 1 - misses.total() / asked
    assert recall >= 0.95, f"{recall:.3f} of {asked}; missed: {dict(+misses)}"
    assert set(+misses) <= {"base64", "broken line"}, dict(+misses)


def test_positions_are_those_of_the_original_text(scanner):
    r = random.Random(SEED)
    for name in ("zero width", "full width", "mathematical", "word joiners"):
        for make in (corpus.email, corpus.card, corpus.CREDENTIALS["github"]):
            value = corpus.DISGUISES[name](make(r))
            text = f"Grüße an {value} – danke…"
            hit = max((h for h in scanner.hits(text) if h.is_private), key=lambda h: h.end - h.start)
            covered = text[hit.start : hit.end]
            assert covered.strip("\u200b\u2060") == value.strip("\u200b\u2060"), name


def test_presidio_as_a_second_opinion_finds_nothing_more_among_checked_values(scanner):
    """What presidio's recognisers with a checksum are sure of, this scanner finds too."""
    presidio = pytest.importorskip("presidio_analyzer.predefined_recognizers")
    r = random.Random(SEED)
    texts = [r.choice(corpus.FRAMES).format(make(r)) for make in corpus.CHECKED.values() for _ in range(10)]
    recognizers = [
        presidio.CreditCardRecognizer(),
        presidio.IbanRecognizer(),
        presidio.CryptoRecognizer(),
        presidio.EsNifRecognizer(),
    ]
    sure = [
        text
        for text in texts
        for recognizer in recognizers
        for result in recognizer.analyze(text, recognizer.supported_entities, None)
        if result.score == 1.0
    ]
    assert len(sure) > 20
    assert [text for text in sure if not finds(scanner, text, "personal")] == []
