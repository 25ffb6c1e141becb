"""What a sentence goes back to: words that nobody understands who has not read what stands before them.

    "It was restored in 1994."                  it: what?           no noun before it
    "The second starts at 14:30."               the second what?    an ordinal without its noun
    "For smaller ones we charge 7 euros."       which ones?
    "A team of 18 needs five weeks for this."   for what?
    "Vans may enter until then."                until when?

A word is known where a noun that fits stands before it in its own sentence, or in the words that are quoted with it. In doubt
it is not: the sentence is then quoted with the one before, or refused.

Not covered: which of several nouns is meant; "we" and "you" (the document's writer and reader); "the hut" (``definite_nouns``).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tasks.teacher_generate.extractive.amounts import NUMBER_WORDS
from tasks.teacher_generate.extractive.lexicon import (
    is_common_word,
    is_plural,
    is_role,
    lemmas,
    may_be_person,
    singular,
    verb_forms,
)
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    AUXILIARIES,
    DETERMINERS,
    PLACES,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    TIME_UNITS,
)

_HAS_VERB = r"(?:is|are|was|were|be|will|may|must|can|has|have|had)\b"
_WORD_COUNT = r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_COUNT = rf"(?:{NUMBER_WORDS}|\d+)"
_COMPARED = (
    r"larger|smaller|longer|shorter|higher|lower|cheaper|older|younger|faster|slower|heavier|lighter|bigger|wider|narrower|deeper|"
    r"stronger|weaker|warmer|colder|cooler|drier|wetter|(?:more|less) [a-z]+(?:ive|ed|ent|ant|ful|ous|al|able|ible|ult)"
)
_RELATIONAL = (
    "explanation|reason|cause|winner|result|results|outcome|consequence|answer|plan|plans|idea|aim|exception|alternative|solution|decision|"
    "proposal|difference|advantage|disadvantage|incident|accident"
)
"""Nouns that say too little without what they are of: the winner of what?"""
_ANYBODY = {
    "anybody", "anyone", "nobody", "everybody", "everyone", "somebody", "someone", "something", "nothing", "anything",
    "everything",
}  # fmt: skip
_STAND_ALONE = PREPOSITIONS | AUXILIARIES | {"and", "or", "but", "to", "do", "does", "did"}
_OF_THE_DOCUMENT = {
    "page", "document", "letter", "guide", "handbook", "leaflet", "manual", "notice", "website", "site", "year", "season",
    "spring", "summer", "autumn", "winter", "release", "newsletter", "brochure", "programme", "agreement", "contract",
}  # fmt: skip
"""What "this" names is the document itself, or its time."""
_NO_NOUNS = DETERMINERS | PREPOSITIONS | AUXILIARIES | PRONOUNS | SUBORDINATORS | ADVERBS | _ANYBODY | {"as", "so", "not"}
_SPATIAL = "in|at|from|near|outside|across|to"
"""What stands behind these is nobody."""


def is_thing(noun: str) -> bool:
    """Whether "it" may mean a noun."""
    return not is_plural(noun) and singular(noun) not in TIME_UNITS and not is_role(noun)


def is_somebody(noun: str) -> bool:
    """Whether "she" may mean a noun."""
    return may_be_person(noun) or (noun[0].isupper() and not is_common_word(noun))


def _is_kind(noun: str) -> bool:
    """Whether "one" may mean a noun: "a larger boiler", nobody's name."""
    return noun.islower() and not is_plural(noun) and singular(noun) not in TIME_UNITS


def _is_place(noun: str) -> bool:
    return noun[0].isupper() or singular(noun) in PLACES


def _are_several(noun: str) -> bool:
    return is_plural(noun) and singular(noun) not in TIME_UNITS


@dataclass(frozen=True)
class _GoingBack:
    """Words that go back to something, and which nouns before them that may be."""

    pattern: re.Pattern[str]
    fits: Callable[[str], bool] | None = None
    """None: no noun of its own sentence will do; only another sentence can tell."""
    apart: bool = False
    """Whether the noun must stand in a clause before: in "Walkers may cross it" it is none of the walkers' things."""


