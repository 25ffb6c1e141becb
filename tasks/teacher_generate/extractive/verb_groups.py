"""Where the verb of a clause stands, and what its verb group is.

Many English words are nouns and verbs ("repairs", "costs"). A word is taken for the verb where its form agrees with the
subject, what stands before it can end a noun phrase, and what follows can only follow a verb.

    "Electrical repairs cost between $600 and $1,000"   ->  "cost", because "repairs" is plural and an amount follows

Not covered: questions, inverted order.
"""

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.lexicon import (
    is_noun,
    is_participle,
    is_plural,
    lemmas,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.verb_reading import VerbReading
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    AUXILIARIES,
    BE,
    COMMON_VERBS,
    DETERMINERS,
    FREQUENCY_ADVERBS,
    HAVE,
    MODALS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
)


class VerbGroups(VerbReading):
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
            named = (
                "VBZ" in forms and i - 1 > start and self.words[i - 1].text[0].isupper()
            )  # "the restaurant Seeblick serves fish"
            return named or self._complement_follows(i + 1) or not after
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
            if self.low(k) in {"how", "what", "whether", "why", "that"}:
                return False
            if self.low(k) in BE | MODALS | {"has", "have"} and k > i + 1 and self.words[k].text != "May":
                return not any(self._is_surely_verb(m) for m in range(i + 1, k))
        return False

    def _is_surely_verb(self, i: int) -> bool:
        return bool(verb_forms(self.low(i))) and self.low(i) not in PREPOSITIONS and "NOUN" not in lemmas(self.low(i))

    def _verb_starts(self, i: int) -> bool:
        low = self.low(i)
        if low in AUXILIARIES or (low in ADVERBS and self.low(i + 1) in AUXILIARIES):
            return True
        forms = verb_forms(low)
        noun = "NOUN" in lemmas(low)
        return bool(forms & {"VBZ", "VBD"}) and (not noun or (verb_base(low) in COMMON_VERBS and self._complement_follows(i + 1)))
