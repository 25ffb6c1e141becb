"""What belongs together in a sentence, so that no question may break it off there.

    "two thirds | of them"   "from six | to ten"   "the day | before"   "take | part"   "next | to it"

Not covered: noun phrases (``sentence_breaks``), names (``name_gaps``).
"""

import re

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.lexicon import lemmas, singular, verb_base
from tasks.teacher_generate.extractive.word_lists import MONTHS, PREPOSITIONS, RELATIVES, TIME_UNITS, WEEKDAYS

ASKING = {"how", "whether", "why", "what"}
"""Words that open a question inside a sentence: "how | to bake"."""
LONGEST_RANGE = 5
"""Words from "from" to "to"."""
_PARTICLES = {"in", "on", "off", "up", "out", "down", "over", "inside", "outside", "around", "through", "near"}
"""Prepositions that may stand behind a verb without a noun: "hand in", "set out"."""
_LIGHT_NOUNS = {
    "take": ("part", "place", "care", "over", "up"),
    "give": ("way", "rise", "birth"),
    "look": ("after", "for", "at", "like"),
    "hand": ("over", "in"),
}
"""What belongs to its verb: "give way to", "take part", "look after"."""
_LIST_BEGUN = re.compile(r"\b(?:an?|the|our|no) [\w-]+(?: [\w-]+)?$")
_LIST_LEFT = re.compile(r", (?:an?|the|our|no) [^,]+,? (?:and|or) (?:an?|the|our|no) ")
_LIST_SAID = re.compile(r"[\w-]+, [\w-]+(?: [\w-]+){0,2},? (?:and|or) [\w-]+$")
"""The first member of a list without its end, the end of one, a whole one: a break there leaves a piece of its last member."""
_LOOSE_BEHIND = {"free", "for", "and", "who", ""}
"""What follows a particle, but no preposition: "get in free of charge"."""
_DEGREES = {"less", "more", "very", "too", "so", "most", "least", "quite", "rather", "much"}
_TORN_OFF = {"up", "out", "off", "down", "away", "back"}
_HALF_PREPOSITIONS = {"next", "close", "due", "according", "prior", "thanks", "because", "instead", "out", "rather", "such", "as"}


def parts_what_belongs_together(before: list[str], rest: list[str]) -> bool:
    """Whether a break stands inside a phrase: "two thirds ... of them", "from six ... to ten", "the day ... before"."""
    last, first = before[-1], rest[0]
    if first == "of":
        return set(lemmas(last)) != {"VERB"} or last.endswith(("thirds", "fifths", "tenths", "quarters"))
    if first in ("to", "or", "and", "until") and (last[:1].isdigit() or last in MONTHS | WEEKDAYS or parse_amount(last)):
        return True
    opened = max((i for i, word in enumerate(before) if word in ("from", "between")), default=-1)
    if first == "to" and opened >= 0 and "to" not in before[opened:] and len(before) - opened <= LONGEST_RANGE:
        return True
    joined = first in ("to", "of", "than", "as") and last in _HALF_PREPOSITIONS
    timed = first in ("before", "after", "ago", "later", "earlier") and singular(last) in TIME_UNITS
    manner = first == "so" and rest[1] != "that"
    particle = first in _TORN_OFF or (first in PREPOSITIONS and rest[1] in RELATIVES | PREPOSITIONS)
    rated = first in ("a", "an", "per", "each", "every") and singular(rest[1]) in TIME_UNITS and last != "for"
    if " ".join(rest).strip() in ("as well", "at all", "at most", "at least") or (
        first in ("in", "on") and rest[1] in _LOOSE_BEHIND
    ):
        return True
    if rated or first == "than" or last in _DEGREES:
        return True
    whole = first in _LIGHT_NOUNS.get(verb_base(last) or "", ()) or last in ASKING
    return whole or joined or timed or manner or particle or last in PREPOSITIONS - _PARTICLES


def cuts_list(beginning: str, answer: str) -> bool:
    """Whether an answer is only a piece of a list: "a show | of ships, a shop and a café", "eggs or weeds | with roots"."""
    begun = _LIST_BEGUN.search(beginning) and _LIST_LEFT.search(answer)
    return bool(begun or (_LIST_SAID.search(beginning) and answer.split(" ")[0] in PREPOSITIONS))
