"""Clause -> facts: each part of a statement that can be the answer to a natural question.

    "Warranty claims must be sent within 30 days of the repair."
      -> "How soon must warranty claims be sent?" -> "within 30 days of the repair"

One function per kind of part; each knows its question word, its answer and the wordings that suit it. A part that cannot be asked
well yields nothing, and a clause without any part to ask is refused.

Not covered: yes/no questions, "why", and questions over several statements.
"""

import re
from collections.abc import Iterator

from tasks.teacher_generate.extractive.amounts import Amount, is_moment, parse_amount
from tasks.teacher_generate.extractive.clauses import Clause, Phrase
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import (
    DETERMINERS,
    HUMAN_ACTS,
    MONTHS,
    PREPOSITIONS,
    PRONOUNS,
    STRANDING_VERBS,
    WEEKDAYS,
    inflect,
    is_noun,
    is_participle,
    is_person,
    is_plural,
    lemmas,
    verb_forms,
)
from tasks.teacher_generate.extractive.passages import Text
from tasks.teacher_generate.extractive.subjects import small_start

STRANDED = {"of", "with", "from", "in", "on", "to", "for", "as", "into", "under", "through", "against", "about", "by", "at"}
_PAST = {"was", "were", "had"}
_POINTERS = {"it", "its", "they", "them", "their", "he", "him", "his", "she", "her", "this", "these", "those", "here", "above", "below"}
_POINTERS -= {"above", "below"}  # prepositions, mostly
_TWO_OBJECTS = {"call", "name", "title", "entitle", "charge", "pay", "give", "offer", "award", "grant", "allow", "send", "teach"}
_TWO_PLACES = {
    "add", "send", "give", "apply", "attach", "connect", "move", "return", "submit", "inform", "mix", "combine", "compare", "replace",
    "provide", "supply", "fill", "equip", "charge", "pay", "put", "place", "bring", "take", "carry", "offer", "report", "grant", "use",
    "transfer", "deliver", "sell", "lend", "assign", "award", "hand", "forward", "award", "show", "present", "pass", "check",
}  # fmt: skip
_ACTS_ON_OTHERS = {"let", "help", "make", "allow", "enable", "permit", "see", "hear", "mean", "suggest", "think", "believe"}


