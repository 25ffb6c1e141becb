"""How an answer is scored against its reference: three metrics from 0 to 1, rules only, no model.

Part of ``evaluate``, in the parent process::

    exact_match  all tokens, in order                            "The stainless steel." == "stainless steel"
    token_f1     harmonic mean of token precision and recall     (Rajpurkar et al. 2016, section 6.1)
    match        what a careful examiner would call right        ``examiner.py``

Not covered: synonyms beyond close paraphrase, long free-form answers: those need a judge.
"""

from collections import Counter

from tasks.evaluate.examiner import is_right
from tasks.evaluate.text_tokens import tokens_of

METRICS = ("match", "exact_match", "token_f1")


def score_answer(question: str, reference: str, answer: str) -> dict[str, float]:
    """All metrics of one answer, by name."""
    return {
        "match": match(question, reference, answer),
        "exact_match": exact_match(reference, answer),
        "token_f1": token_f1(reference, answer),
    }


def exact_match(reference: str, answer: str) -> float:
    """1 when both have the same tokens in the same order, else 0; an answer without a token is never right."""
    given = tokens_of(answer)
    return float(bool(given) and given == tokens_of(reference))


def token_f1(reference: str, answer: str) -> float:
    """The harmonic mean of precision and recall over tokens, each counted as often as it stands there."""
    expected, given = Counter(tokens_of(reference)), Counter(tokens_of(answer))
    total = expected.total() + given.total()
    return round(2 * (expected & given).total() / total, 6) if total else 0.0


def match(question: str, reference: str, answer: str) -> float:
    """1 when the answer says what the reference adds to the question, and nothing that makes it wrong; else 0."""
    return 1.0 if exact_match(reference, answer) else float(is_right(question, reference, answer))