IT = re.compile(r"\b(?:it|its|itself)\b", re.IGNORECASE)
SOMEBODY = re.compile(r"\b(?:he|she|him|his|hers?|himself|herself)\b", re.IGNORECASE)
MANY = re.compile(r"\b(?:they|them|theirs?|themselves)\b", re.IGNORECASE)
OPENING = _GoingBack(
    re.compile(
        r"^(?:(?:the (?:same|others?(?! hand\b))|such|both(?! [a-z]+s\b| .*\band\b)|others?|another|so(?! far\b)|that|then"
        r"|otherwise|however|instead|also|therefore|thus|here|afterwards|later|back then|as a result"
        r"|(?:last|next|this) time|in (?:return|turn|exchange)"
        r"|(?:in|on|at|for|from|to|with) the other(?! hand\b)|(?:after|before|since|until|by|for|with|from|in) that"
        r"|(?:neither|either)(?= (?:of|is|was|can|may|must|will)\b)"
        r"|[a-z-]+ of (?:them|these|those))\b|those (?:in|of|on|for|from|at)\b)",
        re.IGNORECASE,
    )
)
"""Beginnings of what goes on from the sentence before."""
ANCHORED = _GoingBack(
    re.compile(
        r"\b(?:years?|months?|weeks?|days?|hours?|minutes?) (?:later|earlier)\b(?! than)|\b(?:thereafter|meanwhile|from there)\b"
        r"|(?<!, and )(?<! and )\b(?:by|until|till|since|before|after|from|back|even) then\b"
        r"|\bthan (?:\w+ ){0,2}then\b|[^,] then$"
        r"|\bthe (?:opposite|contrary|reverse)\b(?! of\b)|\b(?:has|have|had) none\b"
        r"|\b(?:do|does|did|done|doing) so\b|\bthe (?:latter|former)\b"
        r"|\b(?:after|before|during|since|without|for|under|about|like|than|by|with|at|of|do|change) that"
        r"(?=[,.;:]|$| (?:and|or|but|in)\b)"
        r"|\bthat (?:day|date|time|evening|night|morning|week|month|year|(?:spr|even)ing|summer|autumn|winter|point"
        r"|moment|period|reason|case|way|purpose)\b|\b(?:take|takes|took) part\b(?! in\b)|^if [^,]*\bstill\b"
        r"|^(?:last|this|next) year['’]s\b"
        rf"|\bthe (?:[\w-]+ ){{0,3}}(?:{_RELATIONAL})\b(?! (?:of|for|to|that|why|with|between|behind|in|on|from)\b)"
        r"|\bthe (?:others?|rest|remainder)\b(?! of\b| [a-z])|\bthe same\b(?! (?:day|time)\b)(?!.*\bas\b)|\bat the same time$"
        rf"|\b(?:[a-z]+ed|brought|have|has|had|up|out|seen|found|got|took|sold|won|bought) {_WORD_COUNT}(?= (?:in|on)\b|$|[,;])"
        r"|\b(?:an hour|a day|a week|[a-z]+ (?:hours|days|weeks|minutes)) (?:longer|more)\b(?!.*\bthan\b)"
        r"|\b(?:the remaining|(?:each|every|any) (?:further|additional)) "
        rf"|^(?:The|All|Most|Many|Some) (?:[\w-]+ )?[a-z]+ there {_HAS_VERB}"
        rf"|\b(?:is|are|was|were) (?:much |slightly |a little |even |considerably )?(?:{_COMPARED})\b(?!.*\bthan\b)",
        re.IGNORECASE,
    )
)
"""What compares with, is counted from, or points at something that was named before."""
_ELLIPSIS = _GoingBack(
    re.compile(
        r"\b(?:do|does|did|can|cannot|could|will|would)(?: not)?(?=[,;]|$| (?:but|are|is|must|should|may)\b)", re.IGNORECASE
    )
)
"""A verb whose main part was said before: "Tablets do, but ...", "those who can are asked"."""
ADDING = _GoingBack(
    re.compile(
        r"^(?:(?!,| and | but | or | which | who | that |;|:).)*\b(?:also|as well|too)\b(?! as\b| [a-z]+\b$)", re.IGNORECASE
    )
)
"""What adds to the sentence before: "He also teaches"."""
_COUNTED = re.compile(
    rf"(?:^|[,;] |\b(?:but|when|if|until|while) |(?<!\d )\band )(?i:{_COUNT}|both|some|most|many|several|all|few|half|neither)"
    r" (?:are|were|have|had|was|is|must|can|may|will|do|did)\b"
    rf"|\b[Tt]here (?:is|are|was|were) (?:usually |only |often |just )?{_COUNT}(?=$| (?:an?|per|each|in|on|at)\b)"
    rf"|\bafter (?!\d{{3}}){_COUNT}(?= and\b|[,;]|$)|\b[Aa]ll {_COUNT}(?! [a-z]+s\b)"
)
"""An amount without its noun: "stop when eight are left"."""
_ONE = re.compile(
    r"\b(?:the|every|each|this|another|an?) (?:[a-z-]+ )?one\b(?! of\b)"
    r"|\b[a-z]+ one(?=[,.;]|$| (?:that|who|pays?|must|has|is|can|may|will|should)\b)",
    re.IGNORECASE,
)
_THERE = re.compile(rf"(?<=[a-z] )there\b(?! (?:{_HAS_VERB}|to\b))(?<!is there)(?<!are there)|^There\b(?! {_HAS_VERB})")
_GOING_BACK = (
    OPENING,
    ANCHORED,
    ADDING,
    _ELLIPSIS,
    _GoingBack(_THERE, _is_place),
    _GoingBack(_COUNTED, _are_several),
    _GoingBack(re.compile(r"\bones\b"), _are_several),
    _GoingBack(_ONE, _is_kind),
    _GoingBack(re.compile(r"\b(?:its|itself)\b", re.IGNORECASE), is_thing),
    _GoingBack(re.compile(r"\b(?:theirs?|themselves)\b", re.IGNORECASE), is_plural),
    _GoingBack(re.compile(r"\bit\b", re.IGNORECASE), is_thing, apart=True),
    _GoingBack(re.compile(r"\b(?:they|them)\b", re.IGNORECASE), is_plural, apart=True),
)
_BORDER = re.compile(
    r"[,;:()]|\b(?:and|or|but|if|when|because|as|which|that|who|so|before|after|until|unless|while|where|once|than)\b",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"\b(?:this|(?P<many>those|these|such))\b(?! (?:as|of|who|that|with|which)\b)"
    r"(?: (?P<word>[\w-]+))?(?: (?P<next>[\w-]+))?",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\bboth (?!(?:parents|sides|ends|hands|sexes|directions|eyes|ears|legs|feet|banks|the)\b)(?P<noun>[a-z]+s)\b(?!.*\band\b)"
    r"|\bthe (?:two|three|four|five|six)\b(?! (?:first|last)\b)(?: (?P<kind>[\w-]+))?(?: (?P<more>[\w-]+))?",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"\b(?:the (?:first|second|third|fourth|fifth|last|next|(?:most|least) [a-z]+|[a-z]{3,}est)"
    r"|an? (?:pair|few|couple|dozen|second|third))"
    r"(?=(?P<end>[,.;:]|$)| (?P<word>[\w-]+)(?: (?P<then>\w+))?)",
    re.IGNORECASE,
)


