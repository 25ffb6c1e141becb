"""Where a quoted sentence stands, in words: the section, the document, the sentence before.

    section "Tickets" of "Tollan City Museum"                        ->  "Tickets" of "Tollan City Museum"
    "It was restored in 1994." behind "The hall was built in 1683."  ->  quoted together

Not covered: sections of the same name in one document; their questions are refused where they are the same.
"""

import re
from collections.abc import Sequence

from tasks.teacher_generate.extractive.lexicon import is_common_word, is_plural, lemmas, may_be_person, singular
from tasks.teacher_generate.extractive.passages import Page, Unit
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, PREPOSITIONS, PRONOUNS, TIME_UNITS

LONGEST_NAME = 12
"""Words of a heading that is named."""
LONGEST_TITLE = 7
"""Words. Of a longer title the part before its colon is named."""
LONGEST_BEFORE = 16
"""Words of a sentence before that is quoted; a longer one is not, because it would have to be cut."""
LONGEST_CHAIN = 26
"""Words of several sentences before, quoted whole."""
_SHORT = 3
"""A heading of fewer words says little without the document's title."""
_NUMBERED = re.compile(r"^(?:(?:Article|Section|Chapter|Part|Step|Clause|§)\s*)?(?:\d+(?:\.\d+)*[.):]?|[IVX]+[.):])\s+(?=\w)")
_IT = re.compile(r"\b(?:it|its|itself)\b", re.IGNORECASE)
_SOMEBODY = re.compile(r"\b(?:he|she|him|his|her)\b", re.IGNORECASE)
_PERSONAL = re.compile(r"(?:He|She|His|Her|It|Its|They|Their)\b")
_MANY = re.compile(r"\b(?:they|them|their|themselves)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?:this|these|those|that|such|both(?! [a-z]+s\b)|others?|another|"
    r"(?:neither|either)(?= (?:of|is|was|can|may|must|will)\b)|so|then|otherwise|however|instead|also|therefore|thus|here|"
    r"(?:after|before|during|since|by|until) (?:that|this|then)|there(?! (?:is|are|was|were|be|will|may|must|can|has|have)\b)|"
    r"the (?:same|latter|former|others?)|(?:one|two|three|some|most|all|none|each|neither) of (?:them|these|those))\b",
    re.IGNORECASE,
)
"""Beginnings of what goes on from the sentence before."""
_POINTING = re.compile(
    r"\b(?:this|these|those(?! of\b| who\b| with\b)|such(?! as\b)) (?P<noun>[a-z]+)|\bthe (?:latter|former)\b", re.IGNORECASE
)


_COMPARED = (
    r"larger|smaller|longer|shorter|higher|lower|cheaper|older|younger|faster|slower|heavier|lighter|bigger|wider|narrower|deeper|"
    r"stronger|weaker|warmer|colder|cooler|drier|wetter|(?:more|less) [a-z]+(?:ive|ed|ent|ant|ful|ous|al|able|ible|ult)"
)
_ANCHORED = re.compile(
    r"\b(?:years?|months?|weeks?|days?|hours?|minutes?) (?:later|earlier)\b(?! than)"
    r"|\b(?:thereafter|meanwhile|by then|from there)\b"
    r"|\bthe (?:others?|rest|remainder)\b(?! of\b| [a-z])|\bthe same\b(?! (?:day|time)\b)(?!.*\bas\b)"
    r"|(?<=[a-z] )there\b(?! (?:is|are|was|were|be|will|may|must|can|has|have|to)\b)(?<!is there)(?<!are there)"
    rf"|\b(?:is|are|was|were) (?:much |slightly |a little |even |considerably )?(?:{_COMPARED})\b(?!.*\bthan\b)",
    re.IGNORECASE,
)
"""What compares with, or is counted from, something that was named before."""


_BARE_SUBJECT = re.compile(
    r"The (?P<definite>[a-z]+)(?= (?!of\b|for\b|[a-z]+ (?:is|are|was|were|has|had)\b))"
    r"|(?P<bare>[A-Z][a-z]+)(?= (?:is|was|costs?|must|may|can|takes?|starts?|ends?|has|needs?)\b)"
)
"""A subject of one noun, without a word that says which."""
_NAMES = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+|\b(?:an?|another) [a-z]+")
"""Names or introduces something."""


