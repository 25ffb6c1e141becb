"""Where the verb of a clause stands, and what its verb group is.

Many English words are nouns and verbs ("repairs", "costs"). A word is taken for the verb where its form agrees with the
subject, what stands before it can end a noun phrase, and what follows can only follow a verb.

    "Electrical repairs cost between $600 and $1,000"   ->  "cost", because "repairs" is plural and an amount follows

Not covered: questions, inverted order.
"""

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.lexicon import (
    is_adjective,
    is_noun,
    is_participle,
    is_plural,
    lemmas,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.sentence_words import BOUNDS, LONG_PREPOSITIONS, Refused, Words
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    AUXILIARIES,
    BE,
    COMMON_VERBS,
    DETERMINERS,
    FLOATING,
    FREQUENCY_ADVERBS,
    HAVE,
    INTRANSITIVE_VERBS,
    LINKING_VERBS,
    MODALS,
    NEGATIONS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
)


class VerbGroups(Words):
    """Finds the verb of a clause, and what belongs to it."""

    def _find_verb(self, start: int, stop: int | None = None) -> int | None:
        """The first word of the clause's finite verb group."""
        end = len(self.words) if stop is None else stop
        relative = False
        skip = start
        for i in range(start, end):
            low = self.low(i)
            if i < skip:
                continue
            if low == "," and self.low(i + 1) in {"which", "who", "whose"} and i > start:
                closing = next((k for k in range(i + 1, end) if self.words[k].text == ","), None)
                if closing is None:
                    return None
                skip = closing + 1
                if self._verb_starts(skip):
                    return skip
                continue
            if low in SUBORDINATORS and i > start and low not in ("once", "than", "so", "where"):
                return None
            if low in RELATIVES and i > start and self.low(i - 1) not in (",", "") and low != "that":
                relative = True
                continue
            if low == "that" and i > start and is_noun(self.low(i - 1)) and self._could_be_verb(i + 1, start):
                relative = True
                continue
            if i == start or not self._could_be_verb(i, start):
                continue
            if relative:
                relative = False  # the verb of "who have worked"
                skip = i + 1
                while self.low(skip) in AUXILIARIES | ADVERBS | {"been", "be"} or is_participle(self.low(skip)):
                    skip += 1
                if self.low(skip) in {"up", "over", "out", "in", "off", "on"} and verb_forms(self.low(skip + 1)):
                    skip += 1
                continue
            if self._is_reduced_relative(i, end) or self._is_noun_before_verb(i, end):
                continue
            if self.low(i) in BE | HAVE | MODALS and self._skips_group(i):
                continue
            return i
        return None

    def _skips_group(self, index: int) -> bool:
        """Whether the auxiliary continues a relative clause's own verb group ("who have been")."""
        return index > 0 and self.low(index - 1) in AUXILIARIES

    def _could_be_verb(self, i: int, start: int) -> bool:
        low = self.low(i)
        if low in AUXILIARIES:
            return low != "may" or self.words[i].text == "may"
        if not low.isalpha() or self.words[i].text[0].isupper() or low in PREPOSITIONS | DETERMINERS | ADVERBS | SUBORDINATORS:
            return False
        forms = verb_forms(low)
        if not forms & {"VBZ", "VBD", "VB"}:
            return False
        before, after = self.low(i - 1), self.low(i + 1)
        if after in AUXILIARIES:  # "torsion bars should"
            return False
        if after in ADVERBS and verb_forms(self.low(i + 2)) & {"VB", "VBZ", "VBD"}:  # "yellow leaves usually mean"
            return False
        carried = (
            before in {"over", "up", "out", "off", "in"} and i >= 2 and is_participle(self.low(i - 2))
        )  # "carried over expire"
        appended = before == "," and [self.low(k) for k in range(start, i)].count(",") == 2  # "The hall, the largest, seats"
        if before in DETERMINERS - {"this", "that"} | PREPOSITIONS | {"of", "to", "and", "or", ","} and not (carried or appended):
            return False
        if (before in {"it", "he", "she"} and "VBZ" in forms) or (before in {"they", "we", "you"} and "VB" in forms):
            return True
        nominal = "VB" in verb_forms(before) and i - 1 > start  # "an engine rebuild"
        nominal = nominal or (before == "," and appended)
        if not (is_noun(self.words[i - 1].text if i else "") or before in PRONOUNS | ADVERBS or nominal):
            return False
        other = set(lemmas(low)) & {"NOUN", "ADJ", "ADV"}
        if other and verb_base(low) not in COMMON_VERBS and "VBD" not in forms and after not in DETERMINERS:
            return False  # an article cannot follow a noun: "compares the trees"
        plural = self._head_is_plural(start, i)
        if "VBZ" in forms and plural and before not in PRONOUNS:
            return False
        if forms & {"VB"} and not forms & {"VBZ", "VBD"} and not plural:
            return False
        if other & {"NOUN"}:
            return self._complement_follows(i + 1) or not after
        return True

    def _joined(self, start: int, i: int) -> bool:
        return any(self.low(k) == "and" for k in range(start, i))

    def _head_is_plural(self, start: int, i: int) -> bool:
        """Whether the noun before the first preposition of the subject is plural."""
        head = start
        for k in range(start, i):
            if k > start and self.low(k) in PREPOSITIONS | {"of"} | RELATIVES:
                break
            head = head if self.low(k) in ADVERBS else k
        return (
            self.low(head) in {"they", "we", "you", "i", "these", "those"}
            or is_plural(self.words[head].text)
            or self._joined(start, i)
        )

    def _complement_follows(self, i: int) -> bool:
        """Whether what stands at ``i`` can only follow a verb: an article, a number, a preposition."""
        low = self.low(i)
        if not low:
            return False
        number = parse_amount(self.rest(i)) is not None or self.words[i].text[0].isdigit()
        if "-" in low or low in {"place", "best", "well"}:
            return True
        return (
            low in DETERMINERS | PREPOSITIONS | ADVERBS | FREQUENCY_ADVERBS
            or number
            or low in {"not", "more", "less", "what", "how", "whether", "who", "too"}
            or ("ADJ" in lemmas(low) or is_plural(low) or self.words[i].text[0].isupper())
        )

    def _is_reduced_relative(self, i: int, end: int) -> bool:
        """Whether "submitted" in "Claims submitted late are refused" is at ``i``: an auxiliary follows in the same clause."""
        if not is_participle(self.low(i)) or self.low(i) in AUXILIARIES:
            return False
        for k in range(i + 1, end):
            if self.low(k) in {",", ";", "and", "but", "or"} | SUBORDINATORS | RELATIVES:
                return False
            if self.low(k) in AUXILIARIES:
                return True
        return False

    def _is_noun_before_verb(self, i: int, end: int) -> bool:
        """Whether "repairs" in "Minor repairs up to £75 are borne by ..." is at ``i``: the clause has its verb later."""
        if self.low(i) in AUXILIARIES or "NOUN" not in lemmas(self.low(i)):
            return False
        for k in range(i + 1, end):
            if not self.words[k].text[0].isalnum() and self.words[k].text[0] not in "$€£":
                return False
            if self.low(k) in {"and", "but", "or", "as"} | SUBORDINATORS | RELATIVES:
                return False
            if self.low(k) in BE | MODALS | {"has", "have"} and k > i + 1:
                return not any(verb_forms(self.low(m)) and self.low(m) not in PREPOSITIONS for m in range(i + 1, k))
        return False

    def _verb_starts(self, i: int) -> bool:
        low = self.low(i)
        if low in AUXILIARIES or (low in ADVERBS and self.low(i + 1) in AUXILIARIES):
            return True
        forms = verb_forms(low)
        noun = "NOUN" in lemmas(low)
        return bool(forms & {"VBZ", "VBD"}) and (not noun or (verb_base(low) in COMMON_VERBS and self._complement_follows(i + 1)))

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
        lead: list[str] = []
        while self.low(i) in ADVERBS | {"be", "been", "being", "have", "had"} and i < len(self.words):
            if self.low(i) in NEGATIONS:
                raise Refused("negation")
            if self.low(i) in {"only", "just"} and self.low(i + 1) not in {"be"} and not verb_forms(self.low(i + 1)):
                break
            lead.append(self.words[i].text)
            i += 1
        if auxiliary.lower() in NEGATIONS or auxiliary.lower() in {"do", "does", "did"}:
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
        if first in MODALS:
            if "VB" not in verb_forms(low) and not low == "have":
                raise Refused("no_verb_found")
            return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "active", i + 1
        parts = [*kept, self.words[i].text]
        return "", " ".join(parts), verb_base(low) or low, "active", i + 1

    def _heads_noun_phrase(self, i: int) -> bool:
        """Whether the participle or adjective at ``i`` belongs to a noun: "is closed space", "are paid employees"."""
        following = self.low(i + 1)
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
        return not following or not is_noun(self.words[i + 1].text) or following in DETERMINERS | FREQUENCY_ADVERBS

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
