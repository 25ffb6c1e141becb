"""Questions for the phrases of a clause: where, when, how often, how long, how soon, with what.

    "Tyres are checked every month"      ->  "How often are tyres checked?"          -> "every month"
    "The hull is made of larch"          ->  "What is the hull made of?"             -> "larch"

Not covered: phrases that belong to a noun inside the clause.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import is_moment, parse_amount
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import is_noun_only, is_person, singular, verb_forms
from tasks.teacher_generate.extractive.phrase_kinds import Phrase
from tasks.teacher_generate.extractive.questions import Questions
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    CARRYING_VERBS,
    CHANGING_VERBS,
    FINDABLE_VERBS,
    MONTHS,
    PRONOUNS,
    SEASONS,
    STRANDING_PARTICIPLES,
    STRANDING_VERBS,
    TIME_UNITS,
    WEEKDAYS,
)

STRANDED = {"of", "with", "from", "in", "to", "for", "as", "into", "under", "against", "about", "by"}
_EDGE = re.compile(r"the (?:end|start|beginning|middle) of (?:the |each |every )?(\w+)$")
_SPANS = {"term", "tenancy", "lease", "contract", "trip", "season", "war", "period", "course", "lesson", "school", "game", "stay"}
STRANDED_ON = {"base", "build", "mount", "run", "print", "store", "rely", "focus", "depend", "lie"}
"""After these "on" may end a question."""


class PhraseQuestions(Questions):
    """Asks for what a phrase says."""

    def _ask_phrase(self, phrase: Phrase) -> Iterator[Fact]:
        clause = self.clause
        if not phrase.body or (clause.voice == "copula" and clause.object is not None and phrase.kind not in ("how_often",)):
            return
        if clause.voice == "active" and clause.base == "have":
            return
        ask = getattr(self, f"_ask_{phrase.kind}", None)
        if ask is None:
            return
        twin = self._as_reader()
        acted = {fact.pattern.split(".")[1]: fact.cores for fact in getattr(twin, ask.__name__)(phrase)} if twin else {}
        for fact in ask(phrase):
            own = acted.get(fact.pattern.split(".")[1], ())[:1]
            mixed = [*fact.cores[:1], *own, *(_have_to(core) for core in own if "must I " in core.direct), *fact.cores[1:]]
            yield replace(fact, cores=tuple({core.direct: core for core in mixed}.values()))

    def _as_reader(self) -> "PhraseQuestions | None":
        """The clause as its reader does it: "bikes can be left" as "I can leave bikes"; None where somebody else does it."""
        clause = self.clause
        done = clause.voice == "passive" and clause.main.startswith("be ") and not clause.negated and clause.object is None
        if not done or clause.auxiliary.lower() not in ("can", "may", "must", "should") or is_person(self.subject):
            return None
        if any(phrase.kind == "agent" for phrase in clause.phrases) or self.subject.lower().startswith(("you", "we")):
            return None
        adverbs = clause.main.split()[1:-1]
        thing = Text(self.subject, tuple(range(-len(self.subject), 0)))  # it stands nowhere: it is never the answer
        active = replace(clause, voice="active", main=" ".join([*adverbs, clause.base]), object=thing)
        return type(self)(active, "I", self.about, self.headings, self.topic, self.stand_ins)

    def _ask_where(self, phrase: Phrase) -> Iterator[Fact]:
        answer = phrase.body if phrase.lead in ("in", "at") else phrase.whole
        drop = ("agent", *self._past_times())
        if re.search(r"\bor [\w-]+$", phrase.body.text) and phrase is not self.clause.phrases[-1]:
            return  # "from a shop on Mill Street or second-hand from friends": two ways, cut in the middle
        before = [other for other in self.clause.phrases if not other.fronted and other.whole.end < phrase.whole.start]
        if before and before[-1].kind in ("other", "agent") and before[-1].body and not before[-1].body.text[:1].isupper():
            noun = before[-1].whole.end + 2 >= phrase.whole.start and parse_amount(before[-1].body.text) is None
            if noun and before[-1].lead not in ("into", "as"):
                return  # "came from the mills in Hohenau": the mills are there
        places = [other for other in self.clause.phrases if other.kind == "where"]
        if len(places) > 1:  # "in the old granary on the Fischmarkt" is one place
            if phrase is places[0] and places[1].whole.start > phrase.whole.start:
                whole = self._whole_complement(phrase.whole, tuple(places[1:]))
                yield from (
                    [self._fact("where", whole, [self._core("Where", skip=phrase.whole, drop=("agent", "where"))])]
                    if whole
                    else []
                )
            return
        cores = [self._core("Where", skip=phrase.whole, drop=drop), self._core("Where", skip=phrase.whole)]
        clause = self.clause
        if clause.auxiliary.lower() in ("is", "are") and (clause.voice == "copula" or clause.base in FINDABLE_VERBS):
            cores.insert(1, self._plain(f"Where can I find {self.subject}", f"where I can find {self.subject}"))
        elif phrase.lead in ("in", "at"):
            cores.append(self._core("In which place", skip=phrase.whole, drop=drop))
        yield self._fact("where", answer, cores)

    def _ask_when(self, phrase: Phrase) -> Iterator[Fact]:
        if not is_moment(phrase.body.text):
            return
        body = phrase.body.text
        found = _EDGE.match(body) if phrase.lead == "at" else None
        if found and not (found.group(1).isdigit() or singular(found.group(1)) in TIME_UNITS | MONTHS | SEASONS | _SPANS):
            return  # "at the end of the street"
        if self.clause.condition.startswith("when ") or self._tells_when_of_another(phrase):
            return
        if phrase.lead in ("since", "until", "till"):
            cores = [self._core(f"{phrase.lead.capitalize()} when", skip=phrase.whole)]
            yield self._fact("when", phrase.body, cores)
            return
        if phrase.lead == "from" and not re.search(r"\b(?:to|until|till)\b", body):
            wh = ("From when", "From what time") if re.search(r"\d", body) and not re.search(r"\d{4}", body) else ("From when",)
            yield self._fact("when", phrase.body, [self._core(word, skip=phrase.whole) for word in wh])
            return
        answer = phrase.body if phrase.lead in ("in", "on", "at") else phrase.whole
        drop = ("agent", "where") if self.past else ("agent",)
        cores = [self._core("When", skip=phrase.whole, drop=drop), self._core("When", skip=phrase.whole)]
        if re.fullmatch(r"1\d{3}|20\d\d", body) and phrase.lead == "in":
            cores.append(self._core("In which year", skip=phrase.whole, drop=drop))
            cores.append(self._core("In what year", skip=phrase.whole, drop=drop))
        elif {word.strip(",.").lower() for word in body.split()} & WEEKDAYS and phrase.lead == "on":
            cores = [self._core("On which days", skip=phrase.whole)] + cores[:1] * (len(self._times()) == 1)
        elif re.search(r"\d", body) and phrase.lead == "at" and not {w.lower() for w in body.split()} & MONTHS:
            cores.append(self._core("At what time", skip=phrase.whole, drop=drop))
        yield self._fact("when", answer, cores)

    def _tells_when_of_another(self, phrase: Phrase) -> bool:
        """Whether a time may belong to an infinitive before it: "decided to take the town before the rains"."""
        before = [other for other in self.clause.phrases if not other.fronted and other.whole.start < phrase.whole.start]
        return not phrase.fronted and any(other.kind == "infinitive" for other in before)

    def _times(self) -> list[Phrase]:
        return [phrase for phrase in self.clause.phrases if phrase.kind == "when"]

    def _may_strand(self, phrase: Phrase) -> bool:
        """Whether a question may end with this verb's preposition: "What is it made of?"."""
        clause = self.clause
        base = clause.main.split()[-1].lower() if clause.voice == "adjective" else clause.base
        known = STRANDING_VERBS if clause.voice == "active" else STRANDING_VERBS | STRANDING_PARTICIPLES
        told = phrase.lead == "to" and len(phrase.body.text.split()) == 1 and "VB" in verb_forms(phrase.body.text)
        return (base, phrase.lead) in known and (not told or is_noun_only(phrase.body.text))  # no "is expected to finish"

    def _ask_how_often(self, phrase: Phrase) -> Iterator[Fact]:
        if self.clause.object is not None and self.clause.voice == "active" and parse_amount(self.clause.object.text):
            return  # "receives 28 days each year" is a rate
        cores = [self._core("How often", skip=phrase.whole, drop=("agent",)), self._core("How often", skip=phrase.whole)]
        words = {word.lower() for word in phrase.whole.text.split()}
        if (words & WEEKDAYS or phrase.whole.text.lower() == "every day") and not self._times():
            cores.append(self._core("On which days", skip=phrase.whole))
        yield self._fact("how_often", phrase.whole, cores)

    def _ask_how_long(self, phrase: Phrase) -> Iterator[Fact]:
        if self.clause.condition.startswith(("before ", "after ")):
            return  # "at least eight weeks before the leave begins" says when
        if self.clause.base in CHANGING_VERBS:
            return  # "double the delay up to 30 seconds": a limit
        answer = phrase.body if phrase.lead == "for" else phrase.whole
        cores = [self._core("How long", skip=phrase.whole), self._core("For how long", skip=phrase.whole)]
        yield self._fact("how_long", answer, cores)

    def _ask_deadline(self, phrase: Phrase) -> Iterator[Fact]:
        cores = [self._core("How soon", skip=phrase.whole), self._core("When", skip=phrase.whole)]
        if phrase.lead == "after":
            cores = cores[1:]
        elif phrase.lead != "within":
            cores = cores[1:] + [self._core("How early", skip=phrase.whole)] * ("before" in phrase.whole.text)
        yield self._fact("deadline", phrase.whole, cores)

    def _ask_infinitive(self, phrase: Phrase) -> Iterator[Fact]:
        """ "The pump is used to empty the bilge": what is it used for?"""
        clause = self.clause
        last = phrase is clause.phrases[-1] or phrase.whole.start == max(other.whole.start for other in clause.phrases)
        if clause.voice != "passive" or clause.base != "use" or not last or clause.condition or clause.imperative:
            return
        if 3 <= len(phrase.whole.text.split()) <= 14:
            drop = ("agent",)
            yield self._fact("purpose", phrase.whole, [self._core("What", skip=phrase.whole, drop=drop, strand="for")])

    def _ask_how(self, phrase: Phrase) -> Iterator[Fact]:
        yield self._fact("how", phrase.whole, [self._core("How", skip=phrase.whole)])

    def _ask_change(self, phrase: Phrase) -> Iterator[Fact]:
        """ "is raised from 2 GB to 4 GB": to what, and from what?"""
        parts = re.fullmatch(r"(?P<old>.+?) to (?P<new>.+)", phrase.body.text)
        if parts and len(self.clause.phrases) == 1:
            old, new = (phrase.body.cut(*parts.span(name)) for name in ("old", "new"))
            yield self._fact("changed_to", new, [self._core("What", skip=phrase.whole, strand="to")])
            yield self._fact("changed_from", old, [self._core("What", skip=phrase.whole, strand="from")])

    def _ask_other(self, phrase: Phrase) -> Iterator[Fact]:
        clause = self.clause
        if phrase.lead == "from" and " to " in phrase.body.text and clause.base in CHANGING_VERBS:
            yield from self._ask_change(phrase)
            return
        if clause.voice == "adjective" and clause.main.split()[-1].lower() == "free":
            return
        price = parse_amount(phrase.body.text)
        if phrase.lead == "for" and price and price.kind == "money" and not price.rest and clause.base not in ("cost", "charge"):
            yield self._fact("price", phrase.body, [self._core("For how much", skip=phrase.whole)])
            return
        if (
            clause.base in ("reach", "contact", "call")
            and clause.voice == "passive"
            and phrase.lead in ("at", "by", "via", "under", "through", "on")
        ):
            yield self._fact("how", phrase.whole, [self._core("How", skip=phrase.whole)])
            return
        if (phrase.lead not in STRANDED and not (phrase.lead == "on" and clause.base in STRANDED_ON)) or (
            clause.voice == "active" and clause.object is not None
        ):
            return
        asked = [other for other in clause.phrases if other.kind != "fixed"]
        if (
            not asked
            or asked[0] is not phrase
            or clause.object is not None
            or (clause.base in ("be",) and clause.voice == "copula")
        ):
            return
        amount = parse_amount(phrase.body.text)
        if amount and re.search(r"°|degrees", phrase.body.text) and phrase.lead == "at":
            yield self._fact("temperature", phrase.body, [self._core("At what temperature", skip=phrase.whole)])
            return
        if (
            phrase.body.text.split()[0].lower() in PRONOUNS
            or clause.imperative
            or (amount and phrase.lead in ("from", "for", "at"))
        ):
            return
        if amount and phrase.lead == "in":
            if amount.kind == "count" and not amount.rest and len(clause.phrases) == 1:
                core = self._core(f"How many {amount.unit}", skip=phrase.whole, strand="in")
                yield self._fact("count", phrase.body.cut(0, len(amount.number)), [core])
            return
        if amount and not re.search(r"\bof\b", amount.rest) and amount.kind == "time":
            return
        person = (
            is_person(phrase.body.text) and clause.base != "belong" and phrase.lead in ("to", "for", "from", "with", "by", "on")
        )
        wh = "Who" if person else "What"
        if (
            phrase.lead == "to"
            and not person
            and clause.base in CARRYING_VERBS
            and phrase.body.text.lower().startswith(("the ", "a "))
        ):
            wh = "Where"
        if clause.base in ("come", "originate") or (clause.base in ("travel", "move", "flow") and phrase.body.text[:1].isupper()):
            wh = "Where"
        given = wh == "Who" and phrase.lead == "to"  # "Who are the cards issued to?"
        if wh != "Where" and not given and not self._may_strand(phrase):
            return
        later = tuple(asked[1:])
        if later and any(other.kind not in ("other", "when", "how_often") for other in later):
            return
        body = phrase.body
        if later and all(other.kind == "other" and not other.fronted for other in later):
            body = self._whole_complement(phrase.body, later) or body
        drop = tuple({other.kind for other in later}) if body is not phrase.body else ()
        if len(body.text.split()) > 12:
            return
        core = self._core(wh, skip=phrase.whole, drop=drop, extra=phrase.lead if later and body is phrase.body else "",
                          strand="" if later and body is phrase.body else phrase.lead)  # fmt: skip
        yield self._fact(phrase.lead, body, [core])


def _have_to(core: Core) -> Core:
    return Core(core.direct.replace("must I ", "do I have to "), core.indirect.replace("I must ", "I have to "), core.reserved)
