"""Questions for what something is: a name, a description, a size, a moment.

    "The X is a small sports car"     ->  "What is the X?"              -> "a small sports car"
    "The chapel is 12 m high"         ->  "How high is the chapel?"     -> "12 m"

Not covered: descriptions that are adjectives; ``clause_questions`` asks what something is like.
"""

import re
from collections.abc import Iterator

from tasks.teacher_generate.extractive.amounts import Amount, is_moment, parse_amount
from tasks.teacher_generate.extractive.facts import Fact
from tasks.teacher_generate.extractive.lexicon import (
    is_noun,
    is_person,
    lemmas,
    may_be_person,
)
from tasks.teacher_generate.extractive.questions import Questions, trim_noun_phrase
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
)


class DefinitionQuestions(Questions):
    """Asks for what something is."""

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
            if whole is None or (len(whole.text.split()) < 3 and whole.text != target.text):
                return
            words = target.text.split()
            if words[0].lower() in ADVERBS | {"due", "only"} or not self._defines(words):
                return
            if not (words[0].lower() in DETERMINERS or any(is_noun(word) for word in words[-1:])) or words[0].lower() in PRONOUNS:
                return
            named = may_be_person(self.subject) or not target.text[:1].isupper()  # "the language is English"
            wh = "Who" if named and is_person(target.text) and words[0].lower() not in ("a", "an") else "What"
            lives = is_person(target.text) or re.search(r"(?:ist|ian|eer|man|woman)s?\b", target.text)
            if wh == "What" and is_person(self.subject) and lives and not self.subject.startswith("the "):
                wh = "Who"
            core = self._core(wh, skip=target, drop=tuple({phrase.kind for phrase in clause.phrases}))
            yield self._fact("definition", whole, [core])

    def _defines(self, words: list[str]) -> bool:
        """Whether what follows "is" is a noun phrase worth asking for: no "limited per key", no "wear parts" of door seals."""
        clause, subject = self.clause, self.subject
        head = next(
            (words[i - 1] for i in range(1, len(words)) if words[i].lower() in PREPOSITIONS | RELATIVES | {"of"}), words[-1]
        )
        articled = words[0].lower() in DETERMINERS
        if not articled and set(lemmas(head)) & {"ADJ", "VERB"} and not set(lemmas(head)) & {"NOUN"} and head.islower():
            return False
        if not articled and words[0].islower() and "NOUN" not in lemmas(words[0].rsplit("-", 1)[-1]):
            return False  # "reintroduced in 1948": a participle that no dictionary has
        if not articled and words[0].islower() and "ADJ" in lemmas(words[0]) and not re.search(r"\bcolou?rs?\b", subject):
            return False  # "open day and night", "non-profit and neutral"
        named = subject.split()[0].lower() in DETERMINERS or any(word[:1].isupper() for word in subject.split())
        coloured = not articled and re.search(r"\bcolou?rs?\b", subject)
        parts = re.split(r",? and |, ", " ".join(words))
        alike = not articled and len(parts) > 1 and all("ADJ" in lemmas(part.split()[-1]) for part in parts if part)
        if articled and set(lemmas(head)) == {"ADJ"}:
            return False  # "the deadliest in the history of the island"
        if words[0].lower() in ("other", "another", "some", "many", "most", "several", "each", "all"):
            return False
        single = clause.auxiliary.lower() in ("is", "was") or subject.split()[0].lower() in DETERMINERS
        return (articled or (named and single)) and (not alike or bool(coloured))

    def _ask_size(self, target: Text, amount: Amount) -> Iterator[Fact]:
        answer = target.cut(0, len(amount.text))
        if re.search(r"\band\b", amount.rest):
            return  # "480 m wide and 110 m deep"
        if amount.kind == "measure" and any(phrase.lead == "from" for phrase in self.clause.phrases) and not amount.rest:
            yield self._fact("distance", answer, [self._core("How far", skip=target)])
            return
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
