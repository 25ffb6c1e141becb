"""Whether an exam question's answer can be known from its leaf's documents: a lexical decision, not a judgement of meaning.

The reference can be known where all its numbers and most of its content words stand close together in one document. A score on
questions that the documents do not answer says how well a student guesses; the report keeps both apart.

Place in the DAG: while the exam is written.

    is_in_document("A 2.85-litre V6 made by Peugeot", ["... powered by a 2.85-litre V6, made by PRV for Peugeot ..."]) is True

Not covered: paraphrase by other words (taken for absent) and negation (taken for present).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORDS = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
MOST = 0.7
"""Share of the content words that must be found."""
WINDOW_WORDS = 80
"""How close together: words of the document, plus four for each word of the reference."""
_STOP_WORDS = """
a an the and or but nor of in on at to from by with without for as is are was were be been being am do does did done has have had
having it its this that these those there here he she they them his her their we us our you your i me my who whom whose which what
when where why how not no yes so than then too very can could will would shall should may might must also such if into onto about
over under between both each every all any some more most other only own same s t
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
_NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_NUMBER_WORDS, 2)}
"""Without "one", which is a pronoun as often as a number."""


def content_terms(text: str) -> list[str]:
    """The text's numbers and content words in order, each in the one form that is compared."""
    terms = []
    for match in WORDS.finditer(text.casefold()):
        word = match[0]
        if word[0].isdigit():
            terms.append(normalise_number(word))
        else:
            word = word.split("'")[0].split("’")[0]
            if word not in STOP_WORDS:
                terms.append(NUMBER_WORDS.get(word, _stem(word)))
    return terms


def normalise_number(number: str) -> str:
    """``1,233`` -> ``1233``; ``2.850`` stays: a point is not taken for a separator of thousands."""
    grouped = re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number)
    return number.replace(",", "") if grouped else number.replace(",", ".")


def _stem(word: str) -> str:
    """The word without the endings that number and tense change; crude, and the same on both sides."""
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word[:-1] if word.endswith(("e", "y")) and len(word) > 3 else word


def is_in_document(reference: str, documents: Iterable[Sequence[str]], question: str = "") -> bool:
    """Whether one of the documents holds what the reference says.

    Args:
        reference: The expected answer.
        documents: The content terms of each document (``content_terms``: made once, used for every question).
        question: Looked for instead where the reference has no content of its own ("Yes.").
    """
    wanted = set(content_terms(reference)) or set(content_terms(question))
    if not wanted:
        return False
    numbers = {term for term in wanted if term[0].isdigit()}
    words = wanted - numbers
    window = WINDOW_WORDS + 4 * len(wanted)
    return any(_stands_close(terms, numbers, words, window) for terms in documents)


def _stands_close(terms: Sequence[str], numbers: set[str], words: set[str], window: int) -> bool:
    inside: Counter[str] = Counter()
    found_numbers = found_words = 0
    places = [(i, term) for i, term in enumerate(terms) if term in numbers or term in words]
    left = 0
    for i, term in places:
        inside[term] += 1
        if inside[term] == 1:
            found_numbers += term in numbers
            found_words += term in words
        while places[left][0] <= i - window:
            gone = places[left][1]
            inside[gone] -= 1
            if inside[gone] == 0:
                found_numbers -= gone in numbers
                found_words -= gone in words
            left += 1
        if found_numbers == len(numbers) and found_words >= MOST * len(words):
            return True
    return False
