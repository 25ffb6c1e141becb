"""Questions for the object of a verb and for what something is.

    "The cabin has two seats"            ->  "How many seats does the cabin have?"   -> "two"
    "A clutch costs $900"                ->  "How much does a clutch cost?"          -> "$900"
    "The X is a small sports car"        ->  "What is the X?"                        -> "a small sports car"

Not covered: objects that are clauses ("says that ...").
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import Amount, is_moment, parse_amount
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import is_noun, is_person, is_plural, lemmas, verb_forms
from tasks.teacher_generate.extractive.questions import Questions, drop_bound, trim_noun_phrase
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import ADVERBS, DETERMINERS, PREPOSITIONS, PRONOUNS, TWO_PLACE_VERBS

_ACTS_ON_OTHERS = {"let", "help", "make", "allow", "enable", "permit", "see", "hear", "mean", "suggest", "think", "believe"}


class ObjectQuestions(Questions):
    """Asks for objects, amounts, and what something is."""

    def _ask_object(self, target: Text) -> Iterator[Fact]:
        clause = self.clause
        first = target.text.split()[0].lower()
        if first in {"how", "why", "whether", "where", "when"} or "only" in clause.main.lower().split():
            return
        if first in PRONOUNS - {"one"} | {"them", "him", "us", "itself", "themselves"} or first == "that":
            return
        acts = clause.base in _ACTS_ON_OTHERS and not (clause.base in ("make", "mean") and is_plain_thing(target.text))
        if acts or target.text.split()[-1].lower() in ("there", "here"):
            return
        amount = parse_amount(target.text)
        if target.text.split()[0].lower() in PREPOSITIONS - {"about", "around", "over", "under", "up", "between"} and not amount:
            return  # a place or a time that was read as an object
        listed = any(re.search(r",? \d", phrase.whole.text) for phrase in clause.phrases)
        if clause.base == "have" and amount and listed and not self.past:  # "has 140 pitches for tents, 12 cabins and a beach"
            alone = type(self)(replace(clause, phrases=()), self.subject, self.about, self.headings, self.topic, self.stand_ins)
            yield from alone._ask_amount(target, amount)
            return
        if clause.base == "have" and (parts := split_possessions(target)):
            for part in parts:
                yield from type(self)(
                    replace(clause, object=part, phrases=()), self.subject, self.about, self.headings, self.topic
                )._ask_object(part)
            return
        if amount and re.search(r",| and ", amount.rest):  # "500 g of flour, 350 ml of water and ..."
            amount = None
        elif amount:
            yield from self._ask_amount(target, amount)
            return
        if clause.base == "have":
            yield from self._ask_possession(target)
            return
        yield from self._ask_measured(target)
        words = target.text.split()
        if (
            len(words) == 1
            and (set(lemmas(words[0])) & {"ADJ", "ADV"} or verb_forms(words[0]) & {"VB", "VBZ"})
            and words[0].islower()
        ):
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
            yield self._fact(
                "object", target, [self._core("What", skip=target), self._core("What", skip=target, drop=self._past_times())]
            )
        elif len(words) == 1 and words[0][:1].isupper():
            yield self._fact("object", target, [self._core("What", skip=target)])
        elif person and any(word[:1].isupper() for word in words):
            yield self._fact("object", target, [self._core("Who", skip=target)])

    def _ask_measured(self, target: Text) -> Iterator[Fact]:
        """ "New members pay a joining fee of 60 euros": how much is the joining fee for new members?"""
        measured = re.match(r"(?:an?|the)\s+(?P<what>[\w\s-]+?)\s+of\s+(?P<value>.+)$", target.text)
        value = parse_amount(measured.group("value")) if measured else None
        if (
            measured is None
            or value is None
            or value.kind not in ("money", "measure", "time")
            or value.rest
            or "quarter" in value.unit
        ):
            return
        noun, be = measured.group("what"), "was" if self.past else "is"
        answer = target.cut(measured.start("value"), measured.start("value") + len(value.text))
        link = "for" if is_person(self.subject) else "of"
        wh = {"money": "How much", "time": "How long"}.get(value.kind, "What")
        cores = [
            self._plain(f"{wh} {be} the {noun} {link} {self.subject}", f"{wh.lower()} the {noun} {link} {self.subject} {be}"),
            self._plain(f"{wh} {be} the {noun}", f"{wh.lower()} the {noun} {be}"),
            self._core(f"What {noun}", skip=target),
        ]
        spoken = self.subject.lower() in ("you", "we")  # nobody asks for "the fee of you"
        yield self._fact("measured", answer, cores[1:] if spoken else cores)

    def _attach_phrases(self, target: Text) -> Text:
        """The object with the phrases that belong to it: "dedication to regular work"; "adds oil to it" is apart."""
        phrases = self.clause.phrases
        loose = self.clause.base in TWO_PLACE_VERBS or any(phrase.kind != "other" or phrase.fronted for phrase in phrases)
        if not phrases or loose or phrases[0].lead not in ("to", "for", "of", "about", "against", "between"):
            return target
        if phrases[0].lead == "for" and parse_amount(phrases[0].body.text):  # "bought the mill for one mark"
            return target
        whole = self._whole_complement(target)
        return whole if whole and len(whole.text.split()) <= 12 else target

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
            cores.append(
                self._plain(f"How much {be} {self.subject} {tail}", f"how much {self.subject} {be} {tail}", reserved=True)
            )
            yield self._fact("cost", answer, cores)
        elif clause.base == "weigh":
            yield self._fact("weight", answer, [self._core("How much", skip=target, extra=rest), self._possessed("weight", rest)])
        elif clause.base in ("last", "take", "run", "stay", "continue") and amount.kind == "time" and not is_person(self.subject):
            yield self._fact("duration", answer, [self._core("How long", skip=target, extra=rest)])
        elif amount.kind == "money":
            yield self._fact("money", answer, [self._core("How much", skip=target, extra=rest)])
        elif amount.unit.startswith("%") or amount.unit.lower() in ("percent", "per cent"):
            yield self._fact("share", answer, [self._core(f"What percentage {rest}".strip(), skip=target)])
        elif (
            amount.rest
            and not amount.rest.startswith(("of ", "per ", "a ", "an "))
            and amount.rest.split()[0] not in PREPOSITIONS
        ):
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
        return self._plain(
            f"What is the {noun} of {self.subject} {tail}", f"what the {noun} of {self.subject} is {tail}", reserved
        )

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
        asks = (f"What kind of {noun}", f"What {noun}", f"Which {noun}")
        yield self._fact("kind", answer, [self._core(wh, skip=target) for wh in asks])

    @staticmethod
    def _pair(core: Core) -> tuple[str, str]:
        return core.direct, core.indirect

    def _ask_copula(self) -> Iterator[Fact]:
        clause, target = self.clause, self.clause.object
        if target is None or set(clause.main.split()) - ADVERBS - {"be"}:
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
            if whole is None:
                return
            words = target.text.split()
            if words[0].lower() in ADVERBS | {"due", "only"}:
                return
            if not (words[0].lower() in DETERMINERS or any(is_noun(word) for word in words[-1:])) or words[0].lower() in PRONOUNS:
                return
            wh = "Who" if is_person(target.text) and words[0].lower() not in ("a", "an") else "What"
            lives = is_person(target.text) or re.search(r"(?:ist|ian|eer|man|woman)s?\b", target.text)
            if wh == "What" and is_person(self.subject) and lives and not self.subject.startswith("the "):
                wh = "Who"
            core = self._core(wh, skip=target, drop=tuple({phrase.kind for phrase in clause.phrases}))
            yield self._fact("definition", whole, [core])

    def _ask_size(self, target: Text, amount: Amount) -> Iterator[Fact]:
        answer = target.cut(0, len(amount.text))
        size = re.fullmatch(r"(long|high|wide|tall|deep|thick|old|heavy|away|broad)", amount.rest)
        if re.fullmatch(r"\w{2,}er", amount.rest) and "ADJ" in lemmas(amount.rest):  # "40 % smaller"
            yield self._fact("size", answer, [self._core(f"How much {amount.rest}", skip=target)])
        elif size:
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
            asked = {"money": "How much", "time": "How long"}.get(amount.kind)
            named = re.search(
                r"\b(?:period|time|duration|term|notice|leave|break|warranty|stay|tour|visit|course|session)\b", self.subject
            )
            cores = [self._core("What", skip=target, extra=amount.rest)]
            if asked == "How much" or (asked == "How long" and named):
                cores.insert(0, self._core(asked, skip=target, extra=amount.rest))
            yield self._fact("value", answer, cores)

    @staticmethod
    def _is_adverb(rest: str) -> bool:
        return len(rest.split()) == 1 and set(lemmas(rest)) <= {"ADV"} and bool(lemmas(rest))


def split_possessions(target: Text) -> list[Text]:
    """ "210 employees and an annual turnover of 48 million euros" as two; nothing where the parts are not amounts."""
    match = re.search(r",? and (?=an? |the |\d)", target.text)
    if match is None:
        return []
    parts = [target.cut(0, match.start()), target.cut(match.end(), len(target.text))]
    measured = [re.sub(r"^(?:an?|the)\s[\w\s-]+?\sof\s", "", part.text) for part in parts]
    return parts if all(parse_amount(text) for text in measured) and "," not in target.text else []


def is_plain_thing(text: str) -> bool:
    """Whether an object is a thing and nothing that the thing does: "locks and fittings", not "it possible"."""
    words = text.split()
    return is_noun(words[-1]) and words[-1].islower() and not any({"ADJ"} == set(lemmas(word)) for word in words[-1:])
