"""Questions for the object of a verb.

    "The cabin has two seats"            ->  "How many seats does the cabin have?"   -> "two"
    "A clutch costs $900"                ->  "How much does a clutch cost?"          -> "$900"

Not covered: objects that are clauses ("says that ...").
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import Amount, parse_amount
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import (
    inflect_plural,
    is_common_word,
    is_noun,
    is_person,
    is_plural,
    lemmas,
    verb_forms,
)
from tasks.teacher_generate.extractive.questions import Questions, drop_bound
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    DETERMINERS,
    MEASURES,
    PAYING_VERBS,
    PREPOSITIONS,
    PRONOUNS,
    TWO_PLACE_VERBS,
)

_ACTS_ON_OTHERS = {"let", "help", "make", "allow", "enable", "permit", "see", "hear", "mean", "suggest", "think", "believe"}

_HAVING_VERBS = {"attain", "cover", "measure", "occupy", "reach"}
"""What follows these is a property of their subject: "covers an area of 3 square kilometres"."""


class ObjectQuestions(Questions):
    """Asks for objects, amounts, and what something is."""

    def _ask_object(self, target: Text) -> Iterator[Fact]:
        clause = self.clause
        first = target.text.split()[0].lower()
        if first in {"how", "why", "whether", "where", "when"} or "only" in clause.main.lower().split():
            return
        if first in PRONOUNS - {"one"} | {"them", "him", "us", "itself", "themselves"} or first == "that":
            return
        if re.search(r" (?:ahead|beforehand|early|late|later|in advance)$", target.text):
            return
        beside = clause.phrases[0] if clause.phrases and not clause.phrases[0].fronted else None
        if beside is not None and beside.lead == "with" and clause.base not in TWO_PLACE_VERBS and not clause.auxiliary:
            return  # "gives dry wines with notes of pear": whose?
        acts = clause.base in _ACTS_ON_OTHERS and not (clause.base in ("make", "mean") and is_plain_thing(target.text))
        if acts or target.text.split()[-1].lower() in ("there", "here"):
            return
        amount = parse_amount(target.text)
        opening = target.text.split()[0]
        if opening[:1].isupper() and opening[1:].islower() and not is_common_word(opening) and not is_person(target.text):
            return  # "beat Harwick 4-3": who, or what?
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
        measured = list(self._ask_measured(target))
        yield from measured
        if measured and clause.base in _HAVING_VERBS:
            return  # what is new is the amount, not "an area of ..."
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
        elif len(words) == 1 and words[0].isupper():
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
        if self.clause.base in _HAVING_VERBS and not is_person(self.subject):
            own = f"the {noun} of {self.subject}"
            yield self._fact("measured", answer, [self._plain(f"What {be} {own}", f"what {own} {be}")])
            return
        cores = [
            self._plain(f"{wh} {be} the {noun} {link} {self.subject}", f"{wh.lower()} the {noun} {link} {self.subject} {be}"),
            self._plain(f"{wh} {be} the {noun}", f"{wh.lower()} the {noun} {be}"),
            self._core(f"What {noun}", skip=target),
        ]
        spoken = self.subject.lower() in ("you", "we") or self.clause.base not in PAYING_VERBS  # "charges a fee": not its fee
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
        if amount.kind == "bare" or amount.number.lower() == "half" or re.search(r"\b(?:there|here)\b", rest):
            return
        if amount.unit.startswith("°"):
            yield self._fact("temperature", answer, [self._core("What temperature", skip=target, extra=rest)])
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
            if not rest:
                return  # "should stay between 40 % and 60 %"
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
        named = amount.kind in ("count", "time") or (amount.kind == "measure" and len(unit) > 3 and unit.isalpha())
        if not is_plural(unit.split()[-1]) and named:
            *before, last = unit.split()
            unit = " ".join([*before, inflect_plural(last)])
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
        if measured and value and value.kind == "measure" and measured.group("what").split()[-1] not in MEASURES:
            return  # "a tail of 13 cm": how long, or how thick?
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
        if not all("-" in word or "ADJ" in lemmas(word) for word in core[:-1]) or core[0].lower() in (
            "same",
            "own",
            "other",
        ):  # a "score line" is one thing
            return
        first = words[0].lower() in ("a", "an", "the")
        answer = target.cut(len(words[0]) + 1, len(target.text)) if first else target
        noun = core[-1]
        asks = (f"What kind of {noun}", f"What {noun}", f"Which {noun}")
        yield self._fact("kind", answer, [self._core(wh, skip=target) for wh in asks])

    @staticmethod
    def _pair(core: Core) -> tuple[str, str]:
        return core.direct, core.indirect


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