class Asker:
    """Asks for the parts of one clause.

    Args:
        subject: How the clause's subject is named in questions.
        about: What the document is about, where the subject does not say it; "" where it need not be said.
        topic: What the document is about: it is not asked for.
    """

    def __init__(self, clause: Clause, subject: str, about: str, headings: tuple[str, ...], topic: str = "") -> None:
        self.clause, self.subject, self.about, self.headings, self.topic = clause, subject, about, headings, topic
        first = clause.main.split()[-1:] or [""]
        forms = verb_forms(first[0])  # "cost" and "cut" may be past or present: rules and prices are present
        alike = "VB" in forms and (is_plural(self._head(subject)) or is_plural(self._head(clause.subject.text)))
        self.past = clause.auxiliary.lower() in _PAST or (not clause.auxiliary and "VBD" in forms and not alike)

    @staticmethod
    def _head(phrase: str) -> str:
        words = phrase.split()
        return next((words[i - 1] for i in range(1, len(words)) if words[i].lower() in PREPOSITIONS | {"of"}), words[-1])

    def facts(self) -> list[Fact]:
        """All facts of the clause that can be asked, at most one for each part."""
        clause = self.clause
        found: list[Fact] = []
        if clause.voice == "existential":
            return list(self._ask_existential())
        amount = parse_amount(clause.subject.text)
        if amount and amount.kind in ("count", "time", "measure") and amount.number.lower() not in ("one", "1"):
            return list(self._ask_counted_subject(amount))
        if self._has_foreign_pronoun():
            return []
        if clause.voice == "copula":
            found += self._ask_copula()
        elif clause.object is not None and clause.voice == "active":
            found += self._ask_object(clause.object)
        elif clause.object is not None and clause.voice == "passive" and clause.base in _TWO_OBJECTS:
            found.append(self._fact("object", clause.object, [self._core("What", skip=clause.object)]))
        for phrase in clause.phrases:
            found += self._ask_phrase(phrase)
        found += self._ask_subject()
        return found

    def _has_foreign_pronoun(self) -> bool:
        """Whether the rest of the sentence speaks of something that the question would not name ("under her leadership")."""
        parts = [self.clause.object, *(phrase.whole for phrase in self.clause.phrases)]
        said = " ".join([*(part.text for part in parts if part is not None), self.clause.condition])
        found = {word.lower() for word in re.findall(r"[A-Za-z]+", said)} & _POINTERS
        if re.search(r"\b(?:after|before|by|from|until|than|like) that$|\bthat\s*$", said):
            return True
        plural = is_plural(self.subject.split(" of ")[0].split()[-1])
        if plural and is_person(self.subject) or self.clause.auxiliary.lower() in ("are", "were") and plural:
            found -= {"their", "them", "they"}
        if is_person(self.subject) and not plural:
            found -= {"his", "her", "their", "he", "she", "they"}
        return bool(found)

    # -- building ------------------------------------------------------------------------------------------------------

    def _fact(self, pattern: str, answer: Text, cores: list[Core]) -> Fact:
        unique = list({core.direct: core for core in cores}.values())
        return Fact(f"{self.clause.voice}.{pattern}", answer, tuple(unique), self.clause.source.text, self.headings)

    def _rest(self, skip: Text | None, drop: tuple[str, ...] = ()) -> str:
        """What stands after the verb in a question that asks for ``skip``."""
        parts = [self.clause.object, *(phrase.whole for phrase in self.clause.phrases if phrase.kind not in drop)]
        fronted = {phrase.whole.start for phrase in self.clause.phrases if phrase.fronted}
        kept = [
            small_wh(part.text) if part.start in fronted else part.text
            for part in parts
            if part is not None and part is not skip and (skip is None or part.start != skip.start)
        ]
        return " ".join(kept).strip()

    def _core(
        self, wh: str, skip: Text | None = None, drop: tuple[str, ...] = (), extra: str = "", strand: str = "", reserved: bool = False
    ) -> Core:
        """ "How often" -> "How often should the car be washed?" and "how often the car should be washed"."""
        clause, subject = self.clause, self.subject
        rest = " ".join(part for part in (extra, self._rest(skip, drop), strand, clause.condition) if part)
        words = clause.main.split()
        if clause.auxiliary:
            asked = f"{wh} {clause.auxiliary.lower()} {subject} {clause.main} {clause.tail} {rest}"
            told = f"{small_wh(wh)} {subject} {clause.auxiliary.lower()} {clause.main} {clause.tail} {rest}"
        else:
            base = "have" if clause.base == "have" else clause.base
            adverbs = " ".join(words[:-1]) if clause.base != "have" else ""
            asked = f"{wh} {self._do()} {subject} {adverbs} {base} {clause.tail} {rest}"
            told = f"{small_wh(wh)} {subject} {clause.main} {clause.tail} {rest}"
        return self._name_topic(asked, told, bool(strand) and not clause.condition, reserved)

    def _name_topic(self, asked: str, told: str, stranded: bool, reserved: bool) -> Core:
        asked, told = tidy(asked), tidy(told)
        if self.about:
            if stranded or self.clause.condition or self.clause.base not in ("cost", "change", "replace", "check", "inspect"):
                asked = f"For {self.about}, {small_wh(asked)}"
                told = f"{told} (for {self.about})" if stranded else f"{told} for {self.about}"
            else:
                asked, told = f"{asked} for {self.about}", f"{told} for {self.about}"
        return Core(f"{asked}?", told, reserved)

    def _plain(self, asked: str, told: str, reserved: bool = False) -> Core:
        """A question that is not built from the clause's own verb."""
        return self._name_topic(f"{asked} {self.clause.condition}", f"{told} {self.clause.condition}", False, reserved)

    def _do(self) -> str:
        if self.past:
            return "did"
        first = self.clause.main.split()[-1] if self.clause.base != "have" else self.clause.main.split()[0]
        return "does" if first == "has" or "VBZ" in verb_forms(first) else "do"

    # -- objects -------------------------------------------------------------------------------------------------------

    def _ask_object(self, target: Text) -> Iterator[Fact]:
        clause = self.clause
        first = target.text.split()[0].lower()
        if first in PRONOUNS - {"one"} | {"them", "him", "us", "itself", "themselves"} or first == "that":
            return
        if clause.base in _ACTS_ON_OTHERS or target.text.split()[-1].lower() in ("there", "here"):
            return
        amount = parse_amount(target.text)
        if amount and re.search(r",| and ", amount.rest):  # "500 g of flour, 350 ml of water and ..."
            amount = None
        elif amount:
            yield from self._ask_amount(target, amount)
            return
        if clause.base == "have":
            yield from self._ask_possession(target)
            return
        words = target.text.split()
        if len(words) == 1 and (set(lemmas(words[0])) & {"ADJ", "ADV"} or verb_forms(words[0]) & {"VB", "VBZ"}) and words[0].islower():
            return  # "tastes best", "can time travel": no object
        whole = self._attach_phrases(target)
        if whole is not target and is_person(target.text):
            return
        if whole is not target:
            kinds = tuple({phrase.kind for phrase in clause.phrases})
            yield self._fact("object", whole, [self._core("What", skip=target, drop=kinds)])
            return
        person = is_person(target.text)
        if clause.base in ("become", "remain", "mean", "contain", "include", "require", "need", "use") or not person:
            yield self._fact("object", target, [self._core("What", skip=target), self._core("What", skip=target, drop=self._past_times())])
        elif len(words) == 1 and words[0][:1].isupper():
            yield self._fact("object", target, [self._core("What", skip=target)])
        elif person and any(word[:1].isupper() for word in words):
            yield self._fact("object", target, [self._core("Who", skip=target)])

    def _attach_phrases(self, target: Text) -> Text:
        """The object with the phrases that belong to it: "dedication to regular work"; "adds oil to the engine" keeps them apart."""
        phrases = self.clause.phrases
        loose = self.clause.base in _TWO_PLACES or any(phrase.kind != "other" or phrase.fronted for phrase in phrases)
        if not phrases or loose or phrases[0].lead not in ("to", "for", "of", "about", "against", "between"):
            return target
        whole = self._whole_complement(target)
        return whole if whole and len(whole.text.split()) <= 12 else target

    def _past_times(self) -> tuple[str, ...]:
        """In a story each thing happens once, so the question may leave out when; in a rule it may not."""
        return ("when",) if self.past else ()

    def _ask_amount(self, target: Text, amount: Amount) -> Iterator[Fact]:
        clause = self.clause
        answer = drop_bound(target.cut(0, len(amount.text)))
        rest = amount.rest
        if amount.kind == "bare" or re.search(r"\b(?:there|here)\b", rest):
            return
        if clause.base == "cost" and amount.kind == "money":
            cores = [self._core("How much", skip=target, extra=rest), self._core("What", skip=target, extra=rest)]
            for noun, reserved in (("cost", False), ("price", False)):
                cores.append(self._possessed(noun, rest, reserved))
            tail = " ".join(part for part in (rest, self._rest(target)) if part)
            be = "are" if self._do() == "do" else "is"
            cores.append(self._plain(f"How much {be} {self.subject} {tail}", f"how much {self.subject} {be} {tail}", reserved=True))
            yield self._fact("cost", answer, cores)
        elif clause.base == "weigh":
            yield self._fact("weight", answer, [self._core("How much", skip=target, extra=rest), self._possessed("weight", rest)])
        elif clause.base in ("last", "take", "run", "stay", "continue") and amount.kind == "time" and not is_person(self.subject):
            yield self._fact("duration", answer, [self._core("How long", skip=target, extra=rest)])
        elif amount.kind == "money":
            yield self._fact("money", answer, [self._core("How much", skip=target, extra=rest)])
        elif amount.unit.startswith("%") or amount.unit.lower() in ("percent", "per cent"):
            yield self._fact("share", answer, [self._core(f"What percentage {rest}".strip(), skip=target)])
        elif amount.rest and not amount.rest.startswith(("of ", "per ", "a ", "an ")) and amount.rest.split()[0] not in PREPOSITIONS:
            yield self._fact("object", target, [self._core("What", skip=target)])
        else:
            counted = self._counted(amount, rest)
            per = rest if not rest.startswith("of ") else ""
            cores = [self._core(f"How many {counted}", skip=target, extra=per)]
            if amount.kind == "measure" and rest.startswith("of ") and not is_plural(rest.split()[-1]):
                cores.append(self._core(f"How much {rest[3:]}", skip=target))
            if amount.kind in ("time", "measure"):
                yield self._fact("amount", answer, cores)
            else:
                yield self._fact("count", drop_bound(target.cut(0, len(amount.number))), cores)

    @staticmethod
    def _counted(amount: Amount, rest: str) -> str:
        unit = amount.unit
        if not is_plural(unit.split()[-1]) and amount.kind in ("count", "time"):
            unit = f"{unit}s" if not unit.endswith("s") else unit
        return f"{unit} {rest}" if rest.startswith("of ") else unit

    def _possessed(self, noun: str, rest: str, reserved: bool = False) -> Core:
        tail = " ".join(part for part in (rest, self._rest(self.clause.object)) if part)
        return self._plain(f"What is the {noun} of {self.subject} {tail}", f"what the {noun} of {self.subject} is {tail}", reserved)

    def _ask_possession(self, target: Text) -> Iterator[Fact]:
        """ "has gull-wing doors", "has a range of 300 miles"."""
        measured = re.match(r"(?:an?|the)\s+(?P<what>[\w\s-]+?)\s+of\s+(?P<value>.+)$", target.text)
        value = parse_amount(measured.group("value")) if measured else None
        if measured and value:
            noun, be = measured.group("what"), "was" if self.past else "is"
            answer = target.cut(measured.start("value"), measured.start("value") + len(value.text))
            tail = " ".join(part for part in (value.rest, self._rest(target)) if part)
            cores = [
                self._plain(f"What {be} the {noun} of {self.subject} {tail}", f"what the {noun} of {self.subject} {be} {tail}"),
                self._core(f"What {noun}", skip=target, extra=value.rest),
                Core(*self._pair(self._core(f"Which {noun}", skip=target)), reserved=True),
            ]
            yield self._fact("attribute", answer, cores)
            return
        words = target.text.split()
        cut = next((i for i, word in enumerate(words) if word.lower() in PREPOSITIONS | {"of"}), len(words))
        core = [word for word in words[:cut] if word.lower() not in DETERMINERS]
        if len(core) < 2 or cut < len(words) or "," in target.text or " and " in target.text or not is_noun(core[-1]):
            return
        first = words[0].lower() in ("a", "an", "the")
        answer = target.cut(len(words[0]) + 1, len(target.text)) if first else target
        noun = core[-1]
        yield self._fact("kind", answer, [self._core(f"What kind of {noun}", skip=target), self._core(f"What {noun}", skip=target),
                                          self._core(f"Which {noun}", skip=target)])  # fmt: skip

    @staticmethod
    def _pair(core: Core) -> tuple[str, str]:
        return core.direct, core.indirect

    # -- to be ---------------------------------------------------------------------------------------------------------

    def _ask_copula(self) -> Iterator[Fact]:
        clause, target = self.clause, self.clause.object
        if target is None or clause.main:
            return
        whole = self._whole_complement(target)
        amount = parse_amount(target.text)
        if amount:
            yield from self._ask_size(target, amount)
        elif is_moment(target.text):
            yield self._fact("moment", target, [self._core("When", skip=target), self._core("What", skip=target)])
        elif whole:
            if len(whole.text.split()) > 12:
                whole = trim_noun_phrase(target)
            words = target.text.split()
            if not (words[0].lower() in DETERMINERS or any(is_noun(word) for word in words[-1:])) or words[0].lower() in PRONOUNS:
                return
            wh = "Who" if is_person(target.text) and not words[0].lower() in ("a", "an") else "What"
            lives = is_person(target.text) or re.search(r"(?:ist|ian|eer|man|woman)s?\b", target.text)
            if wh == "What" and is_person(self.subject) and lives and not self.subject.startswith("the "):
                wh = "Who"
            core = self._core(wh, skip=target, drop=tuple({phrase.kind for phrase in clause.phrases}))
            yield self._fact("definition", whole, [core])

    def _whole_complement(self, target: Text, phrases: tuple[Phrase, ...] | None = None) -> Text | None:
        """The complement with the phrases that belong to its noun: "a car with two doors"."""
        phrases = self.clause.phrases if phrases is None else phrases
        if any(phrase.fronted for phrase in phrases):
            return trim_noun_phrase(target)
        spans = [target, *(phrase.whole for phrase in phrases)]
        text, offsets = spans[0].text, spans[0].offsets
        for span in spans[1:]:
            text, offsets = f"{text} {span.text}", (*offsets, offsets[-1] + 1, *span.offsets)
        return Text(text, offsets)

    def _ask_size(self, target: Text, amount: Amount) -> Iterator[Fact]:
        answer = target.cut(0, len(amount.text))
        size = re.fullmatch(r"(long|high|wide|tall|deep|thick|old|heavy|away|broad)", amount.rest)
        if size:
            yield self._fact("size", answer, [self._core(f"How {size.group()}", skip=target)])
        elif amount.kind == "bare":
            yield self._fact("value", answer, [self._core("What", skip=target)])
        elif amount.rest and not self._is_adverb(amount.rest) and not re.match(r"(?:per|of|an?|in|for|from) ", amount.rest):
            yield self._fact("value", target, [self._core("What", skip=target)])
        elif amount.kind == "count":
            head = self.subject.split(" of ")[0].split()[-1]
            wh = "What" if head not in ("staff", "team", "crew") else "How many people"
            yield self._fact("value", target, [self._core(wh, skip=target)])
        else:
            wh = {"money": "How much", "time": "How long"}.get(amount.kind)
            named = re.search(r"\b(?:period|time|duration|term|notice|leave|break|warranty|stay|tour|visit|course|session)\b", self.subject)
            cores = [self._core("What", skip=target, extra=amount.rest)]
            if wh == "How much" or (wh == "How long" and named):
                cores.insert(0, self._core(wh, skip=target, extra=amount.rest))
            yield self._fact("value", answer, cores)

    @staticmethod
    def _is_adverb(rest: str) -> bool:
        return len(rest.split()) == 1 and set(lemmas(rest)) <= {"ADV"} and bool(lemmas(rest))

    # -- phrases -------------------------------------------------------------------------------------------------------

    def _ask_phrase(self, phrase: Phrase) -> Iterator[Fact]:
        clause = self.clause
        if not phrase.body or (clause.voice == "copula" and clause.object is not None and phrase.kind not in ("how_often",)):
            return
        if clause.voice == "active" and clause.base == "have":
            return
        ask = getattr(self, f"_ask_{phrase.kind}", None)
        if ask is not None:
            yield from ask(phrase)

    def _ask_agent(self, phrase: Phrase) -> Iterator[Fact]:
        person = is_person(phrase.body.text)
        wh = "Who" if person else "What"
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
        else:
            verb = f"{aux} {clause.base}"
        adverbs = " ".join(word for word in clause.main.split()[:-1] if word not in ("be", "been"))
        tail = f"{self._rest(phrase.whole, drop)} {clause.condition}"
        text = f"{wh} {adverbs} {verb} {clause.tail} {self.subject} {tail}"
        return self._name_topic(text, small_wh(text), False, False)

    def _ask_where(self, phrase: Phrase) -> Iterator[Fact]:
        answer = phrase.body if phrase.lead in ("in", "at") else phrase.whole
        drop = ("agent", *self._past_times())
        cores = [self._core("Where", skip=phrase.whole, drop=drop), self._core("Where", skip=phrase.whole)]
        if phrase.lead in ("in", "at"):
            cores.append(self._core("In which place", skip=phrase.whole, drop=drop))
        yield self._fact("where", answer, cores)

    def _ask_when(self, phrase: Phrase) -> Iterator[Fact]:
        if not is_moment(phrase.body.text):
            return
        body = phrase.body.text
        if self.clause.condition.startswith("when "):
            return
        if phrase.lead in ("since", "until", "till"):
            cores = [self._core(f"{phrase.lead.capitalize()} when", skip=phrase.whole)]
            yield self._fact("when", phrase.body, cores)
            return
        if phrase.lead == "from" and not re.search(r"\b(?:to|until|till)\b", body):
            yield self._fact("when", phrase.body, [self._core("From when", skip=phrase.whole)])
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

    def _times(self) -> list[Phrase]:
        return [phrase for phrase in self.clause.phrases if phrase.kind == "when"]

    def _ask_how_often(self, phrase: Phrase) -> Iterator[Fact]:
        if self.clause.object is not None and self.clause.voice == "active" and parse_amount(self.clause.object.text):
            return  # "receives 28 days each year" is a rate
        yield self._fact("how_often", phrase.whole, [self._core("How often", skip=phrase.whole, drop=("agent",)),
                                                     self._core("How often", skip=phrase.whole)])  # fmt: skip

    def _ask_how_long(self, phrase: Phrase) -> Iterator[Fact]:
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

    def _ask_how(self, phrase: Phrase) -> Iterator[Fact]:
        yield self._fact("how", phrase.whole, [self._core("How", skip=phrase.whole)])

    def _ask_other(self, phrase: Phrase) -> Iterator[Fact]:
        clause = self.clause
        if phrase.lead not in STRANDED or (clause.voice == "active" and clause.object is not None):
            return
        asked = [other for other in clause.phrases if other.kind != "fixed"]
        if not asked or asked[0] is not phrase or clause.object is not None or clause.base in ("be",) and clause.voice == "copula":
            return
        if clause.voice == "active" and (clause.base, phrase.lead) not in STRANDING_VERBS:
            return
        amount = parse_amount(phrase.body.text)
        if amount and re.search(r"°|degrees", phrase.body.text) and phrase.lead == "at":
            yield self._fact("temperature", phrase.body, [self._core("At what temperature", skip=phrase.whole)])
            return
        if phrase.body.text.split()[0].lower() in PRONOUNS or clause.imperative or (amount and phrase.lead in ("from", "for", "at")):
            return
        if amount and phrase.lead == "in":
            if amount.kind == "count" and not amount.rest and len(clause.phrases) == 1:
                core = self._core(f"How many {amount.unit}", skip=phrase.whole, strand="in")
                yield self._fact("count", phrase.body.cut(0, len(amount.number)), [core])
            return
        if amount and not re.search(r"\bof\b", amount.rest) and amount.kind == "time":
            return
        person = is_person(phrase.body.text) and phrase.lead in ("to", "for", "from", "with", "by", "on")
        wh = "Who" if person else "What"
        if clause.base in ("come", "originate") or clause.base in ("travel", "move", "flow") and phrase.body.text[:1].isupper():
            wh = "Where"
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

    # -- subjects ------------------------------------------------------------------------------------------------------

    def _ask_counted_subject(self, amount: Amount) -> Iterator[Fact]:
        clause = self.clause
        verb = " ".join(part for part in (clause.auxiliary.lower(), clause.main, clause.tail) if part)
        text = f"How many {amount.unit} {amount.rest} {verb} {self._rest(None)} {clause.condition}"
        core = self._name_topic(text, small_wh(text), False, False)
        size = len(amount.number) if amount.kind == "count" else len(amount.text)
        yield self._fact("count", drop_bound(clause.subject.cut(0, size)), [core])

    def _ask_subject(self) -> Iterator[Fact]:
        """ "The finance team approves expenses above $500": who does?"""
        clause = self.clause
        literal = clause.subject.text
        if clause.voice not in ("active", "adjective") or clause.base in ("have", "be") and clause.voice == "active":
            return
        words = literal.split()
        if small_start(literal) != self.subject or not is_person(literal) or self.about and len(words) < 2:
            return
        if not self.about and literal.lower() in self.topic.lower():
            return
        if clause.voice == "adjective" and not any(phrase.lead in ("for",) for phrase in clause.phrases):
            return
        if len(words) < 2 or not (clause.object or clause.voice == "adjective") or len(self._rest(None).split()) < 2:
            return
        aux = {"are": "is", "were": "was", "have": "has"}.get(clause.auxiliary.lower(), clause.auxiliary.lower())
        main = clause.main
        if not aux and "VBZ" not in verb_forms(main.split()[-1]) and not self.past:
            main = " ".join([*main.split()[:-1], inflect(clause.base, "VBZ")])
        text = f"Who {aux} {main} {clause.tail} {self._rest(None)} {clause.condition}"
        yield self._fact("subject", clause.subject, [self._name_topic(text, small_wh(text), False, False)])

    def _ask_existential(self) -> Iterator[Fact]:
        clause, whole = self.clause, self.clause.object
        for target in self._split_list(whole) if whole else []:
            amount = parse_amount(target.text)
            if amount is not None and amount.kind == "count":
                yield self._ask_existing(target, amount, whole)

    @staticmethod
    def _split_list(whole: Text) -> list[Text]:
        """ "84 desks, 6 rooms and 2 booths" as three; anything else as it is."""
        cuts = [(0, 0), *((m.start(), m.end()) for m in re.finditer(r",\s+(?:and\s+)?|\s+and\s+", whole.text)), (len(whole.text),) * 2]
        parts = [whole.cut(one[1], other[0]) for one, other in zip(cuts, cuts[1:], strict=False)]
        amounts = [parse_amount(part.text) for part in parts]
        return parts if all(amount is not None and amount.kind == "count" for amount in amounts) else [whole]

    def _ask_existing(self, target: Text, amount: Amount, whole: Text | None) -> Fact:
        clause = self.clause
        be, rest = clause.auxiliary.lower(), f"{amount.rest} {self._rest(whole)}"
        be = {"is": "are", "was": "were"}.get(be, be)
        unit = self._counted(amount, "")
        core = self._name_topic(f"How many {unit} {be} there {rest}", f"how many {unit} there {be} {rest}", False, False)
        return self._fact("count", target.cut(0, len(amount.number)), [core])


def drop_bound(answer: Text) -> Text:
    """The amount without a word that adds nothing: "only 11 inches" -> "11 inches"."""
    match = re.match(r"(?:only|exactly|an additional|another)\s+", answer.text, re.IGNORECASE)
    return answer.cut(match.end(), len(answer.text)) if match else answer


def trim_noun_phrase(target: Text) -> Text | None:
    """A long description cut to its core: "a car made by X for Y" -> "a car"."""
    for match in re.finditer(r"\s(\w+)\b", target.text):
        if match.start() > 2 and is_participle(match.group(1)) and is_noun(target.text[: match.start()].split()[-1]):
            return target.cut(0, match.start()) if len(target.text[: match.start()].split()) > 1 else None
    return target if len(target.text.split()) <= 12 else None


def clause_is_human(base: str) -> bool:
    """Whether only somebody can do this."""
    return base in HUMAN_ACTS


def small_wh(text: str) -> str:
    """A question word as it stands inside a sentence."""
    return text[:1].lower() + text[1:]


def tidy(text: str) -> str:
    """Single spaces, none before punctuation."""
    return re.sub(r"\s+([,.;:?])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;:")
