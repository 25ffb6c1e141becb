"""What follows a verb: the object, phrases that say when, where, how often, and a condition.

    "must be sent | to the office | within 30 days | if the car is sold"
      -> phrases other: to "the office", deadline: "within 30 days"; condition "if the car is sold"

Not covered: which noun a phrase belongs to, where that needs meaning.
"""

import re

from tasks.teacher_generate.extractive.amounts import is_duration, is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.clause_ends import ClauseEnds
from tasks.teacher_generate.extractive.lexicon import (
    is_noun,
    lemmas,
    verb_forms,
)
from tasks.teacher_generate.extractive.phrase_kinds import Phrase, classify_phrase
from tasks.teacher_generate.extractive.sentence_words import BOUNDS, LONG_PREPOSITIONS, Refused
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    AHEAD_VERBS,
    DETERMINERS,
    FREQUENCY_ADVERBS,
    MOMENT_VERBS,
    PLACE_ADVERBS,
    PREPOSITIONS,
    RELATIVES,
)


class Complements(ClauseEnds):
    """Reads what follows a verb: object, phrases, condition; and finds where a clause ends."""

    def _split_lead(self, first: int, end: int) -> tuple[str, Text]:
        long = LONG_PREPOSITIONS.match(self.rest(first))
        size = len(long.group().split()) if long else 1
        return self.span(first, first + size).text.lower(), self.span(first + size, end)

    def _read_complement(self, start: int, end: int, base: str, voice: str) -> tuple[Text | None, list[Phrase]]:
        cuts = self._cut_complement(start, end)
        target: Text | None = None
        phrases: list[Phrase] = []
        for number, (first, last) in enumerate(cuts):
            whole = self.span(first, last)
            low = self.low(first)
            if low in {"instead", "rather"}:
                phrases.append(Phrase("fixed", "", whole, whole))
            elif low == "to" and "VB" in verb_forms(self.low(first + 1)) and not self._noun_use(first + 1):
                phrases.append(Phrase("infinitive", "to", self.span(first + 1, last), whole))
            elif low in {"once", "free"} and (last - first == 1 or whole.text.lower() == "free of charge"):
                phrases.append(Phrase("fixed", "", whole, whole))
            elif is_interval(whole.text):
                phrases.append(Phrase("how_often", "", whole, whole))
            elif number == 0 and voice in ("adjective", "passive") and low not in PREPOSITIONS and is_moment(whole.text):
                phrases.append(Phrase("when", "", whole, whole))
            elif (
                (low in PREPOSITIONS | {"of"} or LONG_PREPOSITIONS.match(whole.text))
                and not BOUNDS.match(whole.text)
                and not self._is_bare_amount(first, last, base, voice)
            ):
                lead, body = self._split_lead(first, last)
                phrases.append(Phrase(classify_phrase(lead, body.text, base, voice), lead, body, whole))
            elif number == 0 and re.search(r"\b(?:later|earlier|ago|afterwards|apart)$", whole.text) and _is_time(whole.text):
                phrases.append(Phrase("fixed", "", whole, whole))  # "began two years later"
            elif low in {"everywhere", "anywhere"}:
                phrases.append(Phrase("fixed", "", whole, whole))
            elif low in PLACE_ADVERBS:
                phrases.append(Phrase("where", "", whole, whole))
            elif low in {"and", "or", "but"}:
                break  # "was nationalised and renamed X": the first is true without the second
            elif number == 0:
                target = self._without_particle(first, last)
            elif is_duration(whole.text) or parse_amount(whole.text):
                phrases.append(Phrase("how_long" if is_duration(whole.text) else "other", "", whole, whole))
            else:
                raise Refused("complex_complement")
        return self._join_deadline(target, phrases, voice, base)

    def _without_particle(self, first: int, last: int) -> Text:
        """ "bought the company back": the object is "the company"."""
        if last - first > 2 and self.low(last - 1) in {"away", "apart"}:
            raise Refused("complex_complement")  # "Keep the cord away from water" says the opposite without it
        return self.span(first, last - 1 if last - first > 2 and self.low(last - 1) in {"back"} else last)

    def _noun_use(self, i: int) -> bool:
        return "NOUN" in lemmas(self.low(i)) and (
            i + 1 >= len(self.words) or self.low(i + 1) in PREPOSITIONS | {",", "and", "of"}
        )

    def _is_bare_amount(self, first: int, last: int, base: str, voice: str) -> bool:
        """Whether "between ..." is an object: "costs between $5 and $7"; never "between 1981 and 1983"."""
        if self.low(first) not in {"between", "about", "around", "over", "under"} or voice in ("passive", "adjective"):
            return False
        amount = parse_amount(self.span(first, last).text)
        if base != "be" and is_moment(self.span(first, last).text):  # "check in between 2 p.m. and 8 p.m."
            return False
        old = amount is not None and re.fullmatch(r"old|long|away|apart", amount.rest)
        if base == "be" and amount is not None and (amount.kind in ("money", "measure") or old):
            return True
        return amount is not None and amount.kind in ("money", "time", "measure", "count") and base not in ("", "be")

    def _join_deadline(
        self, target: Text | None, phrases: list[Phrase], voice: str, base: str
    ) -> tuple[Text | None, list[Phrase]]:
        """ "at least 14 days" + "before the trip" are one phrase."""
        if phrases and (phrases[0].lead in ("before", "after", "from", "prior") or phrases[0].whole.text == "in advance"):
            ahead = voice in ("passive", "adjective", "copula") or base in AHEAD_VERBS | MOMENT_VERBS
            amount = parse_amount(target.text) if target and ahead else None
            if target and amount and amount.kind == "time" and not amount.rest:
                whole = self._merge(target, phrases[0].whole)
                return None, [Phrase("deadline", "", whole, whole), *phrases[1:]]
        joined: list[Phrase] = []
        for phrase in phrases:
            if (
                joined
                and joined[-1].kind in ("how_long", "deadline")
                and joined[-1].lead != "for"
                and (phrase.lead in ("before", "after") or phrase.whole.text == "in advance")
            ):
                whole = self._merge(joined[-1].whole, phrase.whole)
                joined[-1] = Phrase("deadline", joined[-1].lead, whole, whole)
            else:
                joined.append(phrase)
        return target, joined

    def _merge(self, one: Text, other: Text) -> Text:
        first = next(i for i, offset in enumerate(self.text.offsets) if offset == one.offsets[0])
        last = next(i for i, offset in enumerate(self.text.offsets) if offset == other.offsets[-1])
        return self.text.cut(first, last + 1)

    def _cut_complement(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where the object and the phrases of a complement begin and end."""
        starts: list[int] = []
        i = start
        if start >= end:
            return []
        while i < end:
            begin = i == start or self._phrase_begins(i, starts[-1])
            if begin:
                starts.append(i)
                bound = BOUNDS.match(self.rest(i)) or LONG_PREPOSITIONS.match(self.rest(i))
                i += len(bound.group().split()) if bound else 1
            else:
                i += 1
        return list(zip(starts, [*starts[1:], end], strict=True))

    def _phrase_begins(self, i: int, opened: int) -> bool:
        low, before = self.low(i), self.low(i - 1)
        if before in DETERMINERS | {"of", "per", "or"} or low in {"of", "per"}:
            return False
        if any(self.low(k) in RELATIVES for k in range(opened, i)):
            return False
        if before == "," and low in PREPOSITIONS and low == self.low(opened):  # "on Mondays, on 24 December and on ..."
            return False
        if low in {"to", "and"} and before[:1].isdigit() and self.low(i + 1)[:1].isdigit():
            return False
        if (
            is_noun(before)
            and before not in PREPOSITIONS
            and low not in DETERMINERS | {"once", "twice"}
            and is_interval(self.rest(i))
        ):
            return low not in FREQUENCY_ADVERBS or i + 1 == len(self.words) or not is_noun(self.low(i + 1))
        if low in {"to", "until"} and is_moment(before) and is_moment(self.low(i + 1)):  # "Tuesday to Sunday"
            return False
        if self.low(opened) in {"from", "between"} and low in {"to", "until", "till"}:
            return False
        if self.low(i + 1) == "," and self.words[i].text[0].isdigit():  # "at Salzgasse 7, five minutes on foot"
            return False
        if self.words[i].text[0].isdigit() and is_noun(before) and before not in PREPOSITIONS and i > opened:
            amount = parse_amount(self.rest(i))
            return amount is not None and amount.kind == "time" and not re.search(r"\d$", before)
        if low in {"each", "every"} | FREQUENCY_ADVERBS:
            return is_interval(self.rest(i)) and (
                low not in FREQUENCY_ADVERBS or not is_noun(self.low(i + 1)) or i + 1 == len(self.words)
            )
        if before in PREPOSITIONS and not BOUNDS.match(self.rest(i)):
            return False
        if low in PLACE_ADVERBS | {"everywhere", "anywhere"} or (
            low in {"instead", "rather"} and self.low(i + 1) in {"of", "than"}
        ):
            return True
        if low in PREPOSITIONS and i == len(self.words) - 1 and before.endswith("ing"):  # "before moving in"
            return False
        if BOUNDS.match(self.rest(i)):
            return before not in PREPOSITIONS | {"of", "and", "or"}
        if low in {"up", "down", "out", "off", "about", "around", "as", "over", "under"} and parse_amount(self.rest(i)):
            return low not in {"about", "around"} and low not in {"up"}
        return low in PREPOSITIONS and before not in {"and", "or"}


def _is_time(text: str) -> bool:
    amount = parse_amount(text)
    return amount is not None and amount.kind == "time"