def name_place(headings: Sequence[str], title: str) -> str:
    """A sentence's place in quotes: its section, and its document where the section's name says little.

    Args:
        headings: The headings above, the nearest last.
        title: The document's title, "" where it has none.
    """
    return name_path(headings[-1:], title)


def name_path(path: Sequence[str], title: str, titled: bool = False) -> str:
    """Sections and list items in quotes, the nearest first, and the document where their names have few words.

    Args:
        path: Headings and list items above, the nearest last; all of them are named.
        titled: Whether the document is always named.
    """
    title = _main_part(_tidy(title))
    names = [name for name in map(_tidy, reversed(path)) if name and name != title]
    short = titled or sum(len(name.split()) for name in names) < _SHORT
    last = [title] if title and (short or not names) and len(title.split()) <= LONGEST_NAME else []
    return " of ".join(f'"{name}"' for name in (*names, *last))


def _tidy(heading: str) -> str:
    """A heading without its number and quotation marks, "" where it is too long to be named."""
    name = re.sub(r'["“”«»]', "", _NUMBERED.sub("", heading)).strip(" :.,;")
    return name if len(name.split()) <= LONGEST_NAME else ""


def _main_part(title: str) -> str:
    """ "From Nora's Kitchen" of "From Nora's Kitchen: Five Everyday Recipes for Autumn"; a short title as it is."""
    first = re.split(r": | [–—-] ", title)[0]
    return first if len(title.split()) > LONGEST_TITLE and len(first.split()) > 1 else title


def needs_before(sentence: str, place: str) -> bool:
    """Whether a sentence can only be understood behind the one before it.

    Args:
        place: Headings above it: "this policy" is known under "Travel Policy".
    """
    opening = _GOES_ON.match(sentence)
    if (opening and not _POINTING.match(sentence)) or _ANCHORED.search(sentence):
        return True
    for match in _POINTING.finditer(sentence):
        noun = (match.group("noun") or "").lower()
        if not noun or noun not in f"{sentence[: match.start()]} {place}".lower():
            return True
    for pronoun, fits in ((_IT, _is_thing), (_SOMEBODY, _is_somebody), (_MANY, is_plural)):
        found = pronoun.search(sentence)
        if found and not any(fits(noun) for noun in _nouns_of(sentence[: found.start()], pronoun is _MANY)):
            return True
    return False


def _nouns_of(before: str, several: bool) -> list[str]:
    """What a pronoun behind these words may go back to."""
    words = [word.strip(".,;:()") for word in before.split()]
    nouns: list[str] = []
    for index, word in enumerate(words):
        low = word.lower()
        sure = "VERB" not in lemmas(low) or (index and words[index - 1].lower() in DETERMINERS)
        if (
            word
            and low not in DETERMINERS | PREPOSITIONS | AUXILIARIES | PRONOUNS
            and (("NOUN" in lemmas(low) and sure) or word[0].isupper())
        ):
            nouns.append(word)
    return [word if is_plural(word) else f"{word}s" for word in nouns] if several and {"and", "or"} & set(words) else nouns


def _is_thing(noun: str) -> bool:
    return not is_plural(noun) and singular(noun) not in TIME_UNITS


def _is_somebody(noun: str) -> bool:
    return may_be_person(noun) or (noun[0].isupper() and not is_common_word(noun))


