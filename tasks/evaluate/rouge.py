"""ROUGE-L: how much of the reference stands in the answer, in the same order.

Part of ``evaluate``, in the parent process. The F1 of precision and recall over the longest common subsequence of tokens (Lin
2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 3, with beta = 1). Tokens are those of all other scores
(``text_tokens.py``), so ``$1,000`` is one token and case does not matter::

    reference  stainless steel panels       answer  panels of stainless steel
    longest common subsequence  stainless steel     precision 2/4, recall 2/3, ROUGE-L 0.571429

Not covered: stemming, several references, summaries in sentences (ROUGE-Lsum).
"""

from rapidfuzz.distance import LCSseq

from tasks.evaluate.text_tokens import tokens_of

ROUGE_L = "rouge_l"


def rouge_l(reference: str, answer: str) -> float:
    """ROUGE-L F1 from 0 to 1; an answer without a token has 0."""
    expected, given = tokens_of(reference), tokens_of(answer)
    if not expected or not given:
        return 0.0
    common = LCSseq.similarity(expected, given)
    return round(2 * common / (len(expected) + len(given)), 6)
