"""Where a quoted sentence may be broken off, so that all the rest is the answer.

    "Children under five travel free with an adult."    ->  behind "travel"
    "Dogs are not allowed, except guide dogs."          ->  behind "Dogs are"
    "If the club is dissolved, its assets go to X."     ->  behind the comma

A break is never inside a phrase: it stands behind a verb group, at a comma, or before a preposition or conjunction. What is
quoted and what is answered are the document's own words either way, so a poor break is clumsy at worst, and never false.

Not covered: which break is the best for a human; the first that leaves a short answer is taken.
"""

import re
from collections.abc import Iterable

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.clause_parts import Clause
from tasks.teacher_generate.extractive.lexicon import is_plural, lemmas, verb_forms
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.torn_phrases import ASKING, parts_what_belongs_together
from tasks.teacher_generate.extractive.word_lists import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    HAVE,
    MODALS,
    NEGATIONS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
)

LONGEST_ANSWER = 16
"""Words. A longer rest is broken later."""
_OPENERS = (PREPOSITIONS - {"as", "about", "around", "over", "under", "up", "off", "out", "down"}) | SUBORDINATORS | {
    "which", "who", "whose", "that",
}  # fmt: skip
_LOOSE = DETERMINERS | PREPOSITIONS | {"and", "or", "but", "of", "than", "who", "which", "whose", "to", "very", "more", "less"}
_NO_ANSWER = {
    "us",
    "me",
    "you",
    "it",
    "its",
    "them",
    "him",
    "her",
    "he",
    "she",
    "they",
    "here",
    "this",
    "these",
    "those",
    "that",
    "there",
    "and",
    "or",
    "but",
    "which",
    "who",
    "whose",
    "then",
    "too",
    "again",
    "still",
    "also",
}
"""Words that no answer starts with."""
_ARTICLES = {"the", "a", "an", "your", "our", "any", "all", "no"}
_LISTED = re.compile(r"(?:,[^,;]+)?,? (?:and|or) ")
"""What follows a complement that is only the first part of a list: ", weighed and shipped"."""
_WORD = re.compile(r"\S+")
_CONDITIONS = {"if", "when", "unless", "while", "once", "although", "because", "whenever"}
_MAY_FOLLOW = re.compile(
    r"$|;|, [a-z]+| (?:which|who|where|when|if|unless|because|but|until|while)\b| and (?P<told>[\w-]+)(?: (?P<then>[\w-]+))?"
)
"""What may stand behind a complement that is left out whole."""


def find_breaks(sentence: Text, clauses: Iterable[Clause]) -> list[int]:
    """Places in the sentence where the answer may start, the best first.

    Args:
        clauses: The sentence's clauses, as far as they could be read: behind their verbs are the best places.
    """
    text = sentence.text
    words = [(match.start(), match.group()) for match in _WORD.finditer(text)]
    starts = [start for start, _ in words]
    wanted = [
        *_behind_condition(text),
        *(start for start in _behind_verbs(sentence, clauses, -1) if start >= 0),
        *_behind_auxiliary(words),
        *_before_phrases(words),
        *_before_nouns(words),
    ]
    fit = [place for place in dict.fromkeys([*wanted, *starts[1:2]]) if place in starts and _is_fit(words, starts.index(place))]
    return sorted(fit, key=lambda place: starts.index(place) < 2)  # one word is quoted only where nothing else will do


def _is_fit(words: list[tuple[int, str]], index: int) -> bool:
    """Whether both sides of a break say something."""
    rest = [word.lower().strip(",;:.") for _, word in words[index:]]
    before = words[index - 1][1].lower()
    short = len(rest) == 1 and len(rest[0]) < 3
    loose = rest[0] in _NO_ANSWER or before in {"and", "or", "but", "of"} or _says_nothing(rest)
    inside = _is_inside_front(words, index) or _is_inside_noun_phrase(words, index) or _has_verb_left(words, index)
    torn = parts_what_belongs_together([word.lower().strip(",;:.") for _, word in words[:index]], [*rest, ""])
    return len(rest) <= LONGEST_ANSWER and not loose and not short and not inside and not torn


def _says_nothing(rest: list[str]) -> bool:
    """ "after her"."""
    return rest[-1] in PREPOSITIONS - {"in", "on", "off", "up", "out", "down"} or all(
        word in PREPOSITIONS | PRONOUNS | _NO_ANSWER for word in rest
    )