def goes_back_to_title(sentence: str, page: Page, unit: Unit) -> bool:
    """Whether a sentence's pronoun stands for what the document is about, so that naming the document will do.

    "She died in Bergen." starts a paragraph of "Ada Lunde"; "It breeds on islands." follows "The ashy tern is a seabird ...".
    """
    title = _main_part(_tidy(page.title))
    bare = re.sub(r"^(?:the|a|an) ", "", title.lower())
    if not bare or len(title.split()) > LONGEST_TITLE or _GOES_ON.match(sentence) or _POINTING.search(sentence):
        return False
    person = _SOMEBODY.search(sentence) is not None
    others = _IT if person else _SOMEBODY
    plural = is_plural(bare.split()[-1])
    if others.search(sentence) or (_IT if plural else _MANY).search(sentence) or (plural and person):
        return False
    names_somebody = len(title.split()) > 1 and all(word[0].isupper() and not is_common_word(word) for word in title.split())
    block = _said_before(page, unit)
    words = r"[ -]".join(map(re.escape, re.split(r"[ -]", bare)))
    about = re.compile(rf"(?:The |An? )?(?:{words}|{re.escape(bare.split()[-1])})\b", re.IGNORECASE)
    first = next((text for text in reversed(block) if not _PERSONAL.match(text)), "")
    if person:
        named = [text for text in block if about.match(text)]
        return names_somebody and (not block or bool(named) or all(_PERSONAL.match(text) for text in block))
    return bool(about.match(first)) and len(_nouns_before_verb(first)) <= len(title.split()) + 1


def _nouns_before_verb(sentence: str) -> list[str]:
    """The words before the first "is" or "has": of "The lake's shore is steep", "It" is not known to be the lake."""
    words = re.sub(r"\([^()]*\)", "", sentence).split()
    return words[: next((i for i, word in enumerate(words) if word.lower() in AUXILIARIES), len(words))]


def new_nouns(page: Page, unit: Unit) -> set[str]:
    """The nouns N of "the N" that go back to "a N" in the paragraph before: only who read that knows which."""
    before = " ".join(_said_before(page, unit)).lower()
    nouns = {noun for pair in re.findall(r"\bthe ([a-z]{3,})(?: ([a-z]{3,}))?", unit.text.text.lower()) for noun in pair if noun}
    return {noun for noun in nouns if re.search(rf"\b(?:an?|one|another|new) (?:[\w’'-]+ ){{0,3}}{re.escape(noun)}\b", before)}


def stands_for_another(page: Page, unit: Unit, place: str) -> bool:
    """Whether a sentence speaks of "the price" or "admission" behind sentences of its paragraph that name things: of which?

    Args:
        place: What is named with the sentence: "the deposit" is known under "Deposits and fees".
    """
    text = unit.text.text
    subject = _BARE_SUBJECT.match(text)
    if subject is None or unit.listed or re.search(r"(?<=[a-z,] )[A-Z][a-z]", text):
        return False
    head = (subject.group("definite") or subject.group("bare")).lower()
    if singular(head) in {singular(word) for word in re.findall(r"[a-z]+", place.lower())} or "NOUN" not in lemmas(head):
        return False
    before = _said_before(page, unit)
    topic = re.sub(r"^(?:the|an?) ", "", _main_part(_tidy(page.title)).lower())
    return any(_NAMES.search(sentence) for sentence in before if not topic or topic not in sentence.lower())


def _said_before(page: Page, unit: Unit) -> list[str]:
    """The sentences of the same paragraph before this one."""
    return [other.text.text for other in page.units if other.block == unit.block and other.text.start < unit.text.start]


def _index_of(units: Sequence[Unit], unit: Unit) -> int:
    return next((i for i, other in enumerate(units) if other.text.start == unit.text.start), 0)


def find_before(page: Page, unit: Unit) -> str | None:
    """The sentence that a sentence goes on from, and dots for what stands between them; None where none can be quoted whole."""
    units = [other for other in page.units if other.block == unit.block]
    place = _index_of(units, unit)
    while place > 0:
        place -= 1
        text = units[place].text.text
        if not needs_before(text, " ".join((page.title, *unit.headings))):
            direct = units[place + 1].text.start == unit.text.start
            chain = " ".join(other.text.text for other in units[place : _index_of(units, unit)])
            if len(chain.split()) <= LONGEST_CHAIN and (direct or not chain.endswith(("?", ":"))):
                return chain if not direct or len(text.split()) <= LONGEST_BEFORE else None
            return None if len(text.split()) > LONGEST_BEFORE or direct else f"{text} ..."
    return None
