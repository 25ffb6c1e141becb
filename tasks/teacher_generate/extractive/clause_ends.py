"""Finds where a clause ends, and where its condition starts.

    "open at 8:20 and lessons start at 8:40"   ->  ends before "and", the next one starts at "lessons"
    "costs 5 euros if it rains"                ->  the condition starts at "if"

Not covered: clauses that are joined by a comma alone, but for "adults pay 7 euros, children pay 4 euros".
"""

from tasks.teacher_generate.extractive.amounts import is_moment, parse_amount
from tasks.teacher_generate.extractive.lexicon import (
    is_participle,
    is_plural,
    lemmas,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.verb_groups import VerbGroups
from tasks.teacher_generate.extractive.word_lists import (
    AUXILIARIES,
    COMMON_VERBS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
)


class ClauseEnds(VerbGroups):
    """Finds where a clause ends, and where its condition starts."""

    def _end_of_clause(self, start: int, voice: str) -> tuple[int, int]:
        """(where the clause ends, where the next one starts)."""
        total = len(self.words)
        for i in range(start, total):
            low, following = self.low(i), self.low(i + 1)
            if low in {";", "—", "–", ":"}:
                return i, i + 1 if low == ";" else total
            if low == ",":
                if following in {"and", "but"} and i + 2 < total:
                    if self._verb_starts(i + 2) or self._find_clause(i + 2):
                        return i, i + 2
                    if following == "but":
                        return i, total
                    continue
                if following in {"which", "who"}:
                    return i, i + 1
                if following == "when" and is_moment(self.low(i - 1)):  # "on Wednesdays, when ..."
                    return i, total
                if following in SUBORDINATORS | {"where"}:
                    if following in {"if", "when", "unless", "once", "whenever", "provided", "except"}:
                        continue
                    return i, total
                if is_plural(following) and following.islower() and self.words[i + 1].text.islower() and self._find_clause(i + 1):
                    return i, i + 1  # "adults pay 7 euros, children between 4 and 14 pay 4 euros"
                if self._tells_on(i):  # "closed the foundry, dismissed half of the staff and ..."
                    return i, i + 1
                if self._breaks_off(i):
                    return i, total
            if low == "and" and i > start + 2 and self._has_amounts_around(start, i):
                return i, i + 1
            if low in {"and", "but"} and (i > start or self.words[min(i + 1, total - 1)].text[0].isupper()) and i + 1 < total:
                if self._verb_starts(i + 1) or (
                    voice == "passive" and is_participle(following) and "NOUN" not in lemmas(following)
                ):
                    return i, i + 1
                if i > start and (self._other_tells(i + 1) or self._tells_amount(i + 1)):
                    return i, i + 1
                opens = following in {"it", "they", "he", "she", "the", "a", "an", "each", "every"}
                if (opens or (i == start and self.words[i + 1].text[0].isupper())) and self._find_clause(i + 1):
                    return i, i + 1
                if "VB" in verb_forms(following) and self.low(i + 2) in DETERMINERS - {"each", "every"} and i > start:
                    return i, i + 1  # "shall return all keys and leave the flat"
            if low == "so" and following == "that":
                return i, total
            if low in {"because", "although", "though", "whereas"} or (low in {"while", "so"} and i > start):
                return i, total
        return total, total

    def _other_tells(self, i: int) -> bool:
        """Whether a noun without article begins a clause at ``i``: "open at 8:20 and lessons start at 8:40"."""
        noun, verb = self.low(i), self.low(i + 1)
        if "NOUN" not in lemmas(noun) or not self._complement_follows(i + 2) or verb in PREPOSITIONS:
            return False
        return verb in AUXILIARIES or bool(verb_forms(verb) & ({"VB"} if is_plural(noun) else {"VBZ"}))

    def _tells_amount(self, i: int) -> bool:
        """Whether a second verb begins at ``i``: "take place on Saturdays and last about 75 minutes"."""
        low = self.low(i)
        return "VB" in verb_forms(low) and verb_base(low) in COMMON_VERBS and parse_amount(self.rest(i + 1)) is not None

    def _has_amounts_around(self, start: int, joint: int) -> bool:
        """Whether "two days for X and three days for Y" is joined at ``joint``."""
        first, second = parse_amount(self.rest(start)), parse_amount(self.rest(joint + 1))
        if (
            first is None
            or second is None
            or first.kind != second.kind
            or first.kind not in ("time", "money", "count", "measure")
        ):
            return False
        between = [self.low(k) for k in range(start, joint)]
        return (
            any(low in PREPOSITIONS - {"between"} for low in between)
            and "between" not in between
            and len(first.text.split()) < len(between)
        )

    def _find_clause(self, start: int) -> bool:
        stop = next((k for k in range(start, len(self.words)) if self.words[k].text in ",;"), len(self.words))
        verb = self._find_verb(start, stop)
        return (
            verb is not None
            and verb - start <= 8
            and (self.low(start) in DETERMINERS | PRONOUNS or self._complement_follows(verb + 1))
        )

    def _breaks_off(self, comma: int) -> bool:
        """Whether the comma at ``comma`` starts an afterthought instead of going on with a list or a place."""
        following = self.words[comma + 1].text if comma + 1 < len(self.words) else ""
        if following.lower().endswith("ing") and "VBG" in verb_forms(following):
            return True
        if following[:1].isdigit() and self._is_distance(comma + 1):
            return True
        if following[:1].isupper() or following[:1].isdigit():
            return False
        return not any(self.low(k) in {"and", "or"} for k in range(comma + 1, min(len(self.words), comma + 14)))

    def _is_distance(self, i: int) -> bool:
        """Whether "4 km from the village" is at ``i``: it adds to the place before, and is no part of its name."""
        amount = parse_amount(self.rest(i))
        return (
            amount is not None
            and amount.kind in ("measure", "time")
            and bool(amount.rest)
            and amount.rest.split()[0] in PREPOSITIONS
        )

    def _tells_on(self, comma: int) -> bool:
        """Whether the comma joins a second verb of the same subject to the first; a third follows after "and"."""
        low, following = self.low(comma + 1), self.low(comma + 2)
        verb = bool(verb_forms(low) & {"VBD", "VBZ"}) and not set(lemmas(low)) & {"NOUN", "ADJ"}
        later = [
            k for k in range(comma + 2, len(self.words)) if self.low(k - 1) == "and" and verb_forms(self.low(k)) & {"VBD", "VBZ"}
        ]
        return verb and bool(later) and following not in PREPOSITIONS

    def _start_of_condition(self, start: int, end: int) -> int | None:
        for i in range(start, end):
            if self.low(i) in {"if", "when", "unless", "whenever", "provided", "except"}:
                return i
            rated = self.low(i + 1) in {
                "a",
                "an",
                "per",
                "every",
                "each",
                "in",
                "daily",
                "weekly",
                "monthly",
                "yearly",
                "and",
                "or",
                "",
            }
            if self.low(i) == "once" and not rated:
                return i
            if self.low(i) in {"before", "after", "until", "since"} and self._find_verb(i + 1, end) is not None:
                return i
            if self.low(i) == "while" or (self.low(i) == "as" and self.low(i + 1) == "long"):
                return i
        return None
