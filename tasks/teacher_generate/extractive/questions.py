"""How a question is built from a clause: question word, verb in its place, the parts that are not asked for, and the topic.

    clause "The car was assembled in Dunmurry", asked for where
      -> Core("Where was the car assembled?", "where the car was assembled")

Not covered: what is asked for, and with which word: ``object_questions``, ``phrase_questions``, ``asking``.
"""

import re

from tasks.teacher_generate.extractive.clauses import Clause
from tasks.teacher_generate.extractive.facts import Core, Fact
from tasks.teacher_generate.extractive.lexicon import is_noun, is_participle, is_person, is_plural, verb_forms
from tasks.teacher_generate.extractive.phrase_kinds import Phrase
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import HUMAN_ACTS, PREPOSITIONS

_PAST = {"was", "were", "had"}
_POINTERS = {
    "it",
    "its",
    "they",
    "them",
    "their",
    "he",
    "him",
    "his",
    "she",
    "her",
    "this",
    "these",
    "those",
    "here",
    "above",
    "below",
}
_POINTERS -= {"above", "below"}  # prepositions, mostly


class Questions:
    """Asks for the parts of one clause.

    Args:
        subject: How the clause's subject is named in questions.
        about: What the document is about, where the subject does not say it; "" where it need not be said.
        topic: What the document is about: it is not asked for.
        stand_ins: What pronouns after the verb stand for, as far as that is known.
    """

    def __init__(
        self,
        clause: Clause,
        subject: str,
        about: str,
        headings: tuple[str, ...],
        topic: str = "",
        stand_ins: dict[str, str] | None = None,
    ) -> None:
        self.stand_ins = stand_ins or {}
        self.clause, self.subject, self.about, self.headings, self.topic = clause, subject, about, headings, topic
        first = clause.main.split()[-1:] or [""]
        forms = verb_forms(first[0])  # "cost" and "cut" may be past or present: rules and prices are present
        alike = "VB" in forms and (is_plural(self._head(subject)) or is_plural(self._head(clause.subject.text)))
        self.past = clause.auxiliary.lower() in _PAST or (not clause.auxiliary and "VBD" in forms and not alike)

    @staticmethod
    def _head(phrase: str) -> str:
        words = phrase.split()
        return next((words[i - 1] for i in range(1, len(words)) if words[i].lower() in PREPOSITIONS | {"of"}), words[-1])

    def _has_foreign_pronoun(self) -> bool:
        """Whether the rest of the sentence speaks of something that the question would not name ("under her leadership")."""
        said = self._said_after_verb()
        words = {
            word.lower() for word in re.findall(r"[A-Za-z]+", said) if not (word.isupper() and len(word) > 1)
        }  # "the IT desk"
        found = (words & _POINTERS) - set(self.stand_ins)
        if re.search(r"\b(?:after|before|by|from|until|than|like) that$|\bthat\s*$|\b(?:afterwards|thereafter|later)$", said):
            return True
        plural = is_plural(self.subject.split(" of ")[0].split()[-1])
        if plural and not self.clause.phrases[1:]:
            found -= {"they"}
        if (plural and is_person(self.subject)) or (self.clause.auxiliary.lower() in ("are", "were") and plural):
            found -= {"their", "them", "they"}
        elif plural and not self.clause.phrases[1:]:
            found -= {"their"}
        if is_person(self.subject) and not plural:
            found -= {"his", "her", "their", "he", "she", "they"}
        elif not plural and self.clause.voice != "copula" and not self.clause.condition:
            found -= set() if re.search(r"\bof its\b", said) else {"its"}
        return bool(found)

    def _said_after_verb(self) -> str:
        parts = [self.clause.object, *(phrase.whole for phrase in self.clause.phrases)]
        return " ".join([*(part.text for part in parts if part is not None), self.clause.condition])

    def _name_pronouns(self, text: str) -> str:
        """The text with names for the pronouns that stand for something said before."""

        def name(match: re.Match[str]) -> str:
            word = match.group().lower()
            owned = word in ("his", "its") or (word == "her" and re.match(r"\s+[a-z]+\b(?<!\sin)(?<!\sto)", text[match.end() :]))
            found = self.stand_ins[word]
            return f"{found}{'’' if found.endswith('s') else '’s'}" if owned else found

        known = "|".join(self.stand_ins)
        return re.sub(rf"\b(?:{known})\b", name, text, flags=re.IGNORECASE) if known else text

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
            if part is not None and part.text != "once" and part is not skip and (skip is None or part.start != skip.start)
        ]
        return " ".join(kept).strip()

    def _core(
        self,
        wh: str,
        skip: Text | None = None,
        drop: tuple[str, ...] = (),
        extra: str = "",
        strand: str = "",
        reserved: bool = False,
    ) -> Core:
        """ "How often" -> "How often should the car be washed?" and "how often the car should be washed"."""
        clause, subject = self.clause, self.subject
        rest = " ".join(part for part in (extra, self._rest(skip, drop), strand, clause.condition) if part)
        words = clause.main.split()
        if clause.auxiliary:
            main = " ".join(word for word in words if word != "only")  # "may only be used": when may it be used?
            asked = f"{wh} {clause.auxiliary.lower()} {subject} {main} {clause.tail} {rest}"
            told = f"{small_wh(wh)} {subject} {clause.auxiliary.lower()} {main} {clause.tail} {rest}"
        else:
            base = "have" if clause.base == "have" else clause.base
            adverbs = " ".join(words[:-1]) if clause.base != "have" else ""
            asked = f"{wh} {self._do()} {subject} {adverbs} {base} {clause.tail} {rest}"
            told = f"{small_wh(wh)} {subject} {clause.main} {clause.tail} {rest}"
        return self._name_topic(asked, told, reserved)

    def _name_topic(self, asked: str, told: str, reserved: bool = False) -> Core:
        asked, told = self._name_pronouns(tidy(asked)), self._name_pronouns(tidy(told))
        if self.about and not told:
            return Core(f"For {self.about}, {small_wh(asked)}?", "", reserved)
        if self.about:
            general = not self.subject.lower().startswith("the ") and not self.clause.condition
            if general and told and self.clause.base in ("cost", "change", "replace", "check", "inspect"):
                # "How much does a clutch cost for the Veloce?"; "the car park" costs nothing "for the hospital"
                return Core(f"{asked} for {self.about}?", f"{told} for {self.about}", reserved)
            return ask_for_owner(Core(f"{asked}?", told, reserved), self.about)
        return Core(f"{asked}?", told, reserved)

    def _plain(self, asked: str, told: str, reserved: bool = False) -> Core:
        """A question that is not built from the clause's own verb."""
        return self._name_topic(f"{asked} {self.clause.condition}", f"{told} {self.clause.condition}", reserved)

    def _do(self) -> str:
        if self.past:
            return "did"
        first = self.clause.main.split()[-1] if self.clause.base != "have" else self.clause.main.split()[0]
        return "does" if first == "has" or "VBZ" in verb_forms(first) else "do"

    def _past_times(self) -> tuple[str, ...]:
        """In a story each thing happens once, so the question may leave out when; in a rule it may not."""
        return ("when",) if self.past else ()

    def _whole_complement(self, target: Text, phrases: tuple[Phrase, ...] | None = None) -> Text | None:
        """The complement with the phrases that belong to its noun: "a car with two doors"."""
        phrases = self.clause.phrases if phrases is None else phrases
        phrases = tuple(phrase for phrase in phrases if not phrase.whole.text.startswith(("instead of", "rather than")))
        if any(phrase.fronted for phrase in phrases):
            return trim_noun_phrase(target)
        spans = [target, *(phrase.whole for phrase in phrases)]
        text, offsets = spans[0].text, spans[0].offsets
        for span in spans[1:]:
            text, offsets = f"{text} {span.text}", (*offsets, offsets[-1] + 1, *span.offsets)
        return Text(text, offsets)


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


def ask_for_owner(core: Core, owner: str) -> Core:
    """The question with what it is about in front: "For the Hochkar Hut, how much does the soup cost?"."""
    told = f"{core.indirect} (for {owner})" if core.indirect else ""
    return Core(f"For {owner}, {small_wh(core.direct)}", told, core.reserved)


def small_wh(text: str) -> str:
    """A question word as it stands inside a sentence."""
    if text.startswith(("I ", "I'")):
        return text
    return text[:1].lower() + text[1:]


def tidy(text: str) -> str:
    """Single spaces, none before punctuation."""
    return re.sub(r"\s+([,.;:?])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;:")
