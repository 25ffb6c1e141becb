"""Words of a question that point to something that whoever is asked does not see: "it", "the passage".

    find_dangling("Where was it built?")  ->  "it"

Not covered: pronouns that stand for something named earlier in the same question are taken to be clear.
"""

import re

from tasks.critic_filter.word_forms import WORD
from tasks.critic_filter.word_lists import STOP_WORDS

_POINTING = re.compile(
    r"\b(?:the|this|that|above|following|given|provided)\s+(?:above|below|following|document|passage|text|context|paragraph|"
    r"excerpt|article|table|section|sentence|chapter|statement|snippet|list)s?\b"
    r"|\bmentioned (?:above|below|here)\b|\baccording to the author\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her|this|these|those)\b", re.IGNORECASE)
_EMPTY_IT = re.compile(
    r"\bit\s+(?:cost|costs|take|takes|is|was|be|necessary|possible|required|mean|means|allowed)\b", re.IGNORECASE
)
_NAMED_NEXT = re.compile(r"\s+(?:(?:with|under|called|named|of|about|on) )?(?:the columns )?[\"“„]|\s+of contents\b")
"""A table or a sentence that is named by what follows needs no pointing at."""
_QUOTED = re.compile(r"[\"“„][^\"“”„]*[\"”“]")


def find_dangling(question: str) -> str | None:
    """The word that points to something outside of the question ("it", "the passage"), or None."""
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    for match in _POINTING.finditer(question):
        if not _NAMED_NEXT.match(question, match.end()) and not _is_within(match.start(), quoted):
            return match.group()
    for match in _PRONOUN.finditer(question):
        if match.group() == "IT" or _is_within(match.start(), quoted):  # "IT" is a department
            continue
        before = question[: match.start()]
        named = len([word for word in WORD.findall(before) if word.lower() not in STOP_WORDS and len(word) > 2]) >= 1
        empty = match.group().lower() == "it" and (
            _EMPTY_IT.match(question, match.start()) or re.search(r"\b(?:does|is|was|will|would|did|can)\s+$", before.lower())
        )
        if empty and re.search(r"\bto\b|\bthat\b|^ (?:\w+ ){0,2}(?:for|me|if|take|takes)\b", question[match.end() :]):
            continue
        if not named:
            return match.group()
    return None


def _is_within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < place < end for start, end in spans)