def _is_inside_front(words: list[tuple[int, str]], index: int) -> bool:
    """Whether a break stands in a phrase or condition that a comma ends: "Like many species ... in the family, X caches"."""
    texts = [word for _, word in words]
    later = any(word.endswith(",") for word in texts[index:-1])
    told = any(
        word in AUXILIARIES or ("VBD" in verb_forms(word) and "ADJ" not in lemmas(word))
        for word in map(str.lower, texts[1:index])
    )
    fronted = texts[0].lower() in PREPOSITIONS | {"like"} and not told
    opened = [i for i in range(index) if texts[i].lower() in _CONDITIONS or (i == 0 and fronted)]
    return later and any(not any(word[-1] in ",;" for word in texts[i:index]) for i in opened)


def _is_inside_noun_phrase(words: list[tuple[int, str]], index: int) -> bool:
    """Whether a break stands between a participle or adjective and its noun: "show abandoned ... farmhouses"."""
    before, first = words[index - 1][1].lower(), words[index][1].lower().strip(",;:.")
    closed = DETERMINERS | PREPOSITIONS | SUBORDINATORS | RELATIVES | {"and", "or", "to", "not"}
    bare = first not in closed and ("NOUN" in lemmas(first) or not lemmas(first))
    if not bare or before[-1] in ",;:":
        return False
    earlier = [word.lower() for _, word in words[: index - 1]]
    forms = verb_forms(before)
    joined = bool(earlier) and (earlier[-1] in DETERMINERS | PREPOSITIONS | {"and", "or", "no"} or earlier[-1][-1] == ",")
    if joined and (forms & {"VBN", "VBD"} or "ADJ" in lemmas(before)):
        return True  # "deciduous and mixed ... forests", "no synthetic ... fertiliser"
    if "VBG" in forms:
        return is_plural(first) and bool(earlier and earlier[-1] in BE)
    if "VBN" in forms and "VB" not in forms:
        counted = parse_amount(" ".join(earlier)) is not None
        told = any("VERB" in lemmas(word) and (verb_forms(word) & {"VB", "VBZ"} or word in BE) for word in earlier[-1:])
        return counted or told
    return "ADJ" in lemmas(before) and not {"NOUN", "VERB"} & set(lemmas(before))


def _has_verb_left(words: list[tuple[int, str]], index: int) -> bool:
    """Whether a break behind a participle leaves the verb of its sentence: "mercenaries hired ... by the city crossed it"."""
    before, earlier = words[index - 1][1].lower(), [word.lower() for _, word in words[: index - 1]]
    if set(earlier[1:]) & AUXILIARIES:
        return False
    reduced = any("VBN" in verb_forms(word) for word in earlier[1:]) and words[index][1].lower() in PREPOSITIONS
    return ("VBN" in verb_forms(before) or reduced) and tells_later([word for _, word in words[index:]])


def tells_later(words: list[str]) -> bool:
    """Whether what stands behind a verb may hold the finite verb of its own clause: "in the sediment shows that ..."."""
    for i in range(1, len(words)):
        low, last = words[i].lower().strip(",;:."), words[i - 1].lower()
        if low in SUBORDINATORS | RELATIVES | {"and", "or", "but"} or last[-1] in ";:":
            return False
        known = low.rsplit("-", 1)[-1]
        following = words[i + 1].lower() if i + 1 < len(words) else ""
        told = low in AUXILIARIES or (verb_forms(known) & {"VB", "VBZ", "VBD"} and "VERB" in lemmas(known))
        if not told or last in DETERMINERS | PREPOSITIONS:
            continue
        sure = low in AUXILIARIES or not set(lemmas(known)) & {"NOUN", "ADJ"} or following in DETERMINERS | {"that", "from"}
        if sure and low not in PREPOSITIONS | DETERMINERS:
            return True
    return False


def _behind_condition(text: str) -> list[int]:
    """ "If the club is dissolved, its assets ..."."""
    found = re.match(r"(?:If|When|Unless|Once|While|Because|Whenever|As soon as) [^,]+, (?:then )?", text)
    return [found.end()] if found else []


