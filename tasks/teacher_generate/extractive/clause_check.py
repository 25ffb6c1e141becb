"""Whether a clause was read with confidence: a reading that its own words speak against is refused, never asked.

    "A force led by Count Orland arrived in May"   read with the verb "led"     ->  "second_verb"
    "Members aged 14 to 17 need a permit"          read with the verb "aged"    ->  "second_verb"
    "in June, which flooded the camp"              read with "June" as subject  ->  "subject_is_a_time"

English regular verbs have one form for past and participle, so a participle behind a noun is easily taken for the verb. What is
left over gives such readings away: a second verb without anything that could start a second clause.

Not covered: readings that are wrong and yet whole; the questions themselves are looked at in ``question_check``.
"""

import re

from tasks.teacher_generate.extractive.amounts import is_moment, parse_amount
from tasks.teacher_generate.extractive.clauses import Clause
from tasks.teacher_generate.extractive.lexicon import is_noun, lemmas, singular, verb_base, verb_forms
from tasks.teacher_generate.extractive.word_lists import (
    AUXILIARIES,
    DETERMINERS,
    INTRANSITIVE_VERBS,
    MONTHS,
    PREPOSITIONS,
    RELATIVES,
    SEASONS,
    SUBORDINATORS,
    TIME_UNITS,
    WEEKDAYS,
)

_TIMES = MONTHS | WEEKDAYS | SEASONS | TIME_UNITS
_OPENERS = RELATIVES | SUBORDINATORS | {"how", "what", "why", "before", "after", "until", "since", "if"}
"""Words that start a clause of their own inside a complement: its verb is no second verb of this one."""
_WORD = re.compile(r"[\w’'-]+|[^\w\s]")


def find_doubt(clause: Clause) -> str:
    """Why a clause should not be asked about, or ""."""
    if not is_balanced(clause.source.text):
        return "unbalanced"
    subject = clause.subject.text
    words = subject.lower().split()
    if words[0] in ("each", "every") and len(words) > 3 and singular(words[1]) in TIME_UNITS:
        return "subject_is_a_time"  # "Every year on 3 October the town ..."
    if clause.voice in ("active", "passive") and is_moment(subject) and _TIMES & set(words[-1:]) and len(words) <= 2:
        return "subject_is_a_time"  # "in June, which flooded ..."
    if _is_misread(clause.subject.text) and not clause.imperative:
        return "misread_subject"
    if clause.base in ("lie", "sit") and clause.object is not None:
        return "misread_object"  # "lies 4 km north of the town"
    if _is_reduced(clause):
        return "participle_as_verb"
    if re.search(r"\bplus\b", clause.source.text):
        return "coordinated_phrases"
    if _is_cut_up(clause):
        return "coordinated_phrases"
    if clause.object is not None and clause.voice == "active" and lists_verbs(clause.object.text):
        return "coordinated_verbs"
    said = " ".join(part.text for part in (clause.object, *(phrase.whole for phrase in clause.phrases)) if part is not None)
    return "second_verb" if has_second_verb(said) else ""


def _is_misread(subject: str) -> bool:
    """Whether a subject holds what none does: an order ("Tell us"), or a verb with an amount ("The UPS bridges 12 minutes")."""
    words = subject.lower().split()
    words = words[: next((i for i, word in enumerate(words) if i and word in RELATIVES), len(words))]
    if words[:2] in (["make", "sure"], ["take", "care"]) or {"us", "me", "him"} & set(words):
        return True
    if (
        "VB" in verb_forms(words[0])
        and not set(lemmas(words[0])) & {"NOUN", "ADJ", "ADV", "PROPN"}
        and words[0] not in AUXILIARIES
    ):
        return True
    for i in range(1, len(words) - 1):
        amount = parse_amount(" ".join(words[i:])) if words[i][0].isdigit() else None
        told = verb_forms(words[i - 1]) & {"VB", "VBZ"} and words[i - 2] not in DETERMINERS  # "the last 30 days"
        if amount and amount.kind in ("time", "money", "measure") and told:
            return True
    return False


