"""What a phrase after a verb says: when, where, how often, how long, how soon, by whom, how.

    "in Dunmurry" after "was assembled"    ->  where
    "within 30 days"                       ->  deadline
    "in writing"                           ->  how

Not covered: phrases whose kind needs meaning; those are "other".
"""

import re
from dataclasses import dataclass

from tasks.teacher_generate.extractive.amounts import Amount, is_moment, parse_amount
from tasks.teacher_generate.extractive.lexicon import (
    is_common_word,
    is_plural,
    singular,
    verb_forms,
)
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    CAUSING_VERBS,
    DETERMINERS,
    EXPRESSING_VERBS,
    FIXED_PHRASES,
    LOCATIVE_VERBS,
    MANNERS,
    PLACES,
    PREPOSITIONS,
    RELATIVES,
    SEASONS,
    SPATIAL,
    TIME_UNITS,
    WAYS,
    WRITING_VERBS,
)


@dataclass(frozen=True)
class Phrase:
    """A part of the complement: ``lead`` is its preposition, ``body`` the rest, ``whole`` both."""

    kind: str
    """when, where, how_often, how_long, deadline, agent, how, infinitive, other."""
    lead: str
    body: Text
    whole: Text
    fronted: bool = False


_LEADS_OF_TIME = {
    "in", "on", "at", "by", "before", "after", "since", "until", "till", "from", "between", "during", "through", "around",
}  # fmt: skip
_MEASURED = re.compile(
    r"(?:an?|the) (?:width|height|depth|length|speed|temperature|rate|price|cost|distance|angle|pressure|age)\b"
)
_PLACING_VERBS = {
    "locate", "situate", "base", "sit", "stand", "lie", "hang", "mount", "store", "keep", "park", "live", "bury", "stay",
    "remain", "wait",
}  # fmt: skip


def classify_phrase(lead: str, body: str, base: str, voice: str) -> str:
    """The kind of a prepositional phrase, "other" where none is sure.

    Args:
        lead: The preposition.
        base: The verb's base form, "" where the phrase stands before its clause.
    """
    if not body.strip():  # a sentence that breaks off: "The car was in"
        return "other"
    amount, low = parse_amount(body), body.lower()
    if low in MANNERS and lead in ("in", "by", "on") and base != "be":
        return "how"
    if low in FIXED_PHRASES or re.search(r"\b(?:there|here)$", low):
        return "fixed"
    if kind := _classify_time(lead, body, amount):
        return kind
    if lead in ("at", "in") and re.match(r"\d+[a-z]? [A-Z]\w+ [A-Z]", body):  # "at 14 Mill Lane"
        return "where"
    if amount and amount.kind != "bare" and not (lead == "by" and voice == "passive" and amount.kind == "count"):
        return "other"
    if lead == "by" and voice == "passive":
        return "agent" if base in CAUSING_VERBS and not body.split()[0].lower().endswith("ing") else _classify_agent(body)
    return "where" if _says_where(lead, body, base, voice) else "other"


def _classify_time(lead: str, body: str, amount: Amount | None) -> str:
    if lead in ("within", "after") and amount and amount.kind == "time" and (lead == "within" or not amount.rest):
        return "deadline"
    if lead == "for" and amount and amount.kind == "time" and not amount.rest:
        return "how_long"
    moment = lead in _LEADS_OF_TIME and is_moment(body) and not (lead == "after" and amount)
    return "when" if moment or lead in ("before", "after", "during", "until", "till", "since") else ""


def _classify_agent(body: str) -> str:
    """ "by the curator" says who, "by turning it" how."""
    first = body.split()[0].lower() if body else ""
    if first.endswith("ing") and "VBG" in verb_forms(first):
        return "how"
    head = next(
        (w for w, n in zip(body.split(), [*body.split()[1:], "of"], strict=True) if n in PREPOSITIONS | RELATIVES | {"of"}), ""
    )
    if singular(head) in WAYS:
        return "how"
    return "agent" if first in DETERMINERS or body[:1].isupper() or is_plural(head) else "how"


def _says_where(lead: str, body: str, base: str, voice: str) -> bool:
    if lead in SPATIAL and singular(body.split()[-1]) in SEASONS | TIME_UNITS | {"term", "period"}:
        return False  # "outside the mating season"
    if _MEASURED.match(body):
        return False  # "at a width of 60 cm"
    if lead in SPATIAL or lead in ("in front of", "next to", "on top of"):
        return True
    if lead in ("in", "at") and base not in EXPRESSING_VERBS and _names_place(body, lead):
        return True
    if lead == "in" and voice == "passive" and base in WRITING_VERBS and body.lower().startswith(("the ", "a ", "an ")):
        return True  # "entered in the logbook"
    if lead not in ("in", "at", "on", "above", "below") or base not in LOCATIVE_VERBS | {""}:
        return False
    articled = body.lower().startswith(("the ", "a ", "an "))
    if (voice == "passive" or lead == "at") and lead in ("in", "at") and articled and base in LOCATIVE_VERBS:
        return True
    named = any(word[:1].isupper() for word in body.split())
    return named or (base in _PLACING_VERBS and (lead != "in" or articled)) or (voice == "copula" and articled)


def _names_place(body: str, lead: str) -> bool:
    """Whether a phrase says where, whatever the verb: "welded in Stralsund", "disinfected at the entrance of every ward"."""
    words = body.split()
    head = next((words[i - 1] for i in range(1, len(words)) if words[i].lower() in PREPOSITIONS | {"of"}), words[-1])
    if singular(head.strip(".,")) in PLACES and words[0].lower() in DETERMINERS:
        return True
    if lead == "in" and words[0].lower() == "the" and len(words) == 2 and words[1][:1].isupper():
        return not is_common_word(words[1]) or words[1].endswith("s")  # "in the Netherlands"
    return lead == "in" and words[0][:1].isupper() and not is_common_word(words[0]) and not any(c.isdigit() for c in body)
