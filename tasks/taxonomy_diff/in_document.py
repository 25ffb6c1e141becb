"""Whether an exam question's answer can be known from its leaf's documents: a lexical decision, not a judgement of meaning.

What counts is what the reference adds to the question. It can be known where all its numbers and names and most of its other
content words stand close together under one heading, near something that the question asks about. A score on questions that the
documents do not answer says how well a student guesses; the report keeps both apart.

Place in the DAG: while the exam is written.

    question   Who built the engine?
    reference  Peugeot built the engine.            adds: peugeot
    document   ... powered by a 2.85-litre V6 engine, made by PRV for Peugeot ...      known: peugeot near engine

Where the reference adds nothing ("Yes."), the question's own words are looked for.

Not covered: paraphrase by other words (taken for absent) and negation (taken for present).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

WORDS = re.compile(r"\d+(?:[.,]\d+)*|[$€£¥%]|[^\W\d_]+(?:['’][^\W\d_]+)?")
TIME_OF_DAY = re.compile(r"\b(\d{1,2})(?:[:.](\d\d))?\s?([ap])\.?\s?m\b\.?", re.IGNORECASE)
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+)$", re.MULTILINE)
NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][^\W\d_]+|\b[A-Z][^\W\d_]+(?=\s[A-Z][^\W\d_])")
MOST = 0.7
"""Share of the content words, numbers and names apart, that must be found."""
WINDOW_WORDS = 80
"""How close together: words of the document, plus four for each word of the reference."""
UNIT_DISTANCE = 3
"""How many content words after (or before) its number a unit may stand: 14 calendar days."""
_STOP_WORDS = """
a an the and or but nor of in on at to from by with without for as is are was were be been being am do does did done has have had
having it its this that these those there here he she they them his her their we our us you your i me my who whom whose which what
when where why how not no yes so than then too very can could will would shall should may might must also such if into onto about
over under between both each every all any some more most other only own same s t
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
ASKING_WORDS = frozenset("many much often long far high old deep tall wide heavy large big kind type mr mr. mrs ms dr".split())  # noqa: SIM905
"""What a question asks with, and titles: neither is found beside the answer."""
SIGNS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "%": "percent"}
_SHORT_UNITS = (
    "kg kilogram, g gram, km kilometre, m metre, cm centimetre, mm millimetre, l litre, lb pound, lbs pound, h hour, min minute"
)
SHORT_UNITS = dict(pair.split() for pair in _SHORT_UNITS.split(", "))
"""After a number."""
_NUMBER_WORDS = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_NUMBER_WORDS.split(), 2)}
"""Without "one", which is a pronoun as often as a number."""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = {word: 10 * number for number, word in enumerate(_TENS.split(), 2)}


@dataclass(frozen=True)
class Passage:
    """What stands under one heading: the content terms in order, and those of the headings above."""

    headings: frozenset[str]
    terms: tuple[str, ...]


def content_terms(text: str) -> list[str]:
    """The text's numbers and content words in order, each in the one form that is compared.

    >>> content_terms("It costs $1,233.50, until 5 pm")
    ['cost', 'dollar', '1233.5', 'until', '17', '00']
    """
    terms: list[str] = []
    tens = 0
    for match in WORDS.finditer(TIME_OF_DAY.sub(_of_24_hours, text).casefold()):
        word = match[0]
        ones, tens_before, tens = NUMBER_WORDS.get(word, "1" if word == "one" else ""), tens, TENS.get(word, 0)
        if tens_before and len(ones) == 1:
            terms[-1] = str(tens_before + int(ones))
        elif tens:
            terms.append(str(tens))
        elif word[0].isdigit():
            terms.append(normalise_number(word))
        elif word in SHORT_UNITS and terms and terms[-1][0].isdigit():
            terms.append(_stem(SHORT_UNITS[word]))
        elif word in SIGNS:
            terms.append(_stem(SIGNS[word]))
        else:
            word = word.split("'")[0].split("’")[0]
            if word not in STOP_WORDS:
                terms.append(NUMBER_WORDS.get(word, _stem(word)))
    return terms


def read_passages(text: str) -> list[Passage]:
    """A document's passages, one for each Markdown heading; made once, used for every question.

    A document's title stands above everything, so it says nothing of where something stands, and is left out.
    """
    passages: list[Passage] = []
    titles = [heading for heading in HEADING.finditer(text) if heading[1] == "#"]
    above: dict[int, list[str]] = {}
    begin = 0
    for heading in (*HEADING.finditer(text), None):
        body = content_terms(text[begin : heading.start() if heading else len(text)])
        if body:
            passages.append(Passage(frozenset(term for terms in above.values() for term in terms), tuple(body)))
        if heading:
            above = {level: terms for level, terms in above.items() if level < len(heading[1])}
            is_title = len(titles) == 1 and heading[1] == "#"
            above[len(heading[1])] = [] if is_title else content_terms(heading[2])
            begin = heading.end()
    return passages


