"""Reads a verb group: auxiliary, main verb, voice, and what belongs to it.

    "must be sent"   ->  auxiliary "must", main "be sent", base "send", passive
    "went bankrupt"  ->  main "went", tail "bankrupt"
    "is not open"    ->  auxiliary "is", main "open", adjective; negated

Not covered: where the verb group starts; that is in ``verb_groups``.
"""

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.lexicon import (
    is_adjective,
    is_noun,
    is_participle,
    lemmas,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.sentence_words import BOUNDS, LONG_PREPOSITIONS, Refused, Words
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    AUXILIARIES,
    BE,
    DETERMINERS,
    FLOATING,
    FREQUENCY_ADVERBS,
    HAVE,
    INTRANSITIVE_VERBS,
    LINKING_VERBS,
    MODALS,
    MONTHS,
    NEGATIONS,
    PREPOSITIONS,
    SUBORDINATORS,
    WEEKDAYS,
)


class VerbReading(Words):
    """Reads a verb group: auxiliary, main verb, voice, and what belongs to it."""

    negated = False
    """Whether the verb group that was read last holds a "not"."""

    def _continues_group(self, i: int, shared: tuple[str, str]) -> bool:
        auxiliary, lead = shared
        low, following = self.low(i), self.low(i + 1)
        if verb_base(low) in INTRANSITIVE_VERBS or low in AUXILIARIES:
            return False
        if following and following not in PREPOSITIONS | ADVERBS | FREQUENCY_ADVERBS | {"every", "each", ",", "of"}:
            return False  # an object follows: "was born in Porto and studied law"
        passive = lead.endswith("be ") or auxiliary in BE
        if passive:
            return is_participle(low) and "NOUN" not in lemmas(low)
        return auxiliary in MODALS and "VB" in verb_forms(low) and "NOUN" not in lemmas(low)

    def _read_verb_group(self, verb: int) -> tuple[str, str, str, str, int]:
        """(auxiliary, main, base, voice, end) of the verb group at ``verb``."""
        i = verb
        auxiliary = ""
        parts: list[str] = []
        if self.low(i) in AUXILIARIES:
            auxiliary = self.words[i].text
            i += 1
        if (
            auxiliary.lower() in HAVE | {"need", "needs"}
            and self.low(i) == "to"
            and "VB" in verb_forms(self.low(i + 1)) | {"VB"} - {"VBZ"}
        ):
            auxiliary, i = "must", i + 1
        elif not auxiliary and self.low(i) in {"need", "needs"} and self.low(i + 1) == "to":
            auxiliary, i = "must", i + 2
        lead: list[str] = []
        while self.low(i) in ADVERBS | {"be", "been", "being", "have", "had"} and i < len(self.words):
            if self.low(i) in {"not", "never"} and self.low(i + 1) not in {"only", "just"}:
                self.negated = True
                i += 1
                continue
            if self.low(i) in NEGATIONS:
                raise Refused("negation")
            if self.low(i) in {"only", "just"} and self.low(i + 1) not in {"be"} and not verb_forms(self.low(i + 1)):
                break
            lead.append(self.words[i].text)
            i += 1
        if auxiliary.lower() == "cannot":
            auxiliary, self.negated = "can", True
        if auxiliary.lower() in {"do", "does", "did"} and not self.negated:
            raise Refused("negation")
        kept = [word for word in lead if word.lower() not in FLOATING]
        first = auxiliary.lower()
        low = self.low(i)
        has_be = "be" in [w.lower() for w in kept] or "been" in [w.lower() for w in kept]
        if first in BE or has_be:
            if low and is_participle(low) and not self._heads_noun_phrase(i):
                return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "passive", i + 1
            if (
                low
                and is_adjective(low)
                and low not in {"next", "near", "close", "opposite"}
                and not parse_amount(self.rest(i))
                and not self._heads_noun_phrase(i)
                and self._adjective_ends(i)
            ):
                return auxiliary, " ".join([*kept, self.words[i].text]), "be", "adjective", i + 1
            if "being" in [w.lower() for w in kept] or (low.endswith("ing") and "VBG" in verb_forms(low)):
                return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "active", i + 1
            return auxiliary, " ".join(kept), "be", "copula", i
        if first in HAVE:
            if low and is_participle(low) and not self._heads_noun_phrase(i):
                return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "active", i + 1
            return "", " ".join([auxiliary, *kept]), "have", "active", i
        if first in MODALS | {"do", "does", "did"}:
            if kept and kept[-1] == "have" and not is_participle(low):  # "must have at least 14 characters"
                return auxiliary, " ".join(kept), "have", "active", i
            if "VB" not in verb_forms(low) and not low == "have":
                raise Refused("no_verb_found")
            return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "active", i + 1
        parts = [*kept, self.words[i].text]
        return "", " ".join(parts), verb_base(low) or low, "active", i + 1

    def _heads_noun_phrase(self, i: int) -> bool:
        """Whether the participle or adjective at ``i`` belongs to a noun: "is closed space", "are paid employees"."""
        following = self.low(i + 1)
        if following in WEEKDAYS | MONTHS:
            return False
        if not following or following in PREPOSITIONS | {
            ",",
            ";",
            "and",
            "or",
            "but",
            "every",
            "each",
            "at",
            "than",
            "if",
            "when",
            "only",
        }:
            return False
        if following in DETERMINERS | ADVERBS | FREQUENCY_ADVERBS | SUBORDINATORS | {"to"} or parse_amount(self.rest(i + 1)):
            return False
        return is_noun(self.words[i + 1].text) and "ADJ" in lemmas(self.low(i))

    def _adjective_ends(self, i: int) -> bool:
        following = self.low(i + 1)
        return (
            not following
            or not is_noun(self.words[i + 1].text)
            or following in DETERMINERS | FREQUENCY_ADVERBS | WEEKDAYS | MONTHS
        )

    def _end_of_tail(self, i: int, base: str) -> int:
        """Where a particle or adjective that belongs to the verb ends: "held up by", "went bankrupt in"."""
        low, following = self.low(i), self.low(i + 1)
        bound = BOUNDS.match(self.rest(i)) or LONG_PREPOSITIONS.match(self.rest(i))
        if low in {"up", "out", "off", "down", "away", "back", "together", "apart"} and not bound:
            return i + 1
        if low in {"in", "on", "over", "through"} and following in PREPOSITIONS and following not in {"up", "about", "around"}:
            return i + 1
        if base == "take" and low in {"place", "effect"}:
            return i + 1
        if (
            base in LINKING_VERBS
            and "ADJ" in lemmas(low)
            and (not following or following in PREPOSITIONS | {",", "and", "if", "when"})
        ):
            return i + 1
        return i
