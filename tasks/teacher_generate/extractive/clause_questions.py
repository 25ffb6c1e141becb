"""Questions for the subject of a clause, its reason, and for what a clause as a whole says.

    "Hands must be washed before work."              ->  "What must be washed before work?"  -> "Hands"
    "Nuts are banned because they are dangerous."    ->  "Why are nuts banned?"              -> "because they are dangerous"
    "The cake is done when a skewer comes out clean" ->  "When is the cake done?"            -> "when a skewer comes out clean"
    "Carbonation is high."                           ->  "What is the carbonation like?"     -> "high"
    "Bring your own towel."                          ->  "What should you bring?"            -> "your own towel"
    "Visitors with a cold should stay at home."      ->  "What applies to visitors with a cold?"  -> the whole clause

A clause that nothing else asks for is asked for as a rule, where it is one, or else as something that one should know.

Not covered: reasons in a sentence of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import Amount, parse_amount
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import inflect, is_noun, is_person, is_plural, lemmas, may_be_person, verb_forms
from tasks.teacher_generate.extractive.polar_questions import LONGEST_ANSWER, PolarQuestions
from tasks.teacher_generate.extractive.questions import ask_for_owner, small_wh, tidy
from tasks.teacher_generate.extractive.subjects import small_start
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    BRINGING_VERBS,
    DEMANDING_ADJECTIVES,
    DETERMINERS,
    FORBIDDING_VERBS,
    MODALS,
    PERMITTING_VERBS,
    POLAR_ADJECTIVES,
    PREPOSITIONS,
    PRONOUNS,
    RESULTING_VERBS,
)

_RULES = {"must", "may", "should", "shall", "can", "cannot"}
_BARE_SUBJECT_VERBS = {"have", "be", "cost", "include", "contain", "mean", "stay", "remain", "weigh", "last"}


class ClauseQuestions(PolarQuestions):
    """Asks for a clause's subject, its reason, and for all that it says."""

    def _ask_what_does(self) -> Iterator[Fact]:
        """ "What must be washed before work?": a thing that is the subject."""
        clause, literal = self.clause, self.clause.subject.text
        words = literal.split()
        named = {self.subject, self.subject.removesuffix(f" of {self.topic}") if self.topic else self.subject}
        if small_start(literal) not in named | {literal} or clause.negated or clause.imperative or len(words) > 8:
            return
        if (
            not (clause.auxiliary or self.about or self.topic)
            or words[0].lower() in ("a", "an")
            or " who " in f"{clause.source.text} "
        ):
            return
        if (
            may_be_person(literal)
            or parse_amount(literal)
            or words[0].lower() in PRONOUNS | {"this", "these", "such", "your", "our", "its", "their", "his", "her"}
        ):
            return
        if clause.voice not in ("passive", "active") or clause.base in _BARE_SUBJECT_VERBS or clause.auxiliary.lower() == "do":
            return
        if literal.lower().removeprefix("the ") in self.topic.lower() or (self.topic and self.topic.lower() in literal.lower()):
            return
        rest = self._rest(None)
        if re.search(r"\b(?:later|earlier|ago|afterwards)\b", rest):
            return
        if rest and verb_forms(rest.split()[0].lower()) & {"VBZ", "VBD"}:
            return  # "system repairs costs between ...": misread
        if is_plural(self._head(literal)) and re.search(r" and \w+", rest) and not clause.auxiliary:
            return  # "run for a year and renew" would not agree
        if len([word for word in rest.split() if word.lower() not in DETERMINERS | PREPOSITIONS]) < (
            1 if clause.auxiliary else 2
        ):
            return
        aux = {"are": "is", "were": "was", "have": "has"}.get(clause.auxiliary.lower(), clause.auxiliary.lower())
        main = clause.main
        if not aux and "VBZ" not in verb_forms(main.split()[-1]) and not self.past:
            main = " ".join([*main.split()[:-1], inflect(clause.base, "VBZ")])
        coded = re.fullmatch(r"(?:[Tt]he )?([A-Za-z][a-z]+) (?:\d+\w?|[A-Z]\d*)", literal)  # "Tram 6": which tram?
        wh = f"Which {coded.group(1).lower()}" if coded else "What"
        text = tidy(f"{wh} {aux} {main} {clause.tail} {rest} {clause.condition}")
        core = Core(f"{text}?", small_wh(text))
        topic = self.about or (self.topic if self.subject != small_start(literal) else "")
        if topic and topic.lower() not in text.lower():
            core = Core(f"For {topic}, {small_wh(text)}?", f"{small_wh(text)} (for {topic})")
        yield self._fact("thing", clause.subject, [core])

    def _ask_when_so(self) -> Iterator[Fact]:
        """ "The cake is done when a skewer comes out clean": when is it done?"""
        clause = self.clause
        if not re.match(r"(?:when|once|as soon as|only (?:when|if)) ", clause.condition) or clause.voice not in (
            "adjective",
            "passive",
            "copula",
        ):
            return
        place = clause.source.text.find(clause.condition)
        if (
            place < 0
            or self.past
            or clause.auxiliary.lower() not in ("is", "are", "can", "may", "must", "should")
            or clause.imperative
        ):
            return
        answer = clause.source.cut(place, place + len(clause.condition))
        bare = type(self)(replace(clause, condition=""), self.subject, self.about, self.headings, self.topic, self.stand_ins)
        yield self._fact("when_so", answer, [bare._core("When")])

    def _ask_why(self) -> Iterator[Fact]:
        """ "because soil may carry germs"."""
        clause = self.clause
        if clause.reason is None or not 3 <= len(clause.reason.text.split()) <= LONGEST_ANSWER:
            return
        if clause.imperative:
            does = " ".join(part for part in (clause.base, clause.subject.text, self._rest(None)) if part)
            no = "not " if clause.negated else ""
            core = self._name_topic(f"Why should you {no}{does}", f"why you should {no}{does}")
            yield self._fact("why", clause.reason, [core])
            return
        rest = " ".join(part for part in (clause.tail, self._rest(None), clause.condition) if part)
        no = "not" if clause.negated else ""
        if clause.auxiliary:
            low = clause.auxiliary.lower()
            core = self._name_topic(
                f"Why {low} {self.subject} {no} {clause.main} {rest}", f"why {self.subject} {low} {no} {clause.main} {rest}"
            )
        else:
            core = self._name_topic(
                f"Why {self._do()} {self.subject} {clause.base} {rest}", f"why {self.subject} {clause.main} {rest}"
            )
        cores = [core]
        if short := [phrase for phrase in clause.phrases if phrase.kind in ("where", "fixed") and clause.auxiliary and not no]:
            brief = core.direct.replace(f" {short[-1].whole.text}", "")
            cores.append(Core(brief, core.indirect.replace(f" {short[-1].whole.text}", "")))
        yield self._fact("why", clause.reason, cores)

    def _ask_apposition(self) -> Iterator[Fact]:
        """ "The chaplain, Miriam Oduya, ...": who is the chaplain?"""
        if self.clause.apposition is None:
            return
        role, name = self.clause.apposition
        words = role.text.split()
        if (
            words[0].lower() not in ("the", "its", "our")
            or len(words) > 5
            or not any(word[:1].isupper() for word in name.text.split())
        ):
            return
        if not (name.text[:1].isupper() or name.text.lower().startswith("the ")):
            return  # "founded in 1957 by ..."
        somebody = is_person(name.text) and len(name.text.split()) > 1 and not name.text.lower().startswith("the ")
        person = may_be_person(role.text) or somebody  # "the highest vineyard, Kasteel,"
        thing = " ".join(words[1:])
        be = "was" if self.past else "is"
        if person:
            cores = [Core(f"Who {be} the {thing}?", f"who the {thing} {be}"),
                     Core(f"What {be} the name of the {thing}?", f"what the name of the {thing} {be}")]  # fmt: skip
        else:
            cores = [Core(f"What {be} the {thing} called?", f"what the {thing} {be} called"),
                     Core(f"What {be} the name of the {thing}?", f"what the name of the {thing} {be}")]  # fmt: skip
        loose = self.topic and not re.search(r"['’]s? | of ", thing) and self.topic.lower() not in role.text.lower()
        yield self._fact("named", name, [ask_for_owner(core, self.topic) if loose else core for core in cores])

    def _ask_likeness(self, asked: bool) -> Iterator[Fact]:
        """ "Carbonation is high": what is it like? "Entry is free": how much does it cost?

        Args:
            asked: Whether something else asks for the clause.
        """
        clause = self.clause
        if (
            clause.voice != "adjective"
            or clause.negated
            or clause.auxiliary.lower() not in ("is", "are", "was", "were", "should")
        ):
            return
        adjective = clause.main.split()[-1]
        place = clause.source.text.find(f" {adjective}", len(clause.subject.text))
        answer = self._before_condition(clause.source.cut(place + 1, len(clause.source.text))) if place > 0 else None
        if not answer or len(answer.text.split()) > 8:
            return
        be = clause.auxiliary.lower()
        if adjective.lower() == "free":
            do, cost = ("do", "cost") if is_plural(self._head(self.subject)) else ("does", "costs")
            rest = self._rest(None)
            cores = [
                self._plain(f"How much {do} {self.subject} cost {rest}", f"how much {self.subject} {cost} {rest}"),
                self._plain(f"What {do} {self.subject} cost {rest}", f"what {self.subject} {cost} {rest}"),
            ]
            yield self._fact("free", clause.source.cut(place + 1, place + 1 + len(adjective)), cores)
        elif (
            not asked
            and not clause.condition
            and not clause.phrases
            and not re.search(r"\bthan\b|\bas\b", answer.text)
            and set(lemmas(adjective)) & {"ADJ"}
            and adjective.lower() not in POLAR_ADJECTIVES | DEMANDING_ADJECTIVES
            and not is_person(self.subject)
        ):
            like = "be like" if be == "should" else "like"
            core = self._plain(f"What {be} {self.subject} {like}", f"what {self.subject} {be} {like}")
            yield self._fact("likeness", answer, [core])

    def _before_condition(self, text: Text) -> Text:
        place = text.text.lower().rfind(self.clause.condition.lower()) if self.clause.condition else -1
        return text.cut(0, place) if place > 0 else text

    def _ask_order(self) -> Iterator[Fact]:
        """ "Bring your own towel": what should you bring? "Make a backup before you upgrade": what should you do before?"""
        clause = self.clause
        target = clause.subject
        rest = " ".join(part for part in (clause.tail, self._rest(None), clause.condition) if part)
        if not rest and clause.base not in BRINGING_VERBS:
            return
        words = target.text.split()
        if clause.base in RESULTING_VERBS and len(words) > 2 and "ADJ" in lemmas(words[-1]) and is_noun(words[-2]):
            return  # "Leave the door open": what it should be, not what should be left
        if (amount := parse_amount(target.text)) is not None:
            yield from self._ask_ordered_amount(target, amount, rest)
            return
        if target.text.split()[0].lower() not in PRONOUNS | {"it", "them"}:
            wh = "Who" if is_person(target.text) else "What"
            does = f"{clause.base} {rest}"
            cores = [
                self._name_topic(f"{wh} should you {does}", f"{wh.lower()} you should {does}"),
                self._name_topic(f"{wh} do you have to {does}", f"{wh.lower()} you have to {does}"),
            ]
            yield self._fact("order", target, cores)

    def _ask_ordered_amount(self, target: Text, amount: Amount, rest: str) -> Iterator[Fact]:
        """ "Mix 50 g of oats with milk": how much oats should you mix with milk?"""
        base = self.clause.base
        if amount.kind == "count" and not amount.rest:
            asked, answer = f"many {amount.unit}", target.cut(0, len(amount.number))
        elif amount.rest.startswith("of ") and amount.kind in ("measure", "count"):
            asked, answer = f"much {amount.rest[3:]}", target.cut(0, len(amount.text))
        else:
            return
        text = f"ow {asked} should you {base} {rest}"
        told = f"how {asked} you should {base} {rest}"
        yield self._fact("amount", answer, [self._name_topic(f"H{text}", told)])

    def _ask_rule(self) -> Iterator[Fact]:
        """What applies to the subject: for a clause that nothing else asks for."""
        clause = self.clause
        words = clause.source.text.split()
        named = [word for word in clause.subject.text.split() if word.lower() not in DETERMINERS]
        if clause.voice == "copula" or words[0].lower() in ("a", "an", "few", "some", "many", "most", "several"):
            return
        short = not named or (len(named) == 1 and not is_plural(self.subject))
        if not 4 <= len(words) <= LONGEST_ANSWER or short or self.past or clause.imperative or clause.condition or clause.joined:
            return
        if clause.subject.text.split()[0].lower() in PRONOUNS | {"you"} or self.subject.lower() == self.topic.lower():
            return
        rule = clause.auxiliary.lower() in MODALS & _RULES or clause.base in PERMITTING_VERBS | FORBIDDING_VERBS
        if rule:
            pairs = [("What applies to", "what applies to"), ("What is the rule for", "what the rule for")]
            cores = [self._plain(f"{pairs[0][0]} {self.subject}", f"{pairs[0][1]} {self.subject}")]
            cores.append(self._plain(f"{pairs[1][0]} {self.subject}", f"{pairs[1][1]} {self.subject} is"))
        elif len(named) < 3 and not any(word[:1].isupper() for word in named[1:]):
            return
        else:
            cores = [self._plain(f"What should I know about {self.subject}", f"what I should know about {self.subject}")]
        yield self._fact("rule", clause.source, cores)
