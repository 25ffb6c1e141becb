"""A source as passages (sentences, lines, table rows), and how well a question and an answer fit them.

    Source("A clutch costs $900. A tire costs $80.").fit("How much does a clutch cost?", "$80")  ->  less than 1

Words count by their base form ("built" is "build"), and weigh more the rarer they are among the passages: in a car's manual
"car" says nothing about the place.

Not covered: synonyms; a word that no passage has is not held against any.
"""

import math
import re
from collections import Counter

from tasks.critic_filter.answer_types import expected_type, may_hold
from tasks.critic_filter.source_passages import find_title, split_passages
from tasks.critic_filter.word_forms import (
    WORD,
    base_form,
    content_words,
    loose_numbers_of,
    names_of,
    numbers_of,
    plain,
    without_codes,
)
from tasks.critic_filter.word_lists import ASKED_MEASURES, CURRENCY_SIGNS, STOP_WORDS

ABOVE = 0.75
"""Weight of a word that stands in the headings above a passage only."""
SENTENCE = 6
"""Words. A longer answer says part of it in words of its own."""
MEASURES = {base_form(asked): base_form(said) for asked, said in ASKED_MEASURES.items()}
_QUANTITY = re.compile(r"(?P<money>[$€£¥])?\s?(?P<number>\d+(?:[.,:]\d+)*)(?:\s?(?P<unit>%|°\s?\w|[^\W\d_]+))?")


