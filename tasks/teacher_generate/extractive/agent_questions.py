"""Questions for who or what did something.

    "The body was styled by Ada Berg"        ->  "Who styled the body?"      -> "Ada Berg"
    "Brown tips are caused by dry air"       ->  "What causes brown tips?"   -> "dry air"

Not covered: an agent of whom its words do not tell whether it is somebody.
"""

from collections.abc import Iterator
from dataclasses import replace

from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import inflect, is_person, may_be_person
from tasks.teacher_generate.extractive.phrase_kinds import Phrase
from tasks.teacher_generate.extractive.questions import Questions, clause_is_human, small_wh
from tasks.teacher_generate.extractive.word_lists import (
    CAUSING_VERBS,
)


class AgentQuestions(Questions):
    """Asks by whom."""

    def _ask_agent(self, phrase: Phrase) -> Iterator[Fact]:
        after = [other for other in self.clause.phrases if other.whole.start > phrase.whole.start and not other.fronted]
        # "won by Ida Krol with 8 points"
        named = any(word[:1].isupper() and word[1:].islower() for word in phrase.body.text.split())
        if (
            after
            and not named
            and after[0].lead in ("with", "of", "without", "from", "in")
            and (after[0].kind == "other" or (after[0].kind == "where" and after[0].lead == "in"))
        ):
            whole = self._whole_complement(phrase.body, (after[0],))  # "by employees with a licence"
            if whole is not None:
                rest = tuple(other for other in self.clause.phrases if other is not after[0] and other is not phrase)
                longer = replace(phrase, body=whole)
                clause = replace(self.clause, phrases=(longer, *rest))
                twin = type(self)(clause, self.subject, self.about, self.headings, self.topic, self.stand_ins)
                yield from twin._ask_agent(longer)
                return
        head = phrase.body.text.split(" of ")[-1] if phrase.body.text.startswith(("a ", "an ")) else phrase.body.text
        person = is_person(phrase.body.text) or may_be_person(head)
        wh = "Who" if person else "What"
        if not person and self.clause.base not in CAUSING_VERBS and not clause_is_human(self.clause.base):
            return  # who, or what?
        if clause_is_human(self.clause.base):
            person, wh = True, "Who"
        cores = [self._as_active(wh, phrase, drop=("agent", *self._past_times())), self._as_active(wh, phrase, drop=("agent",))]
        if person:
            cores.append(self._core("By whom", skip=phrase.whole, drop=self._past_times()))
        cores.append(self._core(wh, skip=phrase.whole, strand="by", drop=self._past_times()))
        yield self._fact("agent", phrase.body, cores)

    def _as_active(self, wh: str, phrase: Phrase, drop: tuple[str, ...]) -> Core:
        """ "The car was built by X" asked as "Who built the car?"."""
        clause = self.clause
        aux = clause.auxiliary.lower()
        if aux in ("was", "were"):
            verb = inflect(clause.base, "VBD")
        elif aux in ("is", "are"):
            verb = inflect(clause.base, "VBZ")
        elif aux in ("has", "have", "had"):
            verb = f"{aux} {clause.main.split()[-1]}"
        else:
            verb = f"{aux} {clause.base}"
        adverbs = " ".join(word for word in clause.main.split()[:-1] if word not in ("be", "been", "only"))
        tail = f"{self._rest(phrase.whole, drop)} {clause.condition}"
        text = f"{wh} {adverbs} {verb} {clause.tail} {self.subject} {tail}"
        return self._name_topic(text, small_wh(text))
