"""Yes/no questions, answered by the statement itself, because "yes" and "no" stand in no document.

    "Subletting is not permitted."               ->  "Is subletting permitted?"     -> "Subletting is not permitted"
    "Potted plants are forbidden everywhere."    ->  "Are potted plants allowed?"   -> "Potted plants are forbidden everywhere"
    "Do not open the housing."                   ->  "May I open the housing?"      -> "Do not open the housing"

Only negations and permissions are asked for in this way.

Not covered: yes/no questions about facts that nobody would doubt ("Was the car built in 1981?").
"""

from collections.abc import Iterator

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import inflect, is_person
from tasks.teacher_generate.extractive.questions import Questions, small_wh
from tasks.teacher_generate.extractive.subjects import small_start
from tasks.teacher_generate.extractive.word_lists import FORBIDDING_VERBS, PERMITTING_ADJECTIVES, PERMITTING_VERBS, PRONOUNS

LONGEST_ANSWER = 28
"""Words."""


class PolarQuestions(Questions):
    """Asks whether something is so, or allowed."""

    def _ask_refusal(self) -> Iterator[Fact]:
        """ "Do not open the housing yourself": what should you not open, and may you?"""
        clause, thing = self.clause, self.clause.subject.text
        thing = self.subject if self.subject != small_start(thing) else thing  # "the appliance" by its name
        rest = " ".join(part for part in (clause.tail, self._rest(None)) if part)
        if clause.condition and clause.condition.lower() not in clause.source.text.lower():
            rest = f"{rest} {clause.condition}"
        does = f"{clause.base} {thing} {rest}"
        cores = [
            self._name_topic(f"May I {does}", f"whether I may {does}"),
            self._name_topic(f"Can I {does}", f"whether I can {does}"),
        ]
        yield self._fact("refusal", clause.source, cores)
        if clause.condition:
            return  # "unless", "if": never in all cases
        what = [self._name_topic(f"What should you not {clause.base} {rest}", f"what you should not {clause.base} {rest}")]
        if thing.split()[0].lower() not in PRONOUNS | {"it", "them"}:
            yield self._fact("refused", clause.subject, what)

    def _ask_whether(self) -> Iterator[Fact]:
        """A negation or a permission, answered by the statement."""
        clause = self.clause
        only = "only" in clause.main.lower().split()
        if clause.joined or only or not (clause.negated or self._permits()) or len(clause.source.text.split()) > LONGEST_ANSWER:
            return
        main, rest = clause.main, " ".join(part for part in (clause.tail, self._rest(None)) if part)
        away = clause.condition.lower() not in clause.source.text.lower()
        rest = f"{rest} {clause.condition}" if away else rest  # the answer is not true without it
        cores: list[Core] = []
        if clause.base in FORBIDDING_VERBS and clause.voice == "passive" and not clause.negated:
            bare = self._without_places()
            cores.append(self._whether(clause.auxiliary, "allowed", bare))
            cores.append(self._whether(clause.auxiliary, main, bare))
        elif clause.auxiliary:
            short = self._without_places() if self._permits() and not clause.negated else rest
            if clause.negated and clause.auxiliary.lower() in ("must", "shall", "should"):  # "must not": may one?
                cores += [self._whether("may", main, short), self._whether("can", main, short)]
            else:
                cores.append(self._whether(clause.auxiliary, main, short))
            if clause.auxiliary.lower() == "may":
                cores.append(self._whether("can", main, short))
            if short != rest and not clause.negated:
                cores.append(self._whether(clause.auxiliary, main, rest))
        elif clause.base == "have":
            cores.append(self._whether(self._do(), "have", rest))
        if cores:
            yield self._fact("whether", clause.source, cores)

    def _permits(self) -> bool:
        clause = self.clause
        low = clause.auxiliary.lower()
        if clause.voice == "passive":
            if any(phrase.kind == "agent" for phrase in clause.phrases):
                return False
            if clause.base == "cover" and any(phrase.lead in ("with", "by") for phrase in clause.phrases):
                return False  # with snow
            return clause.base in PERMITTING_VERBS | FORBIDDING_VERBS and low in ("is", "are", "can", "may", "will")
        if clause.voice == "adjective":
            timed = any(phrase.kind == "when" for phrase in clause.phrases)
            return clause.main.split()[-1].lower() in PERMITTING_ADJECTIVES and low in ("is", "are") and not timed
        somebody = is_person(self.subject) or self.subject.lower() in ("you", "we")
        acts = clause.voice == "active" and low in ("may", "can") and clause.object is not None
        acts = acts and clause.base not in ("see", "find", "expect", "enjoy", "hear", "learn", "watch")
        return acts and somebody and clause.object is not None and parse_amount(clause.object.text) is None

    def _without_places(self) -> str:
        """The complement without its phrases: they narrow what the question asks in general."""
        target = self.clause.object.text if self.clause.object is not None else ""
        infinitive = next((phrase.whole.text for phrase in self.clause.phrases if phrase.kind == "infinitive"), "")
        before = " ".join(small_wh(phrase.whole.text) for phrase in self.clause.phrases if phrase.fronted)
        condition = self.clause.condition
        away = condition if condition.lower() not in self.clause.source.text.lower() else ""
        return " ".join(part for part in (self.clause.tail, target, infinitive, before, away) if part)

    def _whether(self, auxiliary: str, main: str, rest: str) -> Core:
        low = auxiliary.lower()
        asked = f"{low.capitalize()} {self.subject} {main} {rest}"
        told = f"whether {self.subject} {low} {main} {rest}"
        if low in ("do", "does", "did"):
            base = self.clause.base
            verb = {"does": inflect(base, "VBZ"), "did": inflect(base, "VBD")}.get(low, base)
            told = f"whether {self.subject} {verb} {rest}"
            asked = f"{low.capitalize()} {self.subject} {base} {rest}"
        if not self.clause.negated and main == self.clause.main:
            told = ""  # "whether dogs are allowed" would give the answer away
        return self._name_topic(asked, told)