def normalise_number(number: str) -> str:
    """``1,233`` -> ``1233``; ``2.850`` -> ``2.85``: a point is not taken for a separator of thousands."""
    grouped = re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number)
    plain = number.replace(",", "") if grouped else number.replace(",", ".")
    return plain.rstrip("0").rstrip(".") if plain.count(".") == 1 else plain


def is_in_document(reference: str, documents: Iterable[Sequence[Passage]], question: str = "") -> bool:
    """Whether one of the documents holds what the reference adds to the question.

    Args:
        reference: The expected answer.
        documents: The passages of each document.
        question: What was asked; without it, the whole reference is looked for.
    """
    asked = [term for term in content_terms(question) if term not in ASKING_WORDS]
    said = [term for term in content_terms(reference) if term not in ASKING_WORDS]
    new = [term for term in said if term not in asked]
    wanted = frozenset(new or said or asked)
    if not wanted:
        return False
    anchors = frozenset(asked) - wanted
    sought = _Sought(
        certain=frozenset(term for term in wanted if term[0].isdigit()) | (_names(reference) & wanted),
        wanted=wanted,
        anchors=anchors,
        measures=tuple(m for m in _measures(reference) if m[0] in wanted),
    )
    return any(sought.stands_in(passage) for passages in documents for passage in passages)


@dataclass(frozen=True)
class _Sought:
    """What must stand close together."""

    certain: frozenset[str]
    """Numbers and names: all of them."""
    wanted: frozenset[str]
    """All that is looked for, the certain ones included."""
    anchors: frozenset[str]
    """The question's other words: one of them must be near."""
    measures: tuple[tuple[str, frozenset[str]], ...]
    """Each number with the words beside it, one of which must stand beside it in the document, too."""

    def stands_in(self, passage: Passage) -> bool:
        window = WINDOW_WORDS + 4 * len(self.wanted)
        inside: Counter[str] = Counter()
        places = [(i, term) for i, term in enumerate(passage.terms) if term in self.wanted or term in self.anchors]
        left = 0
        for i, term in places:
            inside[term] += 1
            while places[left][0] <= i - window:
                inside[places[left][1]] -= 1
                left += 1
            here = inside.keys() - {term for term, count in inside.items() if not count}
            if self._is_enough(frozenset(here), passage):
                return self._has_measures(passage.terms)
        return False

    def _is_enough(self, here: frozenset[str], passage: Passage) -> bool:
        near = here | passage.headings
        words = self.wanted - self.certain
        told_by_names = len(self.certain) > 1 and len(words) == 1 and bool(self.anchors & here)  # the rest is another word for it
        found = (len(words & near) >= MOST * len(words) or told_by_names) and self.certain <= here
        anchored = not self.anchors or bool(self.anchors & near) or len(self.wanted) > 2
        return found and anchored and bool(here & self.wanted or not self.certain)

    def _has_measures(self, terms: Sequence[str]) -> bool:
        places: dict[str, list[int]] = {}
        for place, term in enumerate(terms):
            places.setdefault(term, []).append(place)
        return all(
            any(abs(i - j) <= UNIT_DISTANCE for i in places.get(number, ()) for word in beside for j in places.get(word, ()))
            for number, beside in self.measures
        )


def _measures(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each number with the content words directly before and after it, where there are such: 2 days, bus 14."""
    words = [word[0] for word in WORDS.finditer(TIME_OF_DAY.sub(_of_24_hours, text))]
    terms = [content_terms(SHORT_UNITS.get(word.casefold(), word)) for word in words]
    for place, term in enumerate(terms):
        if term and term[0][0].isdigit():
            beside = [*terms[max(0, place - 1) : place], *terms[place + 1 : place + 2]]
            near = frozenset(other for found in beside for other in found if not other[0].isdigit())
            if near:
                yield term[0], near


def _names(text: str) -> frozenset[str]:
    """The terms of words with a capital letter inside a sentence."""
    return frozenset(term for name in NAME.findall(text) for term in content_terms(name) if term not in ASKING_WORDS)


def _of_24_hours(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3].casefold() == "p" else 0)
    return f"{hour}:{found[2] or '00'}"


def _stem(word: str) -> str:
    """The word without the endings that number and tense change; crude, and the same on both sides."""
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if word.endswith(("e", "y")) and len(word) > 3 else word
