"""What stands before a clause: "In 1975,", "If a flight takes over six hours,", "On weekends visitors may ...".

Not covered: two conditions in front of one clause.
"""

import re

from tasks.teacher_generate.extractive.amounts import is_moment, parse_amount
from tasks.teacher_generate.extractive.complements import Complements
from tasks.teacher_generate.extractive.lexicon import is_noun, is_plural, lemmas, verb_base, verb_forms
from tasks.teacher_generate.extractive.phrase_kinds import Phrase, classify_phrase
from tasks.teacher_generate.extractive.sentence_words import Word
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    AUXILIARIES,
    COMMON_VERBS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
)


class Fronts(Complements):
    """Reads a condition, phrase or adverb before a clause."""

    def __init__(self, text: Text, words: list[Word]) -> None:
        super().__init__(text, words)
        self.condition = ""
        self.fronted: list[Phrase] = []
        self.none = False
        """Whether the subject began with "no": "No dogs are allowed"."""

    def _read_front(self) -> int:
        """Reads a fronted condition, phrase or adverb; returns where the clause starts."""
        first = self.low(0)
        comma = next((i for i, word in enumerate(self.words) if word.text == ","), None)
        if first in ADVERBS | {"today", "nevertheless", "moreover", "furthermore", "please", "note"} and comma == 1:
            return 2
        if first in {"today", "now", "currently"} and (self.low(1) in DETERMINERS | PRONOUNS or self.words[1].text[:1].isupper()):
            return 1
        if first == "please" and comma != 1:
            return 1
        if first in {"next", "last", "this", "each", "every"} and self.low(2) in PRONOUNS:  # "Next time we will ..."
            self.condition = _lower_first(self.span(0, 2).text)
            return 2
        if first == "because" and comma:
            return comma + 1
        if first in SUBORDINATORS and comma:
            self.condition = _lower_first(self.span(0, comma).text)
            return comma + 1
        if first in PREPOSITIONS and self.low(1):
            end, start = self._end_of_front(comma)
            if end:
                lead, body = self._split_lead(0, end)
                whole = self.span(0, end)
                kind = classify_phrase(lead, body.text, "", "active")
                if kind in ("when", "where", "how_long", "deadline") and not (kind == "where" and lead == "on"):
                    self.fronted.append(Phrase(kind, lead, body, whole, fronted=True))
                else:
                    self.condition = _lower_first(whole.text)
                return self._read_second_front(start)
        return 0

    def _read_second_front(self, start: int) -> int:
        """ "In winter, from November to March, life jackets ...": a second phrase before the clause."""
        comma = next((i for i in range(start, len(self.words)) if self.words[i].text == ","), None)
        if self.low(start) not in PREPOSITIONS or comma is None or self._find_verb(start, comma) is not None:
            return start
        lead, body = self._split_lead(start, comma)
        kind = classify_phrase(lead, body.text, "", "active")
        self.fronted.append(Phrase(kind, lead, body, self.span(start, comma), fronted=True))
        return comma + 1

    def _end_of_front(self, comma: int | None) -> tuple[int, int]:
        """Where a fronted phrase ends and its clause starts; (0, 0) where it is not one."""
        if comma and comma + 2 < len(self.words) and self._is_imperative(comma + 1) and self._find_verb(0, comma) is None:
            return comma, comma + 1
        if comma and self._find_verb(comma + 1) is not None and self._find_verb(0, comma) is None:
            after = comma + 1
            nearer = next((i for i in range(after, len(self.words)) if self.words[i].text == ","), None)
            # "In Lisbon, Portugal, she met ..."
            if nearer and self._find_verb(after, nearer) is None and nearer - after <= 2:
                return nearer, nearer + 1
            return comma, after
        for end in range(2, min(9, len(self.words) - 1)):  # "On weekends and holidays visitors may come"
            joined = self.low(end - 1) in {"of", "and", "or"} | PREPOSITIONS | DETERMINERS
            if (
                joined
                or self.low(end + 1) not in AUXILIARIES
                or not is_noun(self.low(end - 1))
                or not is_noun(self.words[end].text)
            ):
                continue
            plural = is_plural(self.low(end)) and (is_plural(self.low(end - 1)) or self.low(1) in DETERMINERS)
            if plural or (is_moment(self.span(1, end).text) and not is_moment(self.low(end))):  # "After sunset rowing is ..."
                return end, end
        for end in range(2, min(6, len(self.words))):  # "In 1991 Ada Berg bought the company"
            dated = re.fullmatch(r"1\d{3}|20\d\d", self.low(end - 1)) and is_moment(self.span(1, end).text)
            if dated and self.words[end].text[0].isupper() and self._find_verb(end) is not None:
                return end, end
        for end in range(2, min(9, len(self.words))):  # "In 1975 the company moved", "On Ubuntu the preview may flicker"
            starts = self.low(end) in {"it", "they", "he", "she", "we", "you", "there", "the", "a", "an", "each", "every"}
            if not starts or self.low(end - 1) in {"of", "and", "or"} | PREPOSITIONS | DETERMINERS:
                continue
            if is_moment(self.span(1, end).text) or (is_noun(self.low(end - 1)) and self._find_verb(end) is not None):
                return end, end
        return 0, 0

    def _is_imperative(self, start: int) -> bool:
        low = self.low(start)
        following = self.low(start + 1)
        if "VB" not in verb_forms(low) or low in AUXILIARIES | PREPOSITIONS | {"let", "help", "allow", "please"}:
            return False
        if low == "make" and following not in DETERMINERS:
            return False
        if start + 1 >= len(self.words) or self.words[start + 1].text[0].isupper():
            return False
        if self.words[start + 1].text[0].isdigit():  # "Heat 300 ml of cream"
            return parse_amount(self.rest(start + 1)) is not None and self._find_verb(start + 1) is None
        if (low in {"keep", "leave"} and following in DETERMINERS) or (
            following in {"in", "off", "out", "up"} and self.low(start + 2) == "the"
        ):
            return True
        if following in DETERMINERS:
            if following in {"the", "a", "an", "your", "any"}:  # no noun has its article behind it
                return True
            stop = next(
                (i for i in range(start + 2, len(self.words)) if self.low(i) in SUBORDINATORS | {",", "before", "after"}), None
            )
            return self._find_verb(start, stop) is None
        plain = set(lemmas(low)) <= {"VERB"} or verb_base(low) in COMMON_VERBS
        return plain and bool(following) and (is_noun(self.words[start + 1].text)) and self._find_verb(start) is None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