def find_complements(sentence: Text, clauses: Iterable[Clause]) -> list[tuple[int, int]]:
    """What follows the verb of each clause, up to the clause's end: "cakes from a local bakery", "half an hour before noon"."""
    clauses = list(clauses)
    words = [(match.start(), match.group()) for match in _WORD.finditer(sentence.text)]
    found: list[tuple[int, int]] = []
    for clause, start in zip(clauses, _behind_verbs(sentence, clauses, 0), strict=True):
        inside = start > 0 and clause.source.end - 1 in sentence.offsets
        end = sentence.offsets.index(clause.source.end - 1) + 1 if inside else 0
        answer = sentence.text[start:end].rstrip(",;").lower().split()
        cut_up = clause is clauses[-1] and _LISTED.match(sentence.text[end:])
        at = [place for place, _ in words].index(start) if start in [place for place, _ in words] else 0
        if at and (parts_what_belongs_together([word.lower() for _, word in words[:at]], [*answer, ""]) if answer else True):
            continue
        if at and (_is_inside_noun_phrase(words, at) or _has_verb_left(words, at) or ASKING & set(answer)):
            continue
        if (
            end > start
            and answer
            and _ends_whole(answer, sentence.text[end:])
            and answer[0] not in _NO_ANSWER
            and answer[-1] not in _LOOSE
            and not cut_up
            and ("," not in sentence.text[start:end].rstrip(" ,;") or {"and", "or"} & set(answer))
            and sentence.text[start:end].rstrip(" ,;")[-7:] != "example"
        ):
            found.append((start, start + len(sentence.text[start:end].rstrip(" ,;"))))
    return found


def _ends_whole(answer: list[str], behind: str) -> bool:
    """Whether a complement ends where it is cut: not "in deciduous" of "in deciduous and mixed forests"."""
    match = _MAY_FOLLOW.match(behind)
    last = answer[-1].strip(",;")
    attribute = set(lemmas(last)) == {"ADJ"} and len(answer) > 1
    if match is None or (attribute and not re.match(r"$|;", behind) and (answer[0] in _ARTICLES or set(answer) & PREPOSITIONS)):
        return False
    if told := match.group("told"):
        sure = told in AUXILIARIES or (verb_forms(told) & {"VBZ", "VBD", "VB"} and match.group("then") not in ("and", "or", None))
        noun = match.group("then") and verb_forms(told) & {"VBN"} and "NOUN" in lemmas(match.group("then"))
        return bool(sure) and not noun
    return True


def _behind_verbs(sentence: Text, clauses: Iterable[Clause], missing: int) -> list[int]:
    """Where objects and phrases start that follow each clause's verb; ``missing`` where none does."""
    found: list[int] = []
    for clause in clauses:
        parts = [clause.object, *(phrase.whole for phrase in clause.phrases if not phrase.fronted)]
        offsets = [part.start for part in parts if part and part.start > clause.subject.start]
        known = offsets and min(offsets) in sentence.offsets and not clause.negated
        found.append(sentence.offsets.index(min(offsets)) if known else missing)
    return found


def _behind_auxiliary(words: list[tuple[int, str]]) -> list[int]:
    """Behind the first "is", before the first "may" or "must"."""
    for index, (start, word) in enumerate(words[:-1]):
        low, before = word.lower(), words[index - 1][1].lower()
        if index and low in SUBORDINATORS - {"so", "than", "once"}:
            return []
        if index and low in BE and before not in RELATIVES | MODALS | HAVE:
            passive = "VBN" in verb_forms(words[index + 1][1]) and not {"ADJ", "NOUN"} & set(lemmas(words[index + 1][1]))
            behind = [words[index + 2][0]] if passive and index + 3 < len(words) else []
            return [*behind, words[index + 1][0]]
        if index and low in MODALS and before not in RELATIVES:
            return [start]
    return []


def _before_nouns(words: list[tuple[int, str]]) -> list[int]:
    """Before articles, the last one first, and behind the verb of a short order: "Use ..."."""
    found = [
        start
        for index, (start, word) in enumerate(words)
        if index > 1 and word.lower() in _ARTICLES and words[index - 1][1][-1] not in ",;"  # no later part of a list
    ]
    negated = [words[i + 1][0] for i in range(1, len(words) - 1) if words[i - 1][1].lower() in NEGATIONS]
    return [*negated, *reversed(found)]


def _before_phrases(words: list[tuple[int, str]]) -> list[int]:
    """Before prepositions and conjunctions and behind commas, the last ones with an answer of two words or more first."""
    places = [
        (index, start)
        for index, (start, word) in enumerate(words)
        if index > 1
        and len(words) - index >= 2
        and (word.lower() in _OPENERS or words[index - 1][1][-1] in ";:")
        and words[index - 1][1].lower() not in _LOOSE
    ]
    half = [start for index, start in places if index >= len(words) / 3]
    return [*half, *(start for _, start in reversed(places))]
