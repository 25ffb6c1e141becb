"""Clause -> facts: each part of a statement that can be the answer to a natural question.

    "Warranty claims must be sent within 30 days of the repair."
      -> "How soon must warranty claims be sent?" -> "within 30 days of the repair"

One function per kind of part; each knows its question word, its answer and the wordings that suit it. A part that cannot be
asked well yields nothing, and a clause without any part to ask is refused.

Not covered: questions over several statements.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from tasks.teacher_generate.extractive.agent_questions import AgentQuestions
from tasks.teacher_generate.extractive.amounts import Amount, parse_amount
from tasks.teacher_generate.extractive.clause_questions import ClauseQuestions
from tasks.teacher_generate.extractive.definition_questions import DefinitionQuestions
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import inflect, is_person, is_plural, lemmas, verb_forms
from tasks.teacher_generate.extractive.object_questions import ObjectQuestions
from tasks.teacher_generate.extractive.phrase_questions import PhraseQuestions
from tasks.teacher_generate.extractive.questions import drop_bound, small_wh
from tasks.teacher_generate.extractive.subjects import small_start
from tasks.teacher_generate.extractive.texts import Text

_TWO_OBJECTS = {"call", "name", "title", "entitle", "charge", "pay", "give", "offer", "award", "grant", "allow", "send", "teach"}


class Asker(ObjectQuestions, DefinitionQuestions, AgentQuestions, PhraseQuestions, ClauseQuestions):
    """Asks for every part of one clause."""

    def facts(self) -> list[Fact]:
        """All facts of the clause that can be asked, at most one for each part."""
        clause = self.clause
        found: list[Fact] = []
        if clause.voice == "existential":
            return list(self._ask_existential())
        amount = parse_amount(clause.subject.text)
        if amount and clause.imperative and not clause.negated:
            return list(self._ask_order())
        counted = amount is not None and amount.kind in ("count", "time", "measure") and not clause.negated
        if amount and counted and amount.number.lower() not in ("one", "1"):
            return list(self._ask_counted_subject(amount))
        if any(
            not phrase.body and phrase.lead not in ("up", "out", "off", "down") for phrase in clause.phrases
        ):  # "until 5 p.m. the day before"
            return []
        if self._has_foreign_pronoun():
            return []
        if clause.negated and clause.imperative:
            return [*self._ask_refusal(), *self._ask_why()]
        if clause.negated:
            return [*self._ask_whether(), *self._ask_why()]
        if clause.voice == "copula":
            found += self._ask_copula()
        elif clause.object is not None and clause.voice == "active":
            found += self._ask_object(clause.object)
        elif (
            clause.object is not None
            and clause.voice == "passive"
            and clause.base in _TWO_OBJECTS
            and not set(lemmas(clause.object.text.split()[-1])) & {"ADV"}
        ):
            found.append(self._fact("object", clause.object, [self._core("What", skip=clause.object)]))
        for phrase in clause.phrases:
            found += self._ask_phrase(phrase)
        found += self._ask_subject()
        found += self._ask_order() if clause.imperative and not found else []
        found += self._ask_whether()
        found += self._ask_why()
        found += self._ask_when_so()
        found += self._ask_apposition()
        found = found or list(self._ask_what_does())
        found += self._ask_likeness(bool(found))
        found = found or list(self._ask_rule())
        return [_may_as_can(fact) for fact in found if not self._points_away(fact.answer.text)]

    def _points_away(self, answer: str) -> bool:
        """Whether an answer has a pronoun whose name only the question could give."""
        return any(word.lower() in self.stand_ins for word in re.findall(r"[A-Za-z]+", answer))

    def _ask_counted_subject(self, amount: Amount) -> Iterator[Fact]:
        clause = self.clause
        verb = " ".join(part for part in (clause.auxiliary.lower(), clause.main, clause.tail) if part)
        text = f"How many {amount.unit} {amount.rest} {verb} {self._rest(None)} {clause.condition}"
        core = self._name_topic(text, small_wh(text))
        size = len(amount.number) if amount.kind == "count" else len(amount.text)
        yield self._fact("count", drop_bound(clause.subject.cut(0, size)), [core])

    def _ask_subject(self) -> Iterator[Fact]:
        """ "The finance team approves expenses above $500": who does?"""
        clause = self.clause
        literal = clause.subject.text
        if clause.voice not in ("active", "adjective") or (clause.base in ("have", "be") and clause.voice == "active"):
            return
        words = literal.split()
        if small_start(literal) != self.subject or not is_person(literal) or (self.about and len(words) < 2):
            return
        if not self.about and literal.lower() in self.topic.lower():
            return
        if clause.voice == "adjective" and not any(phrase.lead in ("for",) for phrase in clause.phrases):
            return
        if len(words) < 2 or not (clause.object or clause.voice == "adjective") or len(self._rest(None).split()) < 2:
            return
        if words[0].lower() in ("a", "an") or (is_plural(self.subject) and re.search(r" and (?!the |a )", self._rest(None))):
            return  # anybody's "a technician"; "run for a year and renew" would not agree
        aux = {"are": "is", "were": "was", "have": "has"}.get(clause.auxiliary.lower(), clause.auxiliary.lower())
        main = clause.main
        if not aux and "VBZ" not in verb_forms(main.split()[-1]) and not self.past:
            main = " ".join([*main.split()[:-1], inflect(clause.base, "VBZ")])
        text = f"Who {aux} {main} {clause.tail} {self._rest(None)} {clause.condition}"
        yield self._fact("subject", clause.subject, [self._name_topic(text, small_wh(text))])

    def _ask_existential(self) -> Iterator[Fact]:
        whole = self.clause.object
        if whole and (match := re.match(r"no |an? |any |some ", whole.text)) and len(self.clause.source.text.split()) <= 20:
            be, thing = self.clause.auxiliary.lower(), whole.text[match.end() :]
            article = match.group().strip() if match.group() in ("a ", "an ") else "any"
            article = article if article != "any" or is_plural(self._head(thing)) else ("an" if thing[:1] in "aeiou" else "a")
            rest = f"{article} {thing} {self._rest(whole)}"
            core = self._name_topic(f"{be.capitalize()} there {rest}", f"whether there {be} {rest}")
            yield self._fact("whether", self.clause.source, [core])
        for target in self._split_list(whole) if whole else []:
            amount = parse_amount(target.text)
            if amount is not None and amount.kind == "count":
                yield self._ask_existing(target, amount, whole)

    @staticmethod
    def _split_list(whole: Text) -> list[Text]:
        """ "84 desks, 6 rooms and 2 booths" as three; anything else as it is."""
        cuts = [
            (0, 0),
            *((m.start(), m.end()) for m in re.finditer(r",\s+(?:and\s+)?|\s+and\s+", whole.text)),
            (len(whole.text),) * 2,
        ]
        parts = [whole.cut(one[1], other[0]) for one, other in pairwise(cuts)]
        amounts = [parse_amount(part.text) for part in parts]
        return parts if all(amount is not None and amount.kind == "count" for amount in amounts) else [whole]

    def _ask_existing(self, target: Text, amount: Amount, whole: Text | None) -> Fact:
        clause = self.clause
        be, rest = clause.auxiliary.lower(), f"{amount.rest} {self._rest(whole)}"
        be = {"is": "are", "was": "were"}.get(be, be)
        unit = self._counted(amount, "")
        core = self._name_topic(f"How many {unit} {be} there {rest}", f"how many {unit} there {be} {rest}")
        return self._fact("count", target.cut(0, len(amount.number)), [core])


def _may_as_can(fact: Fact) -> Fact:
    """The fact with "can" for "may" once more: people ask what they can do."""
    core = next((core for core in fact.cores if re.search(r"\bmay\b", core.direct)), None)
    if core is None:
        return fact
    can = Core(re.sub(r"\bmay\b", "can", core.direct), re.sub(r"\bmay\b", "can", core.indirect))
    cores = (*fact.cores[:2], can, *fact.cores[2:])
    return replace(fact, cores=tuple({one.direct: one for one in cores}.values()))
