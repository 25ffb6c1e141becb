"""Which names may be left out of a quoted sentence: whole ones only, and no single member of a list.

    "It was restored by the architect Mette Lund."   ->  "Mette Lund"
    "We deliver to Austria and Belgium."             ->  "Austria and Belgium"
    "It lives in Nepal, Bhutan and China."           ->  nothing: any of the three could fill the gap
    "Pipes and Power", "the Bank of ___"             ->  nothing: half a name

Hermann et al. 2015, "Teaching machines to read and comprehend" (section 2.2: names as what is asked for).

Not covered: names in small letters, a name that only its noun makes one ("the Marek family").
"""

import re

from tasks.teacher_generate.extractive.lexicon import is_common_word, is_noun, lemmas, verb_forms
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, MONTHS, PREPOSITIONS, PRONOUNS, WEEKDAYS

_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'&-]*"
_TITLE = r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Rev)\.? "
_ONE = rf"(?:{_TITLE})?{_CAPITAL}(?: (?:(?:of the|of|de|von|van|du|la|le|da|di|del|der|den|al) )*{_CAPITAL}| & {_CAPITAL})*"
_NAME = re.compile(rf"(?<![\w.@/-]){_ONE}(?P<more> (?:and|or) (?:the )?{_ONE})?")
_LONGER_BEFORE = re.compile(r"[A-Z][\w’'-]+ (?:of|&|de|von|van|upon)(?: the)? $")
_LONGER_BEHIND = re.compile(r" (?:of|&|de|von|van|upon)(?: the)? [A-Z]")
"""A name that goes on: "the Bank of Northern Wool"."""
_LISTED_BEFORE = re.compile(r"[A-Z][\w’'-]*(?:,|,? (?:and|or|and the))(?: [a-z]+)? $")
_LISTED_BEHIND = re.compile(r"(?:,|,? (?:and|or))(?: the)? [A-Z]|, [a-z]+ [A-Z]")
"""A member of a list, or a place with the larger one that it lies in: "Dunmurry, Northern Ireland"."""
_FRONT = re.compile(r"(?:In|At|On|From|Near|After|Since) [^,]+, $")
_JOINING = {"and", "or", "of", "who", "which", "that", "if", "when", "but", "because"}


def find_names(sentence: str) -> list[tuple[int, int]]:
    """The places of the names in a sentence, in order."""
    found = [(match.start(), match.start() + len(match.group().rstrip("'’&-"))) for match in _NAME.finditer(sentence)]
    return [(start, end) for start, end in found if _is_name(sentence, start, end) and _is_whole(sentence, start, end)]


def _is_name(sentence: str, start: int, end: int) -> bool:
    """Whether words in capitals name something that one may ask for."""
    text, left = sentence[start:end], sentence[:start]
    words = text.split()
    if not (left and re.search(r"[\w,;)”\"]\s$", left)):  # large because it starts the sentence?
        small = len(words) < 2 or is_common_word(words[0]) or words[0].lower() in PREPOSITIONS | PRONOUNS
        if small:
            return False
    if len(words) == 1 and is_common_word(text) and left.lower().endswith("the "):
        return False  # "the Act", "the Clerk": which one, nobody can guess
    plain = {word.lower().rstrip(".") for word in words}
    coded = len(words) == 1 and (text.isupper() or any(c.isdigit() for c in text))
    return not (plain & (MONTHS | WEEKDAYS | {"i"}) or coded or text.endswith(("'s", "’s")) or not text[-1].isalpha())


def _is_whole(sentence: str, start: int, end: int) -> bool:
    """Whether nothing around a name belongs to it: no longer name, no noun, no other member of its list."""
    left, text, behind = sentence[:start], sentence[start:end], sentence[end:]
    following = re.match(r"\s([a-z][\w-]*)(?:\s(\w+))?|[-–/]|\s\d", behind)
    if following and not (following.group(1) and _ends_name(following.group(1), following.group(2) or "", left)):
        return False
    if (joined := re.match(r" (?:and|or) ([a-z-]+)", behind)) and " " not in text and _belongs_to_noun(joined.group(1)):
        return False  # "Byzantine and complex"
    if _LONGER_BEFORE.search(left) or _LONGER_BEHIND.match(behind):
        return False  # "Bank of ___"
    if _LISTED_BEHIND.match(behind) or (_LISTED_BEFORE.search(left) and not _FRONT.fullmatch(left)):
        return False
    if left and re.search(r" (?:and|or) ", text) and following and _is_told(following.group(1)):
        return False  # "in Kiel and Ida Krol sold it": two statements
    before = left.split()[-1:]
    return not (before and before[0].islower() and _belongs_to_noun(before[0]))


def _is_told(word: str) -> bool:
    return word in AUXILIARIES or bool(verb_forms(word) & {"VBZ", "VBD"})


def _belongs_to_noun(word: str) -> bool:
    """ "northern" in "the northern United States"."""
    known = set(lemmas(word))
    closed = word in PREPOSITIONS | DETERMINERS | PRONOUNS
    return word.endswith("ern") or ("ADJ" in known and not known & {"NOUN", "VERB"} and not closed)


def _ends_name(word: str, following: str, left: str) -> bool:
    """Whether a word behind a name is none of its noun phrase: "Meridian Travel runs", not "the Marek family"."""
    low = word.lower()
    if low in PREPOSITIONS | AUXILIARIES | _JOINING:
        return True
    forms = verb_forms(low)
    told = bool(forms & {"VBZ", "VBD"})
    if told and "NOUN" in lemmas(low):  # "Easter eggs", "the Eras masters dispute"
        return following.lower() in DETERMINERS or following[:1].isdigit()
    if "VBN" in forms and left.lower().endswith(("the ", " a ", " an ")) and is_noun(following):
        return False  # "the German twisted cast-on"
    return told or not is_noun(low)