def _is_cut_up(clause: Clause) -> bool:
    """Whether "and" joins what was taken for separate phrases: "every hour on weekdays and every two hours on Sundays"."""
    if re.search(rf"\b{re.escape(clause.main.split()[-1] if clause.main else '')},", clause.source.text) and clause.main:
        return True  # "is strained, left to stand, and filled into jars"
    phrases = [phrase.whole.text for phrase in clause.phrases]
    if any(re.search(r"\b(?:1\d{3}|20\d\d) (?:about|around|over|some|nearly|almost|more|at|up)\b", text) for text in phrases):
        return True  # "During the eruption of 2011 about 14,000 people ...": its front has no comma
    if any(re.search(r"(?:,|\b(?:and|or))$", text) for text in phrases):
        return True
    if any(re.search(r"\band (?:up to|about|around|over|at least|nearly|almost|only) [\d$€£]", text) for text in phrases):
        return True  # "3 kg in spring and up to 8 kg in autumn"
    timed = [phrase.whole.text for phrase in clause.phrases if phrase.kind in ("when", "how_often", "how_long", "deadline")]
    return len(timed) > 1 and any(
        re.search(r"\b(?:and|or) (?:on|in|at|from|until|to|for|every|by|after|before)\b", t) for t in timed
    )


def lists_verbs(text: str) -> bool:
    """Whether a list of objects may be a list of verbs: "dogs, clean cages or help" after "walk"."""
    parts = re.split(r", (?:and |or )?| or | and ", text)
    more = [part.split()[0].lower() for part in parts[1:] if part.strip()]
    return "," in text and any("VB" in verb_forms(word) and word not in DETERMINERS for word in more)


def is_balanced(text: str) -> bool:
    """Whether each bracket is closed."""
    return all(text.count(one) == text.count(other) for one, other in ("()", "[]", "“”"))


def _is_reduced(clause: Clause) -> bool:
    """Whether the verb is a participle that belongs to its subject: "the engine built by X", "the requests allowed in May"."""
    if clause.auxiliary or clause.voice != "active" or clause.object is not None:
        return False
    forms = verb_forms(clause.main.split()[-1])
    return {"VBD", "VBN"} <= forms and bool(clause.phrases) and clause.phrases[0].lead == "by" and not _is_extent(clause)


def _is_extent(clause: Clause) -> bool:
    """ "fell by 12 %"."""
    return parse_amount(clause.phrases[0].body.text) is not None


def has_second_verb(said: str) -> bool:
    """Whether a complement holds a finite verb that nothing in it has a place for."""
    words = _WORD.findall(said)
    lows = [word.lower() for word in words]
    for i in range(1, len(lows)):
        if lows[i - 1] in _OPENERS or (lows[i - 1] == "to" and "VB" in verb_forms(lows[i])):
            return False
        if lows[i] in AUXILIARIES and (lows[i] != "may" or words[i] == "may") and not _counts(lows, i):
            return True
        if words[i][:1].isupper() or lows[i] in PREPOSITIONS | DETERMINERS or not lows[i].isalpha():
            continue
        forms = verb_forms(lows[i]) & {"VB", "VBZ", "VBD"}
        before, after = lows[i - 1], lows[i + 1] if i + 1 < len(lows) else ""
        stands = is_noun(words[i - 1]) and before not in PREPOSITIONS | DETERMINERS
        if not forms or not stands:
            continue
        if verb_base(lows[i]) in INTRANSITIVE_VERBS and "VBD" in forms and not set(lemmas(lows[i])) & {"ADJ", "NOUN"}:
            return True
        rated = after in ("a", "an") and singular("".join(lows[i + 2 : i + 3])) in TIME_UNITS  # "90 bicycles a day"
        if after in ("the", "a", "an", "their", "its", "your") and lows[i] not in ("times", "per", "like") and not rated:
            return True  # no noun has an article behind it
    return False


def _counts(lows: list[str], i: int) -> bool:
    """Whether a word like "will" or "can" is a noun here: an article stands before it."""
    return lows[i - 1] in DETERMINERS