def needs_before(sentence: str, place: str) -> bool:
    """Whether a sentence can only be understood behind another one.

    Args:
        place: What is named with it: "this policy" is known under "Travel Policy".
    """
    return bool(find_loose(sentence, "", place))


def find_loose(sentence: str, earlier: str, place: str) -> str:
    """The first words of a sentence that go back to nothing that is named, or "".

    Args:
        earlier: What is quoted before it.
    """
    sentence = sentence.rstrip(" .!;")
    for rule in _GOING_BACK:
        for match in rule.pattern.finditer(sentence):
            several = rule.fits in (is_plural, _are_several)
            left = sentence[: _find_clause(sentence, match.start()) if rule.apart else match.start()]
            before = nouns_of(f"{earlier} {left}", several)
            if not (earlier if rule.fits is None else any(map(rule.fits, before))):
                return match.group()
    return next(_find_special(sentence, earlier, place), "")


def _find_clause(sentence: str, end: int) -> int:
    """Where the clause of a word starts, as far as commas and conjunctions tell."""
    return max((match.end() for match in _BORDER.finditer(sentence, 0, end)), default=0)


def _find_special(sentence: str, earlier: str, place: str) -> Iterator[str]:
    """Persons, "this N", "both Ns", and "the second" without its noun."""
    if match := SOMEBODY.search(sentence):
        before = f"{earlier} {sentence[: match.start()]}"
        known = [noun for noun in nouns_of(before) if not re.search(rf"\b(?:{_SPATIAL}) {re.escape(noun)}\b", before)]
        if not any(map(is_somebody, known)):
            yield match.group()
    for match in _THIS.finditer(sentence):
        before = f"{earlier} {sentence[: match.start()]}"
        named = _name_kinds(match.group("word"), match.group("next"))
        kinds = match.group("many") and _are_several(match.group("word") or "x")  # "such trips", "these boats"
        several = match.group("many") and not named and any(map(_are_several, nouns_of(before, True)))
        if not (named & (_words_of(f"{before} {place}") | _OF_THE_DOCUMENT) or several or (earlier and not kinds)):
            yield match.group()
    for match in _BOTH.finditer(sentence):
        said = f"{earlier} {sentence[: match.start()]}".lower().split()
        named = {(match.group("noun") or match.group("kind") or "").lower(), (match.group("more") or "").lower()}
        if not {word for word in named if is_plural(word)} & {word.strip(".,;:") for word in said}:
            yield match.group()
    for match in _ORDINAL.finditer(sentence):
        known = nouns_of(f"{earlier} {sentence[: match.start()]}")
        if (match.group("end") is not None or _is_verb(match)) and not any(noun.islower() for noun in known):
            yield match.group()