class Source:
    """A text that must support an answer."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = split_passages(text)
        self.passages = [passage.text for passage in found]
        self.everywhere = set(content_words(find_title(text)))
        """Words of the title: they say nothing about the place."""
        self.bags = [{*content_words(said), *numbers_of(said)} for said in (f"{p.asked} {p.text}" for p in found)]
        self.sections = [set(content_words(passage.above)) for passage in found]
        self.words = self.everywhere.union(*self.bags, *self.sections)
        self.numbers = set(numbers_of(text))
        self.plain = plain(text)
        self.spread = Counter(word for bag in self.bags for word in bag)

    def support(self, text: str) -> float:
        """Share of the text's words that stand in the source; 1.0 for a text without any."""
        if plain(text) and f" {plain(text)} " in f" {self.plain} ":
            return 1.0
        words = [word for word in content_words(text) if not word.isdigit()]
        return sum(word in self.words for word in words) / len(words) if words else 1.0

    def answer_support(self, question: str, answer: str) -> float:
        """Share of what the answer adds to the question that stands in the source, numbers too; 1.0 where it adds nothing.

        "The chapel is on the fourth floor" repeats the question to be a whole sentence; only "fourth floor" needs support.
        """
        if plain(answer) and f" {plain(answer)} " in f" {self.plain} ":
            return 1.0
        added = added_words(question, answer)
        return len(added & (self.words | self.numbers)) / len(added) if added else 1.0

    def missing_numbers(self, text: str, named: bool = False) -> list[str]:
        """Numbers of the text that the source does not have; those inside names are names' business.

        Args:
            named: Whether a number after a name ("Windows 10") is part of it: a question may name the document's topic.
        """
        return [number for number in loose_numbers_of(text, named) if number not in self.numbers]

    def question_support(self, question: str) -> float:
        """Share of the question's ordinary words that stand in the source: a name may be the document's topic, said elsewhere."""
        ordinary = " ".join(word for word in question.split() if word not in names_of(question))
        ordinary = " ".join(self._asked_words(ordinary)) or ordinary
        return max(self.support(ordinary[:1].lower() + ordinary[1:]), self.support(question))

    def missing_names(self, question: str, answer: str) -> list[str]:
        """Capitalised words inside the answer (not its first) that neither the source nor the question has."""
        known = self.words | set(content_words(question))
        names = [match for match in WORD.finditer(answer) if match.start() > 0 and match.group()[0].isupper()]
        names = [match for match in names if answer[: match.start()].rstrip()[-1:] not in ".!?:"]
        return [m.group() for m in names if not set(content_words(m.group())) <= known and m.group().lower() not in STOP_WORDS]

    def wrong_unit(self, question: str, answer: str) -> str | None:
        """A number of the answer with a unit or currency that neither the source nor the question has."""
        for match in _QUANTITY.finditer(without_codes(answer)):
            number, unit, money = match.group("number"), match.group("unit"), match.group("money")
            # "$1200" is "$1,200"
            sign, amount = re.escape(money or ""), re.sub(r"(?<=\d)(?=\d)", ",?", re.escape(number.replace(",", "")))
            named = not money or re.search(rf"{sign}\s?{amount}|{amount}\s?{sign}", self.text)
            in_words = re.search(r"\b(?:dollars?|usd|euros?|eur|gbp|chf)\b", self.text, re.IGNORECASE)
            if money and not named and (money in self.text or not in_words):
                return match.group().strip()
            if unit and not self._knows_unit(unit, question):
                return match.group().strip()
        return None

    def _knows_unit(self, unit: str, question: str) -> bool:
        if unit.lower() in STOP_WORDS or unit in self.text or base_form(unit) in self.words:
            return True
        return CURRENCY_SIGNS.get(unit.lower().rstrip("s"), unit) in self.text or base_form(unit) in content_words(question)

    def fit(self, question: str, answer: str) -> float:
        """1.0 where a passage with the answer fits the question best, else its share of the best passage's weight."""
        asked = self._asked_words(question) - self.everywhere
        holding = self._passages_with(question, answer)
        if not holding or len(self.bags) < 2:
            return 1.0
        if not asked:
            return self._fit_definition(question, holding)
        answered = set(content_words(answer)) | set(numbers_of(answer))
        names = set(content_words(" ".join(names_of(question))))
        weights = [self._weigh(asked, names, number) for number in range(len(self.bags))]
        best = max(weights)
        mine = max(weights[number] for number in holding)
        if best <= 0 or mine >= best - 1e-9:
            return 1.0
        wanted = expected_type(question)  # "Slice the cake" is no rival where the question asks how long
        rivals = [
            n
            for n, weight in enumerate(weights)
            if weight > mine + 1e-9 and not answered <= self.bags[n] and may_hold(wanted, self.passages[n])
        ]
        return 1.0 if not rivals else mine / best

    def _asked_words(self, question: str) -> set[str]:
        """The words and numbers of a question; "how far" is looked for as "distance" where only that stands in the source."""
        words = set(content_words(question)) | set(loose_numbers_of(question))
        return {MEASURES[word] if word not in self.words and MEASURES.get(word) in self.words else word for word in words}

    def _weigh(self, asked: set[str], names: set[str], number: int) -> float:
        """How much of the question a passage speaks of; its headings, and what its pronoun stands for, count less.

        A sentence on "the body" or "it" may speak of what was named before, so names from earlier sentences, and those that the
        source has in several places, count nearly whole.
        """
        bag = self.bags[number]
        weight = sum(self._weight(word) for word in asked & bag)
        if "|" not in self.passages[number]:
            often = {word for word in names if self.spread[word] > 1}
            earlier = often.union(*self.bags[:number]) - {
                word for word in names if self.spread[word] == 1 and any(c.isdigit() for c in word)
            }  # "E10" is named where it is explained, and nowhere meant by "it"
            weight += 0.9 * sum(self._weight(word) for word in (asked & names & earlier) - bag)
            asked = asked - (names & earlier)
        around = set(self.sections[number])
        if number and re.match(r"(?:It|They|He|She|This|These|Its|Their)\b", self.passages[number]):
            around |= self.bags[number - 1]
        return weight + ABOVE * sum(self._weight(word) for word in (asked & around) - bag)

    def _fit_definition(self, question: str, holding: list[int]) -> float:
        """ "What is the X?", all of whose words are the title's: the answer must stand where the text says "X is"."""
        match = re.search(r"\b(?:what|who) (?:(?:is|are|was|were) )?(?P<thing>.+?)(?: (?:is|are|was|were))?$", plain(question))
        if match is None:
            return 1.0
        says = re.compile(
            rf"^(?:(?:the|a|an) )?{re.escape(re.sub(r'^(?:the|a|an) ', '', match.group('thing')))} (?:is|are|was|were)\b"
        )
        defining = [n for n, passage in enumerate(self.passages) if says.search(plain(passage))]
        return 1.0 if not defining or set(defining) & set(holding) else 0.0

    def _weight(self, word: str) -> float:
        return math.log(1 + len(self.bags) / self.spread[word]) if self.spread[word] else 1.0

    def holds_together(self, question: str, answer: str) -> bool:
        """Whether one passage (or two neighbours) has all that a short answer adds to its question."""
        added = added_words(question, answer) - self.everywhere
        if len(added) > 12 or not self.bags or f" {plain(answer)} " in f" {self.plain} ":
            return True
        pairs = [one | other for one, other in zip(self.bags, [*self.bags[1:], set()], strict=True)]
        numbers = set(numbers_of(answer)) - set(numbers_of(question))
        needed = 0.75 if len(answer.split()) <= SENTENCE else 0.5
        return any(numbers <= bag for bag in self.bags) and any(len(added & bag) >= needed * len(added) for bag in pairs)

    def _passages_with(self, question: str, answer: str) -> list[int]:
        """The passages that hold the answer as it stands, else those that hold most of what it adds to the question."""
        literal = plain(answer)
        found = [n for n, passage in enumerate(self.passages) if f" {literal} " in f" {plain(passage)} "]
        if found:
            return found
        added = added_words(question, answer) - self.everywhere
        shares = [len(added & bag) / len(added) if added else 0.0 for bag in self.bags]
        top = max(shares, default=0.0)
        return [n for n, share in enumerate(shares) if share >= max(0.5, top - 1e-9)]


def added_words(question: str, answer: str) -> set[str]:
    """The words and numbers of the answer that the question does not have; all of them where it has every one."""
    said = set(content_words(answer)) | set(numbers_of(answer))
    return said - set(content_words(question)) - set(numbers_of(question)) or said
