"""Whether "the hut" says which hut: somebody who is asked sees no document.

    "Osk hut", "Fenn hut" in a document            ->  "When is the hut open?" is refused
    "The hut sleeps nine." behind "... lies a hut" ->  both sentences are quoted, or none
    "The work cost £11,400."                       ->  what was done is told in the sentence before

Not covered: "the hut" that another paragraph or another section tells of.
"""

import re
from collections.abc import Sequence

from tasks.teacher_generate.extractive.lexicon import is_common_word, is_plural, is_role, lemmas, singular, verb_forms
from tasks.teacher_generate.extractive.passages import Page
from tasks.teacher_generate.extractive.word_lists import ADVERBS, AUXILIARIES

_BARE = re.compile(r"\bthe (?P<noun>[a-z]{3,})(?: (?P<next>[a-z’'-]+))?(?=\W)")
_BARE_SUBJECT = re.compile(
    r"(?:The|(?:One|Two|Three|Some|Most|Many|Several) of the) (?P<definite>[a-z]+)"
    r"(?= (?!(?:of|for|at|from|with|between|behind|near|to|on|in)\b)(?P<next>[a-z]+)(?: (?P<then>[a-z]+))?)"
    r"|The (?P<named>[a-z]+)(?=, )|(?P<bare>[A-Z][a-z]+)(?= (?:is|was|costs?|must|may|can|takes?|starts?|ends?|has|needs?)\b)"
)
"""A subject of one noun, without a word that says which."""
_PERSONAL = re.compile(r"(?:It|Its|They|Their)\b")
_NAMES = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+|\b(?:an?|another) [a-z]+")
"""Names or introduces something."""


def find_several(page: Page) -> frozenset[str]:
    """The nouns that stand behind two names or more: "hut" of "Osk hut" and "Fenn hut"."""
    named: dict[str, set[str]] = {}
    for match in re.finditer(r"\b([A-Z][\w'’-]+) ([a-z]{3,})\b", page.text):
        first = match.group(1)
        if not is_common_word(first) and "NOUN" in lemmas(match.group(2)):
            named.setdefault(match.group(2), set()).add(first)
    return frozenset(noun for noun, firsts in named.items() if len(firsts) > 1)


def points_at_one_of_several(question: str, several: frozenset[str]) -> bool:
    """Whether a question has a bare "the N" though the document names several of them."""
    for match in _BARE.finditer(question):
        following = match.group("next") or ""
        alone = not following or following in AUXILIARIES or "NOUN" not in lemmas(following)
        if match.group("noun") in several and alone and following != "of":
            return True
    return False


def find_unknown(sentence: str, said: Sequence[str], section: Sequence[str], earlier: str, place: str, topic: str) -> str:
    """The noun of a "the N" that only what stands before it explains, or "".

    Args:
        said: The sentences of its paragraph before it.
        section: Those of its section before it.
        earlier: What is quoted of them.
        place: What else is named with it: "the deposit" is known under "Deposits and fees".
        topic: What the document is about, in small letters: "the antenna" behind "The Orrin Probe ..." is the probe's.
    """
    known = {singular(word) for word in re.findall(r"[a-z]+", f"{earlier} {place}".lower())}
    elsewhere = [text for text in said if not topic or not (topic in text.lower() or _PERSONAL.match(text))]
    introduced = (noun for noun in _new_nouns(sentence, section) if singular(noun) not in known)
    return next(introduced, "") or ("" if earlier else _find_bare_subject(sentence, elsewhere, known))


def _new_nouns(sentence: str, section: Sequence[str]) -> list[str]:
    """The nouns N of "the N" that go back to "a N" or to a "N Smith" before: only who read that knows which."""
    before = " ".join(section)
    nouns = {noun for pair in re.findall(r"\b[Tt]he ([a-z]{3,})(?: ([a-z]{3,}))?", sentence) for noun in pair if noun}
    nouns |= {noun.lower() for noun in re.findall(r"\b[Tt]he ([A-Z][a-z]{2,})(?! [A-Z])", sentence)}
    new = r"\b(?:an?|one|another|new) (?:[\w’'-]+ ){{0,3}}{0}\b"
    return sorted(
        noun
        for noun in nouns
        if re.search(new.format(re.escape(noun)), before.lower()) or re.search(rf"\b{re.escape(noun.capitalize())} [A-Z]", before)
    )


def _find_bare_subject(sentence: str, said: Sequence[str], known: set[str]) -> str:
    """ "work" of "The work cost £11,400" behind other sentences, "admission" behind those that name something: of which?"""
    subject = _BARE_SUBJECT.match(sentence)
    if subject is None or not said:
        return ""
    head = (subject.group("definite") or subject.group("named") or subject.group("bare")).lower()
    if singular(head) in known or "NOUN" not in lemmas(head):
        return ""
    if subject.group("named"):
        return "" if is_role(head) else head  # "The beginning, 'God send us', is clear"
    if following := subject.group("next"):
        described = "ADJ" in lemmas(head) and "NOUN" in lemmas(following) and following not in AUXILIARIES
        told = following in AUXILIARIES | ADVERBS or bool(verb_forms(following))
        described = described or (
            subject.group("then") in AUXILIARIES and following not in AUXILIARIES
        )  # "The torsion bars should"
        return head if told and not described else ""  # "The work cost", not "The present boilers date"
    named = re.search(r"(?<=[a-z,] )[A-Z][a-z]", sentence) or is_plural(head)
    return head if not named and any(map(_NAMES.search, said)) else ""
