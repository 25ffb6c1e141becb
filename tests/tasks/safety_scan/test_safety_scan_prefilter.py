"""The prefilters may say too much, never too little; with either, the findings are the same."""

import random
import re
from itertools import pairwise

import pytest
import scan_corpus as corpus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.prefilter import HyperscanPrefilter, LiteralPrefilter, has_hyperscan, literals_of, loosened
from tasks.safety_scan.text_scanner import TextScanner, _matches

needs_hyperscan = pytest.mark.skipif(not has_hyperscan(), reason="Hyperscan has no wheel for this machine")


@pytest.fixture(scope="module")
def literal() -> TextScanner:
    return TextScanner(load_policy(None)[0], "literals")


@pytest.fixture(scope="module")
def hyperscan() -> TextScanner:
    return TextScanner(load_policy(None)[0], "hyperscan")


def corpus_texts() -> list[str]:
    r = random.Random(3)
    texts = [
        make(r) for table in (corpus.CHECKED, corpus.SHAPED, corpus.CREDENTIALS) for make in table.values() for _ in range(3)
    ]
    texts = [r.choice(corpus.FRAMES).format(text) for text in texts]
    texts += [*corpus.CLEAN, *corpus.INSTRUCTIONS, *(t for ts in corpus.PROHIBITED.values() for t in ts)]
    return texts + [disguise(text) for disguise in corpus.DISGUISES.values() for text in r.sample(texts, 60)]


@needs_hyperscan
def test_both_prefilters_lead_to_the_same_findings(literal, hyperscan):
    assert isinstance(literal.prefilter, LiteralPrefilter)
    assert isinstance(hyperscan.prefilter, HyperscanPrefilter)
    texts = corpus_texts()
    assert [text for text in texts if literal.hits(text) != hyperscan.hits(text)] == []
    assert sum(bool(literal.hits(text)) for text in texts) > 500


@needs_hyperscan
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=120), st.integers(0, 10_000))
def test_both_prefilters_agree_on_any_text(literal, hyperscan, text, number):
    texts = corpus.CLEAN
    mixed = text + texts[number % len(texts)] + text[:20]
    assert literal.hits(mixed) == hyperscan.hits(mixed)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_text_in_which_a_rule_finds_something_has_that_rule_as_candidate(literal, hyperscan, data):
    index = data.draw(st.integers(0, len(literal._rules) - 1))
    rule = literal._rules[index]
    text = data.draw(
        st.from_regex(
            re.compile(re.sub(r"\(\?<?[!=].*?\)", "", loosened(rule.pattern)) if len(rule.pattern) < 400 else "a", re.ASCII)
        )
    )
    if list(_matches(rule, text, loose=False)):
        assert index in literal.prefilter.candidates(text), rule.id
        assert index in hyperscan.prefilter.candidates(text), rule.id


def test_several_fields_are_prefiltered_at_once_without_losing_one(literal):
    texts = corpus_texts()[:200]
    for first, second in pairwise(texts):
        together = literal.hits_by_field({"question": first, "answer": second})
        assert together.get("question", []) == literal.hits(first)
        assert together.get("answer", []) == literal.hits(second)


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        (r"(?<![A-Za-z])ghp_[A-Z]{4}", ("ghp_",)),
        (r"\bab?c", ()),
        (r"(?:one|two)x", ("one", "two")),
        (r"abc|d[0-9]", ()),
        (r"-----BEGIN [A-Z]*", ("-----BEGIN ",)),
        (r"SG\.x+", ("SG.x",)),
        (r"(?:a|b)?cd", ()),
    ],
)
def test_literals_at_the_start_of_a_pattern(pattern, literals):
    assert literals_of(pattern) == literals
