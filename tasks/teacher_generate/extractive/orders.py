"""Orders: "Store the powder below 25 °C" reads as "The powder should be stored below 25 °C".

    "Add the lentils and simmer the soup for 20 minutes."   ->  two orders
    "Do not open the housing."                              ->  an order not to

Not covered: orders whose verb stands in no dictionary ("Descale the machine").
"""

from dataclasses import replace

from tasks.teacher_generate.extractive.clause_parts import Clause
from tasks.teacher_generate.extractive.fronts import Fronts
from tasks.teacher_generate.extractive.lexicon import inflect, lemmas, verb_forms
from tasks.teacher_generate.extractive.sentence_words import Refused
from tasks.teacher_generate.extractive.word_lists import (
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
)


class Orders(Fronts):
    """Reads what a sentence tells its reader to do."""

    def _orders(self, i: int) -> bool:
        """Whether a second order starts at ``i``: "Open the lid, press start and wait"."""
        joint = i + 1 if self.low(i) in {",", "and", "then", "or"} else 0
        while joint and self.low(joint) in {"and", "then", "or"}:
            joint += 1
        following = self.words[joint + 1].text if 0 < joint < len(self.words) - 1 else ""
        verb = joint and "VB" in verb_forms(self.low(joint)) and self.low(joint) not in PREPOSITIONS
        return bool(verb) and (
            not following or following.lower() in DETERMINERS | PREPOSITIONS | PRONOUNS | {"them"} or following[0].isupper()
        )

    def _parse_refusal(self, start: int, verb: int) -> Clause:
        """ "Do not open the housing": an order not to."""
        if "VB" not in verb_forms(self.low(verb)):
            raise Refused("negation")
        order = self._parse_imperative(verb)
        return replace(order, negated=True, source=self.span(start, self._end_of_clause(verb + 1, "active")[0]))

    def _parse_orders(self, start: int) -> list[Clause]:
        """ "Add the lentils and simmer the soup for 20 minutes": two orders."""
        orders: list[Clause] = []
        while start < len(self.words) and len(orders) < 4:
            end, _ = self._end_of_clause(start + 1, "active")
            joint = next((i for i in range(start + 2, end) if self._orders(i)), end)
            try:
                orders.append(self._parse_imperative(start))
            except Refused:
                if not orders and joint >= end:
                    raise
            start = joint
            while self.low(start) in {",", "and", "then", "or", ";"}:
                start += 1
            if (
                start >= len(self.words)
                or "VB" not in verb_forms(self.low(start))
                or self.low(start) in PREPOSITIONS | SUBORDINATORS
            ):
                break
        if not orders:
            raise Refused("no_subject")
        return orders

    def _parse_imperative(self, start: int) -> Clause:
        """ "Store the powder below 25 °C" reads as "The powder should be stored below 25 °C"."""
        verb = self.words[start].text.lower()
        end, _ = self._end_of_clause(start + 1, "active")
        end = next((i for i in range(start + 2, end) if self._orders(i)), end)
        cut = self._start_of_condition(start + 1, end)
        stop = end if cut is None else cut
        condition = " ".join(part for part in ("" if cut is None else self.span(cut, end).text, self.condition) if part)
        target, phrases = self._read_complement(start + 1, stop, verb, "passive")
        if target is None or set(lemmas(target.text.split()[-1])) == {"ADV"}:
            raise Refused("no_subject")
        return Clause(
            target,
            "should",
            f"be {inflect(verb, 'VBN')}",
            "",
            verb,
            "passive",
            None,
            (*phrases, *self.fronted),
            condition,
            self.span(start, end),
            imperative=True,
        )