def _words_of(text: str) -> set[str]:
    return {singular(word) for word in re.findall(r"[\w-]+", text)}


def _name_kinds(first: str | None, second: str | None) -> set[str]:
    """The nouns that may stand behind "this": "this policy", "this new policy"; none in "for this the fitters need"."""
    if not first or first.lower() in _STAND_ALONE | DETERMINERS:
        return set()
    return {singular(word) for word in (first, second) if word and "NOUN" in lemmas(word) and word.lower() not in _NO_NOUNS}


def _is_verb(match: re.Match[str]) -> bool:
    """Whether what stands behind "the second" is no noun of it: "the second starts at noon"."""
    word, then = match.group("word").lower(), (match.group("then") or "").lower()
    if word in _STAND_ALONE:
        return True
    return "VBZ" in verb_forms(word) and (then in PREPOSITIONS | DETERMINERS or "NOUN" not in lemmas(word))


def nouns_of(before: str, several: bool = False) -> list[str]:
    """What words behind these may go back to.

    Args:
        several: Whether things joined by "and" count as several.
    """
    words = before.split()
    nouns: list[str] = []
    joined = False
    for index, word in enumerate(map(_bare, words)):
        low, last = word.lower(), _bare(words[index - 1]).lower() if index else ""
        opens = not index or words[index - 1][-1] in ".!?"
        if not word or low in _NO_NOUNS:
            continue
        led = last in DETERMINERS | PREPOSITIONS or last[:1].isdigit() or bool({"ADJ", "NUM"} & set(lemmas(last)))
        sure = "VERB" not in lemmas(low) or led or (opens and "VB" not in verb_forms(low))
        large = word[0].isupper() and not (opens and is_common_word(word))
        if ("NOUN" in lemmas(low) and sure) or large:
            joined = joined or bool(nouns and {"and", "or"} & {_bare(one).lower() for one in words[max(0, index - 3) : index]})
            nouns.append(word)
    return [word if is_plural(word) else f"{word}s" for word in nouns] if several and joined else nouns


def _bare(word: str) -> str:
    return word.strip(".,;:()'\"")
