"""How an answer is scored against its reference: three metrics from 0 to 1, rules only, no model.

Part of ``evaluate``, in the parent process. All three compare normalised tokens (``text_tokens.py``)::

    exact_match  all tokens, in order                            "The stainless steel." == "stainless steel"
    token_f1     harmonic mean of token precision and recall     (Rajpurkar et al. 2016, section 6.1)
    match        says what was asked for, and nothing false      see below

``match`` forgives phrasing, not facts. It is 1 when the answer contains every *novel* content token of the reference, that is
each token which is no stop word and does not already stand in the question (words are compared by their stem), and brings no
number and no negation that stand in neither reference nor question. Where the reference has no novel token (the question names
the choices), it is ``exact_match``.

    question   How much does a brake overhaul cost?
    reference  Between $1,000 and $1,500
    1          It costs between 1000 and 1500 dollars.
    0          It costs between $1,000 and $1,800.          (1,500 is missing, 1,800 is made up)
    0          It costs between 1,000 and 1,500 euros.      (the unit is another)

An answer that lists everything that it knows contains the right words too; numbers and ``max_new_tokens`` bound that, and
``exact_match`` beside it shows it.

Not covered: synonyms, paraphrase, long free-form answers: those need a judge.
"""

from collections import Counter

from tasks.evaluate.text_tokens import is_number, stem, tokens_of

METRICS = ("match", "exact_match", "token_f1")

STOP_WORDS = frozenset(
    """
    is are was were be been being do does did has have had can could will would shall should may might must
    it its this that these those there he she they them their his her you your we our i my me
    of in on at to from by for with as and or but if so about between each every
    which what who whom whose when where why how also just
    """.split()  # noqa: SIM905
)
NEGATIONS = frozenset({"no", "not", "never", "none", "nothing", "neither", "nor", "without"})
PRONOUN_NUMBER = "1"
"""'One' is also a pronoun ('the red one'), so it is never held against an answer."""


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
    """1 when the answer says what the reference adds to the question, and nothing that contradicts it; else 0."""
    asked, expected, given = tokens_of(question), tokens_of(reference), tokens_of(answer)
    known = {stem(token) for token in asked + expected}
    novel = {stem(token) for token in expected if token not in STOP_WORDS} - {stem(token) for token in asked}
    if not novel:
        return exact_match(reference, answer)
    invented = {token for token in given if (is_number(token) and token != PRONOUN_NUMBER) or token in NEGATIONS} - known
    return float(novel <= {stem(token) for token in given} and not invented)
