"""A sentence asked in place: its own words, with a question word where something is left out.

    "Hotel rooms may cost up to 140 euros per night."   ->  "Hotel rooms may cost how much per night?"
    "The bells ring at 9 p.m. on Sundays."              ->  "The bells ring at what time on Sundays?"

Nothing is moved or inflected, so nothing can be turned round wrongly; it is how a quiz asks. Short sentences only.

Not covered: names, places, and whatever has no question word that is certain.
"""

import re

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.lexicon import is_plural, lemmas, verb_forms
from tasks.teacher_generate.extractive.sentence_breaks import tells_later
from tasks.teacher_generate.extractive.sentence_gaps import Gap, find_gaps
from tasks.teacher_generate.extractive.word_lists import AUXILIARIES, DETERMINERS, PREPOSITIONS, RELATIVES, SUBORDINATORS

LONGEST_SENTENCE = 16
"""Words."""
_BEFORE_BOUNDS = PREPOSITIONS | AUXILIARIES | {"cost", "costs", "last", "lasts", "take", "takes"}
_LOOSE = re.compile(r"\b(?:\w+er one|instead of|as on|(?:after|before|than) that(?= \w))\b", re.IGNORECASE)
"""What compares with, or goes on from, something else: read aloud as a question it says too little."""
_MOMENTS = ("time", "date", "day", "month", "year")
_SET_APART = re.compile(r"[;:()\[\]\"“”«»/*_]")


def ask_in_place(sentence: str, gap: Gap) -> str:
    """The question without its question mark, or "" where there is none that reads well."""
    left, right = sentence[: gap.start], sentence[gap.end :]
    words = left.lower().split()
    if not words or len(sentence.split()) > LONGEST_SENTENCE or _SET_APART.search(left + right) or left.count(",") > 1:
        return ""
    told = len(words) > 5 and any(w in AUXILIARIES or verb_forms(w) & {"VBZ", "VBD"} for w in words[1:])
    fronted = words[0] in PREPOSITIONS and not told
    if fronted or words[0].strip(",") in SUBORDINATORS | {"yes", "no", "not", "do", "never"} or words[-1].endswith(","):
        return ""  # "On which days the hall is open": an order of words that nobody uses
    if re.match(r" (?:when|how|what|where|whether|why)\b", right):
        return ""  # "Let us know by when when your train arrives?"
    if (
        _is_fragment(words)
        or _LOOSE.search(sentence)
        or "," in right
        or _goes_on(right)
        or re.match(r" or | and (?:on|in|at|from|after|before|until) ", right)
    ):
        return ""
    if gap.kind in ("amount", "number"):
        wh = _find_amount_word(words[-1], sentence[gap.start : gap.end], right)
    elif gap.kind in _MOMENTS:
        inside = RELATIVES & set(words) and right  # "members who have not paid by when lose their vote"
        again = any(other.kind in _MOMENTS for other in find_gaps(left)) and words[-1] != "at"  # "on 23 March when?"
        wh = "" if inside or again else _find_time_word(words[-1], sentence[gap.start : gap.end], right, gap.kind)
    else:
        wh = ""
    return f"{left}{wh}{right}".strip() if wh else ""


def _is_fragment(words: list[str]) -> bool:
    """Whether a subordinate clause comes before any verb: "A crash when two sessions end at once" tells nothing by itself."""
    for index, word in enumerate(words):
        if index and word in RELATIVES | SUBORDINATORS | {"when", "where"}:
            return True
        if word in AUXILIARIES or (verb_forms(word) and (not index or words[index - 1] not in DETERMINERS)):
            return False
    return False


def _goes_on(right: str) -> bool:
    """Whether a second statement follows: "was described in ___ and is rare"."""
    behind = re.findall(r"\b(?:and|or|but) ([\w-]+)", right)
    return any(word in AUXILIARIES or (verb_forms(word) & {"VB", "VBZ", "VBD"} and word not in DETERMINERS) for word in behind)


def _find_time_word(before: str, answer: str, right: str, kind: str) -> str:
    if re.match(r"(?:from|between)\b", answer):
        return "when" if not right.strip() and before not in ("last", "lasts") else ""
    if before in ("since", "until", "till", "by", "before", "after"):
        return "when"
    if right.startswith(","):
        return ""
    if before == "in":
        return {"year": "which year", "month": "" if re.search(r" and |,", answer) else "which month"}.get(kind, "")
    if before == "at":
        return "what time" if kind == "time" else ""
    if before == "on":
        return {"date": "which date", "day": "which days" if re.search(r"days\b|,| and ", answer) else "which day"}.get(kind, "")
    return ""


def _find_amount_word(before: str, answer: str, right: str) -> str:
    if answer.startswith("from "):
        return ""
    if re.match(r"(?:every|each) ", answer):
        return "" if tells_later(["x", *right.split()]) else "how often"
    loose = answer.startswith("up to") and before not in _BEFORE_BOUNDS
    if before in DETERMINERS | {"per", "first", "last", "next"} or loose or re.search(r"\b(?:and|or)\b", answer):
        return ""
    amount = parse_amount(f"{answer} {right.split()[0]}" if right.split() and right.startswith(" ") else answer)
    own = parse_amount(answer)
    if re.search(r"(?:%|per ?cent)$", answer):
        return "what percentage"
    if own is None or own.rest:
        return ""
    if own.kind == "bare":
        counted = amount is not None and amount.kind == "count" and is_plural(amount.unit) and right.split()[0] not in AUXILIARIES
        adjective = re.match(r" [a-z-]+ ([a-z-]+)", right)
        return "how many" if counted or (adjective and is_plural(adjective.group(1)) and _describes(right.split()[0])) else ""
    if own.kind == "money":
        return "how much"
    if own.unit.startswith("°"):
        return "what temperature"
    return f"how many {own.unit}" if is_plural(own.unit) and own.unit != "quarters" else ""


def _describes(word: str) -> bool:
    return word not in AUXILIARIES | PREPOSITIONS and bool({"ADJ", "NOUN"} & set(lemmas(word))) and not is_plural(word)
